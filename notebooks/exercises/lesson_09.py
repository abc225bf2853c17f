"""The exercises of lesson 09: the wrong answers that people really give, as code, each with the sentence that names it."""
import itertools
import math

import torch
from torch.nn import functional as F

from course_utils.defence import perturb, privacy
from course_utils.lesson.check import Spec

# ---------------------------------------------------------------- the answers that the package itself does not need

def debiased_error(shares, epsilon, n):
    """Standard error of `debiased` for n respondents with these true shares, (classes,) to (classes,)."""
    other = 1 / (math.exp(epsilon) + len(shares) - 1)
    keep = math.exp(epsilon) * other
    said = shares * keep + (1 - shares) * other
    return (said * (1 - said) / n).sqrt() / (keep - other)


def debiased(counts, epsilon):
    """The true shares, estimated from how often each answer was said under randomised
    response. (classes,) to (classes,).

    Right on average for any number of respondents; single estimates may lie below 0, and
    cutting them off there would make the average wrong.
    """
    classes, said = len(counts), counts / counts.sum()
    other = 1 / (math.exp(epsilon) + classes - 1)
    keep = math.exp(epsilon) * other
    return (said - other) / (keep - other)


def private_gradient(gradients, clip, multiplier, noise, expected):
    """One noisy gradient of DP-SGD: no record's gradient counts for more than `clip`, and
    noise hides the rest.

    gradients: (batch, weights), one for each record. noise: (weights,), standard normal.
    expected: how many records a batch has on average. Returns (weights,).
    """
    norms = gradients.norm(dim=1, keepdim=True)
    clipped = gradients * (clip / norms.clamp_min(clip))
    return (clipped.sum(0) + multiplier * clip * noise) / expected

# ---------------------------------------------------------------- usable_lost


def _scores(generator, n, sharp):
    return (sharp * torch.randn(n, 5, generator=generator, dtype=torch.float64)).softmax(-1)


def _two_tables(generator, draw):
    """Some usable, some not; some moved, some lowered, some raised, some lowered a little; as many of each as tell the mistakes apart."""
    n, sure = [(12, 0.9), (20, 0.8), (40, 0.7), (60, 0.9), (80, 0.6), (60, 0.8)][draw]
    said = _scores(generator, n, 2.0)
    rows = torch.arange(n)
    said[rows % 4 < 3] = 0.25 * (1 - sure) / 5 + (1 - 0.25 * (1 - sure)) * F.one_hot(rows % 5, 5).double()[rows % 4 < 3]
    served = said.clone()
    lowered = rows % 4 == 0
    served[lowered] = 0.5 * said[lowered] + 0.1
    both = lowered & (rows % 8 == 0)
    served[both] = served[both].roll(1, -1)
    moved = (rows % 4 == 1) & (rows % 3 > 0)
    served[moved] = said[moved].roll(1, -1)
    a_little = rows % 8 == 2
    served[a_little] = 0.9 * said[a_little] + 0.1 * F.one_hot(said[a_little].argmax(-1), 5) * sure + 0.02 * (1 - sure)
    raised = (rows % 4 == 3) & (rows % 3 < 2)
    served[raised] = F.one_hot(said[raised].argmax(-1), 5).double()
    return {"said": said, "served": served, "sure": sure}


def _parts(said, served, sure):
    usable = said.max(-1).values >= sure
    still = served.max(-1).values >= sure
    same = served.argmax(-1) == said.argmax(-1)
    return usable, still, same


def _lost(rule):
    def usable_lost(said, served, sure=0.9):
        return rule(*_parts(said, served, sure), said, served, sure)
    return usable_lost


