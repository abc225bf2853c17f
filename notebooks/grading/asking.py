"""The grader's side: an answer as a function that runs in a process of its own, and what the lesson's check says of it."""
import contextlib
import inspect
import linecache
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from pathlib import Path

import answering
import psutil
import torch
import wire

from course_utils.lesson import answers, check, exercises
from course_utils.limited import StillRunning

HERE = Path(__file__).resolve().parent
LIBRARIES = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
MINE = [str(HERE), str(HERE.parents[1] / "benchmarks")]
WATCHED = sys.platform != "linux"       # macOS and Windows limit no memory
SECONDS = 10.0                    # of one exercise's process, on the clock; of the processor it has fewer, answering.CPU
BOOT = "import sys; sys.path[:0] = {0!r}; sys.path += {1!r}; import answering; answering.{2}"
ENDLESS = ("Your function was still running after several seconds and was stopped. Is there a loop whose condition never becomes false, or "
           "a method that needs too many steps?")


class Ended(answers.Complaint):
    """The process of an answer is gone: exit, memory, a crash, or too long a message."""


def start(call, **more):
    """A Python that knows the libraries and the four files of MINE, with a clean environment."""
    kept = {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"} | {k: v for k, v in os.environ.items() if k in ("SYSTEMROOT", "LD_LIBRARY_PATH")}
    kept |= dict.fromkeys(("TMPDIR", "TEMP", "TMP", "HOME"), more.pop("scratch"))
    command = [sys.executable, "-I", "-S", "-B", "-c", BOOT.format(MINE, LIBRARIES, call)]
    return subprocess.Popen(command, env=kept, stderr=subprocess.DEVNULL, **more)


class Forking:
    """The process that forks one for each exercise. held: does the system's kernel close the disk to it?"""

    def __init__(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True)
        self.control, theirs = socket.socketpair()
        number = theirs.fileno()
        self.process = start(f"forking({MINE!r}, {LIBRARIES!r}, {self.scratch.name!r}, {number})", scratch=self.scratch.name,
                             pass_fds=[number], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        theirs.close()
        said = self.control.recv(1)
        if not said:
            raise RuntimeError("The process for answers did not start. Does `make check L=01` pass?")
        self.held = bool(said[0])

    def open(self):
        """(reader, writer, how to end it) of a fresh process."""
        ours, theirs = socket.socketpair()
        socket.send_fds(self.control, [b"+"], [theirs.fileno()])
        theirs.close()
        child = int.from_bytes(self.control.recv(4), "little")

        def kill():
            for end in (os.killpg, os.kill):                # the group is made by the child itself, a moment after the fork
                try:
                    end(child, signal.SIGKILL)
                except OSError:
                    pass
        return ours.makefile("rb"), ours.makefile("wb"), kill, ours.close, child

    def close(self):
        self.control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.scratch.cleanup()


class Single:
    """A process for each exercise where a system cannot fork: three seconds each, for importing torch."""
    held = False

    def __init__(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True)

    def open(self):
        process = start(f"single({MINE!r}, {LIBRARIES!r}, {self.scratch.name!r})", scratch=self.scratch.name,
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.stdout.read(1)
        return process.stdout, process.stdin, process.kill, process.wait, process.pid

    def close(self):
        self.scratch.cleanup()


def source_of_processes():
    """Forking, where a first answer comes back from it; else Single. Raises RuntimeError where neither works."""
    text = "import torch\ndef first(x):\n    return torch.linalg.svdvals(x @ x)\n"
    for kind in (Forking, Single) if hasattr(os, "fork") and hasattr(socket, "send_fds") else (Single,):
        process = None
        try:
            source = kind()
            process = Process(source, seconds=60)
            assert process.function(text, "first", text, {})(torch.eye(2)).tolist() == [1, 1]
            return source
        except Exception as error:
            why = error
        finally:
            if process:
                process.close()
    raise RuntimeError(f"No answer comes back from a process of its own: {why}")


class Process(wire.Wire):
    """An answer at work. Raises StillRunning when its time is over, Ended when it ended, and what the answer raised."""

    def __init__(self, source, seconds=SECONDS):
        reader, writer, self.kill, self.end, self.number = source.open()
        super().__init__(reader, writer, shares=True)
        self.left, self.late, self.why = seconds, False, None

    def _stop(self):
        self.late = True
        self.kill()

    def _watch(self, over):
        """Where the system itself limits no memory: look ten times a second."""
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self.number)
            most = process.memory_info().rss + answering.MEMORY
            while not over.wait(0.1):
                if process.memory_info().rss > most:
                    self.kill()
                    return

    def request(self, says, tensors=()):
        if self.why:                                        # it has ended before: the same again, at once
            raise type(self.why)(str(self.why))
        begun, timer = time.monotonic(), threading.Timer(self.left, self._stop)
        timer.start()
        over = threading.Event()
        if WATCHED:
            threading.Thread(target=self._watch, args=(over,), daemon=True).start()
        try:
            return super().request(says, tensors)
        except wire.Gone as error:
            long = time.monotonic() - begun > 4             # the kernel's limit of processor time came first
            self.why = StillRunning(ENDLESS) if self.late or long else Ended(str(error))
            raise self.why from None
        finally:
            timer.cancel()
            over.set()
            self.left = max(0.05, self.left - (time.monotonic() - begun))

    def function(self, program, name, text, given):
        """The answer as a function here, with the names and defaults of its own. given: {name: what it may call}."""
        numbers = {}
        for each, what in given.items():
            self.objects.append(what)
            numbers[each] = len(self.objects) - 1
        says, _ = self.request({"program": program, "function": name, "given": numbers})
        far = self.far(0, request=self.request)
        kinds = list(inspect._ParameterKind)
        far.__signature__ = inspect.Signature([inspect.Parameter(str(n), kinds[kind], default=None if has else inspect.Parameter.empty)
                                               for n, kind, has in says["parameters"]])
        far.__name__ = name
        place = f"<answer {id(far)}>"                       # where the check looks whether there is more than a stub
        linecache.cache[place] = len(text), None, [line + "\n" for line in text.split("\n")], place
        far.__code__ = far.__code__.replace(co_filename=place, co_firstlineno=1)
        return far

    def close(self):
        self.kill()
        for stream in (self.reader, self.writer):
            try:
                stream.close()
            except OSError:
                pass
        self.end()


def verdict(source, name, program, text, given=None):
    """What the lesson's check says of an answer. source: where processes come from; given: {name: function} of other exercises."""
    spec, process = exercises.load(name), Process(source)
    try:
        function = process.function(program, name[3:], text, given or {})
        found = check.check(spec, function, seconds=4 * SECONDS)
        linecache.cache.pop(function.__code__.co_filename, None)
        if "stopped with" in found.says:
            found = found._replace(detail=process.line and f"in the line: {process.line}")
        return found
    except (StillRunning, Ended) as error:
        return check.Verdict("wrong", str(error))
    except BaseException as error:                          # the cell itself, outside of the function
        if isinstance(error, KeyboardInterrupt):
            raise
        return check.Verdict("wrong", f"Your cell stopped with {type(error).__name__}: {error}",
                             process.line and f"in the line: {process.line}")
    finally:
        process.close()
