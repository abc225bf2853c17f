"""The box "detection": which accounts are harvesting? One account at a time, and then by what accounts have in common.

Everything is said in relational expressions (Ibis), so the same lines run on DuckDB here and on whatever engine a firm has.
"""
import json
import math
import pickle
import subprocess
import sys

import ibis
import numpy as np
import pandas as pd
import torch
from ibis import _
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

TAGS = ("payment", "network", "template")
FEWEST = 5                          # accounts in a pool: fewer say nothing about a crowd
SIGNS = ("clock", "mix", "evenness", "each", "answer")       # what a pool is judged by; none of them depends on how large the log is


def open_log(path):
    """A Parquet log (traffic.write_log) as an Ibis table on DuckDB. Nothing is read yet. Raises FileNotFoundError."""
    engine = ibis.duckdb.connect()
    engine.raw_sql("SET enable_progress_bar = false")          # its own bar would be printed among the results
    return engine.read_parquet(str(path))


def entropy_of(counts, by):
    """How evenly something is spread: a table (by, n) to a table (by, entropy), from 0 (all in one) upwards, in nats.

    H = log N - (sum of n log n) / N. exp(H) is an effective number, as in lesson 05.
    """
    total = counts.n.sum().cast("float64")
    return counts.group_by(by).agg(entropy=total.ln() - (counts.n.cast("float64") * counts.n.cast("float64").ln()).sum() / total)


def account_features(log):
    """Eight numbers for each account, an Ibis table: requests, days, templates, clock (entropy over hours), mix (entropy over domains),
    same (share of its commonest template), payments (accounts with its means of payment), answer (mean tokens of an answer).
    """
    per = log.group_by("account").agg(
        requests=_.count(), days=(_.time / 86_400).floor().nunique(), answer=_.answer_tokens.mean(), payment=_.payment.max())
    forms = log.group_by(["account", "template"]).agg(n=_.count())
    same = forms.group_by("account").agg(most=_.n.max(), templates=_.count())
    clock = entropy_of(log.group_by(["account", (_.time % 86_400 / 3600).floor().name("hour")]).agg(n=_.count()), "account")
    mix = entropy_of(log.group_by(["account", "domain"]).agg(n=_.count()), "account")
    people = per.group_by("payment").agg(payments=_.count())
    table = per.join(same, "account").join(clock.rename(clock="entropy"), "account").join(mix.rename(mix="entropy"), "account")
    table = table.join(people, "payment")
    return table.select("account", "requests", "days", "templates", "clock", "mix", "payments", "answer",
                        same=table.most / table.requests).order_by("account")


def pools(log, tag, fewest=FEWEST):
    """What the accounts that share a payment, a network or a template look like together: an Ibis table, one row a value of the tag.

    accounts, requests; clock and mix: entropies over hours and domains of all their requests; evenness: the effective number of accounts
    (exp of the entropy of who asked how much) as a share of the accounts; each: log of the requests of one account that carry this tag, on
    average; answer: log of the mean tokens of an answer. Pools of fewer than `fewest` accounts are left out.
    """
    who = log.group_by([tag, "account"]).agg(n=_.count(), words=_.answer_tokens.sum())
    size = who.group_by(tag).agg(accounts=_.count(), requests=_.n.sum(), words=_.words.sum()).filter(_.accounts >= fewest)
    busy = log.semi_join(size, tag)
    clock = entropy_of(busy.group_by([tag, (_.time % 86_400 / 3600).floor().name("hour")]).agg(n=_.count()), tag)
    mix = entropy_of(busy.group_by([tag, "domain"]).agg(n=_.count()), tag)
    even = entropy_of(who, tag)
    table = size.join(clock.rename(clock="entropy"), tag).join(mix.rename(mix="entropy"), tag).join(even.rename(even="entropy"), tag)
    return table.select(tag, "accounts", "requests", "clock", "mix", evenness=table.even.exp() / table.accounts,
                        each=(table.requests / table.accounts).ln(), answer=(table.words / table.requests).ln()).order_by(tag)