LOST = Spec(
    reference=perturb.usable_lost, inputs=_two_tables, returns="number",
    worked=(("usable_lost(torch.tensor([[0.95, 0.05], [0.05, 0.95], [0.6, 0.4]]), torch.tensor([[0.92, 0.08], [0.92, 0.08], [0.6, 0.4]]))",
             0.5),),
    mistakes=(
        ("This divides by all answers. The share is of those that were usable.",
         _lost(lambda usable, still, same, *_: (usable & ~(still & same)).double().mean())),
        ("A confident answer of another class counts as kept here. It is worse than a lost one: compare the classes, too.",
         _lost(lambda usable, still, same, *_: 1 - (usable & still).sum() / usable.sum())),
        ("Only the class is compared. An answer of the right class that is no longer sure cannot be acted on: its top score must still be "
         "at least `sure`.", _lost(lambda usable, still, same, *_: 1 - (usable & same).sum() / usable.sum())),
        ("This is the share that is kept. Lost is 1 minus that.",
         _lost(lambda usable, still, same, *_: (usable & still & same).sum() / usable.sum())),
        ("This is in per cent. A share is asked for, 0 to 1.",
         _lost(lambda usable, still, same, *_: 100 * (1 - (usable & still & same).sum() / usable.sum()))),
        ("This counts the lost ones. A share is asked for: divide by how many were usable.",
         _lost(lambda usable, still, same, *_: (usable & ~(still & same)).sum())),
        ("0.9 is written into the function: `sure` says how sure.",
         lambda said, served, sure=0.9: _lost(lambda usable, still, same, *_: 1 - (usable & still & same).sum() / usable.sum())(
             said, served, 0.9)),
        ("This compares how many are usable before and after. An answer that was not usable and is served as sure does not make up for one "
         "that was lost: go row by row.", _lost(lambda usable, still, same, *_: 1 - still.sum() / usable.sum())),
        ("Usable is read off what is SERVED. The teacher's own answer decides what could have been used.",
         _lost(lambda usable, still, same, *_: 1 - (usable & still & same).sum() / still.sum())),
        ("This is how much the top score falls, on average. Asked for is how many answers fall below `sure`.",
         _lost(lambda usable, still, same, said, served, sure: (said.max(-1).values - served.max(-1).values)[usable].mean())),
        ("This asks how many of all rows have another class or a low score, whether they were usable or not.",
         _lost(lambda usable, still, same, *_: 1 - (still & same).double().mean())),
        ("Every answer whose top score fell counts as lost here. It is usable as long as it is at least `sure`.",
         _lost(lambda usable, still, same, said, served, sure: (served.max(-1).values < said.max(-1).values)[usable].double().mean())),
        ("Every answer that was changed counts as lost here. It is usable as long as it is at least `sure`, and of the same class.",
         _lost(lambda usable, still, same, said, served, sure: (said != served).any(-1)[usable].double().mean())),
        ("This asks how many of all rows have another class. Count among the usable, and mind the score, too.",
         _lost(lambda usable, still, same, *_: (~same).double().mean())),
        ("This asks how many of all served answers are unsure. Count among those that were usable, and compare the classes, too.",
         _lost(lambda usable, still, same, *_: (~still).double().mean())),
        ("Two shares are subtracted: an answer that was not usable and is served as sure makes up for a lost one. Go row by row.",
         _lost(lambda usable, still, same, *_: usable.double().mean() - still.double().mean())),
        ("This is the share that is kept, and of all answers. Asked for is the share that is lost, of the usable ones.",
         _lost(lambda usable, still, same, *_: (usable & still & same).double().mean())),
        ("Unusable answers count as lost here: what could never be used is not lost. Divide by the usable ones.",
         _lost(lambda usable, still, same, *_: 1 - (usable & still & same).double().mean())),
        ("Lost only when it is unsure AND of another class: one of the two is enough.",
         _lost(lambda usable, still, same, *_: (usable & ~still & ~same).sum() / usable.sum())),
        ("The maximum runs down the columns: `max(-1)` and `argmax(-1)` go along each row.",
         lambda said, served, sure=0.9: (lambda u, k: 1 - (k & u).sum() / u.sum())(
             said.max(0).values >= sure, (served.max(0).values >= sure) & (served.argmax(0) == said.argmax(0)))),
        ("Another class counts only when it is sure AND another: an answer is lost when it is unsure OR another.",
         _lost(lambda usable, still, same, *_: (usable & still & ~same).sum() / usable.sum()))),
    laws=(("When nothing is changed, nothing is lost.",
           lambda f: float(f(torch.tensor([[0.95, 0.05], [0.5, 0.5]]), torch.tensor([[0.95, 0.05], [0.5, 0.5]]))) == 0),
          ("A top score of exactly `sure` is usable: `>=`, not `>`, of what is said and of what is served.",
           lambda f: abs(float(f(torch.tensor([[0.75, 0.25], [1, 0]]), torch.tensor([[0.5, 0.5], [1, 0]]), 0.75)) - 0.5) < 1e-6
           and float(f(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.75, 0.25]]), 0.75)) == 0)),
    hints=("First which rows count: `usable = said.max(-1).values >= sure`.",
           "An answer is kept when its served top score is at least `sure` AND `served.argmax(-1) == said.argmax(-1)`.",
           "`1 - (kept & usable).sum() / usable.sum()`."))


# ---------------------------------------------------------------- poison

def _to_poison(generator, draw):
    """Budgets that bind and, in 4, one that does not; in 5 the right answer and seven mistakes all differ, each from each other."""
    n, classes, budget = [(1, 3, 0.8), (3, 4, 0.5), (5, 5, 0.9), (8, 10, 1.2), (6, 4, 2.0), (60, 6, 0.7)][draw]
    while True:
        said = (3 * torch.randn(n, classes, generator=generator, dtype=torch.float64)).softmax(-1)
        guesses = (1.5 * torch.randn(n, classes, generator=generator, dtype=torch.float64)).softmax(-1)
        given = {"probabilities": said, "guesses": guesses, "budget": budget}
        if draw < 5:
            return given
        near = (perturb.poison(said, guesses, 2.0) - said).abs().sum(-1).min() < 0.95       # a corner at a distance below 1
        each = [answer(**given) for answer in (perturb.poison, _longest, _from_what_is_said, _one_for_all, _mixed_first, *_over_rows)]
        if near and not any(torch.equal(a, b) for a, b in itertools.combinations(each, 2)):
            return given


def _poison(choose=None, mix=None):
    """The formula with one thing changed."""
    def poison(probabilities, guesses, budget):
        corners = torch.eye(probabilities.shape[-1], dtype=probabilities.dtype)
        honest, turned = probabilities - guesses, corners - guesses[:, None]
        cosine = (F.normalize(turned, dim=-1) * F.normalize(honest, dim=-1)[:, None]).sum(-1)
        dot = (turned * honest[:, None]).sum(-1)
        corner = corners[cosine.argmin(-1) if choose is None else choose(cosine, dot, probabilities, guesses)]
        far = (corner - probabilities).abs().sum(-1, keepdim=True)
        share = (budget / far).clamp_max(1)
        return (1 - share) * probabilities + share * corner if mix is None else mix(probabilities, corner, budget, far, share)
    return poison


