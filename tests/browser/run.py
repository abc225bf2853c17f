"""make browser: bring what the browser's tests need into .venv-browser, and run them, two lessons at a time.

Chromium is the system's own. Where apt-get may install it (as root, with CI=true) it does; elsewhere, without it, this says so and stops.
"""
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

COURSE = Path(__file__).resolve().parents[2]
PLACE = COURSE / ".venv-browser"
AXE = "axe-core@4.14.1"


def run(*command, **options):
    return subprocess.run([str(part) for part in command], cwd=COURSE, check=True, **options)


def chromium():
    """Is there a Chromium, installed if need be and if it may be?"""
    sys.path.insert(0, str(COURSE / "tests" / "browser"))
    import axe
    if not axe.CHROMIUM and os.environ.get("CI") and getattr(os, "geteuid", int)() == 0 and shutil.which("apt-get"):
        quiet = {"stdout": subprocess.DEVNULL, "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update", "-qq"], **quiet)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], **quiet)
        return shutil.which("chromium")
    return axe.CHROMIUM


def provide():
    """Unpack Playwright, Notebook 7 and axe-core into .venv-browser, if they are not there."""
    wanted = (COURSE / "requirements-browser.txt").read_text(encoding="utf-8") + AXE
    stamp = PLACE / "installed.txt"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    shutil.rmtree(PLACE, ignore_errors=True)
    run(sys.executable, "-m", "uv", "pip", "install", "-q", "--python", sys.executable, "--target", PLACE, "--no-deps",
        "-r", "requirements-browser.txt")
    packed = run("npm", "pack", "--silent", "--pack-destination", PLACE, AXE, stdout=subprocess.PIPE, text=True).stdout.split()[-1]
    with tarfile.open(PLACE / packed) as archive:
        (PLACE / "axe.min.js").write_bytes(archive.extractfile("package/axe.min.js").read())
    stamp.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    missing = "npm" if not shutil.which("npm") else None if chromium() else "Chromium (on Debian and Ubuntu: apt-get install chromium)"
    if missing:
        print(f"The browser's tests were skipped, because {missing} is not installed.")
        sys.exit(0)
    provide()
    chosen = ["-k", " or ".join(f"{lesson}_" for lesson in sys.argv[1:])] if sys.argv[1:] else []
    paths = os.pathsep.join(map(str, [PLACE, *filter(None, [os.environ.get("PYTHONPATH")])]))
    tests = [sys.executable, "-m", "pytest", "-q", "--dist", "worksteal", "--durations=5", "tests/browser", *chosen]
    environment = os.environ | {"PYTHONPATH": paths}
    code = subprocess.run([*tests, "-n", "2"], cwd=COURSE, env=environment).returncode
    if code == 1:
        print("What failed is tried once more, alone: a busy machine makes a browser miss a key. What fails twice has failed.", flush=True)
        code = subprocess.run([*tests, "-n", "1", "--last-failed"], cwd=COURSE, env=environment).returncode
    sys.exit(code)