def harvesting_share(log, truth, tag):
    """Of each pool's requests, the share that harvesters made, by the truth: a Series by the tag's values. For training only."""
    made = log.group_by([tag, "account"]).agg(n=_.count()).execute()
    made["bad"] = made.n * made.account.isin(truth.account[truth.harvests])
    both = made.groupby(tag)[["bad", "n"]].sum()
    return both.bad / both.n


ACCOUNT = ("requests", "days", "templates", "clock", "mix", "same", "answer")      # what one account shows by itself


def _readable(features):
    """Counts as logarithms: what a linear judge reads."""
    return features[list(ACCOUNT)].assign(**{name: np.log(features[name]) for name in ("requests", "templates", "answer")})


class Detector:
    """Judges of accounts and of pools, learned from logs whose truth is known, with thresholds that accuse at most `innocent` of the
    honest accounts of those logs.
    """

    def __init__(self, logs, truths, innocent=0.001):
        features = [account_features(log).execute().set_index("account") for log in logs]
        guilty = [truth.set_index("account").harvests.reindex(table.index) for truth, table in zip(truths, features)]
        self.alone = _judge(pd.concat(map(_readable, features)), pd.concat(guilty))
        self.judges = {}
        for tag in TAGS:
            seen = [found.assign(bad=found[tag].map(harvesting_share(log, truth, tag)) > 0.5)
                    for log, truth in zip(logs, truths) for found in [pools(log, tag).execute()]]
            self.judges[tag] = _judge(pd.concat(seen)[list(SIGNS)], pd.concat(seen).bad)
        self.thresholds = {"alone": 0.5, "pooled": 0.5}
        scores = pd.concat([self.scores(log, table).assign(bad=bad) for log, table, bad in zip(logs, features, guilty)])
        self.thresholds = {way: max(0.5, scores.loc[~scores.bad, way].quantile(1 - innocent)) for way in self.thresholds}

    def scores(self, log, features=None):
        """How suspicious each account is, 0 to 1: a DataFrame by account. alone: by its own features. pooled: by the company it keeps.

        For pooled: a column for each tag, the mean over the account's requests of the score of the pools that they belong to (0 for none),
        and the largest of the three.
        """
        features = account_features(log).execute().set_index("account") if features is None else features
        table = features[["requests"]].assign(alone=self.alone.predict_proba(_readable(features))[:, 1])
        for tag in TAGS:
            found = pools(log, tag).execute()
            score = self.judges[tag].predict_proba(found[list(SIGNS)])[:, 1]
            known = ibis.memtable(pd.DataFrame({tag: found[tag], "score": score}))
            sums = log.join(known, tag).group_by("account").agg(total=_.score.sum()).execute().set_index("account").total
            table[tag] = (sums / table.requests).reindex(table.index).fillna(0.0)
        return table.assign(pooled=table[list(TAGS)].max(axis=1))

    def accused(self, scores, way="pooled"):
        """Which accounts are accused: a Series of bool by account."""
        return scores[way] > self.thresholds[way]


def _judge(features, bad):
    return make_pipeline(StandardScaler(), LogisticRegression(C=10.0, max_iter=2000)).fit(features, bad.astype(bool))


def precision_recall(accused, guilty):
    """Of the accused, the share that is guilty; of the guilty, the share that is accused.

    accused, guilty: (accounts,) bool. Returns (2,) float64. Precision is 1 when nobody is
    accused, recall 1 when nobody is guilty: nothing was done wrong.
    """
    both, blamed, bad = ((accused & guilty).sum().item(), accused.sum().item(), guilty.sum().item())
    return torch.tensor([both / blamed if blamed else 1.0, both / bad if bad else 1.0], dtype=torch.float64)


def accounts_needed(queries, days, per_minute, hours=24.0):
    """How many accounts a harvest takes under a limit on each: whole accounts, at least one.

    queries: in all; days: in how many; per_minute: what one account may ask; hours: of a
    day in which it asks.
    """
    return max(1, math.ceil(queries / (days * hours * 60 * per_minute)))


def clock_entropy(hours):
    """How evenly requests are spread over the day: entropy of the hours, in nats, from 0 to log 24.

    hours: (requests,) whole numbers 0 to 23.
    """
    share = torch.bincount(hours, minlength=24).double() / len(hours)
    share = share[share > 0]
    return -(share * share.log()).sum().item()


