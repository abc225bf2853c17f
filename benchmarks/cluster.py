"""A Spark standalone cluster on this machine: one master and some workers, each a process of its own, on 127.0.0.1.

    with Cluster() as cluster:
        SparkSession.builder.master(cluster.url)

For tests/test_spark.py and scale.py. Needs Java, and PySpark's own copy of Spark (make spark).
"""
import ctypes
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil


def _die_with_parent():
    """On Linux a server ends when the process that started it does, even if that was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, 15)


class Cluster:
    """url: what to connect to. workers: [Popen], each with one core and `memory` bytes for its executor."""

    def __init__(self, workers=2, memory="1g"):
        import pyspark

        self.folder = tempfile.TemporaryDirectory(prefix="spark-")
        home = Path(pyspark.__file__).parent
        # SPARK_LOCAL_IP also holds the web pages of master and workers, which listen on every address otherwise
        self.environment = os.environ | {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m",
                                         "SPARK_LOCAL_DIRS": f"{self.folder.name}/local",
                                         "SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false"}
        self.class_ = [str(home / "bin" / "spark-class"), "org.apache.spark.deploy"]
        self.count, self.memory, self.workers, self.processes = workers, memory, [], []

    def _start(self, name, *arguments):
        said = Path(self.folder.name) / f"{name}.log"
        script, package = self.class_
        kind = "master.Master" if name == "master" else "worker.Worker"
        with said.open("w") as file:
            process = subprocess.Popen(
                [script, f"{package}.{kind}", "--host", "127.0.0.1", "--webui-port", "0", *arguments], env=self.environment,
                stdin=subprocess.DEVNULL, stdout=file, stderr=file, preexec_fn=_die_with_parent)
        self.processes.append(process)
        return process, said

    @staticmethod
    def _wait(process, said, pattern, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end and process.poll() is None:
            if found := re.search(pattern, said.read_text(errors="replace")):
                return found
            time.sleep(0.1)
        end = said.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{said.stem} of the Spark cluster did not start. Is this Java 17 or 21? The end of its log:\n{end}")

    def __enter__(self):
        master, said = self._start("master", "--port", "0")
        self.url = self._wait(master, said, r"Starting Spark master at (spark://\S+)")[1]
        for i in range(self.count):
            work = f"{self.folder.name}/work{i}"
            process, said = self._start(f"worker{i}", "--cores", "1", "--memory", self.memory, "--work-dir", work, self.url)
            self._wait(process, said, "Successfully registered with master")
            self.workers.append(process)
        return self

    def pids(self, processes=None):
        """Of master, workers and what the workers started."""
        found = []
        for process in processes or self.processes:
            if process.poll() is None:
                found += [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
        return found

    def kill(self, worker):
        """As when its machine loses power: worker number `worker` and its executor end at once."""
        for pid in self.pids([self.workers[worker]]):
            os.kill(pid, signal.SIGKILL)
        self.workers[worker].wait()

    def finished(self, worker):
        """How many tasks the executors of a worker have finished, as their own log says."""
        logs = Path(self.folder.name, f"work{worker}").glob("*/*/stderr")
        return sum(log.read_text(errors="replace").count("Finished task") for log in logs)

    def __exit__(self, *_):
        started = [psutil.Process(pid) for pid in self.pids()]
        for process in started[::-1]:
            try:
                process.terminate()
            except psutil.NoSuchProcess:
                pass
        psutil.wait_procs(started, timeout=10)
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        self.folder.cleanup()
