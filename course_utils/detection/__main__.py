"""Who harvests? python -m course_utils.detection [--engine spark://HOST:7077] LOG > accused.csv. See docs/spark.md."""
import argparse
import json
import os
import sys
from importlib.util import find_spec
from shutil import which
from socket import create_connection
from types import SimpleNamespace

import ibis
import numpy as np
import pandas as pd
from scipy.special import expit

from ..files.bundled import checked_path
from . import accounts


def bundled():
    """The Detector of data/detector.json, learned from made-up logs: each judge has a weight for each sign, and a bias."""
    def judge(weights, bias):
        return SimpleNamespace(predict_proba=lambda signs: expit(np.outer(signs[list(weights)] @ list(weights.values()) + bias, [-1, 1])))

    detector, stored = accounts.Detector.__new__(accounts.Detector), json.loads(checked_path("detector.json").read_text(encoding="utf-8"))
    judges = {way: judge(**one) for way, one in stored["judges"].items()}
    vars(detector).update(alone=judges.pop("alone"), judges=judges, signs=list(accounts.SIGNS), limits=stored["limits"])
    return detector


def connected(engine):
    """An Ibis backend: DuckDB here, or a Spark master such as spark://host:7077. Raises SystemExit: what is missing, what to do."""
    if engine == "duckdb":
        return ibis.duckdb.connect()
    find_spec("pyspark") or sys.exit("PySpark is not installed for this Python. Run `make spark`, then use .venv-spark/bin/python.")
    which("java") or os.environ.get("JAVA_HOME") or sys.exit("This machine has no Java 17 or 21. sudo apt-get install default-jre-headless")
    try:
        for host, _, port in [one.rpartition(":") for one in engine.removeprefix("spark://").split(",") if engine.startswith("spark://")]:
            create_connection((host, int(port)), timeout=10).close()
    except (OSError, ValueError) as error:
        sys.exit(f"No Spark master answers at {engine}: {error}. Start it, or correct the address: --engine spark://HOST:PORT.")
    from pyspark.sql import SparkSession
    quiet = {"spark.ui.showConsoleProgress": "false", "spark.log.level": "OFF"}          # what fails is said below, in one line
    return ibis.pyspark.connect(SparkSession.builder.master(engine).appName("detection").config(map=quiet).getOrCreate())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m course_utils.detection", description="Writes the accused accounts of a log as CSV.")
    parser.add_argument("log", help="a Parquet file or folder (DuckDB: 'folder/*.parquet'), where the engine sees it")
    parser.add_argument("--engine", default="duckdb", help="duckdb, in this process, or a Spark master such as spark://host:7077")
    parser.add_argument("--learn", nargs=2, action="append", metavar=("LOG", "VERDICTS"), help="a log of yours and a CSV: account,harvests")
    options = parser.parse_args()
    backend = connected(options.engine)
    try:
        log = backend.read_parquet(options.log)
        known = [(backend.read_parquet(one), pd.read_csv(said)) for one, said in options.learn or ()]
        missing = {"time", "account", "network", "payment", "template", "domain", "answer_tokens"} - set(log.columns)
        missing and sys.exit(f"{options.log} has no column {', '.join(sorted(missing))}. Rename yours: docs/spark.md says what each holds.")
        detector = accounts.Detector(*zip(*known)) if known else bundled()
        scores = detector.scores(log)
    except Exception as error:                                 # each engine has errors of its own
        sys.exit(f"{backend.name} could not judge {options.log}: {str(error).splitlines()[0]}\nDoes it lie there, as Parquet? "
                 "On a cluster every worker must see it under this path: a shared disk, hdfs:// or s3a://.")
    accused = detector.accused(scores)
    scores[accused].sort_values("pooled", ascending=False).to_csv(sys.stdout)
    print(f"{accused.sum():,} of {len(scores):,} accounts are accused. That is a reason to look, not a proof.", file=sys.stderr)
