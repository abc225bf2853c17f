"""Lesson 08's detector on a real Spark cluster, one master and two workers as processes on 127.0.0.1: make spark."""
import io
import os
import runpy
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("pyspark", reason="PySpark is not installed for this Python: `make spark` installs it and runs this test.")
if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
    pytest.skip("Spark needs Java 17 or 21, and this machine has none: sudo apt-get install default-jre-headless", allow_module_level=True)

from cluster import Cluster  # noqa: E402
from worlds import second, third  # noqa: E402

from course_utils.detection import __main__ as command  # noqa: E402
from course_utils.detection import accounts  # noqa: E402
from course_utils.files import bundled  # noqa: E402
from course_utils.lesson.exercises import material  # noqa: E402

traffic = material("traffic")
# small logs: few partitions, and no time for the JVM's second compiler
QUICK = {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_SUBMIT_ARGS": " ".join((
    "--conf spark.sql.shuffle.partitions=4", "--conf spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1",
    "--conf spark.executor.extraJavaOptions=-XX:TieredStopAtLevel=1", "--conf spark.executor.memory=600m", "pyspark-shell"))}


def first(path, seed, size):
    kinds = (*traffic.LEGITIMATE, traffic.PLATFORM, *traffic.CAMPAIGNS)
    return traffic.write_log(path, traffic.scaled(traffic.varied(kinds, seed), size), seed)


WORLDS = {"lesson": (first, 0.02), "second": (second.write_log, 0.2), "third": (third.write_log, 0.2)}


@pytest.fixture(scope="module")
def cluster():
    with Cluster(memory="700m") as cluster:
        yield cluster


@pytest.fixture(scope="module")
def spark(cluster):
    """The connection of the command itself."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in QUICK.items():
            patch.setenv(name, value)
        backend = command.connected(cluster.url)
    yield backend
    backend._session.stop()


def same(here, there, by):
    """Nearer than 1e-9, for whole numbers and for others, in the same order."""
    there = there[here.columns]
    assert here[by].tolist() == there[by].tolist()
    assert np.allclose(here.astype(float), there.astype(float), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("world", WORLDS)
def test_features_pools_and_accused_are_those_of_duckdb(world, spark, tmp_path):
    write_log, size = WORLDS[world]
    truth = write_log(tmp_path / "log.parquet", 7, size)
    logs = accounts.open_log(tmp_path / "log.parquet"), spark.read_parquet(str(tmp_path / "log.parquet"))
    here, there = (accounts.account_features(log).execute() for log in logs)
    assert len(here) == len(truth) and here.requests.sum() == truth.requests.sum()
    same(here, there, "account")
    found = []
    for log, features in zip(logs, (here, there)):
        found.append({tag: accounts.pools(log, tag, features.set_index("account")).execute() for tag in accounts.TAGS})
    for tag in accounts.TAGS:
        assert len(found[0][tag]) > 3
        same(found[0][tag], found[1][tag], tag)
    detector = command.bundled()
    scores = [detector.scores(log, table.set_index("account"), pools).sort_index()
              for log, table, pools in zip(logs, (here, there), found)]
    accused = [detector.accused(one) for one in scores]
    assert accused[0].any() and accused[0].equals(accused[1])
    assert np.allclose(scores[0], scores[1], rtol=1e-9, atol=1e-9)


def test_both_workers_worked(cluster, spark):
    assert min(cluster.finished(0), cluster.finished(1)) > 10


def said(arguments, monkeypatch):
    """What `python -m course_utils.detection` says as it gives up; an open Spark session is used again."""
    monkeypatch.setattr(sys, "argv", ["detection", *map(str, arguments)])
    monkeypatch.delitem(sys.modules, command.__name__, raising=False)       # it runs as `python -m` runs it, not as it was imported
    with pytest.raises(SystemExit) as stop:
        runpy.run_module("course_utils.detection", run_name="__main__")
    return str(stop.value)


def test_what_is_said_where_spark_cannot_judge(cluster, spark, tmp_path, monkeypatch):
    pd.DataFrame({"time": [1], "account": [1]}).to_parquet(tmp_path / "narrow.parquet")
    (tmp_path / "text.parquet").write_text("no Parquet")
    on = "--engine", cluster.url
    assert "has no column answer_tokens, domain, network, payment, template" in said([*on, tmp_path / "narrow.parquet"], monkeypatch)
    for name in ("nowhere.parquet", "text.parquet"):
        says = said([*on, tmp_path / name], monkeypatch)
        assert says.startswith("pyspark could not judge") and name in says and "every worker must see it" in says and len(says) < 600, says
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert "no Java 17 or 21" in said([*on, tmp_path / "narrow.parquet"], monkeypatch)


def test_a_worker_is_killed_in_the_middle_and_the_result_is_the_same(cluster, spark, tmp_path):
    """The last test here: it ends the session of the others, whose application has all cores, and leaves the cluster with one worker."""
    spark._session.stop()
    log = bundled.DATA / "traffic_sample.parquet"
    call = [sys.executable, "-m", "course_utils.detection"]
    before = cluster.finished(0), cluster.finished(1)
    process = subprocess.Popen([*call, "--engine", cluster.url, str(log)], env=os.environ | QUICK, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, cwd=Path(__file__).resolve().parents[1])
    while process.poll() is None and cluster.finished(1) < before[1] + 10:
        time.sleep(0.02)
    cluster.kill(1)
    done, running = cluster.finished(0), process.poll() is None
    found, errors = process.communicate(timeout=240)
    assert running and process.returncode == 0, errors[-2000:]
    assert cluster.finished(0) > done + 10, "it was not killed in the middle: hardly any task was left"
    right = subprocess.run([*call, str(log)], capture_output=True, text=True, check=True).stdout
    here, there = (pd.read_csv(io.StringIO(text)).set_index("account").sort_index() for text in (right, found))
    assert len(here) > 10 and here.index.equals(there.index) and np.allclose(here, there[here.columns], rtol=1e-9, atol=1e-9)
