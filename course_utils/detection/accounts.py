"""The box "detection": which accounts are harvesting? One at a time, then by what they share. Ibis: the same lines on any engine."""

import ibis
import numpy as np
import pandas as pd
import torch
from ibis import _

FEWEST = {"payment": 5, "network": 12, "template": 5}        # accounts in a pool: fewer say nothing, and an address says least
TAGS = tuple(FEWEST)
FIRST = ("clock", "mix", "evenness", "each", "answer")       # what the course's first detector judged a pool by: see the table of lesson 08
SIGNS = ("clock", "mix", "spread", "top", "share", "answer")  # and what today's does; none depends on how large the log is


def open_log(path):
    """A Parquet log (traffic.write_log) as an Ibis table on DuckDB. Nothing is read yet. Raises FileNotFoundError."""
    engine = ibis.duckdb.connect()
    engine.raw_sql("SET enable_progress_bar = false")          # its own bar would be printed among the results
    return engine.read_parquet(str(path))


def entropy_of(counts, by):
    """Entropy in nats, log N - (sum of n log n) / N: a table (by, n) to a table (by, entropy). Its exp is an effective number."""
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
    table = per.join(same, "account").join(clock.rename(clock="entropy"), "account").join(mix.rename(mix="entropy"), "account")
    table = table.join(per.group_by("payment").agg(payments=_.count()), "payment")
    return table.select("account", "requests", "days", "templates", "clock", "mix", "payments", "answer",
                        same=table.most / table.requests).order_by("account")


def pools(log, tag, features=None):
    """What accounts that share a payment, a network or a template look like together: a table, one row a value of the tag.

    accounts, requests; clock, mix: entropies over hours and domains of all their requests; spread: standard deviation of its accounts' log
    requests; top: log of the mean share of an account's commonest template; share: log of the mean share of an account's requests with this
    tag; answer: log of the mean tokens of an answer; evenness: effective number of accounts as a share; each: log of mean requests.
    """
    fewest, known = FEWEST[tag], account_features(log) if features is None else ibis.memtable(features.reset_index())
    who = log.group_by([tag, "account"]).agg(n=_.count(), words=_.answer_tokens.sum())
    known = known.select("account", "same", whole=known.requests.cast("float64"), size=known.requests.cast("float64").ln())
    both = who.join(known, "account")
    size = both.group_by(tag).agg(accounts=_.count(), requests=_.n.sum(), words=_.words.sum(), mean=_["size"].mean(), same=_.same.mean(),
                                  square=(_["size"] * _["size"]).mean(), share=(_.n / _.whole).mean()).filter(_.accounts >= fewest)
    busy = log.semi_join(size, tag)
    clock = entropy_of(busy.group_by([tag, (_.time % 86_400 / 3600).floor().name("hour")]).agg(n=_.count()), tag)
    mix = entropy_of(busy.group_by([tag, "domain"]).agg(n=_.count()), tag)
    table = size
    for name, spread in (("clock", clock), ("mix", mix), ("even", entropy_of(who, tag))):
        table = table.join(spread.rename(**{name: "entropy"}), tag)
    return table.select(tag, "accounts", "requests", "clock", "mix", spread=(table.square - table["mean"] ** 2 + 1e-9).sqrt(),
                        top=table.same.ln(), share=table.share.ln(), answer=(table.words / table.requests).ln(),
                        evenness=table.even.exp() / table.accounts, each=(table.requests / table.accounts).ln()).order_by(tag)


def harvesting_share(log, truth, tag):
    """Of each pool's requests, the share that harvesters made: a Series by the tag's values. For training only."""
    made = log.group_by([tag, "account"]).agg(n=_.count()).execute()
    made["bad"] = made.n * made.account.isin(truth.account[truth.harvests])
    both = made.groupby(tag)[["bad", "n"]].sum()
    return both.bad / both.n


ACCOUNT = ("requests", "days", "templates", "clock", "mix", "same", "answer")      # what one account shows by itself


def _readable(features):
    """Counts as logarithms: what a linear judge reads."""
    return features[list(ACCOUNT)].assign(**{name: np.log(features[name]) for name in ("requests", "templates", "answer")})


LEAST = {"alone": 0.5, "payment": 0.5, "network": 0.5, "template": 0.2}      # no threshold lies lower, whatever the training logs say


class Detector:
    """Judges of accounts and of pools, learned from logs whose truth is known. Thresholds: false-positive rate `rate` on these logs."""

    def __init__(self, logs, truths, rate=0.001, signs=SIGNS):
        self.signs, self.judges, self.limits = list(signs), {}, dict(LEAST)
        features = [account_features(log).execute().set_index("account") for log in logs]
        bad = [truth.set_index("account").harvests.reindex(table.index) for truth, table in zip(truths, features)]
        self.alone = _judge(pd.concat(map(_readable, features)), pd.concat(bad))
        found = [{tag: pools(log, tag, table).execute() for tag in TAGS} for log, table in zip(logs, features)]
        for tag in TAGS:
            seen = pd.concat([pool[tag].assign(bad=pool[tag][tag].map(harvesting_share(log, truth, tag)) > 0.5)
                              for log, truth, pool in zip(logs, truths, found)])
            self.judges[tag] = _judge(seen[self.signs], seen.bad)
        fine = pd.concat([self.scores(*three)[~who] for *three, who in zip(logs, features, found, bad)])
        self.limits = {way: max(least, fine[way].quantile(1 - rate / (1 if way == "alone" else len(TAGS)))) for way, least in LEAST.items()}

    def scores(self, log, features=None, found=None):
        """How suspicious each account is: a DataFrame by account. alone: by its own features, 0 to 1. A column for each tag: the mean score
        of the pools of its requests (0 for none). pooled: the largest of these, in multiples of its threshold.
        """
        features = account_features(log).execute().set_index("account") if features is None else features
        table = features[["requests"]].assign(alone=self.alone.predict_proba(_readable(features))[:, 1])
        for tag in TAGS:
            pool = pools(log, tag, features).execute() if found is None else found[tag]
            score = self.judges[tag].predict_proba(pool[self.signs])[:, 1] if len(pool) else np.zeros(0)
            known = ibis.memtable(pd.DataFrame({tag: pool[tag].astype("int32"), "score": score}))
            sums = log.join(known, tag).group_by("account").agg(total=_.score.sum()).execute().set_index("account").total
            table[tag] = (sums / table.requests).reindex(table.index).fillna(0.0)
        return table.assign(pooled=pd.concat([table[tag] / self.limits[tag] for tag in TAGS], axis=1).max(axis=1))

    def accused(self, scores, way="pooled"):
        """Which accounts are accused: a Series of bool by account."""
        return scores[way] > (self.limits["alone"] if way == "alone" else 1)


def _judge(features, bad):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=10.0, max_iter=2000)).fit(features, bad.astype(bool))


def precision_recall(accused, guilty):
    """(accounts,) bool twice to (2,) float64: the guilty share of the accused, the accused share of the guilty. 1 where there are none."""
    both, blamed, bad = ((accused & guilty).sum().item(), accused.sum().item(), guilty.sum().item())
    return torch.tensor([both / blamed if blamed else 1.0, both / bad if bad else 1.0], dtype=torch.float64)
