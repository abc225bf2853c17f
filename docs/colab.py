"""Sets the course up in Colab. Add one cell at the top of any lesson there, with these two lines, and run it:

    !git clone -q --depth 1 https://github.com/OWNER/dark-knowledge
    %run dark-knowledge/docs/colab.py

Colab comes with most of what the course needs, in versions of its own. What is large or already in use stays as it is, so that nothing
has to be restarted. The rest is installed as requirements.txt says.
"""
import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

COURSE = Path(__file__).resolve().parents[1]
KEPT = {"torch", "numpy", "scipy", "pandas", "matplotlib", "scikit-learn", "ipywidgets"}     # tried: lesson 01 runs with Colab's own
COLABS = {"jupyterlab", "ipykernel"}                                                          # Colab has a page and a kernel instead


def present(names):
    """{package: installed version, or None}."""
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
    return found


def plan(pins, found, loaded):
    """(what stays, what to install), each {package: version}. A module that is loaded already cannot be exchanged under a kernel."""
    stays = {name: version for name, version in found.items()
             if version and (name in KEPT or version == pins[name] or name.replace("-", "_") in loaded)}
    return stays, {name: pin for name, pin in pins.items() if name not in stays and name not in COLABS}


def main():
    pins = dict(re.findall(r"^([\w-]+)==(\S+)", (COURSE / "requirements.txt").read_text(encoding="utf-8"), re.M))
    stays, adds = plan(pins, present(pins), sys.modules)
    fixed = COURSE / "work" / "colab.txt"
    fixed.parent.mkdir(exist_ok=True)
    fixed.write_text("".join(f"{name}=={version}\n" for name, version in stays.items()))
    if adds:
        print(f"Installing {len(adds)} packages. This takes about half a minute.", flush=True)
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-warn-conflicts", "-c", str(fixed),
                        *(f"{name}=={version}" for name, version in adds.items())], check=True)
    importlib.invalidate_caches()
    sys.path.insert(0, str(COURSE))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(COURSE), os.environ.get("PYTHONPATH")]))
    os.chdir(COURSE / "notebooks")
    others = [f"{name} {version} ({pins[name]})" for name, version in stays.items() if version.split("+")[0] != pins[name]]
    print("The course is ready: run the lesson's cells.")
    if others:
        print("Colab's own versions, and in brackets those that the stored results were made with: " + ", ".join(others) + ".\n"
              "Your numbers can differ a little from the text. What stands in the text was measured with the versions in brackets.")


if __name__ == "__main__":
    main()
