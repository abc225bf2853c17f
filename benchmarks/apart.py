"""An entry of the tournament in a process of its own, which has the API (two pipes), the rules' pictures, and nothing else within reach.

The process gets a folder with this package and the pictures that the rules give: no teacher, no label that anybody is scored by. Only JSON
and tensors come back, so that nothing of an entry ever runs where the teacher is. On Linux the kernel (Landlock) closes all other files
and the network to it. Elsewhere an entry that knows the course's path can open its files, and the tournament says so.
"""
import hashlib
import importlib
import json
import linecache
import os
import shutil
import struct
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import types
from functools import lru_cache
from pathlib import Path

COURSE = Path(__file__).resolve().parents[1]
SECONDS, LARGEST = 90.0, 16_000         # for one process; bytes of an entry: a student that was trained before does not fit
BOOT = "import sys; sys.path[:0] = [{0!r}]; sys.path += {1!r}; import apart; apart.inside({0!r}, {1!r}, {2!r})"


class Ended(Exception):
    """The process of an entry said no more. The message says why."""


def confine(readable, scratch):
    """From here on this process may read what lies in some folders, write in one, and run or reach nothing else. True where that holds.

    Landlock: docs.kernel.org/userspace-api/landlock.html. Three system calls, without any rights; there is no way back.
    """
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    version = libc.syscall(444, None, 0, 1) if libc else 0                  # which numbers mean the same on every processor
    if version < 1:
        return False
    rights = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1       # all that this version can forbid about files
    sizes = struct.pack("QQQ", rights, 3, 3)[:8 if version < 4 else 16 if version < 6 else 24]           # TCP; signals, sockets
    rules = libc.syscall(444, sizes, len(sizes), 0)
    for path in filter(os.path.exists, [*readable, scratch]):
        file = os.open(path, os.O_PATH)
        may = rights & ~1 if path == scratch else 4 | 8 if os.path.isdir(path) else 4        # all but run; read files, list folders
        libc.syscall(445, rules, 1, struct.pack("=Qi", may, file), 0)
        os.close(file)
    libc.prctl(38, 1, 0, 0, 0)                                              # no new rights by running something
    return libc.syscall(446, rules, 0) == 0


def here():
    """Does this system's kernel close the disk to an entry? Asked without closing anything."""
    import ctypes

    return sys.platform == "linux" and ctypes.CDLL(None).syscall(444, None, 0, 1) >= 1


@lru_cache(maxsize=2)
def folder(of):
    """What the process of an "attack" or a "defence" can read of the course. It is deleted when Python ends."""
    import numpy as np

    made = tempfile.TemporaryDirectory(prefix="entry-", ignore_cleanup_errors=True)
    place, source = Path(made.name), COURSE / "data" / "mnist_5k.npz"
    shutil.copytree(COURSE / "course_utils", place / "course_utils", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(__file__, place)
    (place / "data").mkdir()
    shown = {"attack": "transfer", "defence": "train"}[of]
    with np.load(source, allow_pickle=False) as digits:
        np.savez(place / "data" / source.name, **{k: digits[k] if k.startswith(shown) else digits[k][:0] for k in digits.files})
    digest = hashlib.sha256((place / "data" / source.name).read_bytes()).hexdigest()
    (place / "data" / "SHA256SUMS").write_text(f"{digest}  {source.name}\n")
    return made


# ---------------------------------------------------------------- messages: JSON and tensors, never a pickle

def write(stream, says, **tensors):
    from safetensors.torch import save

    head, body = json.dumps(says).encode(), save({k: v.detach().contiguous().clone() for k, v in tensors.items()})
    stream.write(struct.pack("=II", len(head), len(body)) + head + body)
    stream.flush()


def read(stream):
    from safetensors.torch import load

    sizes = stream.read(8)
    if len(sizes) < 8:
        raise EOFError
    head, body = struct.unpack("=II", sizes)
    return json.loads(stream.read(head)), load(stream.read(body))


class Process:
    """One entry at work. of: "attack" or "defence"; source: its text; job: what else it is told."""

    def __init__(self, of, source, **job):
        self.process = self.start(of)
        self.left, self.late = SECONDS, False       # what it may still take; the time in which it waits for us does not count
        self.told({"of": of, "source": source, **job})

    def start(self, of):
        place = folder(of).name
        self.scratch = tempfile.TemporaryDirectory(prefix="scratch-", ignore_cleanup_errors=True)        # torch wants one; nobody else's
        libraries = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
        kept = {"OMP_NUM_THREADS": "1"} | {k: v for k, v in os.environ.items() if k in ("SYSTEMROOT", "LD_LIBRARY_PATH")}
        kept |= dict.fromkeys(("TMPDIR", "TEMP", "TMP", "HOME"), self.scratch.name)
        command = [sys.executable, "-I", "-S", "-B", "-c", BOOT.format(place, libraries, self.scratch.name)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=place, env=kept)

    def _stop(self):
        self.late = True
        self.process.kill()

    def told(self, says, **tensors):
        """Say something, and wait for what comes back: (says, tensors). Raises Ended."""
        start, timer = time.monotonic(), threading.Timer(self.left, self._stop)
        timer.start()
        try:
            write(self.process.stdin, says, **tensors)
            says, tensors = read(self.process.stdout)
            if "error" in says:
                raise Ended(str(says["error"])[:600])
            return says, tensors
        except Ended:
            raise
        except Exception:                       # also what is no message: an entry may write what it likes
            raise Ended(f"It was still running after {SECONDS:g} seconds and was stopped. Is there a loop that never ends?" if self.late
                        else "Its process ended without an answer.") from None
        finally:
            timer.cancel()
            self.left -= time.monotonic() - start

    def __del__(self):
        if hasattr(self, "process"):
            self.process.kill()
            self.process.communicate()
            self.process = self.scratch = None


# ---------------------------------------------------------------- what runs inside

NOTHING = "In it is neither a class that derives from serving.Defence nor a function attack(api, seed)."


def loaded(source, of, name="entry"):
    """An entry's defence or attack, from its text. Raises Unfair when there is none."""
    from course_utils.api.serving import Defence
    from course_utils.score.tournament import Unfair

    module = sys.modules[name] = types.ModuleType(name)
    linecache.cache[f"{name}.py"] = len(source), None, source.splitlines(True), f"{name}.py"
    exec(compile(source, f"{name}.py", "exec"), vars(module))
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Defence) and kind.__module__ == name]
    found = getattr(module, "attack", None) if of == "attack" else kinds[-1]() if kinds else None
    if found is None:
        raise Unfair(NOTHING, of)
    return found


