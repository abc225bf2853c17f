"""A third world: API request logs of a language-model provider, with four distillation campaigns hidden in them.

This file was written without sight of the detector, its features or the other generators, from the interface alone.
Every number in it is made up. It is one writer's belief about how a provider's customers look, not a measurement.

Each legitimate customer is there because it looks like a harvest in one respect and not in the others. Hobbyists are
many and quiet. Coding agents send long, growing prompts through common tools. Chat apps repeat one cached prompt, and
start-ups run around the clock. Batch firms hold many keys on one card. Benchmark harnesses and research labs ask broad
lists of questions fast. Licensed synthetic-data firms do what a harvest does, but the provider permits it, so they
count as legitimate. Campuses, offices, mobile carriers, resellers and proxies put strangers on one address. Scripts on
a timer are as regular as machines. A few large firms send thousands of requests.

The campaigns differ in style. The careless one is big, starts in waves, works day and night on few forms from a proxy
network which ordinary customers use too, and turns to a new model when it is released. The careful one is slow and
travels inside the keys of resellers, mixed with other customers' requests; some of these keys carry only a little of
it. The copying one takes over the rhythm of legitimate users, the addresses of private homes and a few shared cards.
The grading one is small and uses the model as a judge, with long prompts and short answers. The generator leaves out
failed requests, rate limits, outages, holidays, summer time, images, choice of model and the provider's defences.
"""
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

DAY, END = 86_400, 28 * 86_400  # [seconds] A day and the log are so long.
PUBLIC, FRESH = 5_000, 300  # [forms] Everybody shares the first, and each account words so many of its own afresh.
LENGTHS = np.array([1.3, 1.25, 0.8, 1.1, 0.6, 0.8])  # An answer's length depends on its domain by this factor.
ZONES = np.array([-8, -5, -3, 0, 1, 3, 5.5, 8, 9])  # [hours] Customers live in these time zones.
ZONE_WEIGHTS = (17, 18, 5, 10, 20, 5, 10, 10, 5)  # [per cent] So many of them live in each zone.
VARY = 0.14  # Most parameters of a world are the value times a log-normal factor of this sigma.
POOLS = {"homes": 3_200, "mobile": 160, "proxy": 240, "cloud": 420}  # [addresses] Kinds share these at full size.
# A family is a set of groups: number of groups, addresses per group, cards per group, share paying by a group's card.
FAMILIES = {
    "tools": (9, 0, 0, 0.0),  # A group is one coding tool, whose users share its forms and nothing else.
    "batch firms": (7, 5, 1, 1.0),  # A group is one firm, which pays for all its keys by one card.
    "resellers": (6, 14, 2, 0.95),  # A group is one reseller, whose customers leave through its own addresses.
    "campuses": (6, 4, 1, 0.3),  # A group is one university, which pays for some of its students.
    "offices": (60, 2, 1, 0.5),  # A group is one office, whose staff share an address and often a card.
    "licensed": (3, 6, 1, 1.0),  # A group is one firm which has the provider's permission.
    "clusters": (12, 0, 4, 0.85),  # A group is one batch of accounts which the careless campaign bought together.
    "virtual cards": (110, 0, 1, 0.6),  # A group is one virtual card, on which the copying campaign hides accounts.
    "graders": (2, 3, 2, 1.0),  # A group is one training run which uses the model as a judge.
}


