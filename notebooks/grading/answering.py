"""The process in which an answer runs: it has the answer's text and the inputs, no network, and nothing of the course.

One process imports torch, gives up its rights, and forks for each exercise: so each answer has a fresh process in a few milliseconds.
"""
import inspect
import os
import random
import socket
import sys
import sysconfig
import traceback

CPU, MEMORY = 6, 1_500_000_000          # seconds of one exercise; bytes more than the process has when it begins
REFUSED = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.kill", "os.remove", "os.rename",
           "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown", "shutil.", "pty.", "winreg.", "signal.")


def folders(libraries):
    """What an answer's process may read: Python and its libraries."""
    return [*libraries, sysconfig.get_path("stdlib"), "/lib", "/lib64", "/usr/lib",
            "/dev/null", "/dev/urandom"]


def fence(readable):
    """Python's own fence, for systems whose kernel has none: no other file, no network, no other program. Native code could climb it."""
    readable = tuple(os.path.realpath(path) for path in readable) + tuple(readable)

    def hook(event, args):
        if event == "open" and not isinstance(args[0], int):
            path, mode = os.path.abspath(os.fsdecode(args[0])), args[1]
            if not path.startswith(readable) or isinstance(mode, str) and set(mode) & set("wax+"):
                raise PermissionError(f"An answer may not open files, and this one opened {path}.")
        elif event.startswith(REFUSED):
            raise PermissionError(f"An answer may not do this: {event}.")

    sys.addaudithook(hook)


def alone():
    """A network of its own, with nothing in it, where Linux gives one."""
    if sys.platform == "linux":
        import ctypes
        ctypes.CDLL(None).unshare(0x10000000 | 0x40000000)


def used():
    """Bytes of address space that this process has."""
    import mmap
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * mmap.PAGESIZE
    except OSError:
        return 8_000_000_000


def limits(has):
    """has: the bytes before an answer begins."""
    try:
        import resource
    except ImportError:                                                     # Windows: the grader's clock alone
        return
    for what, most in ((resource.RLIMIT_CPU, CPU), (resource.RLIMIT_AS, has + MEMORY), (resource.RLIMIT_FSIZE, 0),
                       (resource.RLIMIT_CORE, 0)):
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):                                       # macOS refuses a limit of memory
            pass


def parameters(function):
    return [[p.name, int(p.kind), p.default is not p.empty] for p in inspect.signature(function).parameters.values()]


def answer(reader, writer):
    """The life of one exercise's process: read the answer, say what its signature is, and answer calls."""
    import wire

    class Inside(wire.Wire):
        def where(self, error):
            own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<answer>"]
            return f"{lines[own[-1].lineno - 1].strip()}" if own and own[-1].lineno <= len(lines) else ""

    line = Inside(reader, writer, seeded=True)
    try:
        job, tensors = line.receive()
    except wire.Gone:
        return
    lines, scope = job["program"].splitlines(), {"__name__": "answer"}
    scope |= {name: line.far(number) for name, number in job["given"].items()}
    try:
        random.seed(0)
        exec(compile(job["program"], "<answer>", "exec"), scope)
        function = scope[job["function"]]
        line.objects.append(function)
        line.send({"parameters": parameters(function)})
    except BaseException as error:
        line.send({"error": type(error).__name__, "text": str(error)[:600], "line": line.where(error)})
        return
    while True:
        try:
            says, tensors = line.receive()
        except wire.Gone:                                                   # nobody asks any more
            return
        line.serve(says, tensors)


def warm():
    """Import what answers need, once for all of them."""
    import copy, collections, functools, heapq, itertools, math, statistics, string  # noqa: E401, F401, I001

    import numpy  # noqa: F401
    import torch
    from scipy import special, stats  # noqa: F401

    import wire  # noqa: F401
    torch.set_num_threads(1)
    x = torch.ones(2, 2, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(x, torch.zeros(2, dtype=torch.int64))
    torch.autograd.grad(loss, [x], torch.ones(()), allow_unused=True)      # imports much, once
    torch.linalg.svdvals(torch.eye(3)), stats.t.ppf(0.975, 4), torch.linalg.lstsq(torch.eye(2), torch.eye(2))


def begin(mine, libraries, scratch):
    """Imports, then the kernel's fence. Returns (whether this system's kernel has one, the bytes that are in use)."""
    alone()
    import apart
    warm()
    sys.path[:] = [path for path in sys.path if path not in mine]
    has = used()
    return apart.confine(folders(libraries), scratch), has


def quiet():
    """What an answer prints goes nowhere. Before the fence, which lets nobody write, not even there."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    sys.stdout = sys.stderr = open(os.devnull, "w")


def forking(mine, libraries, scratch, number):
    """Fork one process for each socket that comes in."""
    import signal

    control = socket.socket(fileno=number)
    quiet()
    held, has = begin(mine, libraries, scratch)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)                           # the kernel buries them
    control.sendall(bytes([held]))
    while True:
        message, (given, *_), *_ = socket.recv_fds(control, 1, 1) or (b"", [None])
        if not message:
            return
        child = os.fork()
        if child == 0:
            try:
                os.setsid()
                control.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                stream = socket.socket(fileno=given)
                limits(has), fence(folders(libraries))
                answer(stream.makefile("rb"), stream.makefile("wb"))
            finally:
                os._exit(0)
        os.close(given)
        control.sendall(child.to_bytes(4, "little"))


def single(mine, libraries, scratch):
    """One process for one exercise, where a system cannot fork: pipes at the standard input and output."""
    reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    quiet()
    _, has = begin(mine, libraries, scratch)
    limits(has), fence(folders(libraries))
    writer.write(b"+")                                                      # imported: the clock begins
    writer.flush()
    answer(reader, writer)
