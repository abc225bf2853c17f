"""The exercises of lesson 08: the wrong answers that people really give, as code, each with the sentence that names it."""
import math

import torch

from course_utils.detection import accounts, prada
from course_utils.lesson.check import Spec

# ---------------------------------------------------------------- the answers that the package itself does not need

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

# ---------------------------------------------------------------- accounts_needed


def _plan(generator, draw):
    """Numbers that do not divide, in 0 a little above and in 1 a little below a whole number; in 4 they do, in 5 one has time to spare."""
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
        ("Rounded down: then the last queries are asked by nobody.", _count(_right, math.floor)),
        ("Rounded to the nearest: half of the time that is one account too few.", _count(_right, round)),
        ("Rounded to the nearest, and without a least: that is often one account too few, and sometimes none.",
         lambda queries, days, per_minute, hours=24.0: round(queries / _right(days, per_minute, hours))),
        ("These are not whole accounts: round up.",
         lambda queries, days, per_minute, hours=24.0: max(1, queries / _right(days, per_minute, hours))),
        ("A quotient is no number of accounts: round it up (`math.ceil`).",
         lambda queries, days, per_minute, hours=24.0: queries / _right(days, per_minute, hours)),
        ("This is what one account can ask. Divide the queries by it, and round up.",
         lambda queries, days, per_minute, hours=24.0: _right(days, per_minute, hours)),
        ("Upside down: divide the queries by what one account can ask.",
         lambda queries, days, per_minute, hours=24.0: max(1, math.ceil(_right(days, per_minute, hours) / queries))),
        ("Hours and minutes are left out: the limit is for a minute, and a day has `hours` times 60 of them.",
         _count(lambda d, r, h: d * r)),
        ("Days, hours and minutes are left out: an account comes back in the next minute.", _count(lambda d, r, h: r)),
        ("One too many: this adds 1 to what is rounded up already.",
         lambda queries, days, per_minute, hours=24.0: accounts_needed(queries, days, per_minute, hours) + 1),
        ("The whole part plus 1: when the queries divide exactly, that is one account too many. Round up.",
         lambda queries, days, per_minute, hours=24.0: queries // _right(days, per_minute, hours) + 1),
        ("`hours` counts the hours of a day here, and then there are 24 more.", _count(lambda d, r, h: d * 24 * h * 60 * r)),
        ("`min(1, ...)` is never more than 1. At least 1 is `max(1, ...)`.",
         lambda queries, days, per_minute, hours=24.0: min(1, math.ceil(queries / _right(days, per_minute, hours)))),
        ("The 60 is missing: the limit is for a minute, and there are 60 in an hour.", _count(lambda d, r, h: d * h * r)),
        ("An hour has 60 minutes; these are 3,600, its seconds.", _count(lambda d, r, h: d * h * 3600 * r)),
        ("The days are left out: this is for a single one.", _count(lambda d, r, h: h * 60 * r)),
        ("Every account works 24 hours a day here. `hours` says how many it does.", _count(lambda d, r, h: d * 24 * 60 * r)),
        ("The limit is left out: this is one a minute.", _count(lambda d, r, h: d * h * 60)),
        ("Turned round: divide by the limit, a higher one needs fewer accounts.", _count(lambda d, r, h: d * h * 60 / r)),
        ("At least one account: 0 of them ask nothing.",
         lambda queries, days, per_minute, hours=24.0: queries // _right(days, per_minute, hours))),
    laws=(("At least one account, also for a harvest of nothing: `max(1, ...)`.", lambda f: float(f(0, 1, 1)) == 1),),
    hints=("How many can one account ask in all? Days, hours, minutes, and so many a minute.",
           "`one = days * hours * 60 * per_minute`, and then queries / one, rounded up.",
           "`max(1, math.ceil(queries / one))`."))


# ---------------------------------------------------------------- trimmed

def _distances(generator, draw):
    """With odd ones on both sides. 2 has a second one that is odd only once the first is gone; in 3 the deviation is below 1; 4 has
    two at nearly three standard deviations; 5 has one that is three of them away only when they are divided by n; in 6 one is three
    standard deviations from the mean, though not from the median.
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
        ("The odd ones are kept and the others dropped: the comparison is turned round.",
         _within(keep=lambda far, reach: far.abs() > reach)),
        ("Only the large ones are dropped. An odd distance may be far below the mean as well: take the absolute difference.",
         _within(keep=lambda far, reach: far <= reach)),
        ("Only the small ones are dropped: take the absolute difference.", _within(keep=lambda far, reach: far >= -reach)),
        ("Two standard deviations: three are asked for.", _within(times=2.0)),
        ("One standard deviation: three are asked for.", _within(times=1.0)),
        ("The distance from 0 is compared, not that from the mean.", _spelt(lambda d: d[d.abs() <= 3 * d.std(correction=0)])),
        ("Divided by n - 1 (torch's default) in place of n: `std(correction=0)`.", _within(spread=lambda d: d.std())),
        ("This drops, and looks again with what is left, until nothing is odd. Once only.", _again),
        ("The distance from the median is compared. From the mean, it says.", _within(centre=lambda d: d.median())),
        ("3 is a number of standard deviations: compare with `3 * distances.std(correction=0)`, not with 3.",
         _spelt(lambda d: d[(d - d.mean()).abs() <= 3])),
        ("Two things: only the large ones are dropped (take the absolute difference), and the deviation is divided by n - 1 in place of n.",
         _within(spread=lambda d: d.std(), keep=lambda far, reach: far <= reach)),
        ("Two things: the odd ones are kept and the others dropped, and the deviation is divided by n - 1 in place of n.",
         _within(spread=lambda d: d.std(), keep=lambda far, reach: far.abs() > reach)),
        ("The odd ones are put to 0 here. They should go: `distances[...]` keeps those for which it holds.",
         _replaced(lambda d: torch.tensor(0.0))),
        ("The odd ones are replaced by the mean here. They should go: `distances[...]` keeps those for which it holds.",
         _replaced(lambda d: d.mean())),
        ("The odd ones are replaced by NaN here. They should go: `distances[...]` keeps those for which it holds.",
         _replaced(lambda d: torch.tensor(torch.nan))),
        ("These are the places of those that are kept. Index with them: `distances[...]`.",
         _spelt(lambda d: ((d - d.mean()).abs() <= 3 * d.std(correction=0)).nonzero().flatten())),
        ("Everything is kept: both conditions must hold, `&`, not one of them, `|`.", _spelt(lambda d: d.clone())),
        ("These are the distances counted in standard deviations. Asked for are the distances themselves.",
         _spelt(lambda d: (lambda z: z[z.abs() <= 3])((d - d.mean()) / d.std(correction=0)))),
        ("The variance is taken for its root, the standard deviation.", _within(spread=lambda d: d.var(correction=0))),
        ("The odd ones are moved to the border here. They should go.",
         _spelt(lambda d: d.clamp(d.mean() - 3 * d.std(correction=0), d.mean() + 3 * d.std(correction=0)))),
        ("This says which are kept, True or False. The distances themselves are asked for.",
         _spelt(lambda d: (d - d.mean()).abs() <= 3 * d.std(correction=0))),
        ("The mean is subtracted, and the distances are no longer what they were. Only choose among them.",
         _spelt(lambda d: (d - d.mean())[(d - d.mean()).abs() <= 3 * d.std(correction=0)])),
        ("They are sorted. Keep their order.", _spelt(lambda d: prada.trimmed(d).sort().values))),
    laws=(("What is exactly three standard deviations away (nine times 0 and once 10) is within them: `<=`, not `<`.",
           lambda f: len(f(torch.tensor([0.0] * 9 + [10.0], dtype=torch.float64))) == 10),),
    hints=("How far is each from the mean? `(distances - distances.mean()).abs()`.",
           "Compare that with `3 * distances.std(correction=0)`.",
           "`distances[... <= ...]` keeps those for which it holds, in their order."))


# ---------------------------------------------------------------- clock_entropy

def _hours(generator, draw):
    """Some hours never occur, in 2 the first one does; in 5 one hour alone."""
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
        ("Hours without a request make 0 × log 0, which is NaN: leave them out first.", _with_zeros),
        ("The sign is missing: entropy is not negative.", lambda hours: (_shares(hours) * _shares(hours).log()).sum()),
        ("This is in bits. Nats are asked for: the natural logarithm.", lambda hours: -(_shares(hours) * _shares(hours).log2()).sum()),
        ("This is the effective number of hours, the exponential of what is asked for.",
         lambda hours: (-(_shares(hours) * _shares(hours).log()).sum()).exp()),
        ("Divided by log 24, this is a share of the largest entropy. Asked for is the entropy itself.",
         lambda hours: -(_shares(hours) * _shares(hours).log()).sum() / math.log(24)),
        ("Counts are taken for shares: divide by the number of requests.",
         lambda hours: (lambda n: -(n * n.log()).sum())(_shares(hours) * len(hours))),
        ("The logarithm is to base 10. Nats are asked for: the natural logarithm.",
         lambda hours: -(_shares(hours) * _shares(hours).log10()).sum()),
        ("The counts are divided by 24. A share is of the requests: divide by their number.",
         lambda hours: (lambda n: -(n * n.log()).sum())(_shares(hours) * len(hours) / 24)),
        ("The terms are averaged over 24 hours. Entropy is their sum.",
         lambda hours: -(_shares(hours) * _shares(hours).log()).sum() / 24),
        ("The shares are not their own weights here: this adds up the bare logarithms.", lambda hours: -_shares(hours).log().sum()),
        ("The sum of n log n is not divided by the number of requests.",
         lambda hours: (lambda n: math.log(len(hours)) - (n * n.log()).sum())(_shares(hours) * len(hours))),
        ("The logarithm is taken of the counts. It is of the shares, as their weights are.",
         lambda hours: (lambda p: -(p * (p * len(hours)).log()).sum())(_shares(hours))),
        ("This counts the different hours. How evenly they are used is asked for.", lambda hours: len(_shares(hours))),
        ("The logarithm of how many hours occur: that is the entropy only if they are used evenly.",
         lambda hours: math.log(len(_shares(hours)))),
        ("One minus the sum of squares: another measure of evenness. Asked for is the entropy.",
         lambda hours: 1 - (_shares(hours) ** 2).sum()),
        ("The hours themselves are taken for shares, and hour 0 makes 0 × log 0. Count how often each occurs first (`torch.bincount`).",
         lambda hours: (lambda p: -(p * p.log()).sum())(hours.double() / hours.sum())),
        ("The terms are averaged. Entropy is their sum.", lambda hours: -(_shares(hours) * _shares(hours).log()).mean()),
        ("The weights are missing: this is the mean of the logarithms, each hour counted alike.",
         lambda hours: -_shares(hours).log().mean()),
        ("This is the entropy of the requests as if each were an hour of its own: count the hours first (`torch.bincount`).",
         lambda hours: math.log(len(hours))),
        ("The hours themselves are taken for counts: count how often each occurs first (`torch.bincount`).",
         lambda hours: (lambda p: -(p[p > 0] * p[p > 0].log()).sum())(hours.double() / hours.sum()))),
    laws=(("All requests at the same hour must give 0.", lambda f: abs(float(f(torch.full((9,), 7)))) < 1e-6),),
    hints=("How often each hour occurs: `torch.bincount(hours, minlength=24)`.",
           "Divide by the number of requests, and keep the shares that are not 0.",
           "`-(share * share.log()).sum()`."))


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


ZERO = "And where nobody is accused, or nobody is guilty, 0 is divided by 0: nothing was done wrong there, 1."


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
        ("The two are exchanged: precision divides by the accused, recall by the guilty.", _pair(_recall, _precision)),
        ("Right, until nobody is accused or nobody is guilty: then 0 is divided by 0. Nothing was done wrong there: 1.", _bare),
        ("Right, until nobody is accused or nobody is guilty: that counts as 0 here. Nothing was done wrong there: 1.", _zero),
        ("The first is accuracy, the share of right verdicts. Where few are guilty it is high for whoever accuses nobody.",
         _pair(lambda both, a, g, n, same: same / n, _recall)),
        ("The first divides by all accounts. Precision is a share of the accused.",
         _pair(lambda both, a, g, n, same: both / n, _recall)),
        ("The second divides by all accounts. Recall is a share of the guilty.",
         _pair(_precision, lambda both, a, g, n, same: both / n)),
        ("The first is the share of innocents among the accused: precision is 1 minus that.",
         _pair(lambda both, a, g, n, same: 1 - _precision(both, a, g, n, same), _recall)),
        ("The second is the share that escapes: recall is 1 minus that.",
         _pair(_precision, lambda both, a, g, n, same: 1 - _recall(both, a, g, n, same))),
        ("The first is how many innocents are accused, of all innocents: the false-alarm rate, and not precision.",
         _pair(lambda both, a, g, n, same: (a - both) / max(1, n - g), _recall)),
        ("When nobody is accused OR nobody is guilty, both become 1 here. Each has its own condition.", _either),
        ("Nobody accused counts as a precision of 0 here. Nothing was done wrong there: 1.",
         _pair(lambda both, a, g, n, same: both / a if a else 0.0, _recall)),
        ("Nobody guilty counts as a recall of 0 here. Nobody escaped: 1.",
         _pair(_precision, lambda both, a, g, n, same: both / g if g else 0.0)),
        ("Both are divided by all accounts. Precision is a share of the accused, recall one of the guilty.",
         _pair(*[lambda both, a, g, n, same: both / n] * 2)),
        ("`|` is one or the other. Both, accused and guilty, is `&`.",
         lambda accused, guilty: (lambda either, a, g: torch.tensor([either / max(1, a), either / max(1, g)], dtype=torch.float64))(
             (accused | guilty).sum().item(), accused.sum().item(), guilty.sum().item())),
        ("`==` also counts those who are neither accused nor guilty. Both is `accused & guilty`. " + ZERO,
         _unguarded(lambda both, a, g, n, same: same / a, lambda both, a, g, n, same: same / g)),
        ("The two are exchanged: precision divides by the accused, recall by the guilty. " + ZERO,
         _unguarded(lambda both, a, g, n, same: both / g, lambda both, a, g, n, same: both / a)),
        ("The first is accuracy, the share of right verdicts: where few are guilty it is high for whoever accuses nobody. " + ZERO,
         _unguarded(lambda both, a, g, n, same: same / n, lambda both, a, g, n, same: both / g)),
        ("The first is the share of innocents among the accused: precision is 1 minus that. " + ZERO,
         _unguarded(lambda both, a, g, n, same: 1 - both / a, lambda both, a, g, n, same: both / g)),
        ("The first is how many innocents are accused, of all innocents: the false-alarm rate, and not precision. " + ZERO,
         _unguarded(lambda both, a, g, n, same: (a - both) / (n - g), lambda both, a, g, n, same: both / g)),
        ("These are shares of the others: of those who are not accused, and of those who are not guilty.", _others),
        ("These are counts. Shares are asked for.",
         _pair(lambda both, a, g, n, same: float(both), lambda both, a, g, n, same: float(both)))),
    hints=("Count three things: both (accused and guilty), the accused, the guilty.",
           "Precision is both / accused, recall both / guilty.",
           "`both / accused.sum() if accused.any() else 1.0`, the same for guilty; `torch.tensor([..., ...])`."))


EXERCISES = {"08.accounts_needed": NEEDED, "08.trimmed": TRIMMED, "08.clock_entropy": CLOCK, "08.precision_recall": PRECISION}


QUESTIONS = (
    ("24,000 accounts make 16 million exchanges in four weeks. A provider allows each account one question a minute. What happens?", 3, {
        "The campaign takes a year.":
            "One a minute is 40,000 in four weeks; an account of the campaign made 667.",
        "The campaign needs ten times the accounts.":
            "A few hundred accounts are enough at that rate.",
        "Nothing: no account comes near the limit.":
            "24 a day each. The limit hits whoever works in bursts: developers, and the classroom.",
        "The campaign is cut off.":
            "A limit slows an account down. It does not know whose it is."}),
    ("Of 1,000,000 accounts 100 are harvesters. A detector finds all of them, and accuses 1 in 1,000 of the others. Its precision?", 2, {
        "99.9 %":
            "That is the share of innocents who are left in peace. Count the accused.",
        "About 9 %":
            "100 rightly, and 1,000 wrongly: where few are guilty, a small share of many innocents is most of the accused.",
        "50 %":
            "It would be with 100,000 accounts.",
        "100 %":
            "It finds all: that is recall."}),
    ("Why does the pool of a means of payment show what no account does?", 1, {
        "Each account keeps a person's hours; the sum of all of them keeps none.":
            "Work that is shared out evenly has no night. A team in one place has.",
        "Harvesters pay with stolen cards.":
            "Nothing in the log says so.",
        "A pool has more requests.":
            "So has the reseller's. What tells them apart is how the requests are spread.",
        "The detector was trained on pools.":
            "It was trained on single accounts as well, and found little there."}),
    ("The detector accuses the platform's 500 customers. What was the mistake?", 4, {
        "The threshold was too low.":
            "At any threshold that finds the campaigns, the platform is accused with them: it has the same signs.",
        "The logs it learned from were too small.":
            "A thousand times more of the same would hold no platform either.",
        "It should have looked at single accounts.":
            "There its customers are safe, and so are the campaigns.",
        "It had never seen such an innocent, and its verdict was taken for more than a reason to look.":
            "Any detector meets a customer whom it was not built on. What follows an accusation decides what that costs."}),
    ("A campaign makes every single change of the lesson at once, and is no longer found. What has the detector achieved?", 2, {
        "Nothing.":
            "Compare the means of payment before and after.",
        "It has set a price: two hundred thousand means of payment in place of four hundred.":
            "Whether somebody pays that is not in the log.",
        "It has protected the honest customers.":
            "They are accused as before.",
        "It shows that the campaign has stopped.":
            "It shows that nothing is seen."}),
)