@dataclass(frozen=True)
class Kind:
    """These are the parameters of one kind of customer, each with its unit."""

    name: str  # This is the name of the kind in plain words.
    accounts: float  # [accounts] The kind has so many accounts at full size.
    requests: float  # [requests] The median account sends so many in the 28 days.
    spread: float  # [sigma of the logarithm] The accounts' numbers of requests differ so much.
    domains: tuple  # [weights] The prompts are reason, code, translate, explain, chat, other in these proportions.
    mix: tuple  # [weights] Forms are public, worded afresh, common to the kind, or of the group (account).
    forms: tuple  # [forms] The kind has so many common forms, and each group (account) so many of its own.
    prompt: float  # [tokens] The changing part of a prompt has this median (sigma 0.7, and 0.3 between accounts).
    answer: float  # [tokens] An answer has this median (sigma 0.6, and 0.25 between accounts), before LENGTHS.
    hour: float  # [hour of the local day] Sessions begin about this hour, and accounts differ by 1.4 hours.
    width: float  # [hours] The hours at which sessions begin have this standard deviation.
    flat: float  # [share] So many sessions begin at any hour of the day.
    weekend: float  # [share] So many sessions that fall on a weekend stay there; the others move to a weekday.
    session: float  # [requests] A session has so many on average.
    gap: float  # [seconds] The median time between two requests of a session is so long.
    jitter: float  # [sigma of the logarithm] The gaps differ so much; machines have small values.
    late: float  # [share] So many accounts join during the 28 days instead of before them.
    life: float  # [days] The median account stays so long after it joined (sigma 0.5).
    addresses: float  # [addresses] An account uses about so many, the first of them most.
    pool: str = "own"  # The addresses come from this pool, from the group's ("group"), or are the account's ("own").
    family: str = ""  # This is the family whose groups the accounts belong to; empty means that they have none.
    away: float = 0.0  # [share] So many sessions come through a mobile carrier's shared address.
    wave: float = 0.0  # [share] So many accounts join within a day and a half of the start of their group.
    pull: float = 0.04  # [share] So many sessions are held for the three days after a new model is released.
    skew: float = 2.0  # [exponent] Private forms are used evenly at one and more unevenly above it.
    prefix: float = 0.0  # [tokens] An account's prompts start with a fixed part of this median (sigma 0.5).
    growth: float = 0.0  # [tokens] The prompt grows by so many with each request of a session.
    cap: float = 8_000  # [tokens] The customer lets no answer become longer than this.
    clock: float = 0.0  # [seconds] Sessions begin evenly, on multiples of this; zero means that no timer is used.
    harvests: bool = False  # It is true when the requests are made to train another model without permission.
    share: float = 1.0  # [share] So much of an account's traffic is its own on average; other customers add the rest.
    copies: tuple = ()  # The accounts copy the times of users of these kinds, give or take 200 seconds.


