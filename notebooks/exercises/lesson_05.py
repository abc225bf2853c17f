"""The exercises of lesson 05: the wrong answers that people really give, as code, each with the sentence that names it."""
import math

import torch

from course_utils.api import customers
from course_utils.lesson.check import Spec

# ---------------------------------------------------------------- the answers that the package itself does not need

def effective_kinds(counts):
    """The effective number of kinds of query: the exponential of the entropy of their shares (Hill 1973, of order 1).

    counts: (kinds,) how often each kind was asked, zeros allowed. Returns a float: the
    number of kinds if all are asked equally often, 1 if one kind has everything.
    """
    share = counts[counts > 0] / counts.sum()
    return math.exp(-(share * share.log()).sum().item())


def time_needed(queries, per_minute, burst, accounts=1):
    """Seconds until the last of `queries` may be sent, spread evenly over accounts with a token bucket each, full at the start.

    An account may send `burst` at once, and per_minute queries a minute afterwards.
    """
    each = math.ceil(queries / accounts)
    return max(0, each - burst) / (per_minute / 60)


def to_ask(wanted, answered, budget):
    """The queries that a resumed harvest still has to ask, in the order of `wanted`, each once.

    wanted: (n,) numbers of queries, which may repeat; answered: (m,) those that have
    an answer; budget: at most so many answers in all, the m included. The result has shape (k,).
    """
    seen, keep = set(answered.tolist()), []
    room = budget - len(seen)
    for index, query in enumerate(wanted.tolist()):
        if query not in seen and len(keep) < room:
            seen.add(query)
            keep.append(index)
    return wanted[keep]

# ---------------------------------------------------------------- effective_kinds


def _counts(generator, draw):
    size = [2, 3, 4, 6, 8, 12][draw]
    counts = torch.randint(1, 50, (size,), generator=generator).float()
    counts[0] = 200.0                       # never all equal
    if draw % 2:
        counts[-1] = 0.0
    return {"counts": counts}


def _shares(counts):
    return counts[counts > 0] / counts.sum()


def _nan(counts):
    share = counts / counts.sum()
    return (-(share * share.log()).sum()).exp()


KINDS = Spec(
    reference=effective_kinds, inputs=_counts, returns="number",
    worked=(("effective_kinds(torch.tensor([50., 50., 0.]))", 2),
            ("effective_kinds(torch.tensor([98., 1., 1.]))", 1.12)),
    mistakes=(
        ("This is right until a kind was never asked: 0 × log 0 is NaN, and then the sum is NaN, too. Leave the zeros out first: "
         "`counts[counts > 0]`.", _nan),
        ("This is the entropy itself. Its exponential is a number of kinds.",
         lambda counts: -(_shares(counts) * _shares(counts).log()).sum()),
        ("The entropy is in bits here and the exponential in natural units: with log2 it is 2 ** entropy, with log it is exp(entropy).",
         lambda counts: (-(_shares(counts) * _shares(counts).log2()).sum()).exp()),
        ("The sign is missing: the entropy is MINUS the sum of p log p. This gives one over the number of kinds.",
         lambda counts: (_shares(counts) * _shares(counts).log()).sum().exp()),
        ("This counts the kinds that occur at all. A kind asked once in a thousand then counts as much as the others.",
         lambda counts: (counts > 0).sum()),
        ("This is the share of kinds that occur at all.", lambda counts: (counts > 0).float().mean()),
        ("This is one over the sum of squared shares, Simpson's number. It is a good measure, too, but here take the "
         "exponential of the entropy.", lambda counts: 1 / (_shares(counts) ** 2).sum()),
        ("The counts are not turned into shares first: divide by their sum.",
         lambda counts: -(counts[counts > 0] * counts[counts > 0].log()).sum()),
        ("The counts are not turned into shares before the logarithm: divide by their sum first.",
         lambda counts: (-(counts[counts > 0] * counts[counts > 0].log()).sum()).exp()),
        ("The logarithm is taken of the counts. It is of the shares, as their weights are.",
         lambda counts: (-(_shares(counts) * counts[counts > 0].log()).sum()).exp()),
        ("The entropy is divided by its largest value: that is evenness, between 0 and 1. A number of kinds is asked for.",
         lambda counts: -(_shares(counts) * _shares(counts).log()).sum() / math.log(len(counts)))),
    laws=(("Equal counts of 7 kinds must give 7.", lambda f: abs(float(f(torch.full((7,), 3.0))) - 7) < 1e-3),
          ("All counts in one kind must give 1.", lambda f: abs(float(f(torch.tensor([0.0, 9.0, 0.0]))) - 1) < 1e-3)),
    hints=("Divide the counts by their sum: these are the shares. The entropy is minus the sum of p log p. Return its exponential.",
           "A share of 0 adds nothing to the entropy, but 0 × log 0 is NaN: keep only `counts[counts > 0]`.",
           "`share = counts[counts > 0] / counts.sum()`, then `math.exp(-(share * share.log()).sum())`."))


