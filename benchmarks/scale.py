"""The detector of lesson 08 on 16, 64 and 256 million rows, on DuckDB, Polars and Spark: seconds, memory, bytes. Writes scale.csv.

    .venv-spark/bin/python benchmarks/scale.py --logs FOLDER             writes the logs, about 4 GB
    .venv-spark/bin/python benchmarks/scale.py --logs FOLDER duckdb 16   measures one engine at 16 million rows, and so on

The same relational expressions run on every engine. Each is held to one core, so that seconds compare: on Linux by the processor's
number, which the processes that it starts inherit. Spark is a real cluster of one master and two workers; all of its processes share that
core. A log is written in pieces and never held in memory. A piece is one log of the lesson's generator at 0.7 of the full size, with a
seed of its own. Its accounts, cards, addresses and own templates are renumbered, so that the customers of two pieces are different;
templates below 5,000 are everybody's and stay. Time stays, too: a log of 256 million rows is a provider with 16 times the customers.

seconds: from the connected engine to the accused accounts. cpu: core seconds of all processes in that time. memory: the highest sum of
their resident memory. read: bytes of the log that were asked for (Spark's own count; DuckDB's read calls, spilled bytes among them).
written: bytes of all write calls, which are spilled and shuffled data. `broke` says why a run did not end.
"""
import argparse
import csv
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import psutil

CSV = Path(__file__).with_suffix(".csv")
FIELDS = ("engine", "version", "rows", "log_bytes", "accounts", "seconds", "cpu", "memory", "read", "written", "accused", "digest", "broke",
          "machine")
PIECES = {16: 1, 64: 4, 256: 16}         # millions of rows, about: pieces of the log
MEMORY = 3 * 2**30                       # what DuckDB may use; Python and its libraries come on top, and the whole stays below 4 GiB
CEILING = 10 * 2**30                     # an engine that takes more is stopped: others work on this machine
EXECUTOR, DRIVER = "1g", "1g"            # of a Spark worker, and of the program that asks


