"""The exercises of lesson 08: frequent wrong answers as code, each with the sentence that explains it."""
import math

import torch

from course_utils.detection import accounts, prada
from course_utils.lesson.check import Spec

# ---------------------------------------------------------------- the answers that the package itself does not need

def accounts_needed(queries, days, per_minute, hours=24.0):
    """How many accounts a harvest needs under a rate limit: whole accounts, at least one.

    queries: in all; days: how many; per_minute: what one account may send; hours: how many
    hours of each day it sends.
    """
    return max(1, math.ceil(queries / (days * hours * 60 * per_minute)))


def clock_entropy(hours):
    """How evenly requests are spread over the day: entropy of the hours, in nats, from 0 to log 24.

    hours: (requests,) whole numbers 0 to 23.
    """
    share = torch.bincount(hours, minlength=24).double() / len(hours)
    share = share[share > 0]
    return -(share * share.log()).sum().item()

# ---------------------------------------------------------------- accounts_needed


def _plan(generator, draw):
    """Quotients: in draw 0 a little above a whole number, in 1 a little below one, in 4 a whole number, in 5 below one."""
    days, rate, hours = [(2, 10, 24.0), (7, 1, 24.0), (28, 0.5, 8.0), (3, 2, 12.0), (10, 0.25, 16.0), (90, 60, 24.0)][draw]
    while True:
        queries = 100 if draw == 5 else int(torch.randint(10_000, 900_000, (), generator=generator)) * 3 + 1
        if draw == 4:
            queries = int(torch.randint(5, 300, (), generator=generator)) * 2400
        rest = queries / (days * hours * 60 * rate) % 1
        if draw > 1 or (0.1 < rest < 0.4, 0.6 < rest < 0.9)[draw]:
            return {"queries": queries, "days": days, "per_minute": rate, "hours": hours}


def _count(share, whole=math.ceil):
    """A mistake in what one account can ask, or in the rounding."""
    return lambda queries, days, per_minute, hours=24.0: max(1, whole(queries / share(days, per_minute, hours)))


def _right(days, per_minute, hours):
    return days * hours * 60 * per_minute


