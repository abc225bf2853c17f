"""Is everything here that the course needs? A table of what was found, each failing line with its mend."""
import importlib.metadata
import os
import platform
import re
import shutil
import sys

from ..files import bundled  # nothing here needs torch: this must run when the set-up is broken

COURSE = bundled.DATA.parent


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
    yield "Python 3.11 to 3.14", platform.python_version(), (3, 11) <= sys.version_info[:2] <= (3, 14), "delete .venv, run `make lab`"
    own, inside = COURSE / ".venv", sys.prefix != sys.base_prefix or "CONDA_PREFIX" in os.environ
    inside = os.path.samefile(own, sys.prefix) if own.exists() else inside
    yield "own environment", "yes" if inside else f"the Python of {sys.prefix}", inside, "stop Jupyter, start it with `make lab`"
    installed = {str(found.name): found.version for found in importlib.metadata.distributions()}
    for package, wanted in pins().items():
        found = installed.get(package, "missing")
        yield f"{package} {wanted}", found, found.split("+")[0] == wanted, "run `make setup` in the course folder, then Kernel > Restart"
    if any(name.startswith("nvidia-") for name in installed):
        yield "no CUDA", "torch with CUDA: it works, and takes 4 GB more", True, ""
    try:
        for name in bundled.expected():
            yield f"data/{name}", *_data_line(name)
    except bundled.DataFileError:           # no list of checksums, or a broken one
        yield "data/SHA256SUMS", "missing or damaged", False, "git checkout -- data/SHA256SUMS"
    why, mend = bundled.unwritable()        # a shared, read-only course writes in the reader's home
    yield "folder work/", f"cannot be written: {why}" if why else "can be written", not why, mend
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
