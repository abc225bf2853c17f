"""A provider's log, made up: who asked how much, when, and about what. Nobody in it is real.

Legitimate users of several kinds, some of whom resemble harvesters, and campaigns that spread a harvest over many accounts. The log
holds only what a provider sees; the truth is a table of its own. Sizes are those of the reported incident (24,000 accounts and 16 million
exchanges, as a provider said on 2026-02-23: an allegation); everything else is our own guess, written down here parameter by parameter.
"""
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm.auto import tqdm

from course_utils.files.bundled import checked_path

DAYS = 28
DOMAINS = ("reason", "code", "translate", "explain", "chat", "other")
SCHEMA = pa.schema([("time", pa.int32()), ("account", pa.int32()), ("network", pa.int32()), ("payment", pa.int32()),
                    ("template", pa.int32()), ("domain", pa.int8()), ("prompt_tokens", pa.int16()), ("answer_tokens", pa.int16())])
ROWS_AT_ONCE = 1_000_000            # what is in memory while a log is written


@dataclass(frozen=True)
class Population:
    """Accounts of one kind. A template is the form of a prompt, its words taken out; a tag is whatever a provider can tie accounts by."""
    name: str
    accounts: int                   # how many
    requests: float                 # of one account in DAYS, the median
    spread: float = 0.2             # of log requests among them: 0.2 is nearly equal, 1.5 has a heavy tail
    harvests: bool = False          # the truth
    per_payment: float = 1          # accounts that share a means of payment
    per_network: float = 3          # accounts that share a network address
    networks: int = 2               # addresses that one account uses
    clock: float = 14.0             # hour of the day about which an account is active
    clocks: float = 3.0             # how far apart these hours are among accounts; 12 and more is all round the day
    hours: float = 2.5              # how far apart the requests of one account are, about its own hour
    deadline: float = 0.0           # share of the requests in the last two days
    shared: float = 0.3             # share of the requests that use templates which the population has in common
    templates: int = 500            # how many those are
    zipf: bool = True               # a few of them, and of its own, in most of the requests; False: all of them alike
    own: int = 10                   # templates that an account has for itself
    popular: float = 0.3            # share of the requests that use templates which everybody knows
    focus: float = 0.7              # share of an account's requests in its one main domain
    domains: tuple = (0.15, 0.2, 0.15, 0.15, 0.25, 0.1)      # how often each of DOMAINS is the main one
    answer: float = 250             # tokens of an answer, the median


LEGITIMATE = (
    Population("ordinary", 45_000, 25, 1.2),
    Population("small teams", 4_000, 80, 0.8, per_payment=8, per_network=8, clocks=1.5, shared=0.1),
    Population("developers at work", 3_000, 600, 0.3, clocks=4, shared=0, own=400, zipf=False, popular=0.02, focus=0.9,
               domains=(0.3, 0.6, 0.1, 0, 0, 0), answer=480),
    Population("small apps", 2_000, 500, 0.7, clocks=24, hours=6, shared=0, own=300, popular=0.3, focus=0.9, answer=450),
    Population("students in a hurry", 3_000, 120, 0.6, deadline=0.8, clock=21.0, clocks=2.0, shared=0.5, templates=200),
    Population("classrooms", 600, 150, 0.3, per_network=30, networks=1, clock=10.0, clocks=0.7, hours=1.0, shared=0.9, templates=300),
    Population("reseller", 400, 250, 0.9, per_payment=400, per_network=40),
    Population("a company's staff", 300, 400, 0.7, per_payment=300, per_network=300, networks=1, clocks=1.0, shared=0.7, templates=30),
    Population("one heavy firm", 1, 250_000, 0, clocks=0, hours=30, shared=1, templates=1, popular=0, focus=1, answer=60),
    Population("one benchmark lab", 1, 60_000, 0, clocks=0, hours=30, shared=1, templates=400, zipf=False, popular=0, focus=0, answer=400),
    Population("one newspaper", 1, 40_000, 0, clocks=0, hours=4, shared=0.5, templates=20, popular=0.2, focus=0.9, answer=500),
)
# one firm's customers all over the world, who all use the firm's own card
PLATFORM = Population("a global platform", 500, 400, 0.5, per_payment=500, per_network=250, networks=1, clocks=24, shared=0.9, templates=40,
                      focus=0.9, domains=(0, 0, 0.9, 0.1, 0, 0), answer=450)
