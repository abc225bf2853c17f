"""The second world: a provider's log as a reader of abuse queues would fill it. Everything in it is made up; nobody in it is real.

The first world (course_utils/detection/traffic.py) has few legitimate users who resemble a campaign. This one has many: users of a
coding agent who all send its few prompt forms, benchmark harnesses with a public list of questions, batch firms with many keys on one
card, evaluation teams with a list of their own, chat apps with a cache, start-ups whose staff works in every time zone, resellers, and
campuses behind one address. Accounts are opened while the log runs, they work in sessions, and weekends are quiet.

There are three campaigns. One shares cards. One has a card for each account and replaces its accounts. One works through a proxy network,
as the provider's post of 2026-02-23 describes it (an allegation): its accounts also carry requests of unrelated customers, and other
accounts on the same cards and addresses belong to these customers alone.

Left out: prices, errors, retries, languages, and customers whose behaviour changes in the course of the log.
"""
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

DAYS, POPULAR = 28, 5000
SCHEMA = pa.schema([("time", pa.int32()), ("account", pa.int32()), ("network", pa.int32()), ("payment", pa.int32()),
                    ("template", pa.int32()), ("domain", pa.int8()), ("prompt_tokens", pa.int16()), ("answer_tokens", pa.int16())])
#             reason code  transl explain chat other
ANY = (0.10, 0.20, 0.10, 0.20, 0.30, 0.10)
CODE = (0.08, 0.84, 0.00, 0.06, 0.00, 0.02)
TESTS = (0.45, 0.25, 0.10, 0.15, 0.00, 0.05)
TARGETS = (0.50, 0.42, 0.00, 0.05, 0.00, 0.03)


@dataclass(frozen=True)
class Kind:
    """One kind of customer. Shares are between 0 and 1, hours are of the provider's clock."""
    name: str
    accounts: int                  # how many at full size
    volume: float                  # requests of one account in all, the median
    spread: float = 1.0            # standard deviation of log volume among accounts
    card: int = 1                  # accounts on one card
    site: int = 1                  # accounts behind one group of addresses
    addresses: int = 2             # addresses of such a group
    new: float = 0.3               # share of the accounts that are opened while the log runs; the others start on day 0
    waves: int = 0                 # their openings fall on this many days; 0: on any day
    stay: float = 60.0             # days that an account is used, the median; what lies after day 27 is not seen
    weekend: float = 0.5           # activity on Saturday and Sunday, where a weekday is 1
    hour: float = 14.0             # hour at which an account's sessions start, on average
    zones: float = 4.0             # standard deviation of that hour among accounts; 24 is every time zone
    shift: float = 2.5             # standard deviation of the start of a session about its account's hour
    machine: float = 0.0           # share of the sessions that a scheduler starts, at any hour
    session: float = 6.0           # requests in a session, on average
    listed: float = 0.0            # share of the requests that use the forms of a list (of a tool, a benchmark, a job)
    forms: int = 1                 # how many forms are on it
    lists: str = "kind"            # who has one list: the whole kind, each card, or each account
    even: bool = False             # the list is worked through evenly; False: a few of its forms are in most requests
    popular: float = 0.5           # of the other requests, the share with forms that everybody uses
    own: int = 15                  # forms that an account has for itself, for the rest
    domains: tuple = ANY           # share of each domain in the requests
    prompt: float = 80.0           # tokens of a prompt, the median
    answer: float = 250.0          # tokens of an answer, the median
    harvests: bool = False         # the truth
    cover: float = 0.0             # share of a harvesting account's requests that unrelated customers make through it
    joins: str = ""                # the kind whose cards and addresses these accounts use, too