def far_api(job, pipes):
    """The API as an attack meets it in its own process: each question goes out, and is counted where it is answered."""
    from course_utils.score import arena

    class FarApi(arena.Api):
        def known(self, secret):
            about = job["known"]
            if "source" in about:
                return arena.with_secret(loaded(about["source"], "defence", "known"), secret)
            return arena.with_secret(getattr(importlib.import_module(about["module"]), about["name"])(**about["settings"]), secret)

        def ask(self, images, key=0, group=50):
            write(pipes[1], {"key": key}, images=images)
            says, told = read(pipes[0])
            self.asked = says["asked"]
            for account, role in zip(self.accounts, says["roles"]):
                account.role = role
            if "spent" in says:
                raise arena.Spent(says["spent"])
            return told["answers"]

    return FarApi(None, job["budget"], job["keys"])


def attacking(job, held, *pipes):
    from course_utils.score.tournament import fair_attack

    attack = fair_attack(loaded(job["source"], "attack"))
    write(pipes[1], {"confined": held})
    read(pipes[0])
    student = attack(far_api(job, pipes), job["seed"])
    write(pipes[1], {"sizes": [*student.sizes]}, **student.state_dict())


def defending(job, held, *pipes):
    from course_utils.api.customers import Account
    from course_utils.api.serving import Question
    from course_utils.score.tournament import fair

    defence, accounts = fair(loaded(job["source"], "defence"), job["secret"], tried=False), {}
    write(pipes[1], {"confined": held})
    while True:
        says, told = read(pipes[0])
        asked = [Question(accounts.setdefault(name, Account(name, "dk")), image) for name, image in zip(says["accounts"], told["images"])]
        served = defence.scores(told["said"], asked)
        write(pipes[1], {"suspended": [name for name, a in accounts.items() if a.role == "suspended"]}, served=served)


def inside(place, libraries, scratch):
    """The whole life of an entry's process."""
    pipes = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)                               # what the entry prints goes nowhere
    held = confine([place, *libraries, sysconfig.get_path("stdlib"), "/lib", "/lib64", "/usr/lib", "/dev/null", "/dev/urandom"],
                   scratch)
    work(held, *pipes)                          # after confine: no thread of torch's is left outside


def work(held, *pipes):
    """Read a job, load the entry, and let it ask or answer."""
    from course_utils.files.bundled import DataFileError
    from course_utils.score.tournament import Unfair, said

    try:
        job, _ = read(pipes[0])
        {"attack": attacking, "defence": defending}[job["of"]](job, held, *pipes)
    except EOFError:                            # nobody asks any more
        pass
    except DataFileError:
        write(pipes[1], {"error": "It opens a file of the course's, such as the teacher's weights (arena.serve without model= does). An "
                                  "entry has none: answers come from api.ask, pictures from arena.questions."})
    except BaseException as error:              # whatever a student wrote, also exit()
        write(pipes[1], {"error": str(error) if isinstance(error, Unfair) else said(error)})