# The first line of a kind runs from its name to its answers, the second from its hour to its addresses and beyond.
KINDS = (
    Kind("hobbyists", 2600, 16, 1.0, (1, 2, 1, 2, 4, 2), (.5, .45, 0, .05), (0, 4), 70, 220,
         20, 3.5, .1, .98, 6, 50, .9, .5, 20, 1.6, "homes", away=.25, pull=.12),
    Kind("coding agents", 1100, 110, .9, (1, 9, .1, 1, .3, .6), (.1, .15, 0, .75), (0, 14), 350, 260,
         14, 3.5, .1, .4, 22, 14, 1.1, .3, 40, 2, "homes", "tools", away=.08, growth=110, prefix=1400),
    Kind("chat apps with cached prompts", 200, 350, 1.0, (.5, .3, .4, 1, 9, 1), (.04, .01, 0, .95), (0, 2), 60, 130,
         19, 4.5, .25, .95, 5, 40, .9, .3, 40, 1.5, "cloud", prefix=900, cap=600, growth=90),
    Kind("benchmark harnesses", 90, 400, .6, (5, 3, .5, 1, .2, 2), (.1, .02, .8, .08), (240, 12), 260, 180,
         14, 3.5, .3, .4, 140, 2.5, .4, .3, 40, 2, "cloud", skew=1.2, cap=1024, pull=.35),
    Kind("research labs that evaluate", 80, 350, .7, (6, 2, 1, 3, 1, 2), (.25, .3, .15, .3), (240, 40), 200, 380,
         15, 3.5, .1, .6, 70, 7, .7, .4, 40, 2, skew=1.3, pull=.25),
    Kind("batch firms", 420, 120, .4, (.5, .5, 2, 1, .2, 6), (.03, .02, 0, .95), (0, 9), 700, 120,
         1, 2, .1, .4, 40, 5, .3, .3, 40, 3, "group", "batch firms", wave=.3, prefix=300, cap=512),
    Kind("start-ups around the clock", 260, 200, .9, (2, 2, 1, 2, 3, 3), (.08, .02, 0, .9), (0, 7), 300, 240,
         14, 3.5, .65, .9, 3, 20, .9, .4, 40, 2.5, "cloud", prefix=500),
    Kind("customers of resellers", 800, 60, .9, (2, 3, 2, 2, 4, 2), (.45, .35, 0, .2), (0, 6), 140, 240,
         17, 4.5, .3, .8, 6, 50, .9, .45, 25, 4, "group", "resellers"),
    Kind("students on campus networks", 900, 40, .8, (3, 3, 1.5, 4, 1, 1), (.4, .4, .2, 0), (90, 1), 110, 300,
         18, 4, .1, .7, 8, 75, .9, .3, 40, 2, "group", "campuses", away=.3),
    Kind("staff on shared office networks", 700, 70, .7, (1, 2, 2, 2, 2, 3), (.45, .35, 0, .2), (0, 10), 190, 230,
         13, 2.6, .01, .04, 6, 50, .9, .3, 40, 1.4, "group", "offices", away=.06),
    Kind("licensed synthetic-data firms", 60, 500, .5, (5, 3, 1, 4, 2, 1), (.15, .1, 0, .75), (0, 90), 210, 460,
         14, 3.5, .85, .98, 60, 6, .4, .3, 40, 4, "group", "licensed", wave=.4, skew=1),
    Kind("scripts on a timer", 300, 110, .8, (.3, 1, 1, 1, .2, 6), (.05, .02, 0, .93), (0, 3), 420, 150,
         12, 1, 1, 1, 2, 3, .3, .2, 90, 1, clock=900, cap=400),
    Kind("customers behind proxies", 500, 45, .9, (2, 3, 1, 2, 4, 1), (.5, .4, 0, .1), (0, 5), 110, 250,
         19, 4, .2, .95, 6, 50, .9, .4, 40, 5, "proxy", away=.1),
    Kind("large firms", 5, 9000, .5, (1, 2, 1, 1, 3, 4), (.1, .05, 0, .85), (0, 60), 380, 200,
         14, 4, .35, .55, 4, 15, .9, 0, 200, 12, prefix=700),
    Kind("careless big harvest", 500, 220, .3, (6, 4, .1, 1.5, .1, .3), (.1, .05, .85, 0), (45, 1), 190, 480,
         14, 3.5, .95, .98, 14, 11, .35, .8, 9, 8, "proxy", "clusters", wave=.75, pull=.4, skew=1.2, harvests=True),
    Kind("careful harvest through resellers", 320, 55, .5, (5, 3, .4, 3, .5, .5), (8, 5, 7, 0), (700, 1), 160, 400,
         14, 3.5, .5, .9, 3, 60, .9, .45, 30, 6, "group", "resellers", skew=1, harvests=True, share=.58),
    Kind("harvest with copied rhythms", 260, 120, .5, (3, 6, .2, 3, .8, .6), (.3, .3, .3, .1), (260, 14), 260, 380,
         14, 3.5, .1, .4, 12, 50, .9, .3, 40, 3, "homes", "virtual cards", .08, skew=1.1, growth=40, prefix=300,
         harvests=True, copies=("coding agents", "staff on shared office networks", "students on campus networks")),
    Kind("grading harvest", 40, 500, .4, (5, 3, .1, 1, .1, 1), (0, .02, .98, 0), (7, 1), 1500, 55,
         14, 3.5, .9, 1, 220, 1.6, .3, .6, 14, 3, "group", "graders", wave=.6, cap=200, harvests=True),
)


def another(kind, rng):
    """Draw the kind's parameters for one world, about the documented values; ones, clocks and caps stay."""
    new = {field.name: getattr(kind, field.name) for field in fields(kind)}
    for name, value in new.items():
        if name in ("domains", "mix", "forms"):
            new[name] = tuple(np.array(value) * rng.lognormal(0, VARY, len(value)))
        elif isinstance(value, (int, float)) and value != 1 and name not in ("harvests", "clock", "cap"):
            new[name] = min(value * rng.lognormal(0, VARY), 1.0 if value < 1 else np.inf)
    return replace(kind, **new)


def pick(weights, size, rng):
    """Draw indices in proportion to the weights."""
    edges = np.cumsum(weights) / np.sum(weights)
    return np.minimum(np.searchsorted(edges, rng.random(size), side="right"), len(edges) - 1)


def opaque(values, rng, first=0):
    """Replace the numbers by a random order of the numbers from `first` up."""
    place, names = pd.factorize(values)
    return (first + rng.permutation(len(names)))[place]


