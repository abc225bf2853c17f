"""The exercises of lesson 05: the wrong answers that people really give, as code, each with the sentence that names it."""
import math

import torch

from course_utils.api import customers
from course_utils.lesson.check import Spec

# ---------------------------------------------------------------- the answers that the package itself does not need

def effective_kinds(counts):
    """How many kinds of question a harvest really covers: the exponential of the entropy of their shares (Hill 1973, of order 1).

    counts: (kinds,) how often each kind was asked, zeros allowed. Returns a float: the
    number of kinds if all are asked equally often, 1 if one kind has everything.
    """
    share = counts[counts > 0] / counts.sum()
    return math.exp(-(share * share.log()).sum().item())


def time_needed(queries, per_minute, burst, accounts=1):
    """Seconds until `queries` are through, spread evenly over accounts with a token bucket each, full at the start.

    An account may send `burst` at once, and per_minute queries a minute afterwards.
    """
    each = math.ceil(queries / accounts)
    return max(0, each - burst) / (per_minute / 60)


def to_ask(wanted, answered, budget):
    """What a harvest that goes on still has to ask, in the order of `wanted`, each question once.

    wanted: (n,) numbers of questions, which may repeat; answered: (m,) those that have
    an answer; budget: at most so many answers in all, the m included. Returns (k,).
    """
    seen, keep = set(answered.tolist()), []
    room = budget - len(seen)
    for place, question in enumerate(wanted.tolist()):
        if question not in seen and len(keep) < room:
            seen.add(question)
            keep.append(place)
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
        ("Right, until a kind was never asked: 0 × log 0 is NaN, and one such kind spoils the sum. Leave the zeros out first: "
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
        ("This is one over the sum of squared shares (Simpson's number), another good measure, and not the one asked for: take the "
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
    hints=("Shares first: counts divided by their sum. Then the entropy, minus the sum of p log p. Then its exponential.",
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
        ("The bucket has no brim here. It never holds more than its size, or a customer who slept for a week could send a week's worth at "
         "once.", lambda level, rate, size, seconds: level + rate * seconds),
        ("This forgets what was in the bucket before.", lambda level, rate, size, seconds: min(size, rate * seconds)),
        ("min and max are exchanged: this never holds LESS than its size.",
         lambda level, rate, size, seconds: max(size, level + rate * seconds)),
        ("The rate is in tokens a second already; here it is divided by 60.",
         lambda level, rate, size, seconds: min(size, level + rate / 60 * seconds)),
        ("This fills the bucket to the brim at once, as a quota that starts anew every minute would.",
         lambda level, rate, size, seconds: size),
        ("Only the new tokens are capped, and then the old ones added: the sum can pass the brim.",
         lambda level, rate, size, seconds: level + min(size, rate * seconds)),
        ("Divided where it should be multiplied: `rate` tokens come in each second.",
         lambda level, rate, size, seconds: min(size, level + seconds / rate))),
    hints=("What was there, plus what came in, but no more than fits.",
           "What came in is rate × seconds.", "`min(size, level + rate * seconds)`."))


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
            (f"{says} (And a rest of a query is not a query: round up.)",
             lambda queries, per_minute, burst, accounts=1: seconds(queries / accounts, per_minute, burst)))