# ---------------------------------------------------------------- the same in pandas, for comparison

def _entropy_in_pandas(counts, by):
    n = counts.astype(float)
    total, weighted = n.groupby(by).sum(), (n * np.log(n)).groupby(by).sum()
    return np.log(total) - weighted / total


def account_features_in_pandas(rows):
    """As `account_features`, of a log that is a DataFrame in memory: a DataFrame by account."""
    hour, day = (rows.time % 86_400 // 3600).rename("hour"), rows.time // 86_400
    table = rows.groupby("account").agg(requests=("time", "size"), payment=("payment", "max"), answer=("answer_tokens", "mean"))
    forms = rows.groupby(["account", "template"]).size().groupby("account")
    return table.assign(
        days=day.groupby(rows.account).nunique(), templates=forms.size(), same=forms.max() / table.requests,
        clock=_entropy_in_pandas(rows.groupby(["account", hour]).size(), "account"),
        mix=_entropy_in_pandas(rows.groupby(["account", "domain"]).size(), "account"),
        payments=table.groupby("payment").requests.transform("size"))


def pools_in_pandas(rows, tag, fewest=FEWEST):
    """As `pools`, of a log that is a DataFrame in memory."""
    who = rows.groupby([tag, "account"]).agg(n=("time", "size"), words=("answer_tokens", "sum"))
    size = who.groupby(tag).agg(accounts=("n", "size"), requests=("n", "sum"), words=("words", "sum"))
    size = size[size.accounts >= fewest]
    busy = rows[rows[tag].isin(size.index)]
    hour = (busy.time % 86_400 // 3600).rename("hour")
    table = size[["accounts", "requests"]].assign(
        clock=_entropy_in_pandas(busy.groupby([tag, hour]).size(), tag), mix=_entropy_in_pandas(busy.groupby([tag, "domain"]).size(), tag),
        evenness=np.exp(_entropy_in_pandas(who.n, tag)) / size.accounts, each=np.log(size.requests / size.accounts),
        answer=np.log(size.words / size.requests))
    return table.reset_index()


def scores_in_pandas(detector, rows):
    """As `Detector.scores`, of a log that is a DataFrame in memory."""
    features = account_features_in_pandas(rows)
    table = features[["requests"]].assign(alone=detector.alone.predict_proba(_readable(features))[:, 1])
    for tag in TAGS:
        found = pools_in_pandas(rows, tag)
        score = pd.Series(detector.judges[tag].predict_proba(found[list(SIGNS)])[:, 1], found[tag])
        table[tag] = rows[tag].map(score).fillna(0.0).groupby(rows.account).sum() / table.requests
    return table.assign(pooled=table[list(TAGS)].max(axis=1))


def costs(path, detector):
    """{engine: (seconds, bytes)} that a Detector takes to judge every account of a log on "duckdb" and in "pandas", in a process of its
    own: reading, eight features, the pools of all TAGS, the scores.

    From after the imports to the end; bytes: the highest above what was there before, looked at every few milliseconds.
    """
    code = """if True:
        import json, pickle, sys, threading, time
        import pandas as pd, psutil
        from course_utils import detection
        used, path, detector = psutil.Process().memory_info, sys.argv[1], pickle.load(sys.stdin.buffer)
        def measured(work):
            seen, over = [], threading.Event()
            def watch():
                while not over.wait(0.003):
                    seen.append(used().rss)
            before, started = used().rss, time.perf_counter()
            threading.Thread(target=watch).start()
            work()
            over.set()
            return time.perf_counter() - started, max(seen) - before
        print(json.dumps([measured(lambda: detector.scores(detection.open_log(path))),
                          measured(lambda: detection.scores_in_pandas(detector, pd.read_parquet(path)))]))"""
    said = subprocess.run([sys.executable, "-c", code, str(path)], input=pickle.dumps(detector), capture_output=True, check=True).stdout
    return dict(zip(("duckdb", "pandas"), json.loads(said.decode().splitlines()[-1])))
