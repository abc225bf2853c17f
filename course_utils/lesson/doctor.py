"""Is everything here that the course needs? A table of what was found, each failing line with its mend."""
import importlib.metadata
import os
import platform
import re
import shutil
import sys

from ..files import bundled  # nothing here needs torch: this must run when the set-up is broken

COURSE = bundled.DATA.parent
REMAKE = "run `make setup` in the course folder, then Kernel > Restart"


def pins():
    """{package: version} from requirements.txt, the one place where versions are set."""
    return dict(re.findall(r"^([\w-]+)==(\S+)", (COURSE / "requirements.txt").read_text(), re.M))


def _data_line(name):
    try:
        bundled.checked_path(name)
        return "intact", True, ""
    except bundled.DataFileError as error:
        return "missing or damaged", False, str(error).splitlines()[2].strip()


def rows():
    """(what, found, ok, mend) for every check."""
    version = ".".join(platform.python_version_tuple()[:2])
    yield "Python 3.11", platform.python_version(), version == "3.11", "install Python 3.11, delete .venv, run `make setup`"
    inside = sys.prefix != sys.base_prefix or "CONDA_PREFIX" in os.environ
    yield "own environment", "yes" if inside else "the system's Python", inside, "start Jupyter with `make lab`"
    for package, wanted in pins().items():
        try:
            found = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found = "missing"
        yield f"{package} {wanted}", found, found.split("+")[0] == wanted, REMAKE
    for name in bundled.expected():
        found, ok, mend = _data_line(name)
        yield f"data/{name}", found, ok, mend
    free = shutil.disk_usage(COURSE).free / 1e9
    yield "free disk", f"{free:.0f} GB", free > 1, "free 1 GB"


def check():
    """A table with one line for each thing that the course needs: `ok` is a word, `mend` says what to do about a failing line."""
    found = [(what, found, "✔ yes" if ok else "✘ NO", "" if ok else mend) for what, found, ok, mend in rows()]
    try:
        import pandas
    except ImportError:                     # the very thing that may be missing
        return print("\n".join(" | ".join(row) for row in found))
    return pandas.DataFrame(found, columns=["needed", "found", "ok", "mend"])