KINDS = (
    Kind("casual users", 2600, 22, 1.1, stay=20),
    Kind("coding agents", 900, 160, 0.9, zones=7, session=30, listed=0.85, forms=60, popular=0.1, domains=CODE, prompt=900, answer=420),
    Kind("a smaller coding agent", 220, 140, 0.9, zones=7, session=25, listed=0.9, forms=25, popular=0.1, domains=CODE, prompt=700,
         answer=380),
    Kind("benchmark harnesses", 160, 320, 0.5, new=0.6, stay=4, weekend=1.0, zones=8, machine=0.7, session=80, listed=0.97, forms=400,
         even=True, domains=TESTS, answer=330),
    Kind("batch firms", 96, 700, 0.15, card=12, site=12, stay=90, weekend=1.0, machine=1.0, session=50, listed=1.0, forms=2, lists="card",
         domains=(0, 0, 0.3, 0, 0, 0.7), prompt=400, answer=60),
    Kind("evaluation teams", 60, 420, 0.3, card=10, site=10, new=0.5, waves=2, stay=12, weekend=0.9, machine=0.6, session=60, listed=0.95,
         forms=250, lists="card", even=True, domains=TESTS, answer=350),
    Kind("chat apps with a cache", 200, 330, 0.5, card=40, site=40, stay=90, weekend=1.1, zones=10, shift=5, machine=0.2, session=3,
         listed=0.9, forms=70, lists="card", domains=(0, 0.05, 0.1, 0.2, 0.6, 0.05), answer=180),
    Kind("start-ups around the clock", 360, 180, 0.9, card=9, addresses=3, stay=90, weekend=0.4, zones=24, session=10, listed=0.35,
         forms=40, lists="card", popular=0.4, own=40, domains=(0.15, 0.5, 0.1, 0.1, 0.1, 0.05), answer=380),
    Kind("resellers", 300, 60, 1.1, card=150, site=50, addresses=6, zones=9, stay=15),
    Kind("campus networks", 620, 45, 0.8, site=200, addresses=4, hour=15, zones=2, shift=3.5, weekend=0.7, listed=0.25, forms=90,
         popular=0.8),
    Kind("small teams", 320, 90, 0.9, card=6, site=6, addresses=1, zones=5, weekend=0.2, listed=0.2, forms=12, lists="card"),
    Kind("freelance developers", 500, 170, 0.9, zones=7, session=12, popular=0.2, own=120, domains=CODE, prompt=300, answer=430),
    Kind("campaign on shared cards", 250, 480, 0.35, card=18, site=25, addresses=10, new=0.95, waves=3, stay=16, weekend=0.95, zones=24,
         machine=0.3, session=15, listed=0.95, forms=420, even=True, own=30, domains=TARGETS, prompt=220, answer=520, harvests=True),
    Kind("campaign with rotating cards", 240, 260, 0.4, site=20, addresses=12, new=0.95, stay=6, weekend=0.95, zones=24, machine=0.2,
         session=12, listed=0.9, forms=320, even=True, own=30, domains=TARGETS, prompt=220, answer=500, harvests=True),
    Kind("campaign through a proxy network", 180, 380, 0.6, card=90, site=60, addresses=15, new=0.7, waves=5, stay=25, weekend=0.85,
         zones=24, machine=0.2, session=8, listed=0.95, forms=360, even=True, domains=TARGETS, prompt=220, answer=480, harvests=True,
         cover=0.4),
    Kind("other customers of the proxy", 160, 90, 1.0, card=80, site=50, addresses=15, new=0.6, zones=9, stay=20,
         joins="campaign through a proxy network"),
)
VARIED = ("volume", "session", "stay", "answer", "prompt", "forms", "card", "site", "shift")      # drawn anew with each seed


def varied(kind, draw):
    """The kind with other settings, each about its own: a fifth up or down, roughly; hours move by one or two."""
    changes = {name: type(getattr(kind, name))(max(1, round(getattr(kind, name) * np.exp(0.2 * draw.standard_normal()), 2)))
               for name in VARIED if getattr(kind, name) > 1}
    listed = float(np.clip(kind.listed + 0.03 * draw.standard_normal(), 0, 1)) if kind.listed else 0.0
    return replace(kind, **changes, listed=listed, hour=kind.hour + 1.5 * draw.standard_normal())


