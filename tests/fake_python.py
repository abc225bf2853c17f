"""A Python of any version for tests/test_setup.py, and the pip and uv of the .venv that it makes: it writes down what it should install.

The JSON beside it says which version it is, and whether it is complete. FAKE says the machine's part: pip's `settings`, and whether
torch's CPU build is in a `folder` that "pip" or "uv" knows, or on PyTorch's `server`.
"""
import json
import os
import shutil
import sys
from pathlib import Path

own, *arguments = sys.argv[1:]
fake = json.loads(os.environ["FAKE"]) | json.loads(Path(f"{own}.json").read_text())
bin_folder = Path(own).parent


def install(tool, what):
    """Writes the call down. The CPU build of torch is there only where `fake` says so; then it is installed."""
    with open("installed.txt", "a") as log:
        print(tool, *what, file=log)
    wanted = next((name for name in what if name.startswith("torch==")), None)
    if wanted and not (fake["server"] if "--index-url" in what else fake["folder"] == tool):
        sys.exit(f"{tool}: no {wanted} to be had")
    if any(name.startswith("uv==") for name in what):
        shutil.copy(own, bin_folder / "uv")
        shutil.copy(f"{own}.json", bin_folder / "uv.json")
    if wanted or "-r" in what:
        (bin_folder / "torch").write_text(wanted.split("==")[1] if wanted else "2.13.0")


if own.endswith("uv"):
    install("uv", arguments[4:])                # after pip install --python .venv/bin/python
elif arguments[0] == "-c":
    sys.version_info = (*fake["version"], 0)
    if "metadata" in arguments[1]:
        import importlib.metadata
        importlib.metadata.version = lambda name: (bin_folder / name).read_text()
    if not fake["complete"]:
        sys.modules["ensurepip"] = None
    exec(arguments[1])
elif arguments[1] == "venv":
    new = Path(arguments[2], "bin")
    new.mkdir(parents=True)
    shutil.copy(own, new / "python")
    shutil.copy(f"{own}.json", new / "python.json")
elif arguments[1:3] == ["pip", "config"]:
    print(fake["settings"])
elif arguments[1:3] == ["pip", "install"]:
    install("pip", arguments[3:])