def session_starts(kind, world, group, owner, order, sessions, rng):
    """Draw the second at which each session begins, in the provider's time zone."""
    many, size = len(group), len(owner)
    near, far = pick(ZONE_WEIGHTS, world["groups"], rng)[group], pick(ZONE_WEIGHTS, many, rng)
    zone = ZONES[near if kind.pool == "group" else far]  # People in one building live in one time zone.
    join = np.where(rng.random(many) < kind.late, rng.uniform(0, 27, many), 0)
    start = rng.uniform(0, 22, world["groups"])[group] + rng.uniform(0, 1.5, many)
    join = np.where(rng.random(many) < kind.wave, start, join)
    leave = np.minimum(28, join + np.maximum(0.05, kind.life * rng.lognormal(0, 0.5, many)))
    if kind.clock:
        even = DAY * (join[owner] + ((leave - join) / sessions)[owner] * (order + rng.random(many)[owner]))
        return np.floor(even / kind.clock) * kind.clock + rng.uniform(0, 240, many)[owner] + rng.exponential(2, size)
    day = np.floor(join[owner] + (leave - join)[owner] * rng.random(size))
    there = ((join < world["release"] + 3) & (leave > world["release"]))[owner]
    day = np.where(there & (rng.random(size) < kind.pull), world["release"] + rng.integers(0, 3, size), day)
    day -= ((day % 7 >= 5) & (rng.random(size) > kind.weekend)) * (day % 7 - rng.integers(0, 5, size))
    hour = rng.normal(kind.hour + rng.normal(0, 1.4, many)[owner], kind.width)
    hour = np.where(rng.random(size) < kind.flat, rng.uniform(0, 24, size), hour)
    return day * DAY + (hour - zone[owner]) * 3600


def rows_of(kind, number, world, ids, group, count, rng):
    """Draw all requests of some accounts, column by column, in the order of the accounts."""
    many, total, who = len(ids), count.sum(), np.repeat(np.arange(len(ids)), count)
    sessions = np.maximum(1, np.ceil(count / kind.session)).astype(int)
    first, owner = np.cumsum(sessions) - sessions, np.repeat(np.arange(many), sessions)
    visit = np.sort(first[who] + np.floor(sessions[who] * rng.random(total) ** 1.5).astype(int))
    begin = np.minimum(np.searchsorted(visit, np.arange(len(owner))), total - 1)
    start = session_starts(kind, world, group, owner, np.arange(len(owner)) - first[owner], sessions, rng)
    run = np.cumsum(kind.gap * rng.lognormal(0, kind.jitter, total))
    time = start[visit] + run - run[begin][visit]
    if kind.copies:
        account, times = np.concatenate([world["times"][name] for name in kind.copies], axis=1)
        firsts, counts = np.unique(account, return_index=True, return_counts=True)[1:]
        model = rng.choice(np.flatnonzero(counts >= min(20, counts.max())), many)[who]
        time = times[firsts[model] + (counts[model] * rng.random(total)).astype(int)] + rng.normal(0, 200, total)
        time = time[np.lexsort((time, who))]
    time = np.where(time < 0, time % DAY, time)
    time = np.where(time >= END, END - 1 - (time - END) % DAY, time).astype(np.int32)
    slot = np.floor(kind.addresses * rng.uniform(0.5, 1.5, many)[owner] * rng.random(len(owner)) ** 2).astype(int)
    key, family = ids[owner], world["families"].get(kind.family, (1, 1, 0, 0.0))
    line = list(FAMILIES).index(kind.family) if kind.family else len(FAMILIES)
    spots = {"own": key * 100 + slot,
             "group": (20 + line) * 10**9 + group[owner] * 10**4 + (key * 7 + slot) % max(1, family[1])}
    for row, (name, width) in enumerate(world["pools"].items(), 1):
        spots[name] = row * 10**9 + (key * 7919 + slot * 104729) % width
    network = np.where(rng.random(len(owner)) < kind.away, spots["mobile"], spots[kind.pool])[visit]
    domain, rank = pick(kind.domains, total, rng), pick(world["popular"], total, rng)
    use, draw = pick(kind.mix, total, rng), rng.random(total) ** kind.skew
    home = (line * 10**3 + group)[who] if kind.family else 10**5 + ids[who]
    template = np.choose(use, [
        world["forms"][domain, rank], 10**10 + ids[who] * FRESH + rng.integers(0, FRESH, total),
        2 * 10**10 + number * 10**5 + np.floor(max(1, kind.forms[0]) * draw).astype(int),
        3 * 10**10 + home * 10**3 + np.floor(max(1, kind.forms[1]) * draw).astype(int)])
    prompt = (kind.prefix * rng.lognormal(0, 0.5, many))[who] + kind.growth * (np.arange(total) - begin[visit])
    prompt += (kind.prompt * rng.lognormal(0, 0.3, many))[who] * rng.lognormal(0, 0.7, total)
    answer = (kind.answer * rng.lognormal(0, 0.25, many))[who] * LENGTHS[domain] * rng.lognormal(0, 0.6, total)
    return time, ids[who], network, template, domain, np.clip(prompt, 1, 8000), np.clip(answer, 1, kind.cap)


