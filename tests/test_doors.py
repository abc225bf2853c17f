"""The ways in without an installation, docs/doors.md: what each of them reads from the course is there and fits."""
import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

COURSE = Path(__file__).resolve().parents[1]
DOORS = (COURSE / "docs" / "doors.md").read_text(encoding="utf-8")
COLAB = runpy.run_path(str(COURSE / "docs" / "colab.py"), run_name="colab")
WHERE = "from course_utils.files import bundled; print(bundled.WORK)"


def supported():
    """The Pythons that pyproject.toml allows: {"3.11", ...}."""
    first, beyond = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', (COURSE / "pyproject.toml").read_text(encoding="utf-8")).groups()
    return {f"3.{minor}" for minor in range(int(first), int(beyond))}


def test_the_files_that_the_doors_open_exist():
    for path in re.findall(r"notebooks/[\w/]+\.ipynb|docs/[\w/]+\.py", DOORS):
        assert (COURSE / path).exists(), path


def test_one_address():
    """The address stands in pyproject.toml; everywhere else it is a copy."""
    address = re.search(r'Repository = "https://github.com/([^"]+)"', (COURSE / "pyproject.toml").read_text(encoding="utf-8"))[1]
    texts = [DOORS, (COURSE / "docs" / "colab.py").read_text(encoding="utf-8")]
    found = [re.findall(r"(?:github\.com|gh|codespaces\.new|com/github)/([\w-]+/[\w-]+)", text) for text in texts]
    assert all(found) and {name for names in found for name in names} == {address}


def test_binder_reads_the_roots_environment():
    """repo2docker takes conda's file only where no folder of its own comes first, and reads the Python only after an equals sign."""
    assert not [name for name in ("binder", ".binder", "Dockerfile", "runtime.txt") if (COURSE / name).exists()]
    python, = (d for d in yaml.safe_load((COURSE / "environment.yml").read_text())["dependencies"] if str(d).startswith("python"))
    assert re.fullmatch(r"python=(3\.\d+)", python)[1] in supported()
    assert (COURSE / "start").read_text(encoding="utf-8").endswith('exec "$@"\n')         # runs before JupyterLab, and then is JupyterLab


def test_the_dev_container_sets_up_as_everybody_does():
    container = json.loads((COURSE / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert re.search(r"python:(3\.\d+)-", container["image"])[1] in supported()
    target = re.fullmatch(r"make (\w+)", container["postCreateCommand"])[1]
    assert re.search(rf"^{target}:", (COURSE / "Makefile").read_text(encoding="utf-8"), re.M)
    assert container["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"].endswith("/.venv/bin/python")
    assert (COURSE / container["customizations"]["codespaces"]["openFiles"][0]).exists()


def test_colab_keeps_what_is_large_or_loaded_and_installs_the_rest():
    pins = {"torch": "2.13.0", "rich": "15.0.0", "openai": "3.54.0", "datasketch": "2.0.0", "joblib": "1.6.0", "jupyterlab": "4.6.6"}
    found = {"torch": "2.11.0+cpu", "rich": "13.9.4", "openai": "2.54.0", "datasketch": None, "joblib": "1.6.0", "jupyterlab": None}
    stays, adds = COLAB["plan"](pins, found, loaded={"rich"})
    assert stays == {"torch": "2.11.0+cpu", "rich": "13.9.4", "joblib": "1.6.0"}
    assert adds == {"openai": "3.54.0", "datasketch": "2.0.0"}


def test_the_colab_cell_is_the_one_that_the_script_states():
    cell = [line.strip() for line in COLAB["__doc__"].splitlines() if line.startswith("    ")]
    assert "\n".join(cell) in DOORS


@pytest.mark.parametrize("asked, writable, wanted", [
    ({}, True, COURSE / "work"), ({}, False, Path("somebody", "dark-knowledge", "work")),
    ({"COURSE_WORK": "elsewhere"}, False, Path("elsewhere"))])
def test_a_read_only_course_writes_at_home(asked, writable, wanted):
    """Users who share one course must not share its folder work/."""
    environment = {key: value for key, value in os.environ.items() if key != "COURSE_WORK"} | asked | {
        "HOME": "somebody", "USERPROFILE": "somebody", "PYTHONPATH": str(COURSE)}
    out = subprocess.run([sys.executable, "-c", f"import os; os.access = lambda *_: {writable}; {WHERE}"],
                         env=environment, capture_output=True, text=True, cwd=COURSE)
    assert Path(out.stdout.strip()) == wanted, out.stderr