TIME = Spec(
    reference=time_needed, inputs=_plan, returns="number", tolerance=1e-6,
    worked=(("time_needed(100, 60, 10)", 90),
            ("time_needed(100, 60, 10, 2)", 40)),
    mistakes=(
        *_slip("This goes below zero when the burst is larger than what there is to ask. Time does not run backwards: `max(0, ...)`.",
               lambda each, per_minute, burst: (each - burst) / (per_minute / 60)),
        *_slip("The burst is forgotten: the first `burst` queries of each account need no waiting.",
               lambda each, per_minute, burst: each / (per_minute / 60)),
        *_slip("These are minutes. Seconds are asked for.", lambda each, per_minute, burst: max(0, each - burst) / per_minute),
        *_slip("Multiplied by the rate where it should be divided.",
               lambda each, per_minute, burst: max(0, each - burst) * (per_minute / 60)),
        ("One burst is taken off the whole. Each account has a bucket of its own: divide among the accounts first.",
         lambda queries, per_minute, burst, accounts=1: max(0, queries - burst) / accounts / (per_minute / 60)),
        ("The accounts do not share the work here, only the bursts are added up: divide the queries among the accounts first.",
         lambda queries, per_minute, burst, accounts=1: max(0, queries - burst * accounts) / (per_minute / 60)),
        ("The accounts do not share the work here: each of them asks everything.",
         lambda queries, per_minute, burst, accounts=1: max(0, queries - burst) / (per_minute / 60)),
        ("A rest of a query is not a query: somebody asks one more than the others, so round up.",
         lambda queries, per_minute, burst, accounts=1: max(0, queries / accounts - burst) / (per_minute / 60)),
        ("Rounded down: then the last few queries are asked by nobody.",
         lambda queries, per_minute, burst, accounts=1: max(0, queries // accounts - burst) / (per_minute / 60))),
    hints=("How many does one account ask? The others work at the same time.",
           "`math.ceil(queries / accounts)` each; the first `burst` of them at once.",
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
    """The last draw tells apart all the ways to count."""
    n, kinds = [(5, 4), (8, 6), (12, 9), (20, 12), (30, 20), (40, 60)][draw]
    while True:
        wanted = torch.randint(0, kinds, (n,), generator=generator)
        wanted[-1] = wanted[0]                           # one question stands twice
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
        ("Questions that have an answer are asked again: paid for twice.",
         lambda wanted, answered, budget: _asked(wanted, answered, budget, skip=False)),
        ("A question that stands twice in `wanted` is asked twice, and answered the same both times.",
         lambda wanted, answered, budget: _asked(wanted, answered, budget, once=False)),
        ("The budget is for all the answers, those from earlier included; here every restart gets a whole new one.",
         lambda wanted, answered, budget: _asked(wanted, answered, budget, room=lambda b, a: b)),
        ("There is no budget here: take only as many as it still allows.",
         lambda wanted, answered, budget: _asked(wanted, answered, budget, room=lambda b, a: None)),
        ("A set (or torch.unique, or isin with sorting) loses the order: the plan's most wanted questions come first. Keep it.",
         lambda wanted, answered, budget: _asked(wanted, answered, budget, sort=True)),
        ("Repeats stay in: without those that have an answer, but a question that stands twice is asked twice, and the order is otherwise "
         "right. And the budget forgets the earlier answers.",
         lambda wanted, answered, budget: _asked(wanted, answered, budget, once=False, room=lambda b, a: b)),
        ("This takes the first `budget` of the plan and then drops what has an answer. Dropped first, more would fit.",
         lambda wanted, answered, budget: _asked(wanted[:budget], answered, budget, room=lambda b, a: None))),
    laws=(("With nothing answered and a large budget, everything is asked, once and in order.",
           lambda f: f(torch.tensor([5, 2, 5, 9]), torch.tensor([], dtype=torch.int64), 10).tolist() == [5, 2, 9]),
          ("A budget that is already used up must give an empty tensor.",
           lambda f: len(f(torch.tensor([1, 2, 3]), torch.tensor([4, 5, 6]), 3)) == 0
           and len(f(torch.tensor([1, 2, 3]), torch.tensor([4, 5, 6]), 2)) == 0)),
    hints=("Go through `wanted` in order, and remember what you have seen; what has an answer counts as seen from the start.",
           "How many may still be asked? budget - len(answered), and never below 0.",
           "A loop with a set: `seen = set(answered.tolist())`; append a question that is not in it, and add it. At the end "
           "`torch.tensor(found[:max(0, budget - len(answered))])`; give it dtype=torch.int64, for it may be empty."))


EXERCISES = {"05.effective_kinds": KINDS, "05.refill": REFILL, "05.time_needed": TIME, "05.to_ask": TO_ASK}


QUESTIONS = (
    ("A harvest of 10,000 questions took a first idea and varied it. What is the likeliest loss?", 2, {
        "The answers are wrong more often.":
            "The teacher does not know how you came to your questions.",
        "The student knows well what was asked, and less of the rest.":
            "The figure with the two harvests: same price, same number of answers.",
        "The provider charges more for similar questions.":
            "A price list knows tokens, and not whether they are worth something.",
        "None: 10,000 is enough for anything.":
            "Count the effective kinds, not the questions."}),
    ("The harvester was killed with kill -9. Which answers can be lost for good?", 4, {
        "Everything since the last save.":
            "Each group of answers is on the disk before the next is asked.",
        "Half of the last line.":
            "Half a line can be there. It is cut off at the restart and its question asked again.",
        "Those under way: they were paid for and never come again.":
            "They were paid for, but they do come again: the restart asks for them once more.",
        "None. Some of those under way are paid for twice.":
            "At most requests at once × questions in a request. A larger group is faster and risks more."}),
    ("A provider limits every account to 60 queries a minute. What does this limit?", 3, {
        "How much a harvest costs.":
            "The price is the same; it only comes later.",
        "How much can be harvested.":
            "Ten accounts ask ten times as much in the same time.",
        "How fast one account is.":
            "So the limit is worth as much as it is hard to get another account."}),
    ("What does the ledger show of a harvest by 24,000 accounts with 667 exchanges each?", 1, {
        "24,000 customers, none of them busy. Together their questions look alike.":
            "What one account hides, all of them may show. That is lesson 08.",
        "Nothing: the questions are anonymous.":
            "Every query has its row, with key, time and text.",
        "One customer with 16 million rows.":
            "That is what one account would have looked like."}),
    ("The harvester sends groups of 32 questions, eight groups at once. What would one group of 2,000 lose?", 3, {
        "Money: large requests cost more.":
            "The price goes by tokens. A question costs the same alone and in company.",
        "Quality: the answers influence each other.":
            "Each is decoded for itself; a test compares them with the same questions asked alone.",
        "Safety: a kill at the wrong moment would find all 2,000 under way, paid for and not written down.":
            "Groups are the unit of loss. They are also why the progress bar moves.",
        "Nothing at all.":
            "Until something goes wrong in the middle, nothing."}),
)
