"""The box "detection": which accounts are harvesting? One account at a time, and then by what accounts have in common.

Everything is said in relational expressions (Ibis), so the same lines run on DuckDB here and on whatever engine a firm has.
"""

import ibis
import numpy as np
import pandas as pd
import torch
from ibis import _

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
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=10.0, max_iter=2000)).fit(features, bad.astype(bool))


def precision_recall(accused, guilty):
    """Of the accused, the share that is guilty; of the guilty, the share that is accused.

    accused, guilty: (accounts,) bool. Returns (2,) float64. Precision is 1 when nobody is
    accused, recall 1 when nobody is guilty: nothing was done wrong.
    """
    both, blamed, bad = ((accused & guilty).sum().item(), accused.sum().item(), guilty.sum().item())
    return torch.tensor([both / blamed if blamed else 1.0, both / bad if bad else 1.0], dtype=torch.float64)