NARROW = (0.45, 0.45, 0.1, 0, 0, 0)
_HARVEST = Population("", 0, 640, 0.3, True, per_payment=60, per_network=50, networks=4, clocks=24, shared=0.95, templates=400, zipf=False,
                      popular=0, focus=0.9, domains=NARROW, answer=500)
CAMPAIGNS = tuple(replace(_HARVEST, name=f"campaign {name}", accounts=accounts)
                  for name, accounts in (("A", 18_850), ("B", 4_930), ("C", 220)))           # shares as reported: 13, 3.4 and 0.15 million
EVASIONS = {                        # what a campaign that knows the detector may change, and each has its price
    "as reported": {},
    "slower": {"requests": 160, "accounts": 4},                                  # accounts: times as many
    "other templates": {"shared": 0.1, "own": 60, "popular": 0.1},
    "separate tags": {"per_payment": 1, "per_network": 3},
    "half benign": {"shared": 0.5, "popular": 0.3, "focus": 0.7},
    "office hours": {"clocks": 2.0},
    "uneven": {"spread": 1.2, "requests": 330},
    "tags and templates": {"shared": 0.1, "own": 60, "popular": 0.1, "per_payment": 1, "per_network": 3},
    "all of it": {"shared": 0.1, "own": 60, "popular": 0.1, "per_payment": 1, "per_network": 3, "clocks": 2.0,
                  "spread": 1.2, "requests": 330},
}


def evading(changes, campaigns=CAMPAIGNS):
    """The campaigns with changes, such as one of EVASIONS."""
    return tuple(replace(c, **{k: v for k, v in changes.items() if k != "accounts"}, accounts=c.accounts * changes.get("accounts", 1))
                 for c in campaigns)


def varied(populations, seed):
    """Populations with other settings, drawn about their own: what a detector was not built on."""
    draw, found = np.random.default_rng(seed), []
    for p in populations:
        def times(spread, value):
            return value * float(np.exp(spread * draw.standard_normal()))
        found.append(replace(
            p, requests=times(0.2, p.requests), clock=p.clock + 2 * draw.standard_normal(), hours=times(0.2, p.hours),
            shared=float(np.clip(p.shared + 0.05 * draw.standard_normal(), 0, 1 - p.popular)),
            templates=p.templates if p.templates == 1 else max(2, round(times(0.4, p.templates))),
            per_payment=p.per_payment if p.per_payment == 1 else max(2, times(0.4, p.per_payment)), answer=times(0.2, p.answer)))
    return tuple(found)


def scaled(populations, size):
    """Populations with `size` times the accounts, at least one each; single accounts keep their number and get fewer requests."""
    return tuple(replace(p, requests=max(1, p.requests * size)) if p.accounts == 1 else
                 replace(p, accounts=max(1, round(p.accounts * size))) for p in populations)


def _members(population, first, tags, draw):
    """One row for each account of a population, and how many requests it makes."""
    n = population.accounts
    requests = np.maximum(1, np.round(population.requests * np.exp(population.spread * draw.standard_normal(n)))).astype(np.int64)
    return {"account": np.arange(first, first + n, dtype=np.int32), "requests": requests,
            "payment": tags["payment"] + (np.arange(n) / population.per_payment).astype(np.int32),
            "pool": max(1, round(n / population.per_network)),
            "clock": population.clock + population.clocks * draw.standard_normal(n),
            "main": draw.choice(len(DOMAINS), n, p=population.domains).astype(np.int8)}


