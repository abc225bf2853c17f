"""The bundled files, each checked against data/SHA256SUMS before it is opened.

A damaged download says so here, and not as a strange number three lessons later.
"""
import hashlib
import os
from pathlib import Path

COURSE = Path(__file__).resolve().parents[2]
DATA = COURSE / "data"
# what the lessons write: where many users share one course that none of them can change, each has a folder at home
WORK = Path(os.environ.get("COURSE_WORK") or (COURSE if os.access(COURSE, os.W_OK) else Path.home() / "dark-knowledge") / "work")


class DataFileError(RuntimeError):
    """A bundled file is missing, truncated or changed. The message names the file and the command that restores it."""


def expected():
    """{file name: SHA-256} of everything that data/ ships."""
    return {name: digest for digest, name in map(str.split, (DATA / "SHA256SUMS").read_text().splitlines())}


def checked_path(name):
    """The path of a bundled file whose SHA-256 is the one on record.

    Raises DataFileError, with what was expected and the command that restores it, when the file is missing or differs.
    """
    path, mend = DATA / name, (f"To restore it, run this in the course folder:\n    git checkout -- data/{name}\n"
                               f"(No git? Download the course again and copy its data/{name} over yours.)")
    if not path.exists():
        raise DataFileError(f"The file data/{name} is missing. The course ships with it and cannot go on without it.\n{mend}")
    content = path.read_bytes()
    found, wanted = hashlib.sha256(content).hexdigest(), expected()[name]
    if found != wanted:
        raise DataFileError(f"The file data/{name} is damaged or changed: it holds {len(content):,} bytes with SHA-256 {found[:12]}…, "
                            f"and {wanted[:12]}… was expected.\n{mend}")
    return path


def fresh(name):
    """A path in the folder WORK, for what a lesson makes; what an earlier run left there under this name is deleted."""
    path = WORK / name
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob(f"{name}*"):        # a ledger has two companions
        old.unlink()
    return path