def _from_what_is_said(probabilities, guesses, budget):
    corners = torch.eye(probabilities.shape[-1], dtype=probabilities.dtype)
    turned, honest = corners - probabilities[:, None], (probabilities - guesses)[:, None]
    return _poison(lambda *_: F.cosine_similarity(turned, honest, dim=-1).argmin(-1))(probabilities, guesses, budget)


_longest = _poison(lambda cosine, dot, said, guess: dot.argmin(-1))
_one_for_all = _poison(lambda cosine, dot, said, guess: cosine.mean(0).argmin().expand(len(said)))


def _shared_out(share):
    """The right corner, and a mistake in how far towards it."""
    return _poison(mix=lambda said, corner, budget, far, _: (lambda s: (1 - s) * said + s * corner)(share(said, corner, budget, far)))

def _measured_from_the_guess(probabilities, guesses, budget):
    corner = perturb.poison(probabilities, guesses, 2.0)
    share = (budget / (corner - guesses).abs().sum(-1, keepdim=True)).clamp_max(1)
    return (1 - share) * probabilities + share * corner


def _other_length(turned_over, honest_over):
    """Directions that are normalised over another dimension: 0 are the rows."""
    def choose(cosine, dot, said, guess):
        turned, honest = torch.eye(said.shape[-1], dtype=said.dtype) - guess[:, None], said - guess
        return (F.normalize(turned, dim=turned_over) * F.normalize(honest, dim=honest_over)[:, None]).sum(-1).argmin(-1)
    return _poison(choose)


_over_rows = (_other_length(0, -1), _other_length(-1, 0), _other_length(1, -1))
_EXAMPLE = torch.tensor([[0.7, 0.2, 0.1]], dtype=torch.float64)


def _mixed_first(probabilities, guesses, budget):
    """The cosine of what would be served, as the formula says, and not of the corner."""
    corners = torch.eye(probabilities.shape[-1], dtype=probabilities.dtype)
    share = (budget / (corners - probabilities[:, None]).abs().sum(-1, keepdim=True)).clamp_max(1)
    served = (1 - share) * probabilities[:, None] + share * corners
    cosine = F.cosine_similarity(served - guesses[:, None], (probabilities - guesses)[:, None], dim=-1)
    return served[torch.arange(len(served)), cosine.argmin(-1)]


POISON = Spec(
    reference=perturb.poison, inputs=_to_poison,
    worked=(("poison(torch.tensor([[0.8, 0.2, 0.]]), torch.tensor([[0.3, 0.5, 0.2]]), 0.8)", [[0.4, 0.6, 0.0]]),),
    mistakes=(
        ("This takes the corner that points most the SAME way: the cosine should be smallest, `argmin`.",
         _poison(lambda cosine, dot, said, guess: cosine.argmax(-1))),
        ("This is what comes out when dot products are compared and not cosines, or when the guess is subtracted on one side only. Both "
         "directions start at the guess, and only where they point counts: normalise both.", _longest),
        ("The corner's direction is taken from what the teacher says. Both directions start at the guess: corner MINUS guess.",
         _from_what_is_said),
        ("The cosine is that of the mixed answer, as in the formula. The short cut that is asked for compares the corners themselves, and "
         "mixes afterwards.", _mixed_first),
        *((f"The length of {what} is taken over {over}. A direction is a row: `F.normalize(..., dim=-1)`.", wrong)
          for (what, over), wrong in zip(
            (("the corners' directions", "the rows"), ("the honest direction", "the rows"), ("the corners' directions", "the corners")),
            _over_rows)),
        ("One corner for all rows. Each row has its own: `argmin(-1)`.", _one_for_all),
        ("The class that the student expects least is not always what misleads most. Try each corner, and compare cosines.",
         _poison(lambda cosine, dot, said, guess: guess.argmin(-1))),
        ("The budget is used as the share, and a share above 1 goes past the corner. It is budget / distance to the corner, at most 1.",
         _shared_out(lambda said, corner, budget, far: budget)),
        ("Half the budget is used as the share. That is right for a corner at distance 2; this one is nearer where its class has a score.",
         _shared_out(lambda said, corner, budget, far: budget / 2)),
        ("Twice what is allowed: the distance is the sum of all |differences|, and not half of it.",
         _shared_out(lambda said, corner, budget, far: (2 * budget / far).clamp_max(1))),
        ("The distance to the corner is measured from the guess. What is moved is what the teacher says: measure from there.",
         _measured_from_the_guess),
        ("Two things: the distance is the sum of the absolute differences, and the share is at most 1.",
         _shared_out(lambda said, corner, budget, far: budget / (corner - said).norm(dim=-1, keepdim=True))),
        ("The corner is added, and the row no longer sums to 1. Mix: (1 - share) of what is said, and share of the corner.",
         _poison(mix=lambda said, corner, budget, far, share: said + budget * corner)),
        ("The corner is added, and the sum made 1 again: that is less than the budget allows. Take share = budget / distance, and mix.",
         _poison(mix=lambda said, corner, budget, far, share: (said + budget * corner) / (1 + budget))),
        ("The corner is chosen from the scores alone: it is always the least likely class. What moves the student is answer MINUS guess: "
         "subtract the guess from both before you take the cosine.",
         _poison(lambda cosine, dot, said, guess: said.argmin(-1))),
        ("The second likeliest class is not what misleads most. Try each corner, and compare cosines.",
         _poison(lambda cosine, dot, said, guess: said.topk(2).indices[:, 1])),
        ("The student's own favourite is not always what misleads most. Try each corner, and compare cosines.",
         _poison(lambda cosine, dot, said, guess: guess.argmax(-1))),
        ("The budget is used as the share. The share is budget / distance to the corner, and that distance is up to 2.",
         _poison(mix=lambda said, corner, budget, far, share: (1 - min(budget, 1)) * said + min(budget, 1) * corner)),
        ("Half of what is allowed: the distance is the sum of all |differences|, and not half of it.",
         _poison(mix=lambda said, corner, budget, far, share: (1 - (budget / far / 2)) * said + (budget / far / 2) * corner)),
        ("The distance is taken as a root of squares. It is the sum of the absolute differences.",
         _poison(mix=lambda said, corner, budget, far, share: (lambda s: (1 - s) * said + s * corner)(
             (budget / (corner - said).norm(dim=-1, keepdim=True)).clamp_max(1)))),
        ("The share is not limited to 1: with a large budget this goes past the corner, and scores fall below 0.",
         _poison(mix=lambda said, corner, budget, far, share: (1 - budget / far) * said + budget / far * corner)),
        ("One share for all rows. Each row goes as far as its own corner allows.",
         _poison(mix=lambda said, corner, budget, far, share: (1 - share.min()) * said + share.min() * corner)),
        ("This always serves the whole corner, whatever the budget.", _poison(mix=lambda said, corner, budget, far, share: corner)),
        ("The mixture is turned round: `share` is the corner's, and 1 - share the honest answer's.",
         _poison(mix=lambda said, corner, budget, far, share: share * said + (1 - share) * corner))),
    laws=(("With a budget of 0 nothing changes.",
           lambda f: torch.allclose(f(_EXAMPLE, _EXAMPLE.flip(-1), 0.0), _EXAMPLE)),),
    hints=("All corners at once: `corners = torch.eye(classes)`, and their directions `corners - guesses[:, None]`, (n, classes, classes).",
           "`F.normalize(..., dim=-1)` of both directions, multiplied and summed over the last axis, are the cosines; `argmin(-1)` says "
           "which corner.",
           "`share = (budget / (corner - probabilities).abs().sum(-1, keepdim=True)).clamp_max(1)`, then mix."))