# ---------------------------------------------------------------- refill

def _bucket(generator, draw):
    size = [10, 20, 60, 100, 30, 50][draw]
    rate = [1.0, 0.5, 2.0, 5.0, 0.1, 4.0][draw]
    level = size * torch.rand((), generator=generator).item()
    seconds = [3.0, 4.0, 2.0, 300.0, 40.0, 60.0][draw] * (1 + torch.rand((), generator=generator).item())
    return {"level": round(level, 3), "rate": rate, "size": size, "seconds": round(seconds, 3)}


REFILL = Spec(
    reference=customers.refill, inputs=_bucket, returns="number",
    worked=(("refill(1, 2, 10, 3)", 7),
            ("refill(1, 2, 10, 3600)", 10)),
    mistakes=(
        ("The level is not limited here. A bucket never holds more than its size; otherwise a user who waits for a week could send a "
         "week's queries at once.", lambda level, rate, size, seconds: level + rate * seconds),
        ("This leaves out the tokens that were in the bucket before.", lambda level, rate, size, seconds: min(size, rate * seconds)),
        ("min and max are exchanged: this bucket never holds LESS than its size.",
         lambda level, rate, size, seconds: max(size, level + rate * seconds)),
        ("The rate is in tokens a second already; here it is divided by 60.",
         lambda level, rate, size, seconds: min(size, level + rate / 60 * seconds)),
        ("This fills the whole bucket at once, as a quota that starts again every minute would.",
         lambda level, rate, size, seconds: size),
        ("Only the new tokens are limited here, and then the old ones are added: the sum can exceed the size.",
         lambda level, rate, size, seconds: level + min(size, rate * seconds)),
        ("This divides by the rate, but `rate` tokens come in each second: multiply.",
         lambda level, rate, size, seconds: min(size, level + seconds / rate))),
    hints=("Add the new tokens to the old level, but never exceed the size.",
           "The new tokens are rate × seconds.", "`min(size, level + rate * seconds)`."))


# ---------------------------------------------------------------- time_needed

def _plan(generator, draw):
    queries = int(torch.randint(500, 5000, (), generator=generator)) * 10 + 7
    return {"queries": queries, "per_minute": [60, 30, 120, 20, 600, 60][draw], "burst": [10, 30, 7, 20, 50, 10_000][draw],
            "accounts": [1, 3, 10, 24, 5, 2000][draw]}


def _each(queries, accounts):
    return math.ceil(queries / accounts)


def _slip(says, seconds):
    """One mistake, made with whole queries and with fractions of them: two mistakes at once should still be named."""
    return ((says, lambda queries, per_minute, burst, accounts=1: seconds(_each(queries, accounts), per_minute, burst)),
            (f"{says} (And a part of a query is not a query: round up.)",
             lambda queries, per_minute, burst, accounts=1: seconds(queries / accounts, per_minute, burst)))


