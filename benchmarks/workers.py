"""Where joblib's tasks run: on a Dask cluster of the reader's own, or on this machine's cores. docs/dask.md starts one.

    with workers.on("tcp://127.0.0.1:8786"):      # None: this machine, as without the `with`
        arena.run(...)

A cluster's workers have one thread each: torch has one generator of random numbers for a whole process, and two cells would share it.
"""
import asyncio
import contextlib
import hashlib
import logging
import re
import warnings
from concurrent import futures
from functools import lru_cache
from pathlib import Path

import joblib
from joblib._dask import DaskDistributedBackend

COURSE = Path(__file__).resolve().parents[1]
SECONDS = 10                             # to wait for a scheduler, and for a first worker
START = "On each machine, in a copy of the course: make worker DASK={}"
SCHEDULER = "Start it in a copy of the course: make scheduler HOST=127.0.0.1"


class NoCluster(Exception):
    """The cluster cannot be used. The message says why, and what to do."""


class Backend(DaskDistributedBackend):
    """joblib's, but for two cases. It runs everything in this process where the cluster has one worker: here that one is asked. And it
    waits for ever for a task that the scheduler has given up: here that is an error."""

    def effective_n_jobs(self, n_jobs):
        return max(2, super().effective_n_jobs(n_jobs))

    async def _collect(self):
        while self._continue:
            async for future, result in self.waiting_futures:
                out = result[1] if future.status == "error" else result
                self._results.pop(future).set_result(out)
                self._callbacks.pop(future)(out)
            await asyncio.sleep(0.01)

    def retrieve_result_callback(self, out):
        if not isinstance(out, BaseException):
            return super().retrieve_result_callback(out)
        if isinstance(out, asyncio.CancelledError | futures.CancelledError):
            raise NoCluster("The scheduler ended, or could not be reached any more. What was saved is kept; the same command goes on.")
        task = str(getattr(out, "task", ""))
        ended = bool(task)
        said = f"its worker ended {out.allowed_failures + 1} times; does it need more memory?" if ended else f"{type(out).__name__}: {out}"
        number = re.match(r"batch_of_#(\d+) ", task)
        if number:                                          # one of `each`, which goes on with the others
            return [(int(number[1]), None, said)]
        raise NoCluster(f"A task stopped: {said}")


@lru_cache(maxsize=1)
def digest():
    """A few letters that change with any Python file of the course that a task may run, or with a bundled file."""
    folders = "course_utils", "benchmarks", "notebooks/src", "notebooks/exercises"
    files = [path for folder in folders for path in (COURSE / folder).rglob("*.py")]
    text = hashlib.sha256()
    for path in [*sorted(files), COURSE / "data" / "SHA256SUMS"]:
        text.update(f"{path.relative_to(COURSE).as_posix()}\n".encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return text.hexdigest()[:12]


def _versions(told):
    """{what must be the same on both sides: its version}, of one entry of Client.get_versions."""
    packages, host = told["packages"], dict(told["host"])
    return {"Python": ".".join(str(host["python"]).split(".")[:2]), "torch": str(packages.get("torch")).split("+")[0],
            "distributed": packages.get("distributed")}


def _check(client, address):
    """Raises NoCluster, if the scheduler or a worker could not run the course as this process would."""
    try:
        client.wait_for_workers(1, timeout=SECONDS)
    except TimeoutError:
        raise NoCluster(f"The scheduler at {address} has no worker after {SECONDS} seconds. {START.format(address)}") from None
    found = client.get_versions(packages=["torch"])
    here = _versions(found["client"])
    for worker, told in found["workers"].items():           # versions first: a function of another Python's may not even load
        there = _versions(told)
        wrong = [f"{name} {there[name]} (here: {here[name]})" for name in here if here[name] != there[name]]
        if wrong:
            raise NoCluster(f"The worker at {worker} has {', '.join(wrong)}. Results could differ: stop it, and set it up as this copy "
                            f"of the course was. {START.format(address)}")
    for worker, threads in client.nthreads().items():
        if threads != 1:
            raise NoCluster(f"The worker at {worker} has {threads} threads, and torch's random numbers are one row for a whole process: "
                            f"start more workers of one thread. {START.format(address)}, with N=4 for four")

    def code():                                             # sent as it is: the worker may have nothing of the course
        try:
            import workers
        except ImportError:
            return "nothing"
        return workers.digest()

    asked = {f"scheduler at {address}": client.run_on_scheduler(code)}            # it unpacks the tasks, too
    for place, has in (asked | {f"worker at {worker}": has for worker, has in client.run(code).items()}).items():
        if has != digest():
            raise NoCluster(f"The {place} has {'no copy' if has == 'nothing' else 'another state'} of the course's code: get the same "
                            f"commit there. {SCHEDULER if 'scheduler' in place else START.format(address)}")


@contextlib.contextmanager
def on(address=None):
    """joblib runs on the Dask cluster at an address, such as "tcp://127.0.0.1:8786"; with None, as it did before.

    Yields the distributed.Client, or None. Raises NoCluster: Dask is not installed, nothing answers, no worker, or one that does not fit.
    """
    if not address:
        yield None
        return
    try:
        import distributed
    except ImportError:
        raise NoCluster("Dask is not installed in this Python. In the course's folder: "
                        ".venv/bin/uv pip install -r requirements-dask.txt -c requirements.lock") from None
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)               # what matters is said in a sentence
    with warnings.catch_warnings(), contextlib.ExitStack() as stack:
        warnings.simplefilter("ignore", distributed.versions.VersionMismatchWarning)
        try:
            client = stack.enter_context(distributed.Client(address, timeout=SECONDS))
        except (OSError, ValueError) as error:
            raise NoCluster(f"No Dask scheduler answers at {address!r} ({type(error).__name__}). An address is such as "
                            f"tcp://127.0.0.1:8786, and a scheduler prints its own when it starts. {SCHEDULER}") from None
        _check(client, address)
        with joblib.parallel_config(Backend(client=client)):
            yield client


# ---------------------------------------------------------------- tasks with names

class _Task:
    """One call, which Dask's own pages show by its number and name. What it raises comes back as a sentence."""

    def __init__(self, do, number, name, code):
        self.do, self.number, self.name, self.code = do, number, name, code
        self.__name__ = f"#{number} {', '.join(map(str, name))}"

    def __call__(self):
        try:
            if self.code is None:
                return self.number, self.do(*self.name), None
            if self.code != digest():                       # of a worker that came later than `_check`
                raise NoCluster("its worker has another state of the course's code")
            with joblib.parallel_config("sequential"):      # what is parallel inside a task stays in its process
                return self.number, self.do(*self.name), None
        except Exception as error:
            return self.number, None, f"{type(error).__name__}: {error}"


def each(do, names, jobs, cluster=None):
    """(name, what do(*name) returned, None), or (name, None, why it failed), in the order in which they finish.

    names: a list of tuples; do: a function that a worker can import. jobs: how many at a time, where cluster, what `on` yields, is None.
    """
    code = digest() if cluster else None
    calls = (joblib.delayed(_Task(do, i, name, code))() for i, name in enumerate(names))
    for i, found, why in joblib.Parallel(jobs, batch_size=1, pre_dispatch="all", return_as="generator_unordered")(calls):
        yield names[i], found, why