# ---------------------------------------------------------------- debiased


def _survey(generator, draw):
    """Uneven counts. The fourth draw has so rare an answer that its estimate is below 0; one draw has two classes."""
    classes = [2, 3, 4, 5, 10, 6][draw]
    counts = torch.randint(60, 400, (classes,), generator=generator).double()
    counts[0] = [700.0, 900.0, 800.0, 900.0, 1000.0, 900.0][draw]
    if draw in (3, 4):
        counts[1] = 3.0
    return {"counts": counts, "epsilon": [1.0, 0.7, 1.5, 1.2, 2.0, 0.5][draw]}


def _coin(counts, epsilon, classes=None):
    """(said, keep, other)"""
    classes = classes or len(counts)
    total = math.exp(epsilon) + classes - 1
    return counts / counts.sum(), math.exp(epsilon) / total, 1 / total


def _solve(counts, epsilon, keep=None, other=None):
    said, right, slip = _coin(counts, epsilon)
    keep, other = right if keep is None else keep, slip if other is None else other
    return (said - other) / (keep - other)


def _cut(counts, epsilon):
    return _solve(counts, epsilon).clamp_min(0)


def _plain_coin(counts, epsilon):
    keep = math.exp(epsilon) / (1 + math.exp(epsilon))
    return _solve(counts, epsilon, keep, (1 - keep) / (len(counts) - 1))


def _base_two(counts, epsilon):
    total = 2**epsilon + len(counts) - 1
    return _solve(counts, epsilon, 2**epsilon / total, 1 / total)


