"""The detector of lesson 08 in pandas, and its relational expressions on DuckDB and on Polars: seconds and memory. make benchmark

All judge every account of the same log, an eighth of the incident's size, each in a process of its own: reading, eight features, the pools
of all tags, the scores. From after the imports to the end; memory: the highest above what was there before. Results go to engines.csv,
which the lesson shows. Run it with nothing else running.
"""
import csv
import importlib.util
import pickle
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from course_utils.detection import accounts
from course_utils.lesson.exercises import material

traffic = material("traffic")

CSV = Path(__file__).with_suffix(".csv")
ROUNDS = 3


def _entropy_in_pandas(counts, by):
    n = counts.astype(float)
    total, weighted = n.groupby(by).sum(), (n * np.log(n)).groupby(by).sum()
    return np.log(total) - weighted / total


def account_features_in_pandas(rows):
    """As `accounts.account_features`, of a log that is a DataFrame in memory: a DataFrame by account."""
    hour, day = (rows.time % 86_400 // 3600).rename("hour"), rows.time // 86_400
    table = rows.groupby("account").agg(requests=("time", "size"), payment=("payment", "max"), answer=("answer_tokens", "mean"))
    forms = rows.groupby(["account", "template"]).size().groupby("account")
    return table.assign(
        days=day.groupby(rows.account).nunique(), templates=forms.size(), same=forms.max() / table.requests,
        clock=_entropy_in_pandas(rows.groupby(["account", hour]).size(), "account"),
        mix=_entropy_in_pandas(rows.groupby(["account", "domain"]).size(), "account"),
        payments=table.groupby("payment").requests.transform("size"))


def pools_in_pandas(rows, tag, features=None):
    """As `accounts.pools`, of a log that is a DataFrame in memory."""
    known = account_features_in_pandas(rows) if features is None else features
    who = rows.groupby([tag, "account"]).agg(n=("time", "size"), words=("answer_tokens", "sum")).reset_index()
    whole = known.requests.reindex(who.account).to_numpy(float)
    who = who.assign(log=np.log(whole), same=known.same.reindex(who.account).to_numpy(), share=who.n / whole)
    size = who.groupby(tag).agg(accounts=("n", "size"), requests=("n", "sum"), words=("words", "sum"), same=("same", "mean"),
                                share=("share", "mean"), mean=("log", "mean"), square=("log", lambda v: (v ** 2).mean()))
    size = size[size.accounts >= accounts.FEWEST[tag]]
    busy = rows[rows[tag].isin(size.index)]
    hour = (busy.time % 86_400 // 3600).rename("hour")
    table = size[["accounts", "requests"]].assign(
        clock=_entropy_in_pandas(busy.groupby([tag, hour]).size(), tag), mix=_entropy_in_pandas(busy.groupby([tag, "domain"]).size(), tag),
        spread=np.sqrt((size.square - size["mean"] ** 2) + 1e-9), top=np.log(size.same), share=np.log(size["share"]),
        evenness=np.exp(_entropy_in_pandas(who.set_index([tag, "account"]).n, tag)) / size.accounts,
        each=np.log(size.requests / size.accounts), answer=np.log(size.words / size.requests))
    return table.reset_index()


def scores_in_pandas(detector, rows):
    """As `accounts.Detector.scores`, of a log that is a DataFrame in memory."""
    features = account_features_in_pandas(rows)
    table = features[["requests"]].assign(alone=detector.alone.predict_proba(accounts._readable(features))[:, 1])
    for tag in accounts.TAGS:
        found = pools_in_pandas(rows, tag, features)
        score = pd.Series(detector.judges[tag].predict_proba(found[detector.signs])[:, 1] if len(found) else [], found[tag], dtype=float)
        table[tag] = rows[tag].map(score).fillna(0.0).groupby(rows.account).sum() / table.requests
    return table.assign(pooled=pd.concat([table[tag] / detector.limits[tag] for tag in accounts.TAGS], axis=1).max(axis=1))


def measured(work):
    """(seconds, bytes above what was there before) of work()."""
    used, seen, over = psutil.Process().memory_info, [], threading.Event()

    def watch():
        while not over.wait(0.003):
            seen.append(used().rss)

    before, started = used().rss, time.perf_counter()
    threading.Thread(target=watch).start()
    work()
    over.set()
    return time.perf_counter() - started, max(seen) - before


def scores_in_polars(detector, path):
    """The same relational expressions, unchanged, on Polars."""
    import ibis

    return detector.scores(ibis.polars.connect().read_parquet(str(path)))


ENGINES = {"duckdb": lambda detector, path: detector.scores(accounts.open_log(path)),
           "pandas": lambda detector, path: scores_in_pandas(detector, pd.read_parquet(path))}
if importlib.util.find_spec("polars"):              # not among the course's requirements: pip install polars
    ENGINES["polars"] = scores_in_polars


def cost(engine, path, detector):
    """(seconds, bytes) that one of ENGINES takes to judge a log, in a process of its own."""
    call = [sys.executable, __file__, "--one", engine, str(path)]
    said = subprocess.run(call, input=pickle.dumps(detector), capture_output=True, check=True).stdout
    return [float(part) for part in said.decode().splitlines()[-1].split()]


def learned(folder):
    """A Detector from two small logs, as in the lesson."""
    logs, truths = [], []
    for seed in (1, 2):
        path = Path(folder) / f"train_{seed}.parquet"
        kinds = traffic.scaled(traffic.varied(traffic.LEGITIMATE + traffic.CAMPAIGNS, seed), 0.05)
        truths.append(traffic.write_log(path, kinds, seed))
        logs.append(accounts.open_log(path))
    return accounts.Detector(logs, truths)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        engine, path = sys.argv[2:]
        detector = pickle.load(sys.stdin.buffer)          # our own parent made it
        print(*measured(lambda: ENGINES[engine](detector, path)))
        sys.exit()
    with tempfile.TemporaryDirectory() as folder:
        detector, path = learned(folder), Path(folder) / "log.parquet"
        rows = int(traffic.write_log(path, traffic.scaled(traffic.LEGITIMATE + traffic.CAMPAIGNS, 1 / 8), 10).requests.sum())
        taken = [(engine, rows, *cost(engine, path, detector)) for _ in range(ROUNDS) for engine in ENGINES]
    with CSV.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("engine", "rows", "seconds", "bytes"), *taken])
    print(pd.DataFrame(taken, columns=["engine", "rows", "seconds", "bytes"]).groupby("engine").median())
