"""Started by stress_harvest: harvests in children that are killed, stopped, starved of disk space or doubled. One line in, one line out.

In: {"what", "key", "path", "questions", "after" (seconds), "space" (bytes)}. Out: for each child, how it ended and what it reported.
"""
import json
import os
import resource
import signal
import sys
import time

from course_utils.attack import harvest

url = sys.argv[1]


def once(path, key, questions):
    """[what was said, the report as a dict] of one harvest."""
    try:
        return ["done", harvest.harvest(url, questions, path, key=key, at_once=4, per_request=3, progress=None)._asdict()]
    except (KeyboardInterrupt, harvest.HarvestStopped) as error:
        return [f"{type(error).__name__}: {error}", error.report and error.report._asdict()]


def child(order, out):
    signal.signal(signal.SIGINT, signal.default_int_handler)                    # a shell's background jobs ignore it
    work = order["path"], order["key"], order["questions"]
    if order["space"] is not None:                # a full disk, for this child alone; then there is space again, and the same call goes on
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["space"], limits[1]))
        said = [once(*work), os.path.getsize(order["path"]), open(order["path"], "rb").read()[-1:] in (b"\n", b"")]
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        said += [once(*work)]
    else:
        said = once(*work)
    os.write(out, json.dumps(said).encode())
    os._exit(0)


harvest.harvest(url, ["reason 1 + 1 :"], sys.argv[3], key=sys.argv[2], progress=None)     # all is imported: no kill finds it at that
print("ready", flush=True)
for line in sys.stdin:
    order, started, ended = json.loads(line), [], []
    for number in range(2 if order["what"] == "double" else 1):
        if number:
            time.sleep(order["after"])
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                child(order, write)
            finally:
                os._exit(1)
        os.close(write)
        started.append((pid, read))
    sent = None
    if order["what"] in ("kill", "stop"):
        time.sleep(order["after"])
        os.kill(pid, signal.SIGKILL if order["what"] == "kill" else signal.SIGINT)
        sent = time.perf_counter()
    for pid, read in started:
        with open(read, "rb") as pipe:
            said = pipe.read()
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        ended.append({"code": code, "said": json.loads(said) if said else None, "took": sent and time.perf_counter() - sent})
    print(json.dumps(ended), flush=True)