DEBIASED = Spec(
    reference=debiased, inputs=_survey, tolerance=1e-6,
    worked=(("debiased(torch.tensor([60., 40.]), math.log(3))", [0.7, 0.3]),),
    mistakes=(
        ("This is what was said, coin included. Take out of each share what slipped in from the other answers.",
         lambda counts, epsilon: _coin(counts, epsilon)[0]),
        ("What slipped in from the other answers is still there: subtract it before you divide.",
         lambda counts, epsilon: _coin(counts, epsilon)[0] / _coin(counts, epsilon)[1]),
        ("Subtracted, and not divided: who kept the truth are only a part of those whose truth it is. Divide by keep - other.",
         lambda counts, epsilon: _coin(counts, epsilon)[0] - _coin(counts, epsilon)[2]),
        ("Divided by keep alone. A share p of the truth is said by p keep + (1 - p) other: its slope is keep - other.",
         lambda counts, epsilon: (_coin(counts, epsilon)[0] - _coin(counts, epsilon)[2]) / _coin(counts, epsilon)[1]),
        ("Estimates below 0 are cut off. Then rare answers come out too frequent on average: an error that no number of people removes.",
         _cut),
        ("Divided by keep + other: the slope is their difference.",
         lambda counts, epsilon: (lambda said, keep, other: (said - other) / (keep + other))(*_coin(counts, epsilon))),
        ("Cut off at 0 and at 1. An estimate may lie outside: cutting spoils the average.",
         lambda counts, epsilon: _solve(counts, epsilon).clamp(0, 1)),
        ("This takes a lie for any answer, the truth among them. Here a lie is one of the OTHER answers.",
         lambda counts, epsilon: (lambda said, keep, _: (said - (1 - keep) / len(said)) / (keep - (1 - keep) / len(said)))(
             *_coin(counts, epsilon))),
        ("Cut off at 0 and made to sum to 1 again. It looks tidier, and is wrong on average.",
         lambda counts, epsilon: _cut(counts, epsilon) / _cut(counts, epsilon).sum()),
        ("These are counts of people. Shares are asked for: divide by how many there are.",
         lambda counts, epsilon: _solve(counts, epsilon) * counts.sum()),
        ("The counts are not divided by their sum before the coin is taken out.",
         lambda counts, epsilon: (counts - _coin(counts, epsilon)[2]) / (_coin(counts, epsilon)[1] - _coin(counts, epsilon)[2])),
        ("Right for two answers. With more of them the truth is told with probability e^epsilon / (e^epsilon + classes - 1).", _plain_coin),
        ("Right for two answers only: (share - (1 - keep)) / (2 keep - 1), with keep for two. `len(counts)` says how many there are.",
         lambda counts, epsilon: (lambda said, keep: (said - (1 - keep)) / (2 * keep - 1))(
             counts / counts.sum(), math.exp(epsilon) / (1 + math.exp(epsilon)))),
        ("This takes a lie for any answer, the truth among them, and keep for the slope. A lie is one of the OTHER answers.",
         lambda counts, epsilon: (lambda said, keep, _: (said - (1 - keep) / len(said)) / keep)(*_coin(counts, epsilon))),
        ("1 / classes is what a coin among all answers would give. Here each other answer is said with 1 / (e^epsilon + classes - 1).",
         lambda counts, epsilon: _solve(counts, epsilon, other=1 / len(counts))),
        ("keep and other are exchanged: subtract other, and divide by keep - other.",
         lambda counts, epsilon: (lambda said, keep, other: (said - keep) / (other - keep))(*_coin(counts, epsilon))),
        ("The sign is turned round: share minus other, over keep minus other.",
         lambda counts, epsilon: (lambda said, keep, other: (other - said) / (keep - other))(*_coin(counts, epsilon))),
        ("The coin is thrown once more: this is what would be said of these shares. Solve for the share instead.",
         lambda counts, epsilon: (lambda said, keep, other: said * keep + (1 - said) * other)(*_coin(counts, epsilon))),
        ("Multiplied by keep. Who said it are more than those who kept it: subtract other, and divide by keep - other.",
         lambda counts, epsilon: (lambda said, keep, _: said * keep)(*_coin(counts, epsilon))),
        ("Multiplied by keep - other. Divide by it: the coin has flattened the shares, and this flattens them again.",
         lambda counts, epsilon: (lambda said, keep, other: (said - other) * (keep - other))(*_coin(counts, epsilon))),
        ("The exponent's sign is turned round: e^epsilon, above 1.",
         lambda counts, epsilon: (lambda total: _solve(counts, epsilon, math.exp(-epsilon) / total, 1 / total))(
             math.exp(-epsilon) + len(counts) - 1)),
        ("Estimates below 0 are turned round (`abs`). Leave them: they make the average right.",
         lambda counts, epsilon: _solve(counts, epsilon).abs()),
        ("Divided by the mean count. Shares are counts divided by their sum.",
         lambda counts, epsilon: (lambda _, keep, other: (counts / counts.mean() - other) / (keep - other))(*_coin(counts, epsilon))),
        ("All the other answers together are taken for each of them: `other` is 1 / (e^epsilon + classes - 1), not 1 - keep.",
         lambda counts, epsilon: _solve(counts, epsilon, other=1 - _coin(counts, epsilon)[1])),
        ("These are the counts, as they were said. Divide by how many there are, and take the coin out.",
         lambda counts, epsilon: counts + 0),
        ("The classes are counted one too many: e^epsilon + classes - 1 in the denominator.",
         lambda counts, epsilon: (lambda total: _solve(counts, epsilon, math.exp(epsilon) / total, 1 / total))(
             math.exp(epsilon) + len(counts))),
        ("Epsilon belongs to e, here it is an exponent of 2.", _base_two)),
    laws=(("When nobody's answer was changed by the coin on balance, shares as they come from equal counts must stay equal.",
           lambda f: torch.allclose(f(torch.full((4,), 50.0), 1.0).double(), torch.full((4,), 0.25).double(), atol=1e-4)),
          ("The shares must sum to 1 by themselves.",
           lambda f: abs(float(f(torch.tensor([7.0, 80.0, 13.0]), 0.8).sum()) - 1) < 1e-4)),
    hints=("Write down how often an answer is said when its true share is p: p of the people keep it, 1 - p slip into it.",
           "said = p * keep + (1 - p) * other, with keep = e^epsilon / (e^epsilon + classes - 1) and other = 1 / (e^epsilon + "
           "classes - 1). Solve for p.",
           "`(counts / counts.sum() - other) / (keep - other)`, with no `clamp`."))


# ---------------------------------------------------------------- moments_epsilon

def _budget(generator, draw):
    """The best l is at neither end, and not the same each time. The last draw has another delta for each run."""
    nudge = 1 + 0.2 * torch.rand((), generator=generator).item()
    return {"queries": [100, 400, 50, 1000, 100, 25][draw], "gamma": round([0.05, 0.02, 0.03, 0.01, 0.1, 0.08][draw] * nudge, 5),
            "delta": [1e-5, 1e-6, 1e-5, 1e-4, 1e-5, 1e-6][draw]}


def _over(queries, gamma, delta, moment=None, tail=None, pick=min, orders=range(1, 65)):
    moment = moment or (lambda order: 2 * gamma**2 * order * (order + 1))
    tail = math.log(1 / delta) if tail is None else tail
    return pick((queries * moment(order) + tail) / order for order in orders)