def write_logs(folder):
    """folder/16, 64 and 256, each with parts of the log; a part that several need is there once (hard links)."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from course_utils.lesson.exercises import material

    traffic = material("traffic")
    kinds = traffic.scaled((*traffic.LEGITIMATE, traffic.PLATFORM, *traffic.CAMPAIGNS), 0.7)
    first = {"account": 0, "payment": 0, "network": 0, "template": 0}
    for millions in PIECES:
        (folder / str(millions)).mkdir(parents=True, exist_ok=True)
    for i in range(max(PIECES.values())):
        raw, part = folder / "raw.parquet", folder / "256" / f"part-{i:02}.parquet"
        traffic.write_log(raw, kinds, seed=500 + i)
        following = dict(first)
        with pq.ParquetFile(raw) as file, pq.ParquetWriter(part, traffic.SCHEMA, compression="snappy") as out:
            for batch in file.iter_batches(1_000_000):
                table = pa.table(batch)
                for name, start in first.items():
                    column = table[name]
                    moved = pc.add(column, np.int32(start))
                    if name == "template":
                        moved = pc.if_else(pc.less(column, 5000), column, moved)
                    table = table.set_column(table.schema.get_field_index(name), traffic.SCHEMA.field(name), moved)
                    following[name] = max(following[name], pc.max(moved).as_py() + (1 if name != "template" else -4999))
                out.write_table(table)
        first = following
        raw.unlink()
        for millions, pieces in PIECES.items():
            if i < pieces and millions != 256:
                os.link(part, folder / str(millions) / part.name)
        print(part, f"{part.stat().st_size:,} bytes", first, flush=True)


# ---------------------------------------------------------------- the process that asks

def connected(engine, temporary):
    """(Ibis backend, its version, function that returns the bytes of the log that it read, or None)."""
    import ibis

    if engine == "duckdb":
        import duckdb

        backend = ibis.duckdb.connect()
        for setting in (f"memory_limit = '{MEMORY // 2**20}MiB'", f"temp_directory = '{temporary}'", "threads = 1",
                        "enable_progress_bar = false"):
            backend.raw_sql(f"SET {setting}")
        return backend, duckdb.__version__, None
    if engine.startswith("polars"):
        import polars

        if engine == "polars streaming":
            polars.Config.set_engine_affinity("streaming")
        return ibis.polars.connect(), polars.__version__, None
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master(os.environ["SCALE_SPARK"]).appName("scale").config("spark.ui.showConsoleProgress", "false")
    session = session.config("spark.driver.memory", DRIVER).config("spark.executor.memory", EXECUTOR)
    # the bytes that Parquet's parallel reads fetch are missing from Spark's count
    session = session.config("spark.hadoop.parquet.hadoop.vectored.io.enabled", "false").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")

    def read():
        time.sleep(2)                                   # the page lags behind the job
        where = f"{session.sparkContext.uiWebUrl}/api/v1/applications/{session.sparkContext.applicationId}/allexecutors"
        with urllib.request.urlopen(where) as reply:
            return sum(one["totalInputBytes"] for one in json.load(reply))

    return ibis.pyspark.connect(session), session.version, read


def ask(engine, folder, temporary):
    """Judge every account of a log. Tells the parent when it begins and what it found, a line of JSON each."""
    from course_utils.detection.__main__ import bundled

    backend, version, read = connected(engine, temporary)
    print(json.dumps({"version": version}), flush=True)
    sys.stdin.readline()
    detector = bundled()
    log = backend.read_parquet(str(folder) if engine == "spark" else f"{folder}/*.parquet")
    scores = detector.scores(log)
    accused = sorted(scores.index[detector.accused(scores)])
    found = {"rows": int(scores.requests.sum()), "accounts": len(scores), "accused": len(accused), "seen": time.time(),
             "digest": hashlib.sha256(repr([int(one) for one in accused]).encode()).hexdigest()[:12]}
    print(json.dumps(found | ({"read": read()} if read else {})), flush=True)


# ---------------------------------------------------------------- the process that watches

class Watch(threading.Thread):
    """Samples a set of processes: the highest sum of resident memory; core seconds and bytes of read and write calls since `start()`."""

    def __init__(self, pids, ceiling):
        super().__init__(daemon=True)
        self.pids, self.ceiling, self.over, self.memory, self.broke = pids, ceiling, threading.Event(), 0, ""
        self.before = {pid: self._counters(pid) for pid in pids()}
        self.last = dict(self.before)

    @staticmethod
    def _counters(pid):
        process = psutil.Process(pid)
        times, io = process.cpu_times(), process.io_counters()
        return times.user + times.system, io.read_chars, io.write_chars

    def run(self):
        while not self.over.wait(0.5):
            total = 0
            for pid in self.pids():
                try:
                    self.last[pid] = self._counters(pid)
                    total += psutil.Process(pid).memory_info().rss
                except psutil.Error:
                    continue
            self.memory = max(self.memory, total)
            if total > self.ceiling:
                self.broke = f"memory over {self.ceiling / 2**30:.0f} GiB"
                return

    def spent(self):
        gone = [[now - then for now, then in zip(self.last[pid], self.before.get(pid, (0, 0, 0)))] for pid in self.last]
        return [sum(column) for column in zip(*gone)]


def machine():
    name = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "?")
    return f"{name}, 1 core, {psutil.virtual_memory().total / 2**30:.0f} GiB, {platform.system()}"


def measured(engine, folder, patience, core):
    """One row of scale.csv."""
    from contextlib import ExitStack

    os.sched_setaffinity(0, {core})                     # what is started below inherits it
    row = dict.fromkeys(FIELDS, "") | {"engine": engine, "machine": machine(), "rows": "",
                                       "log_bytes": sum(part.stat().st_size for part in folder.glob("*.parquet"))}
    for part in folder.glob("*.parquet"):               # the log comes from the disk, not from what an earlier run left in memory
        with part.open() as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    with ExitStack() as stack:
        temporary = stack.enter_context(tempfile.TemporaryDirectory(prefix="scale-"))
        environment = os.environ | {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
        cluster = None
        if engine == "spark":
            from cluster import Cluster

            cluster = stack.enter_context(Cluster(2, EXECUTOR))
            environment |= {"SCALE_SPARK": cluster.url, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": temporary}
        child = subprocess.Popen([sys.executable, __file__, "--one", engine, "--logs", str(folder), "--temporary", temporary], text=True,
                                 env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        errors = []
        reader = threading.Thread(target=lambda: errors.append(child.stderr.read()), daemon=True)
        reader.start()

        def pids():
            try:
                mine = [child.pid, *(one.pid for one in psutil.Process(child.pid).children(recursive=True))]
            except psutil.Error:
                mine = []
            return mine + (cluster.pids() if cluster else [])

        row |= json.loads(child.stdout.readline())
        watch = Watch(pids, CEILING)
        watch.start()
        child.stdin.write("go\n")
        child.stdin.flush()
        started, said = time.time(), []
        waiter = threading.Thread(target=lambda: said.append(child.stdout.readline()), daemon=True)
        waiter.start()
        while waiter.is_alive() and not watch.broke and time.time() - started < patience:
            waiter.join(0.5)
        found = json.loads(said[0]) if said and said[0] else {}
        watch.over.set()
        watch.join()
        row["seconds"] = round(found.pop("seen", time.time()) - started, 1)
        cpu, read, written = watch.spent()
        row |= {"cpu": round(cpu, 1), "memory": watch.memory, "read": read, "written": written} | found
        child.kill() if not found else None
        child.wait()
        reader.join(5)
        if not found:
            why = watch.broke or (f"not ended after {patience} s" if time.time() - started >= patience else "")
            last = (errors[0].strip().splitlines() or ["ended without a word"])[-1][:200]
            row["broke"] = why or f"{last} (exit code {child.returncode})"
    return row


def kept(row):
    """The row replaces what scale.csv has of this engine and log."""
    rows = list(csv.DictReader(CSV.open())) if CSV.exists() else []
    rows = [one for one in rows if (one["engine"], one["log_bytes"]) != (row["engine"], str(row["log_bytes"]))] + [row]
    rows.sort(key=lambda one: (int(one["log_bytes"]), one["engine"]))
    with CSV.open("w", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", help="engines (duckdb, polars, 'polars streaming', spark) and millions of rows (16, 64, 256)")
    parser.add_argument("--logs", type=Path, required=True, help="the folder of the logs; about 4 GB")
    parser.add_argument("--patience", type=float, default=2400, help="seconds after which a run is stopped")
    parser.add_argument("--core", type=int, default=1, help="the processor that all of a run shares")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--temporary", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        ask(options.one, options.logs, options.temporary)
    elif not options.what:
        write_logs(options.logs)
    else:
        for millions in [int(one) for one in options.what if one.isdigit()] or PIECES:
            for engine in [one for one in options.what if not one.isdigit()]:
                kept(row := measured(engine, options.logs / str(millions), options.patience, options.core))
                print(row, flush=True)