def _accounts(kind, draw):
    """One value for each account: its requests, first day, last day, hour, card and group of addresses, counted from 0 within the kind."""
    n = kind.accounts
    volume = np.maximum(1, kind.volume * np.exp(kind.spread * draw.standard_normal(n))).astype(np.int64)
    days = draw.integers(0, DAYS - 2, kind.waves) if kind.waves else np.arange(DAYS)
    first = np.where(draw.random(n) < kind.new, draw.choice(days, n), 0)
    stay = np.maximum(1, kind.stay * np.exp(0.3 * draw.standard_normal(n)))
    last = np.minimum(DAYS - 1, first + stay.astype(np.int64))
    volume = np.maximum(1, volume * np.clip((last - first + 1) / np.minimum(DAYS, stay), 0, 1)).astype(np.int64)     # what is seen of it
    return {"volume": volume, "first": first, "last": last, "hour": kind.hour + kind.zones * draw.standard_normal(n),
            "card": np.arange(n) // max(1, kind.card), "site": np.arange(n) // max(1, kind.site)}


def _times(kind, who, rows, draw):
    """Seconds of the requests, in sessions: all requests of a session follow one another within minutes."""
    n, sessions = len(rows), np.maximum(1, (who["volume"] / kind.session)).astype(np.int64)
    base = np.cumsum(sessions) - sessions
    mine = base[rows] + (draw.random(n) * sessions[rows]).astype(np.int64)                       # which session each request is in
    of = np.repeat(np.arange(len(sessions)), sessions)
    total = len(of)
    day = who["first"][of] + (draw.random(total) * (who["last"] - who["first"] + 1)[of]).astype(np.int64)
    again = (day % 7 >= 5) & (draw.random(total) > kind.weekend)                                 # a quiet weekend: another day is drawn
    day[again] = (who["first"][of] + (draw.random(total) * (who["last"] - who["first"] + 1)[of]).astype(np.int64))[again]
    hour = np.where(draw.random(total) < kind.machine, 24 * draw.random(total), who["hour"][of] + kind.shift * draw.standard_normal(total))
    second = day[mine] * 86_400 + (hour[mine] % 24) * 3600 + draw.exponential(60 * np.sqrt(kind.session), n)
    return np.clip(second, 0, DAYS * 86_400 - 1).astype(np.int32)


def _forms(kind, who, rows, start, draw):
    """Templates of the requests, whether each is from the list, and the first number that is free afterwards."""
    n, count = len(rows), max(1, int(kind.forms))
    group = {"kind": np.zeros(len(who["card"]), np.int64), "card": who["card"], "account": np.arange(len(who["card"]))}[kind.lists]
    place = draw.random(n)
    listed = draw.random(n) < kind.listed
    on_list = start + group[rows] * count + (count * (place if kind.even else place ** 3)).astype(np.int64)
    start = start + (group.max() + 1) * count
    alone = start + rows * kind.own + (kind.own * draw.random(n) ** 2).astype(np.int64)
    known = (POPULAR * draw.random(n) ** 3).astype(np.int64)
    other = np.where(draw.random(n) < kind.popular, known, alone)
    return np.where(listed, on_list, other), listed, start + len(who["card"]) * kind.own


def write_log(path, seed, size=1.0):
    """Write the log as Parquet and return the truth: account, population, harvests, requests. See benchmarks/worlds/README.md."""
    draw = np.random.default_rng([2, seed])
    kinds = [varied(replace(kind, accounts=max(2, round(kind.accounts * size))), draw) for kind in KINDS]
    names = draw.permutation(sum(kind.accounts for kind in kinds)).astype(np.int32)      # an account's number says nothing about it
    first, cards, sites, forms, parts, truth, groups = 0, 0, 0, POPULAR, [], [], {}
    for kind in kinds:
        who = _accounts(kind, draw)
        rows = np.repeat(np.arange(kind.accounts), who["volume"])
        joined = groups.get(kind.joins, (cards, sites, 0, 0))
        card = joined[0] + (who["card"] % joined[2] if joined[2] else who["card"])
        site = joined[1] + (who["site"] % joined[3] if joined[3] else who["site"])
        groups[kind.name] = (cards, sites, int(who["card"].max()) + 1, int(who["site"].max()) + 1)
        template, listed, forms = _forms(kind, who, rows, forms, draw)
        n, domain = len(rows), draw.choice(6, len(rows), p=kind.domains)
        prompt, answer = (np.exp(0.6 * draw.standard_normal(n)) * median for median in (kind.prompt, kind.answer))
        if kind.cover:                                                                   # other customers' requests in the same account
            other = draw.random(n) < kind.cover
            template = np.where(other, (POPULAR * draw.random(n) ** 3).astype(np.int64), template)
            domain = np.where(other, draw.choice(6, n, p=ANY), domain)
            prompt, answer = np.where(other, prompt * 80 / kind.prompt, prompt), np.where(other, answer * 250 / kind.answer, answer)
        account = names[first:first + kind.accounts]
        parts.append(pa.table({
            "time": _times(kind, who, rows, draw), "account": account[rows],
            "network": (site[rows] * 64 + draw.integers(0, kind.addresses, n)).astype(np.int32), "payment": card[rows].astype(np.int32),
            "template": template.astype(np.int32), "domain": domain.astype(np.int8),
            "prompt_tokens": np.clip(prompt, 1, 8000).astype(np.int16),
            "answer_tokens": np.clip(answer, 1, 8000).astype(np.int16)}, schema=SCHEMA))
        truth.append(pd.DataFrame({"account": account, "population": kind.name, "harvests": kind.harvests, "requests": who["volume"]}))
        first, cards, sites = first + kind.accounts, cards + int(who["card"].max()) + 1, sites + int(who["site"].max()) + 1
    pq.write_table(pa.concat_tables(parts), path, compression="snappy")
    return pd.concat(truth, ignore_index=True)