MOMENTS = Spec(
    reference=privacy.moments_epsilon, inputs=_budget, returns="number", tolerance=1e-6,
    worked=(("moments_epsilon(100, 0.05, 1e-5)", 5.3),),
    mistakes=(
        ("This is plain addition, 2 gamma for each answer: right, and much more than can be proved with a little delta.",
         lambda queries, gamma, delta: 2 * gamma * queries),
        ("This is strong composition, the older theorem. The moments give less.",
         lambda queries, gamma, delta: privacy.strong_epsilon(queries, gamma, delta)),
        ("This is the value at l = 1. Was only l = 1 tried, or something not divided by l? Divide all of it, moment and ln(1 / delta), by "
         "l, for every l, and take the smallest.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, orders=[1])),
        ("The largest over l is taken. Each of them is a promise that holds, so the smallest holds, too.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, pick=max)),
        ("This is the cost of one answer. The moments of all the answers add up: times queries.",
         lambda queries, gamma, delta: _over(1, gamma, delta)),
        ("ln(1 / delta) is added once for each answer. It is added once, at the end: only the moments add up.",
         lambda queries, gamma, delta: queries * _over(1, gamma, delta)),
        ("The sign is turned round: ln(1 / delta) is positive, ln(delta) is not.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, tail=math.log(delta))),
        ("delta is left out, and then l = 1 always wins. Add ln(1 / delta) before you divide.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, tail=0.0)),
        ("1 / delta without its logarithm.", lambda queries, gamma, delta: _over(queries, gamma, delta, tail=1 / delta)),
        ("The logarithm is to base 10. It is the natural one: `math.log`.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, tail=math.log10(1 / delta))),
        ("The logarithm is to base 2. It is the natural one: `math.log`.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, tail=math.log2(1 / delta))),
        ("The values are added up over l. Each of them alone is a promise that holds: take the smallest.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, pick=sum)),
        ("The moments are added up over l. They add up over the answers: for each l on its own, queries times one answer's.",
         lambda queries, gamma, delta: _over(queries, gamma, delta,
                                             lambda order: sum(2 * gamma**2 * k * (k + 1) for k in range(1, order + 1)))),
        ("This is the best l, and not the epsilon there.",
         lambda queries, gamma, delta: min(range(1, 65), key=lambda order: _over(queries, gamma, delta, orders=[order]))),
        ("(2 gamma)² is 4 gamma². The bound has 2 gamma².",
         lambda queries, gamma, delta: _over(queries, gamma, delta, lambda order: 4 * gamma**2 * order * (order + 1))),
        ("The number of answers is squared, too. Moments add up: queries times one answer's.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, lambda order: queries * 2 * gamma**2 * order * (order + 1))),
        ("l * l + 1 is not l (l + 1): the parentheses are missing.",
         lambda queries, gamma, delta: _over(1, gamma, delta, lambda order: queries * 2 * gamma**2 * order * order + 1)),
        ("Only l = 64 was tried. Every l gives a valid epsilon; take the smallest.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, orders=[64])),
        ("l = 5 is the best in the worked case. Elsewhere it is another: try each, from 1 to 64.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, orders=[5])),
        ("l² where l (l + 1) is asked for.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, lambda order: 2 * gamma**2 * order**2)),
        ("l (l - 1) where l (l + 1) is asked for.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, lambda order: 2 * gamma**2 * order * (order - 1))),
        ("This is the minimum over all numbers l. Here l is whole, 1 to 64: try each.",
         lambda queries, gamma, delta: (lambda c: c + 2 * math.sqrt(c * math.log(1 / delta)))(2 * queries * gamma**2)),
        ("gamma is not squared.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, lambda order: 2 * gamma * order * (order + 1))),
        ("Two gammas too many: the 2 in 2 gamma² l (l + 1) already counts that a record moves two counts. Put gamma in, not 2 gamma.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, lambda order: 8 * gamma**2 * order * (order + 1))),
        ("The factor 2 is missing in 2 gamma² l (l + 1): a record can lower one count and raise another.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, lambda order: gamma**2 * order * (order + 1))),
        ("Only ln(1 / delta) is divided by l. The moment is, too.",
         lambda queries, gamma, delta: min(queries * 2 * gamma**2 * order * (order + 1) + math.log(1 / delta) / order
                                           for order in range(1, 65)))),
    laws=(("More answers must cost more.", lambda f: float(f(200, 0.05, 1e-5)) > float(f(100, 0.05, 1e-5))),
          ("With much noise and few answers the best l is large: all of 1 to 64 have to be tried.",
           lambda f: abs(float(f(1, 0.01, 1e-5)) - privacy.moments_epsilon(1, 0.01, 1e-5)) < 1e-6)),
    hints=("For one l: the moment of all answers is queries times 2 gamma² l (l + 1).",
           "Add `math.log(1 / delta)`, once, and divide the sum by l.",
           "`min((queries * 2 * gamma**2 * l * (l + 1) + math.log(1 / delta)) / l for l in range(1, 65))`."))


# ---------------------------------------------------------------- private_gradient

def _step(generator, draw):
    """Some gradients are longer than clip and some shorter; one is zero."""
    batch, size = [(2, 2), (3, 2), (4, 3), (5, 6), (8, 10), (12, 5)][draw]
    gradients = torch.randn(batch, size, generator=generator, dtype=torch.float64)
    gradients = gradients / gradients.norm(dim=1, keepdim=True)
    clip = [1.0, 0.5, 2.0, 1.5, 0.8, 3.0][draw]
    lengths = clip * torch.cat([torch.tensor([3.0, 0.3]), 0.2 + 3 * torch.rand(batch, generator=generator)])[:batch, None]
    gradients = gradients * lengths
    if draw > 2:
        gradients[-1] = 0.0
    return {"gradients": gradients, "clip": clip, "multiplier": [2.0, 1.5, 0.7, 3.0, 4.0, 1.2][draw],
            "noise": torch.randn(size, generator=generator, dtype=torch.float64), "expected": batch + [3, 2, 5, 4, 7, 6][draw]}


def _short(rows, clip):
    return rows * (clip / rows.norm(dim=-1, keepdim=True).clamp_min(clip))


def _private(gradients, clip, multiplier, noise, expected):
    return (_short(gradients, clip).sum(0) + multiplier * clip * noise) / expected


def _all_to_clip(gradients, clip, multiplier, noise, expected):
    unit = gradients / gradients.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return ((clip * unit).sum(0) + multiplier * clip * noise) / expected


def _l1(gradients, clip, multiplier, noise, expected):
    rows = gradients * (clip / gradients.abs().sum(1, keepdim=True).clamp_min(clip))
    return (rows.sum(0) + multiplier * clip * noise) / expected


GRADIENT = Spec(
    reference=private_gradient, inputs=_step, tolerance=1e-6,
    worked=(("private_gradient(torch.tensor([[3., 4.], [0., 0.5]]), 1.0, 2.0, torch.tensor([1., 0.]), 4)", [0.65, 0.325]),),
    mistakes=(
        ("The sum is clipped, and not each record's gradient. One record could then still be most of it.",
         lambda gradients, clip, multiplier, noise, expected: (_short(gradients.sum(0), clip) + multiplier * clip * noise) / expected),
        ("The mean is clipped, and not each record's gradient: that is the clipping against exploding gradients, and promises nothing.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients.mean(0), clip) + multiplier * clip * noise / expected),
        ("Each number is clipped by itself. It is the length of a record's whole gradient that must not pass `clip`.",
         lambda gradients, clip, multiplier, noise, expected:
         (gradients.clamp(-clip, clip).sum(0) + multiplier * clip * noise) / expected),
        ("Short gradients are stretched to `clip`, too. They stay as they are.", _all_to_clip),
        ("The length is the root of the sum of squares (L2); this takes the sum of absolute values.", _l1),
        ("Nothing is clipped here: a record with a huge gradient would stick out of any noise.",
         lambda gradients, clip, multiplier, noise, expected: (gradients.sum(0) + multiplier * clip * noise) / expected),
        ("The sum is divided by how many records came, and only the noise by the expected number.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients, clip).mean(0) + multiplier * clip * noise / expected),
        ("The noise is of size multiplier × clip: with a larger clip one record weighs more, and more noise is needed to hide it.",
         lambda gradients, clip, multiplier, noise, expected: (_short(gradients, clip).sum(0) + multiplier * noise) / expected),
        ("The noise is added after dividing. It belongs to the sum: added to the mean it is `expected` times too large.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients, clip).sum(0) / expected + multiplier * clip * noise),
        ("The noise is added to every record, so it counts as often as there are records. Once, to the sum.",
         lambda gradients, clip, multiplier, noise, expected:
         (_short(gradients, clip).sum(0) + len(gradients) * multiplier * clip * noise) / expected),
        ("This divides by how many records came. Their number is private, too: divide by the expected one.",
         lambda gradients, clip, multiplier, noise, expected:
         (_short(gradients, clip).sum(0) + multiplier * clip * noise) / len(gradients)),
        ("The sum is not divided by the expected size of the batch.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients, clip).sum(0) + multiplier * clip * noise),
        ("Two things: divide by the expected size, not by how many came; and add the noise to the sum, before dividing.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients, clip).mean(0) + multiplier * clip * noise),
        ("Three things: divide by the expected size, not by how many came; the noise belongs to the sum; and its size has clip in it.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients, clip).mean(0) + multiplier * noise),
        ("Two things: the noise is of size multiplier × clip; and divide by the expected size, not by how many came.",
         lambda gradients, clip, multiplier, noise, expected: (_short(gradients, clip).sum(0) + multiplier * noise) / len(gradients)),
        ("Two things: the noise is of size multiplier × clip; and the sum is not divided.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients, clip).sum(0) + multiplier * noise),
        ("Only the noise is divided: parentheses around the sum and the noise are missing.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients, clip).sum(0) + multiplier * clip * noise / expected),
        ("All gradients are scaled by the length of the whole table. Each row has a length of its own: `norm(dim=1, keepdim=True)`.",
         lambda gradients, clip, multiplier, noise, expected:
         (gradients.sum(0) * (clip / gradients.norm().clamp_min(clip)) + multiplier * clip * noise) / expected),
        ("The lengths are those of the columns. A record is a row: `norm(dim=1, keepdim=True)`.",
         lambda gradients, clip, multiplier, noise, expected:
         ((gradients * (clip / gradients.norm(dim=0, keepdim=True).clamp_min(clip))).sum(0) + multiplier * clip * noise) / expected),
        ("Every gradient is stretched or cut to `clip`, and one of zero becomes NaN. Short ones stay as they are.",
         lambda gradients, clip, multiplier, noise, expected:
         ((clip * gradients / gradients.norm(dim=1, keepdim=True)).sum(0) + multiplier * clip * noise) / expected),
        ("Cut to a length of 1. `clip` says how long they may be.",
         lambda gradients, clip, multiplier, noise, expected: (_short(gradients, 1.0).sum(0) + multiplier * clip * noise) / expected),
        ("The length is squared here: its root is missing.",
         lambda gradients, clip, multiplier, noise, expected:
         ((gradients * (clip / gradients.square().sum(1, keepdim=True).clamp_min(clip))).sum(0) + multiplier * clip * noise) / expected),
        ("Long gradients are thrown away. They are cut to `clip`, and count.",
         lambda gradients, clip, multiplier, noise, expected:
         (gradients[gradients.norm(dim=1) <= clip].sum(0) + multiplier * clip * noise) / expected),
        ("`multiplier` is left out: it says how large the noise is, in units of `clip`.",
         lambda gradients, clip, multiplier, noise, expected: (_short(gradients, clip).sum(0) + clip * noise) / expected),
        ("The noise is of size 1 here. It is multiplier × clip.",
         lambda gradients, clip, multiplier, noise, expected: (_short(gradients, clip).sum(0) + noise) / expected),
        ("multiplier × clip is the noise's standard deviation. This takes its square, the variance.",
         lambda gradients, clip, multiplier, noise, expected: (_short(gradients, clip).sum(0) + (multiplier * clip)**2 * noise) / expected),
        ("The noise is added to each record before it is clipped: then it is clipped away with it. Clip, add up, and then the noise, once.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients + multiplier * clip * noise, clip).sum(0) / expected),
        ("The noise is divided by clip. A larger clip needs more noise: multiplier × clip.",
         lambda gradients, clip, multiplier, noise, expected: (_short(gradients, clip).sum(0) + multiplier * noise / clip) / expected),
        ("There is no noise here. Clipping alone promises nothing.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients, clip).sum(0) / expected),
        ("The noisy sum is clipped. Then the noise is cut away with it: clip each record first, and add the noise last.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients.sum(0) + multiplier * clip * noise, clip) / expected)),
    laws=(("A gradient of zeros must stay zero, and must not become NaN.",
           lambda f: not f(torch.zeros(2, 3).double(), 1.0, 0.0, torch.zeros(3).double(), 2).any()),
          ("Without noise and with a huge clip it is the plain sum, divided.",
           lambda f: torch.allclose(f(torch.ones(4, 2).double(), 1e6, 0.0, torch.zeros(2).double(), 4), torch.ones(2).double()))),
    hints=("Lengths first: `gradients.norm(dim=1, keepdim=True)`, one for each record.",
           "Multiply each row by clip / length where that is below 1, and by 1 elsewhere. `clamp_min(clip)` of the lengths does both, and "
           "a length of zero is no trouble.",
           "`clipped = gradients * (clip / norms.clamp_min(clip))`, then `(clipped.sum(0) + multiplier * clip * noise) / expected`."))


EXERCISES = {"09.usable_lost": LOST, "09.poison": POISON, "09.debiased": DEBIASED, "09.moments_epsilon": MOMENTS,
             "09.private_gradient": GRADIENT}


QUESTIONS = (
    ("A provider moves every score and never the top class. Whom does that hurt?", 2, {
        "Every copier.":
            "A copier who keeps the top class gets what he would get without any defence.",
        "The naive copier, and every honest customer who reads scores.":
            "Those two read what was changed. Who reads the class alone notices nothing.",
        "Nobody: the class is still right.":
            "Ask a customer who has a person look at whatever is not 90 % sure.",
        "Only the adaptive copier.":
            "He is the one who gets away."}),
    ("Noise is drawn anew for every answer. The copier has 1,500 questions and 1,500 images. Should he ask 300 of them five times?", 4, {
        "Yes, averaging always helps.":
            "Not for free: he gives up four images of five.",
        "No, never.":
            "With much noise the mean of five is worth more than five images.",
        "Yes, if he has five keys.":
            "Keys matter where noise is remembered. Fresh noise averages out with one.",
        "Only if the noise is so large that it moves the top class.":
            "As long as the class survives, different images teach more, and forgetting the scores costs nothing."}),
    ("A model was trained with DP-SGD, epsilon 1. What does that make harder?", 3, {
        "Cloning it through its API.":
            "Its clone is as good as the model itself, at every epsilon in the figure.",
        "Asking it many questions.":
            "Whatever is computed from a private model, by however many questions, keeps the promise.",
        "Finding out whether one particular record was in its training data.":
            "That is the promise, and nobody's test can get past it, also tests that nobody has thought of.",
        "Using it wrongly.":
            "The promise says nothing about use."}),
    ("An API serves each class through a coin, epsilon 2, and keeps its first answer to every image. Who loses most?", 1, {
        "The honest user, who has one image and one answer.":
            "Less than half of the answers are right. There is nothing to average.",
        "The copier of 1,500 different images.":
            "Training averages over images: the copy is right far more often than the answers it was made of.",
        "The copier who asks each image ten times.":
            "That one gains nothing, since the first answer is kept. But there are always other images.",
        "All of them the same.":
            "Compare the three lines of the figure at epsilon 2."}),
    ("PATE's paper reports epsilon 2.04 for 100 answers of 250 teachers, and 5.80 by strong composition. What is the difference?", 2, {
        "More noise.":
            "It is the same noise, the same procedure and the same answers.",
        "A sharper proof: where nearly all teachers agree, one record cannot change the answer.":
            "The promise is a bound. A better accountant finds a smaller one for the same thing.",
        "Better teachers, trained anew.":
            "The same teachers. But better teachers agree more often, and so the sharper bound gains more.",
        "Fewer answers.":
            "100 in both cases."}),
)