TIME = Spec(
    reference=time_needed, inputs=_plan, returns="number", tolerance=1e-6,
    worked=(("time_needed(100, 60, 10)", 90),
            ("time_needed(100, 60, 10, 2)", 40)),
    mistakes=(
        *_slip("This is negative when the burst is larger than the number of queries, and a time cannot be negative: `max(0, ...)`.",
               lambda each, per_minute, burst: (each - burst) / (per_minute / 60)),
        *_slip("The burst is left out: the first `burst` queries of each account need no waiting.",
               lambda each, per_minute, burst: each / (per_minute / 60)),
        *_slip("This is the time in minutes, but the function should return seconds.",
               lambda each, per_minute, burst: max(0, each - burst) / per_minute),
        *_slip("This multiplies by the rate where it should divide.",
               lambda each, per_minute, burst: max(0, each - burst) * (per_minute / 60)),
        ("One burst is taken off all the queries. Each account has its own bucket: divide the queries among the accounts first.",
         lambda queries, per_minute, burst, accounts=1: max(0, queries - burst) / accounts / (per_minute / 60)),
        ("Only the bursts of the accounts are added up, and one account sends all the rest: divide the queries among the accounts first.",
         lambda queries, per_minute, burst, accounts=1: max(0, queries - burst * accounts) / (per_minute / 60)),
        ("Here every account sends all the queries: divide them among the accounts.",
         lambda queries, per_minute, burst, accounts=1: max(0, queries - burst) / (per_minute / 60)),
        ("A part of a query is not a query: some account sends one more than the others, so round up.",
         lambda queries, per_minute, burst, accounts=1: max(0, queries / accounts - burst) / (per_minute / 60)),
        ("This rounds down, so no account sends the last few queries.",
         lambda queries, per_minute, burst, accounts=1: max(0, queries // accounts - burst) / (per_minute / 60))),
    hints=("How many queries does one account send? The others send theirs at the same time.",
           "Each account sends at most `math.ceil(queries / accounts)`, the first `burst` of them at once.",
           "`max(0, each - burst) / (per_minute / 60)`."))


# ---------------------------------------------------------------- to_ask

def _asked(wanted, answered, budget, once=True, skip=True, room=None, sort=False):
    seen, keep = set(answered.tolist()) if skip else set(), []
    for question in wanted.tolist():
        if question not in seen:
            keep.append(question)
            if once:
                seen.add(question)
    keep = sorted(keep) if sort else keep
    return torch.tensor(keep[:budget - len(answered) if room is None else room(budget, answered)], dtype=torch.int64)


def _resume(generator, draw):
    """On the last draw every listed mistake has another result."""
    n, kinds = [(5, 4), (8, 6), (12, 9), (20, 12), (30, 20), (40, 60)][draw]
    while True:
        wanted = torch.randint(0, kinds, (n,), generator=generator)
        wanted[-1] = wanted[0]                           # one query occurs twice
        order = list(dict.fromkeys(wanted.tolist()))
        answered = torch.tensor(order[1::3] or [kinds], dtype=torch.int64)
        budget = len(answered) + max(1, (len(order) - len(answered)) * (1 + draw % 2) // 3)
        right = _asked(wanted, answered, budget).tolist()
        others = (_asked(wanted, answered, budget, once=False), _asked(wanted[:budget], answered, budget, room=lambda b, a: None))
        if draw < 5 or right not in [other.tolist() for other in others]:
            return {"wanted": wanted, "answered": answered, "budget": budget}


TO_ASK = Spec(
    reference=to_ask, inputs=_resume,
    worked=(("to_ask(torch.tensor([7, 3, 7, 5, 9]), torch.tensor([3]), 3)", [7, 5]),),
    mistakes=(
        ("Queries that have an answer are asked again here, and paid for twice.",
         lambda wanted, answered, budget: _asked(wanted, answered, budget, skip=False)),
        ("A query that occurs twice in `wanted` is asked twice here. The second answer costs as much and adds nothing.",
         lambda wanted, answered, budget: _asked(wanted, answered, budget, once=False)),
        ("The budget limits all answers, the earlier ones included. Here every restart gets a new budget.",
         lambda wanted, answered, budget: _asked(wanted, answered, budget, room=lambda b, a: b)),
        ("The budget is not used here: take only as many queries as it still allows.",
         lambda wanted, answered, budget: _asked(wanted, answered, budget, room=lambda b, a: None)),
        ("The order of the plan is lost here, as a set, torch.unique or sorting loses it. Keep the order of `wanted`.",
         lambda wanted, answered, budget: _asked(wanted, answered, budget, sort=True)),
        ("Two things are wrong: a query that occurs twice in `wanted` is asked twice, and the budget does not count the earlier answers.",
         lambda wanted, answered, budget: _asked(wanted, answered, budget, once=False, room=lambda b, a: b)),
        ("This takes the first `budget` queries of the plan and then drops those that have an answer or repeat. Drop these first, and "
         "more queries fit into the budget.",
         lambda wanted, answered, budget: _asked(wanted[:budget], answered, budget, room=lambda b, a: None))),
    laws=(("With nothing answered and a large budget, every query must be asked, once and in order.",
           lambda f: f(torch.tensor([5, 2, 5, 9]), torch.tensor([], dtype=torch.int64), 10).tolist() == [5, 2, 9]),
          ("With a budget that is already used up, the result must be an empty tensor.",
           lambda f: len(f(torch.tensor([1, 2, 3]), torch.tensor([4, 5, 6]), 3)) == 0
           and len(f(torch.tensor([1, 2, 3]), torch.tensor([4, 5, 6]), 2)) == 0)),
    hints=("Go through `wanted` in order and remember the queries that you have seen. Those with an answer are seen from the start.",
           "At most budget - len(answered) queries may still be asked, and never fewer than 0.",
           "Start with `seen = set(answered.tolist())`. Append each query that is not in it, and add it to `seen`. Return "
           "`torch.tensor(found[:max(0, budget - len(answered))], dtype=torch.int64)`: without the dtype an empty list becomes float."))


EXERCISES = {"05.effective_kinds": KINDS, "05.refill": REFILL, "05.time_needed": TIME, "05.to_ask": TO_ASK}


QUESTIONS = (
    ("A plan of 1,800 queries varies one first idea. What did the lesson measure?", 2, {
        "Its answers were wrong more often.":
            "The table of the teacher's answers shows the same share of right answers for each plan.",
        "On the test of everything its students stayed behind those of 600 designed queries.":
            "On the test of everything they were behind, with the same number of steps. In programs alone they were ahead.",
        "The provider charged more for similar queries.":
            "The price depends on the number of tokens, and not on how similar the queries are.",
        "It made up for the narrow plan, because 1,800 are enough.":
            "It did so in programs only. In sums and sentences more of the same kinds did not replace the missing ones."}),
    ("The harvester was killed with kill -9. Which answers can be lost for good?", 4, {
        "All those since the last save.":
            "Each group of answers is on the disk before the next group is asked.",
        "The last one, if half of its line was written.":
            "Half a line can be in the file. It is cut off at the restart, and its query is asked again.",
        "Those under way, because they were paid for and never come again.":
            "They were paid for, but they do come again: the restart asks for them once more.",
        "None, but some of those under way are paid for twice.":
            "At most the groups under way times the queries in a group. A larger group is faster and risks more."}),
    ("A provider limits every account to 60 queries a minute. What does this limit?", 3, {
        "How much a harvest costs.":
            "The price is the same; the harvest only takes longer.",
        "How much can be harvested.":
            "Ten accounts can send ten times as much in the same time.",
        "How fast one account is.":
            "So this limit protects only as far as it is hard to get another account."}),
    ("24,000 accounts send 667 queries each. What do one account's rows in the ledger show?", 1, {
        "A volume that legitimate users have, too.":
            "At equal volume the harvester covered no more kinds than a legitimate user of all three domains. Lesson 08 looks at what "
            "accounts have in common.",
        "More kinds of query than a legitimate user has.":
            "This was so only against users with fewer queries. At equal volume a legitimate user of all three domains had more.",
        "Nothing, because the queries are anonymous.":
            "Every query has its row, with key, time and text.",
        "One user with 16 million queries.":
            "The ledger would show this if one account had sent them all."}),
    ("The harvester sends groups of 32 queries, eight groups at once. What is the risk of one group of 2,000?", 3, {
        "It makes the harvest more expensive.":
            "The price depends on tokens. A query costs the same alone and in a group.",
        "The answers get worse, because they influence each other.":
            "Each is decoded on its own; a test compares them with the same queries asked alone.",
        "A kill at the wrong moment finds all 2,000 under way: paid for, and not written down.":
            "A group is the unit of loss.",
        "There is no risk.":
            "There is a risk as soon as the program stops in the middle."}),
)
