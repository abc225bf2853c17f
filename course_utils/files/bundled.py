"""The bundled files, each checked against data/SHA256SUMS before it is opened; and the files that a lesson writes.

A damaged download says so here, and not as a strange number three lessons later.
"""
import contextlib
import errno
import hashlib
import os
import tempfile
from pathlib import Path

COURSE = Path(__file__).resolve().parents[2]
DATA = COURSE / "data"
# what the lessons write: where many users share one course that none of them can change, each has a folder at home
WORK = Path(os.environ.get("COURSE_WORK") or (COURSE if os.access(COURSE, os.W_OK) else Path.home() / "dark-knowledge") / "work")
HELD = {}                 # path -> its open lock, until this kernel ends: what `fresh` gave to this kernel and gives to no other


class DataFileError(RuntimeError):
    """A bundled file is missing, damaged or changed, or the folder for a lesson's files cannot be written. Says what to do about it."""


def _mend(name):
    return (f"To restore it, run this in the course folder:\n    git checkout -- data/{name}\n"
            f"(No git? Download the course again and copy its data/{name} over yours.)")


def expected():
    """{file name: SHA-256} of everything that data/ ships. Raises DataFileError when the list is missing or damaged."""
    try:
        return {name: digest for digest, name in map(str.split, (DATA / "SHA256SUMS").read_text(encoding="utf-8").splitlines())}
    except (OSError, ValueError):
        raise DataFileError(f"The list of checksums, data/SHA256SUMS, is missing or damaged.\n{_mend('SHA256SUMS')}") from None


def checked_path(name):
    """The path of a bundled file whose SHA-256 is the one on record. Raises DataFileError when the file is missing or differs."""
    path, wanted = DATA / name, expected().get(name)
    if wanted is None:
        raise DataFileError(f"The list of checksums, data/SHA256SUMS, does not name {name}.\n{_mend('SHA256SUMS')}")
    if not path.exists():
        raise DataFileError(f"The file data/{name} is missing. The course ships with it and cannot go on without it.\n{_mend(name)}")
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != wanted:
        raise DataFileError(f"The file data/{name} is damaged or changed: it holds {len(content):,} bytes with SHA-256 {found[:12]}…, "
                            f"and {wanted[:12]}… was expected.\n{_mend(name)}")
    return path


def hold(file):
    """Lock an open file (its number) for whoever opened it, until it is closed or the process ends. False where another has it."""
    try:
        if os.name == "nt":
            import msvcrt
            os.lseek(file, 2**40, os.SEEK_SET)               # a byte far behind the end: the rest can be read by others
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            os.lseek(file, 0, os.SEEK_SET)
        else:
            import fcntl
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:                                 # a file system without locks locks nobody out
        return error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
    return True


def unwritable():
    """(why the folder WORK cannot be written, what to do); (None, "") where it can. Makes it, and tries a megabyte."""
    try:
        WORK.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=WORK) as file:
            file.write(bytes(1_000_000))
    except OSError as error:
        return error.strerror, "rename the file work" if WORK.is_file() else "free 1 GB, or copy the course to a folder of yours"
    return None, ""


def fresh(name):
    """A path in the folder WORK, for what a lesson makes; what an earlier run left there under this name is deleted.

    A name that another kernel uses gets a number, as in ledger.2.sqlite. Raises DataFileError when the folder cannot be written.
    """
    why, mend = unwritable()
    for number in range(1, 100 if not why else 1):
        path = (WORK / name).with_suffix(f".{number}{Path(name).suffix}" if number > 1 else Path(name).suffix)
        with contextlib.suppress(PermissionError):           # another user's, or on Windows, opened by a server that still runs
            if path not in HELD:
                path.parent.mkdir(parents=True, exist_ok=True)
                lock = open(path.with_name(f".{path.name}.lock"), "a", encoding="utf-8")
                if not hold(lock.fileno()):
                    lock.close()
                    continue
                HELD[path] = lock
            for end in ("", "-wal", "-shm", "-journal"):     # a ledger has companions
                Path(f"{path}{end}").unlink(missing_ok=True)
            return path
    raise DataFileError(f"{WORK / name} cannot be written: {why or 'it is in use'}. What to do: {mend or 'restart the kernels'}.")