NEEDED = Spec(
    reference=accounts_needed, inputs=_plan, returns="number", tolerance=1e-9,
    worked=(("accounts_needed(100_000, 2, 10)", 4),),
    mistakes=(
        ("This is rounded down, so the last queries are not sent; round up.", _count(_right, math.floor)),
        ("This is rounded to the nearest whole number. Half of the time that is one account too few.", _count(_right, round)),
        ("This is rounded to the nearest whole number, so it is often one account too few, and sometimes 0.",
         lambda queries, days, per_minute, hours=24.0: round(queries / _right(days, per_minute, hours))),
        ("This is not a whole number of accounts; round up.",
         lambda queries, days, per_minute, hours=24.0: max(1, queries / _right(days, per_minute, hours))),
        ("A quotient is not a number of accounts; round it up (`math.ceil`).",
         lambda queries, days, per_minute, hours=24.0: queries / _right(days, per_minute, hours)),
        ("This is the number of queries that one account can send. Divide `queries` by it, and round up.",
         lambda queries, days, per_minute, hours=24.0: _right(days, per_minute, hours)),
        ("The fraction is inverted: divide the queries by what one account can send.",
         lambda queries, days, per_minute, hours=24.0: max(1, math.ceil(_right(days, per_minute, hours) / queries))),
        ("Hours and minutes are missing. The limit is per minute, and a day has `hours` times 60 minutes.",
         _count(lambda d, r, h: d * r)),
        ("Days, hours and minutes are missing. An account may send again in the next minute.", _count(lambda d, r, h: r)),
        ("This is one account too many. It adds 1 to a number that is already rounded up.",
         lambda queries, days, per_minute, hours=24.0: accounts_needed(queries, days, per_minute, hours) + 1),
        ("This is the whole part plus 1. If the division has no remainder, that is one account too many; round up.",
         lambda queries, days, per_minute, hours=24.0: queries // _right(days, per_minute, hours) + 1),
        ("This multiplies by `hours` and by 24. `hours` already is the number of hours in a day.",
         _count(lambda d, r, h: d * 24 * h * 60 * r)),
        ("`min(1, ...)` is never more than 1: for at least 1, use `max(1, ...)`.",
         lambda queries, days, per_minute, hours=24.0: min(1, math.ceil(queries / _right(days, per_minute, hours)))),
        ("The 60 is missing: the limit is per minute, and an hour has 60 minutes.", _count(lambda d, r, h: d * h * r)),
        ("This uses 3,600, the seconds of an hour; use its 60 minutes.", _count(lambda d, r, h: d * h * 3600 * r)),
        ("The days are missing: this is the answer for one day.", _count(lambda d, r, h: h * 60 * r)),
        ("This uses 24 hours a day. The argument `hours` says how many an account works.", _count(lambda d, r, h: d * 24 * 60 * r)),
        ("The limit is missing: this is the answer for one query a minute.", _count(lambda d, r, h: d * h * 60)),
        ("This multiplies by the limit. Divide by it: a higher limit needs fewer accounts.", _count(lambda d, r, h: d * h * 60 / r)),
        ("The answer must be at least one account. No account can send no query.",
         lambda queries, days, per_minute, hours=24.0: queries // _right(days, per_minute, hours))),
    laws=(("The answer must be at least 1, also for 0 queries: `max(1, ...)`.", lambda f: float(f(0, 1, 1)) == 1),),
    hints=("How many queries can one account send in all? Use the days, the hours, 60 minutes and the limit.",
           "First `one = days * hours * 60 * per_minute`, then queries / one, rounded up.",
           "The answer as code: `max(1, math.ceil(queries / one))`."))


# ---------------------------------------------------------------- trimmed

def _distances(generator, draw):
    """Distances with outliers on both sides. Draw 2 has one that is an outlier only once another is gone. In 3 the deviation is below 1.
    Draw 4 has two at nearly three standard deviations. In 5 one is an outlier only if the deviation divides by n. In 6 one is three
    standard deviations from the mean, but not from the median.
    """
    n = [12, 40, 80, 120, 60, 12, 60][draw]
    d = 8 + torch.randn(n, generator=generator, dtype=torch.float64).clamp(-2, 2)
    if draw == 6:                                      # a heavy side draws the mean away from the median, and the border with it
        d[:15] = 14.0
        for far in torch.linspace(8, -8, 800, dtype=torch.float64):
            d[20] = far
            if (d - d.mean()).abs()[20] > 3.02 * d.std(correction=0):
                return {"distances": d}
    if draw == 5:
        low, high = 0.0, 1000.0
        while high - low > 1e-9:                       # how far out the last one has to be, by halving
            d[-1] = 8 + (low + high) / 2
            z = (d[-1] - d.mean()) / d.std(correction=0)
            low, high = ((low + high) / 2, high) if z < 3.06 else (low, (low + high) / 2)
        return {"distances": d}
    if draw < 4:
        d[n // 2] = 60.0 + 5 * draw
    if draw in (2, 3):
        d[n // 3] = -50.0
    if draw == 2:
        d[5] = 22.0
    if draw == 3:
        d = d / 50
    if draw == 4:
        d = (d - d.mean()) / d.std(correction=0)
        d[7], d[20] = 2.75, -2.75
        d = 8 + d
    return {"distances": d}


def _within(centre=lambda d: d.mean(), spread=lambda d: d.std(correction=0), times=3.0, keep=lambda far, reach: far.abs() <= reach):
    def trimmed(distances):
        return distances[keep(distances - centre(distances), times * spread(distances))]
    return trimmed


def _spelt(rule):
    return lambda distances: rule(distances)


def _replaced(by):
    """The odd ones are overwritten, and stay."""
    return lambda distances: torch.where((distances - distances.mean()).abs() <= 3 * distances.std(correction=0), distances,
                                         by(distances).to(distances.dtype))


def _again(distances):
    kept = prada.trimmed(distances)
    return kept if len(kept) == len(distances) else _again(kept)


TRIMMED = Spec(
    reference=prada.trimmed, inputs=_distances, draws=7,
    worked=(("trimmed(torch.tensor([1.] * 11 + [9.]))", [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),),
    mistakes=(
        ("The outliers are kept and the others removed; invert the comparison.",
         _within(keep=lambda far, reach: far.abs() > reach)),
        ("Only large outliers are removed. An outlier may lie far below the mean, too; use the absolute difference.",
         _within(keep=lambda far, reach: far <= reach)),
        ("Only small outliers are removed; use the absolute difference.", _within(keep=lambda far, reach: far >= -reach)),
        ("This uses two standard deviations. The task asks for three.", _within(times=2.0)),
        ("This uses one standard deviation. The task asks for three.", _within(times=1.0)),
        ("This compares the distance from 0. Compare the distance from the mean.", _spelt(lambda d: d[d.abs() <= 3 * d.std(correction=0)])),
        ("This divides by n - 1, torch's default. To divide by n, use `std(correction=0)`.", _within(spread=lambda d: d.std())),
        ("This repeats the step on what is left until no outlier is found; do it only once.", _again),
        ("This compares the distance from the median. The task asks for the distance from the mean.", _within(centre=lambda d: d.median())),
        ("This compares with 3, not with three standard deviations: `3 * distances.std(correction=0)`.",
         _spelt(lambda d: d[(d - d.mean()).abs() <= 3])),
        ("There are two mistakes: only large outliers are removed (use the absolute difference), and the deviation divides by n - 1, "
         "not by n.",
         _within(spread=lambda d: d.std(), keep=lambda far, reach: far <= reach)),
        ("There are two mistakes: the outliers are kept and the others removed, and the deviation divides by n - 1, not by n.",
         _within(spread=lambda d: d.std(), keep=lambda far, reach: far.abs() > reach)),
        ("This sets the outliers to 0. Remove them: `distances[mask]` keeps those where the mask is true.",
         _replaced(lambda d: torch.tensor(0.0))),
        ("This replaces the outliers by the mean. Remove them: `distances[mask]` keeps those where the mask is true.",
         _replaced(lambda d: d.mean())),
        ("This replaces the outliers by NaN. Remove them: `distances[mask]` keeps those where the mask is true.",
         _replaced(lambda d: torch.tensor(torch.nan))),
        ("These are the indices of the distances to keep; use them to index: `distances[indices]`.",
         _spelt(lambda d: ((d - d.mean()).abs() <= 3 * d.std(correction=0)).nonzero().flatten())),
        ("Nothing is removed: both conditions must hold (`&`), not just one of them (`|`).", _spelt(lambda d: d.clone())),
        ("These are distances in units of the standard deviation; return the distances themselves.",
         _spelt(lambda d: (lambda z: z[z.abs() <= 3])((d - d.mean()) / d.std(correction=0)))),
        ("This uses the variance, not its square root, the standard deviation.", _within(spread=lambda d: d.var(correction=0))),
        ("This moves the outliers to the limit; remove them instead.",
         _spelt(lambda d: d.clamp(d.mean() - 3 * d.std(correction=0), d.mean() + 3 * d.std(correction=0)))),
        ("This is the mask of the distances to keep; return the distances themselves.",
         _spelt(lambda d: (d - d.mean()).abs() <= 3 * d.std(correction=0))),
        ("This subtracts the mean, so the distances change; return them unchanged.",
         _spelt(lambda d: (d - d.mean())[(d - d.mean()).abs() <= 3 * d.std(correction=0)])),
        ("This sorts the distances: keep them in their order.", _spelt(lambda d: prada.trimmed(d).sort().values))),
    laws=(("A distance of exactly three standard deviations (nine times 0 and once 10) is kept: use `<=`, not `<`.",
           lambda f: len(f(torch.tensor([0.0] * 9 + [10.0], dtype=torch.float64))) == 10),),
    hints=("How far is each distance from the mean? Compute `(distances - distances.mean()).abs()`.",
           "Compare that with `3 * distances.std(correction=0)`.",
           "`distances[mask]` keeps the distances where the mask is true, in their order."))


# ---------------------------------------------------------------- clock_entropy

def _hours(generator, draw):
    """Some hours never occur: in draw 2 hour 0 does, and in 5 there is only one hour."""
    n, low, high = [(6, 8, 11), (40, 9, 17), (100, 0, 23), (300, 6, 23), (500, 20, 24), (20, 5, 6)][draw]
    hours = torch.randint(low, high, (n,), generator=generator)
    hours[0] = low
    if draw == 4:
        hours[:200] = 21
    return {"hours": hours}


def _shares(hours):
    share = torch.bincount(hours, minlength=24).double() / len(hours)
    return share[share > 0]


def _with_zeros(hours):
    share = torch.bincount(hours, minlength=24).double() / len(hours)
    return -(share * share.log()).sum()


CLOCK = Spec(
    reference=clock_entropy, inputs=_hours, returns="number",
    worked=(("clock_entropy(torch.tensor([8, 8, 20, 20]))", 0.693),),
    mistakes=(
        ("Hours without a request give 0 × log 0, which is NaN; remove these hours first.", _with_zeros),
        ("The minus sign is missing. An entropy is not negative.", lambda hours: (_shares(hours) * _shares(hours).log()).sum()),
        ("This entropy is in bits. For nats use the natural logarithm.", lambda hours: -(_shares(hours) * _shares(hours).log2()).sum()),
        ("This is the effective number of hours. Return the entropy, not its exponential.",
         lambda hours: (-(_shares(hours) * _shares(hours).log()).sum()).exp()),
        ("This is divided by log 24, the largest entropy; return the entropy itself.",
         lambda hours: -(_shares(hours) * _shares(hours).log()).sum() / math.log(24)),
        ("This uses counts as shares. Divide them by the number of requests.",
         lambda hours: (lambda n: -(n * n.log()).sum())(_shares(hours) * len(hours))),
        ("This logarithm has base 10: for nats use the natural logarithm.",
         lambda hours: -(_shares(hours) * _shares(hours).log10()).sum()),
        ("This divides the counts by 24. A share is a count divided by the number of requests.",
         lambda hours: (lambda n: -(n * n.log()).sum())(_shares(hours) * len(hours) / 24)),
        ("This averages the terms over 24 hours. The entropy is the sum of the terms.",
         lambda hours: -(_shares(hours) * _shares(hours).log()).sum() / 24),
        ("This sums the logarithms without weights. Multiply each by its share.", lambda hours: -_shares(hours).log().sum()),
        ("The sum of n log n has to be divided by the number of requests.",
         lambda hours: (lambda n: math.log(len(hours)) - (n * n.log()).sum())(_shares(hours) * len(hours))),
        ("This takes the logarithm of the counts. Take the logarithm of the shares.",
         lambda hours: (lambda p: -(p * (p * len(hours)).log()).sum())(_shares(hours))),
        ("This counts the different hours. The entropy also says how evenly they are used.", lambda hours: len(_shares(hours))),
        ("This is the logarithm of the number of hours. It equals the entropy only if the hours are used evenly.",
         lambda hours: math.log(len(_shares(hours)))),
        ("This is one minus the sum of squares, another measure of evenness; return the entropy.",
         lambda hours: 1 - (_shares(hours) ** 2).sum()),
        ("This uses the hours themselves as shares, and hour 0 gives 0 × log 0. First count how often each hour occurs (`torch.bincount`).",
         lambda hours: (lambda p: -(p * p.log()).sum())(hours.double() / hours.sum())),
        ("This averages the terms: the entropy is the sum of the terms.", lambda hours: -(_shares(hours) * _shares(hours).log()).mean()),
        ("The weights are missing: this is the mean of the logarithms, in which each hour counts equally.",
         lambda hours: -_shares(hours).log().mean()),
        ("This treats each request as an hour of its own. First count the requests of each hour (`torch.bincount`).",
         lambda hours: math.log(len(hours))),
        ("This uses the hours themselves as counts. First count how often each hour occurs (`torch.bincount`).",
         lambda hours: (lambda p: -(p[p > 0] * p[p > 0].log()).sum())(hours.double() / hours.sum()))),
    laws=(("If all requests come in the same hour, the entropy must be 0.", lambda f: abs(float(f(torch.full((9,), 7)))) < 1e-6),),
    hints=("`torch.bincount(hours, minlength=24)` counts how often each hour occurs.",
           "Divide the counts by the number of requests, and keep the shares that are not 0.",
           "The entropy as code: `-(share * share.log()).sum()`."))


# ---------------------------------------------------------------- precision_recall

def _verdicts(generator, draw):
    """In 4 nobody is accused, in 5 nobody is guilty."""
    n = [6, 20, 50, 200, 30, 30][draw]
    guilty = torch.rand(n, generator=generator) < 0.3
    accused = torch.where(guilty, torch.rand(n, generator=generator) < 0.7, torch.rand(n, generator=generator) < 0.25)
    guilty[:4] = torch.tensor([True, True, True, False])
    accused[:4] = torch.tensor([True, False, False, True])
    if draw == 4:
        accused = torch.zeros(n, dtype=torch.bool)
    if draw == 5:
        guilty = torch.zeros(n, dtype=torch.bool)
    return {"accused": accused, "guilty": guilty}


def _pair(first, second):
    def precision_recall(accused, guilty):
        a, g, both, n = accused.sum().item(), guilty.sum().item(), (accused & guilty).sum().item(), len(accused)
        parts = [part(both, a, g, n, (accused == guilty).sum().item()) for part in (first, second)]
        return torch.tensor(parts, dtype=torch.float64)
    return precision_recall


def _precision(both, a, g, n, same):
    return both / a if a else 1.0


def _recall(both, a, g, n, same):
    return both / g if g else 1.0


def _bare(accused, guilty):
    both = (accused & guilty).sum()
    return torch.stack([both / accused.sum(), both / guilty.sum()]).double()


def _zero(accused, guilty):
    both = (accused & guilty).sum()
    return torch.stack([both / accused.sum().clamp_min(1), both / guilty.sum().clamp_min(1)]).double()


def _unguarded(first, second):
    """The same two shares, with 0 / 0 where nobody is accused or nobody is guilty."""
    def precision_recall(accused, guilty):
        counts = [float(v) for v in ((accused & guilty).sum(), accused.sum(), guilty.sum(), len(accused), (accused == guilty).sum())]
        return torch.stack([part(*map(torch.tensor, counts)) for part in (first, second)]).double()
    return precision_recall


ZERO = "Also, if no account is accused or none is guilty, this divides 0 by 0; return 1 there."


def _either(accused, guilty):
    if not accused.any() or not guilty.any():
        return torch.ones(2, dtype=torch.float64)
    return _bare(accused, guilty)


def _others(accused, guilty):
    neither = (~accused & ~guilty).sum()
    return torch.stack([neither / (~accused).sum(), neither / (~guilty).sum()]).double()


PRECISION = Spec(
    reference=accounts.precision_recall, inputs=_verdicts,
    worked=(("precision_recall(torch.tensor([True, True, False]), torch.tensor([True, False, True]))", [0.5, 0.5]),),
    mistakes=(
        ("The two numbers are swapped. Precision divides by the accused, recall by the guilty.", _pair(_recall, _precision)),
        ("This is right until no account is accused or none is guilty; then it divides 0 by 0 and should return 1.", _bare),
        ("This is right until no account is accused or none is guilty; then it returns 0 and should return 1.", _zero),
        ("The first number is accuracy, the share of correct verdicts. If few accounts are guilty, accuracy is high even when none is "
         "accused.",
         _pair(lambda both, a, g, n, same: same / n, _recall)),
        ("The first number divides by all accounts. Precision is a share of the accused accounts.",
         _pair(lambda both, a, g, n, same: both / n, _recall)),
        ("The second number divides by all accounts. Recall is a share of the guilty accounts.",
         _pair(_precision, lambda both, a, g, n, same: both / n)),
        ("The first number is the share of legitimate accounts among the accused; precision is 1 minus that.",
         _pair(lambda both, a, g, n, same: 1 - _precision(both, a, g, n, same), _recall)),
        ("The second number is the share of guilty accounts that are missed; recall is 1 minus that.",
         _pair(_precision, lambda both, a, g, n, same: 1 - _recall(both, a, g, n, same))),
        ("The first number is the false-positive rate: accused legitimate accounts as a share of all legitimate ones; it is not precision.",
         _pair(lambda both, a, g, n, same: (a - both) / max(1, n - g), _recall)),
        ("If no account is accused or none is guilty, both numbers become 1 here. Each number has its own condition.", _either),
        ("If no account is accused, this precision is 0; return 1 there.",
         _pair(lambda both, a, g, n, same: both / a if a else 0.0, _recall)),
        ("If no account is guilty, this recall is 0; return 1 there.",
         _pair(_precision, lambda both, a, g, n, same: both / g if g else 0.0)),
        ("Both numbers divide by all accounts. Precision is a share of the accused, recall a share of the guilty.",
         _pair(*[lambda both, a, g, n, same: both / n] * 2)),
        ("`|` means one or the other. For accused *and* guilty use `&`.",
         lambda accused, guilty: (lambda either, a, g: torch.tensor([either / max(1, a), either / max(1, g)], dtype=torch.float64))(
             (accused | guilty).sum().item(), accused.sum().item(), guilty.sum().item())),
        ("`==` also counts accounts that are neither accused nor guilty; use `accused & guilty`. " + ZERO,
         _unguarded(lambda both, a, g, n, same: same / a, lambda both, a, g, n, same: same / g)),
        ("The two numbers are swapped. Precision divides by the accused, recall by the guilty. " + ZERO,
         _unguarded(lambda both, a, g, n, same: both / g, lambda both, a, g, n, same: both / a)),
        ("The first number is accuracy, the share of correct verdicts. If few accounts are guilty, it is high even when none is "
         "accused. " + ZERO,
         _unguarded(lambda both, a, g, n, same: same / n, lambda both, a, g, n, same: both / g)),
        ("The first number is the share of legitimate accounts among the accused; precision is 1 minus that. " + ZERO,
         _unguarded(lambda both, a, g, n, same: 1 - both / a, lambda both, a, g, n, same: both / g)),
        ("The first number is the false-positive rate, accused legitimate accounts as a share of all legitimate ones; it is not "
         "precision. " + ZERO,
         _unguarded(lambda both, a, g, n, same: (a - both) / (n - g), lambda both, a, g, n, same: both / g)),
        ("These are shares of the other accounts: of those not accused, and of those not guilty.", _others),
        ("These are counts, not shares.",
         _pair(lambda both, a, g, n, same: float(both), lambda both, a, g, n, same: float(both)))),
    hints=("Count three groups: accused and guilty, all accused, all guilty.",
           "Precision is (accused and guilty) / accused. Recall is (accused and guilty) / guilty.",
           "Use `both / accused.sum() if accused.any() else 1.0`, and the same for guilty; return `torch.tensor([..., ...])`."))


EXERCISES = {"08.accounts_needed": NEEDED, "08.trimmed": TRIMMED, "08.clock_entropy": CLOCK, "08.precision_recall": PRECISION}


QUESTIONS = (
    ("24,000 accounts make 16 million exchanges in four weeks. A provider allows each account one query a minute; what happens?", 3, {
        "The campaign takes a year.":
            "One query a minute is 40,000 in four weeks; an account of the campaign made 667.",
        "The campaign needs ten times the accounts.":
            "At one query a minute, about 400 accounts are enough.",
        "Nothing, because no account comes near the limit.":
            "Each account makes 24 a day. The limit affects users who work in bursts: developers and classrooms.",
        "The campaign is blocked by the limit.":
            "A limit slows an account down. It does not know who owns the account."}),
    ("A million accounts contain 100 harvesters. A detector finds all 100 and accuses 1 in 1,000 of the others; what is its "
     "precision?", 2, {
        "99.9 %":
            "That is the share of legitimate accounts that are not accused; count the accused accounts.",
        "About 9 %":
            "It accuses 100 rightly and about 1,000 wrongly. Where harvesters are rare, a small false-positive rate gives most of the "
            "accused.",
        "50 %":
            "It would be 50 % with about 1,000 harvesters in the million.",
        "100 %":
            "It finds all harvesters, so its recall is 100 %."}),
    ("Why does the pool of a card show what no account shows?", 1, {
        "Each account keeps a person's hours, and all accounts together have no night.":
            "The combined hours of a team in one office do have a night.",
        "Harvesters pay with stolen cards.":
            "The log does not say so.",
        "A pool has more requests.":
            "A reseller's pool has many, too. The difference is how the requests are spread over the day.",
        "The detector was trained on pools.":
            "It was trained on single accounts as well, and found few of them."}),
    ("A detector reaches a precision of 98 % on logs of the generator that it learned from. What do you know about its use?", 4, {
        "In use 2 % of its accusations will be wrong.":
            "Precision depends on how many accounts harvest. Here 29 % do; in use it may be one in 10,000.",
        "It finds harvesting and not something else.":
            "It may read a feature of the generator. On another world the same detector may accuse every user of a tool.",
        "Its threshold is right for use.":
            "The threshold was set on logs of the same generator, whose legitimate users are not yours.",
        "Little, until it is judged on customers that it was not built on.":
            "Judge it on other generators, report false positives by kind of customer, and compare it with one line of SQL."}),
    ("A campaign makes every change of the lesson at once, and the detector finds 10 % of its accounts. What has it achieved?", 2, {
        "Nothing.":
            "Compare the means of payment that the campaign needs before and after.",
        "The attacker now needs almost 200,000 means of payment, and not 400.":
            "The log cannot say whether an attacker would pay for that.",
        "It has protected the legitimate users.":
            "They are accused as often as before.",
        "It shows that the campaign has stopped.":
            "It shows only that the detector finds few accounts."}),
)
