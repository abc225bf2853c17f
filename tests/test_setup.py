"""Set-up: one set of versions, no CUDA, no network."""
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

from course_utils.lesson import doctor

COURSE = Path(__file__).resolve().parents[1]


def pins(text):
    return set(re.findall(r"^\s*(?:- )?([\w-]+==\S+)", text, re.M))


def test_conda_and_pip_users_get_the_same_versions():
    conda = next(d for d in yaml.safe_load((COURSE / "environment.yml").read_text())["dependencies"] if isinstance(d, dict))["pip"]
    wanted = pins((COURSE / "requirements.txt").read_text()) | pins((COURSE / "requirements-dev.txt").read_text())
    assert {line for line in conda if "==" in line} == wanted
    assert "-e ." in conda


def test_the_installed_versions_are_the_pinned_ones():
    table = doctor.check()
    assert (table["ok"] == "✔ yes").all(), table


def test_torch_is_the_build_without_cuda():
    assert torch.version.cuda is None


def test_the_doctor_needs_no_torch():
    code = "import sys; sys.modules['torch'] = sys.modules['pandas'] = None\nfrom course_utils.lesson import doctor; doctor.check()"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=COURSE)
    assert "torch 2.13.0" in out.stdout, out.stderr


@pytest.mark.parametrize("inside", ["this process", "a process that it starts"])
def test_the_network_is_blocked(inside):
    reach = "import socket; socket.socket().connect(('192.0.2.1', 80))"
    if inside == "this process":
        with pytest.raises(OSError, match="works offline"):
            socket.socket().connect(("192.0.2.1", 80))
    else:
        out = subprocess.run([sys.executable, "-c", reach], capture_output=True, text=True)
        assert "works offline" in out.stderr