def _requests(population, members, rows, tags, draw):
    """The columns of some requests; rows: which member makes each."""
    n, pick = len(rows), draw.random(len(rows), dtype=np.float32)
    hour = (members["clock"][rows] + population.hours * draw.standard_normal(n, dtype=np.float32)) % 24
    day = draw.integers(0, DAYS, n)
    late = draw.random(n, dtype=np.float32) < population.deadline
    day[late] = DAYS - 1 - draw.integers(0, 2, late.sum())
    common = draw.random(n, dtype=np.float32)
    kind = (population.templates * (common ** 3 if population.zipf else common)).astype(np.int32)
    own = (population.own * draw.random(n, dtype=np.float32) ** (2 if population.zipf else 1)).astype(np.int32)
    known = (5000 * common ** 3).astype(np.int32)                      # templates 0 to 4999 are everybody's
    template = np.where(pick < population.shared, tags["shared"] + kind,
                        np.where(pick < population.shared + population.popular, known,
                                 tags["own"] + rows * population.own + own))
    domain = np.where(draw.random(n, dtype=np.float32) < population.focus, members["main"][rows],
                      draw.integers(0, len(DOMAINS), n, dtype=np.int8))
    address = (rows * 7919 + draw.integers(0, population.networks, n) * 104_729) % members["pool"]
    tokens = np.exp(0.6 * draw.standard_normal((2, n), dtype=np.float32)) * np.array([[60], [population.answer]], dtype=np.float32)
    prompt, answer = np.clip(tokens, 1, 8000).astype(np.int16)
    return {"time": (day * 86_400 + hour * 3600).astype(np.int32), "account": members["account"][rows],
            "network": (tags["network"] + address).astype(np.int32), "payment": members["payment"][rows].astype(np.int32),
            "template": template.astype(np.int32), "domain": domain.astype(np.int8), "prompt_tokens": prompt, "answer_tokens": answer}


def write_log(path, populations, seed, progress=None):
    """Write a log as Parquet, about ROWS_AT_ONCE rows in memory at a time. Rows are not in order of time.

    Columns: time (seconds since the start), account, network, payment, template (numbers that stand for an address, a means of payment,
    a form of prompt), domain (a place in DOMAINS), prompt_tokens, answer_tokens. Returns the truth, a DataFrame: account, population,
    harvests, requests.
    """
    draw, first, truth = np.random.default_rng(seed), 0, []
    tags = {"payment": 0, "network": 0, "shared": 5000, "own": 0}
    total = sum(p.accounts for p in populations)
    names = draw.permutation(total).astype(np.int32)                   # an account's number says nothing about it
    with pq.ParquetWriter(path, SCHEMA, compression="snappy") as file, tqdm(
            desc=progress, disable=progress is None, leave=False, unit="rows", unit_scale=True) as bar:
        for population in populations:
            members = _members(population, first, tags, draw)
            members["account"] = names[first:first + population.accounts]
            tags["own"] = tags["shared"] + population.templates
            ends = members["requests"].cumsum()
            starts = np.searchsorted(ends, np.arange(0, ends[-1], ROWS_AT_ONCE), side="right")
            for a, b in zip(starts, [*starts[1:], population.accounts]):
                rows = np.repeat(np.arange(a, b), members["requests"][a:b])
                if len(rows):
                    file.write_table(pa.table(_requests(population, members, rows, tags, draw), schema=SCHEMA))
                    bar.update(len(rows))
            truth.append(pd.DataFrame({"account": members["account"], "population": population.name, "harvests": population.harvests,
                                       "requests": members["requests"]}))
            first += population.accounts
            tags = {"payment": int(members["payment"].max()) + 1, "network": tags["network"] + members["pool"],
                    "shared": tags["own"] + population.accounts * population.own, "own": 0}
    return pd.concat(truth, ignore_index=True)


def sample():
    """The small log that is bundled, at 0.3 % of the full size: (its path, its truth). Raises bundled.DataFileError."""
    return checked_path("traffic_sample.parquet"), pd.read_csv(checked_path("traffic_sample_truth.csv"))