def write_log(path, seed, size=1.0):
    """Write the log of one world to a Parquet file and return the truth, one row an account."""
    rng = np.random.default_rng([seed, 3003])
    kinds = [another(kind, rng) for kind in KINDS]
    vary = {name: rng.lognormal(0, VARY) * size for name in (*POOLS, *FAMILIES)}
    world = {"families": {name: (max(1, round(row[0] * vary[name])), *row[1:]) for name, row in FAMILIES.items()},
             "pools": {name: max(2, round(number * vary[name])) for name, number in POOLS.items()},
             "release": int(rng.integers(8, 21)), "times": {},
             "popular": np.arange(1, PUBLIC // 6 + 1) ** -rng.uniform(0.9, 1.2),
             "forms": rng.permutation(PUBLIC)[:PUBLIC // 6 * 6].reshape(6, -1)}
    parts, cards, truth, known, riders = [], [], [], 0, [kind.name for kind in KINDS].index("customers of resellers")
    for number, kind in enumerate(kinds):
        many = max(1, round(kind.accounts * size))
        ids, known = known + np.arange(many), known + many
        world["groups"], _, wallet, pooled = world["families"].get(kind.family, (1, 1, 0, 0.0))
        group = pick(rng.gamma(3, 1, world["groups"]), many, rng)
        group[:world["groups"]] = np.arange(min(many, world["groups"]))
        count = rng.lognormal(np.log(kind.requests), kind.spread, many)
        count = np.ceil(np.minimum(count, 10 * kind.requests)).astype(np.int64)
        parts.append(rows_of(kind, number, world, ids, group, count, rng))
        world["times"][kind.name] = np.array(parts[-1][1::-1])
        names, guilty, full = np.full(many, kind.name, dtype=object), np.full(many, kind.harvests), count
        if kind.share < 1:
            own = np.clip(rng.beta(4 * kind.share, 4.2 - 4 * kind.share, many), 0.08, 1)
            other = np.clip(np.round(count * (1 - own) / own), 1, 600).astype(np.int64)
            parts.append(rows_of(kinds[riders], riders, world, ids, group, other, rng))
            guilty, full = count >= other, count + other
            names[~guilty] = "keys of resellers that carry some harvest"
        line = list(FAMILIES).index(kind.family) if kind.family else 0
        shared = (wallet > 0) & (rng.random(many) < pooled)
        cards.append(np.where(shared, (1 + line) * 10**9 + group * 100 + ids % max(1, wallet), ids))
        truth.append(pd.DataFrame({"account": ids, "population": names, "harvests": guilty, "requests": full}))
    time, account, network, template, *rest = (np.concatenate(part) for part in zip(*parts))
    new = rng.permutation(known).astype(np.int32)
    template = np.where(template < PUBLIC, template, opaque(template, rng, PUBLIC))
    columns = (time, new[account], opaque(network, rng), opaque(np.concatenate(cards), rng)[account], template, *rest)
    names = "time account network payment template domain prompt_tokens answer_tokens".split()
    types, order = [np.int32] * 5 + [np.int8, np.int16, np.int16], np.argsort(time, kind="stable")
    log = pd.DataFrame({name: values.astype(kept)[order] for name, values, kept in zip(names, columns, types)})
    log.to_parquet(path, engine="pyarrow", index=False)
    return pd.concat(truth).assign(account=new).sort_values("account", ignore_index=True)
