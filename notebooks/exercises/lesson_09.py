"""The exercises of lesson 09: the wrong answers that people really give, as code, each with the sentence that names it."""
import itertools
import math

import torch
from torch.nn import functional as F

from course_utils.defence import perturb, privacy
from course_utils.lesson.check import Spec

# ---------------------------------------------------------------- the answers that the package itself does not need

def debiased_error(shares, epsilon, n):
    """Standard error of `debiased` for n people with these true shares: (classes,) to (classes,)"""
    other = 1 / (math.exp(epsilon) + len(shares) - 1)
    keep = math.exp(epsilon) * other
    said = shares * keep + (1 - shares) * other
    return (said * (1 - said) / n).sqrt() / (keep - other)


def debiased(counts, epsilon):
    """The true shares, estimated from how often each answer was given under randomised
    response: (classes,) to (classes,).

    The average estimate is right for any number of people. Single estimates may lie below 0,
    and cutting them off there would make the average wrong.
    """
    classes, said = len(counts), counts / counts.sum()
    other = 1 / (math.exp(epsilon) + classes - 1)
    keep = math.exp(epsilon) * other
    return (said - other) / (keep - other)


def private_gradient(gradients, clip, multiplier, noise, expected):
    """One noisy gradient of DP-SGD: each record's gradient is clipped to the length `clip`,
    and noise of standard deviation multiplier * clip is added to the sum.

    gradients: (batch, weights), one for each record. noise: (weights,), standard normal.
    expected: how many records a batch has on average. The result has shape (weights,).
    """
    norms = gradients.norm(dim=1, keepdim=True)
    clipped = gradients * (clip / norms.clamp_min(clip))
    return (clipped.sum(0) + multiplier * clip * noise) / expected

# ---------------------------------------------------------------- usable_lost


def _scores(generator, n, sharp):
    return (sharp * torch.randn(n, 5, generator=generator, dtype=torch.float64)).softmax(-1)


def _two_tables(generator, draw):
    """Confident rows and others; labels changed, scores lowered, raised, or lowered a little: so many of each that the mistakes differ."""
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
        ("This divides by the number of all rows. Divide by the number of confident rows of `said`.",
         _lost(lambda usable, still, same, *_: (usable & ~(still & same)).double().mean())),
        ("Here a confident answer of another class counts as kept. It misleads the user, so it is lost: compare the classes, too.",
         _lost(lambda usable, still, same, *_: 1 - (usable & still).sum() / usable.sum())),
        ("Only the class is compared here. An answer of the right class is lost, too, if its top score in `served` is below `sure`.",
         _lost(lambda usable, still, same, *_: 1 - (usable & same).sum() / usable.sum())),
        ("This is the share that is kept. The share that is lost is 1 minus it.",
         _lost(lambda usable, still, same, *_: (usable & still & same).sum() / usable.sum())),
        ("This is a percentage, and a share from 0 to 1 is asked for.",
         _lost(lambda usable, still, same, *_: 100 * (1 - (usable & still & same).sum() / usable.sum()))),
        ("This is the number of lost answers. Return a share: divide by the number of confident rows of `said`.",
         _lost(lambda usable, still, same, *_: (usable & ~(still & same)).sum())),
        ("The number 0.9 is written into the function, where the argument `sure` belongs.",
         lambda said, served, sure=0.9: _lost(lambda usable, still, same, *_: 1 - (usable & still & same).sum() / usable.sum())(
             said, served, 0.9)),
        ("This compares the numbers of confident answers before and after. A new confident answer does not replace a lost one, so compare "
         "the two answers of each row.", _lost(lambda usable, still, same, *_: 1 - still.sum() / usable.sum())),
        ("Here `served` decides which rows count. Rows count if their top score in `said` is at least `sure`.",
         _lost(lambda usable, still, same, *_: 1 - (usable & still & same).sum() / still.sum())),
        ("This is the mean fall of the top score. Return the share of answers that fall below `sure`.",
         _lost(lambda usable, still, same, said, served, sure: (said.max(-1).values - served.max(-1).values)[usable].mean())),
        ("This is the share of all rows with another class or a low score. Count only rows that are confident in `said`.",
         _lost(lambda usable, still, same, *_: 1 - (still & same).double().mean())),
        ("Here every answer whose top score fell counts as lost. It is kept as long as its top score is at least `sure`.",
         _lost(lambda usable, still, same, said, served, sure: (served.max(-1).values < said.max(-1).values)[usable].double().mean())),
        ("Here every changed answer counts as lost. It is kept if its top score is at least `sure` and its class is the same.",
         _lost(lambda usable, still, same, said, served, sure: (said != served).any(-1)[usable].double().mean())),
        ("This is the share of all rows with another class. Count only confident rows, and check the top score, too.",
         _lost(lambda usable, still, same, *_: (~same).double().mean())),
        ("This is the share of all rows with a low top score. Count only rows that are confident in `said`, and compare the classes, too.",
         _lost(lambda usable, still, same, *_: (~still).double().mean())),
        ("This subtracts two shares, so a new confident answer replaces a lost one. Compare the two answers of each row.",
         _lost(lambda usable, still, same, *_: usable.double().mean() - still.double().mean())),
        ("This is the share of all rows that is kept. Return the share of the confident rows that is lost.",
         _lost(lambda usable, still, same, *_: (usable & still & same).double().mean())),
        ("Rows that are not confident in `said` count as lost here. They were never confident: divide by the confident rows.",
         _lost(lambda usable, still, same, *_: 1 - (usable & still & same).double().mean())),
        ("Here an answer is lost only if its score is low AND its class is another. One of the two is enough.",
         _lost(lambda usable, still, same, *_: (usable & ~still & ~same).sum() / usable.sum())),
        ("The maximum is taken over the rows. Take it over the classes: `max(-1)` and `argmax(-1)`.",
         lambda said, served, sure=0.9: (lambda u, k: 1 - (k & u).sum() / u.sum())(
             said.max(0).values >= sure, (served.max(0).values >= sure) & (served.argmax(0) == said.argmax(0)))),
        ("This counts only confident answers of another class. An answer with a low top score is lost, too.",
         _lost(lambda usable, still, same, *_: (usable & still & ~same).sum() / usable.sum()))),
    laws=(("When nothing is changed, nothing is lost.",
           lambda f: float(f(torch.tensor([[0.95, 0.05], [0.5, 0.5]]), torch.tensor([[0.95, 0.05], [0.5, 0.5]]))) == 0),
          ("A top score of exactly `sure` is confident, in `said` and in `served`: use `>=`, not `>`.",
           lambda f: abs(float(f(torch.tensor([[0.75, 0.25], [1, 0]]), torch.tensor([[0.5, 0.5], [1, 0]]), 0.75)) - 0.5) < 1e-6
           and float(f(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.75, 0.25]]), 0.75)) == 0)),
    hints=("First find the rows that count: `usable = said.max(-1).values >= sure`.",
           "An answer is kept when its served top score is at least `sure` AND `served.argmax(-1) == said.argmax(-1)`.",
           "`1 - (kept & usable).sum() / usable.sum()`."))


# ---------------------------------------------------------------- poison

def _to_poison(generator, draw):
    """Budgets that limit the share and, in draw 4, one that does not. In draw 5 the right answer and seven mistakes all differ."""
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
        ("This takes the corner whose direction is most similar. The cosine should be smallest: `argmin`.",
         _poison(lambda cosine, dot, said, guess: cosine.argmax(-1))),
        ("This compares dot products and not cosines, or it subtracts the guess on one side only. Both directions start at the guess, and "
         "both must be normalised.", _longest),
        ("The corner's direction starts at the teacher's probabilities here. Both directions start at the guess: corner MINUS guess.",
         _from_what_is_said),
        ("This takes the cosine of the mixed answer, as the displayed formula does. The shortcut compares the corners themselves, and "
         "mixes afterwards.", _mixed_first),
        *((f"The length of {what} is taken over {over}. A direction is one row: `F.normalize(..., dim=-1)`.", wrong)
          for (what, over), wrong in zip(
            (("the corners' directions", "the rows"), ("the teacher's direction", "the rows"), ("the corners' directions", "the corners")),
            _over_rows)),
        ("This takes one corner for all rows. Each row has its own: `argmin(-1)`.", _one_for_all),
        ("The class with the smallest guess is not always the most misleading one. Compare the cosines of all corners.",
         _poison(lambda cosine, dot, said, guess: guess.argmin(-1))),
        ("The budget is used as the share, and may be above 1. The share is budget / distance to the corner, at most 1.",
         _shared_out(lambda said, corner, budget, far: budget)),
        ("Half the budget is used as the share. This is right only for a corner at distance 2, and most are nearer.",
         _shared_out(lambda said, corner, budget, far: budget / 2)),
        ("The answer moves twice as far as allowed. The distance is the sum of all absolute differences, not half of it.",
         _shared_out(lambda said, corner, budget, far: (2 * budget / far).clamp_max(1))),
        ("The distance to the corner is measured from the guess. Measure it from `probabilities`, which are moved.",
         _measured_from_the_guess),
        ("Two mistakes: the distance is the sum of the absolute differences, and the share is at most 1.",
         _shared_out(lambda said, corner, budget, far: budget / (corner - said).norm(dim=-1, keepdim=True))),
        ("The corner is added, so the row does not sum to 1. Mix them: (1 - share) * probabilities + share * corner.",
         _poison(mix=lambda said, corner, budget, far, share: said + budget * corner)),
        ("The corner is added and the row renormalised, which uses less than the budget. Take share = budget / distance, and mix.",
         _poison(mix=lambda said, corner, budget, far, share: (said + budget * corner) / (1 + budget))),
        ("Here the corner is always the class with the smallest probability. Subtract the guess from the corner and from the probabilities "
         "before you take the cosine.",
         _poison(lambda cosine, dot, said, guess: said.argmin(-1))),
        ("The second likeliest class is not always the most misleading one. Compare the cosines of all corners.",
         _poison(lambda cosine, dot, said, guess: said.topk(2).indices[:, 1])),
        ("The class with the largest guess is not always the most misleading one. Compare the cosines of all corners.",
         _poison(lambda cosine, dot, said, guess: guess.argmax(-1))),
        ("The budget is used as the share. The share is budget / distance to the corner, and this distance is up to 2.",
         _poison(mix=lambda said, corner, budget, far, share: (1 - min(budget, 1)) * said + min(budget, 1) * corner)),
        ("The answer moves half as far as allowed. The share is budget / distance, without a factor of 1/2.",
         _poison(mix=lambda said, corner, budget, far, share: (1 - (budget / far / 2)) * said + (budget / far / 2) * corner)),
        ("The distance is the root of the sum of squares here. Take the sum of the absolute differences.",
         _poison(mix=lambda said, corner, budget, far, share: (lambda s: (1 - s) * said + s * corner)(
             (budget / (corner - said).norm(dim=-1, keepdim=True)).clamp_max(1)))),
        ("The share is not limited to 1. With a large budget the answer moves past the corner, and scores fall below 0.",
         _poison(mix=lambda said, corner, budget, far, share: (1 - budget / far) * said + budget / far * corner)),
        ("This takes one share for all rows. Each row has its own, by the distance to its own corner.",
         _poison(mix=lambda said, corner, budget, far, share: (1 - share.min()) * said + share.min() * corner)),
        ("This always serves the corner itself, whatever the budget is.", _poison(mix=lambda said, corner, budget, far, share: corner)),
        ("The two weights are exchanged: `share` belongs to the corner, and 1 - share to `probabilities`.",
         _poison(mix=lambda said, corner, budget, far, share: share * said + (1 - share) * corner))),
    laws=(("With a budget of 0 nothing may change.",
           lambda f: torch.allclose(f(_EXAMPLE, _EXAMPLE.flip(-1), 0.0), _EXAMPLE)),),
    hints=("All corners at once: `corners = torch.eye(classes)`, and their directions `corners - guesses[:, None]`, (n, classes, classes).",
           "`F.normalize(..., dim=-1)` of both directions, multiplied and summed over the last axis, gives the cosines. `argmin(-1)` gives "
           "the corner.",
           "`share = (budget / (corner - probabilities).abs().sum(-1, keepdim=True)).clamp_max(1)`, then mix."))


# ---------------------------------------------------------------- debiased


def _survey(generator, draw):
    """The counts are uneven, and in draws 3 and 4 one answer is so rare that its estimate is below 0. Only draw 0 has two classes."""
    classes = [2, 3, 4, 5, 10, 6][draw]
    counts = torch.randint(60, 400, (classes,), generator=generator).double()
    counts[0] = [700.0, 900.0, 800.0, 900.0, 1000.0, 900.0][draw]
    if draw in (3, 4):
        counts[1] = 3.0
    return {"counts": counts, "epsilon": [1.0, 0.7, 1.5, 1.2, 2.0, 0.5][draw]}


def _given(counts, epsilon, classes=None):
    """(said, keep, other)"""
    classes = classes or len(counts)
    total = math.exp(epsilon) + classes - 1
    return counts / counts.sum(), math.exp(epsilon) / total, 1 / total


def _solve(counts, epsilon, keep=None, other=None):
    said, right, slip = _given(counts, epsilon)
    keep, other = right if keep is None else keep, slip if other is None else other
    return (said - other) / (keep - other)


def _cut(counts, epsilon):
    return _solve(counts, epsilon).clamp_min(0)


def _for_two_answers(counts, epsilon):
    keep = math.exp(epsilon) / (1 + math.exp(epsilon))
    return _solve(counts, epsilon, keep, (1 - keep) / (len(counts) - 1))


def _base_two(counts, epsilon):
    total = 2**epsilon + len(counts) - 1
    return _solve(counts, epsilon, 2**epsilon / total, 1 / total)


DEBIASED = Spec(
    reference=debiased, inputs=_survey, tolerance=1e-6,
    worked=(("debiased(torch.tensor([60., 40.]), math.log(3))", [0.7, 0.3]),),
    mistakes=(
        ("These are the shares of the given answers. Correct them for the random answers.",
         lambda counts, epsilon: _given(counts, epsilon)[0]),
        ("Random answers from people with another truth are still counted. Subtract `other` before you divide.",
         lambda counts, epsilon: _given(counts, epsilon)[0] / _given(counts, epsilon)[1]),
        ("`other` is subtracted, but only a part of the people tell the truth. Divide by keep - other, too.",
         lambda counts, epsilon: _given(counts, epsilon)[0] - _given(counts, epsilon)[2]),
        ("This divides by keep alone. A true share p gives p keep + (1 - p) other, with the slope keep - other.",
         lambda counts, epsilon: (_given(counts, epsilon)[0] - _given(counts, epsilon)[2]) / _given(counts, epsilon)[1]),
        ("Estimates below 0 are cut off. Then the average estimate of a rare answer is too large, with any number of people.",
         _cut),
        ("This divides by keep + other. The slope is their difference, keep - other.",
         lambda counts, epsilon: (lambda said, keep, other: (said - other) / (keep + other))(*_given(counts, epsilon))),
        ("Estimates are cut off at 0 and 1. They may lie outside, and cutting them off makes the average wrong.",
         lambda counts, epsilon: _solve(counts, epsilon).clamp(0, 1)),
        ("Here a random answer may be the truth. In this procedure it is one of the OTHER answers.",
         lambda counts, epsilon: (lambda said, keep, _: (said - (1 - keep) / len(said)) / (keep - (1 - keep) / len(said)))(
             *_given(counts, epsilon))),
        ("Estimates are cut off at 0 and renormalised. Then the average estimate is wrong.",
         lambda counts, epsilon: _cut(counts, epsilon) / _cut(counts, epsilon).sum()),
        ("These are numbers of people. Return shares: divide the counts by their sum first.",
         lambda counts, epsilon: _solve(counts, epsilon) * counts.sum()),
        ("The counts are not divided by their sum before the correction.",
         lambda counts, epsilon: (counts - _given(counts, epsilon)[2]) / (_given(counts, epsilon)[1] - _given(counts, epsilon)[2])),
        ("This is right for two answers only. In general the truth is given with probability e^epsilon / (e^epsilon + classes - 1).",
         _for_two_answers),
        ("(share - (1 - keep)) / (2 keep - 1) is right for two answers only. `len(counts)` is the number of answers.",
         lambda counts, epsilon: (lambda said, keep: (said - (1 - keep)) / (2 * keep - 1))(
             counts / counts.sum(), math.exp(epsilon) / (1 + math.exp(epsilon)))),
        ("Two mistakes: a random answer is one of the OTHER answers, never the truth, and the slope is keep - other, not keep.",
         lambda counts, epsilon: (lambda said, keep, _: (said - (1 - keep) / len(said)) / keep)(*_given(counts, epsilon))),
        ("`other` is 1 / classes here, as if all answers were equally likely. It is 1 / (e^epsilon + classes - 1).",
         lambda counts, epsilon: _solve(counts, epsilon, other=1 / len(counts))),
        ("keep and other are exchanged. Subtract other, and divide by keep - other.",
         lambda counts, epsilon: (lambda said, keep, other: (said - keep) / (other - keep))(*_given(counts, epsilon))),
        ("The sign is wrong, as it is (share - other) / (keep - other).",
         lambda counts, epsilon: (lambda said, keep, other: (other - said) / (keep - other))(*_given(counts, epsilon))),
        ("This adds the randomness a second time, where you should solve for p.",
         lambda counts, epsilon: (lambda said, keep, other: said * keep + (1 - said) * other)(*_given(counts, epsilon))),
        ("The shares are multiplied by keep. Subtract other, and divide by keep - other.",
         lambda counts, epsilon: (lambda said, keep, _: said * keep)(*_given(counts, epsilon))),
        ("This multiplies by keep - other, and it should divide.",
         lambda counts, epsilon: (lambda said, keep, other: (said - other) * (keep - other))(*_given(counts, epsilon))),
        ("The exponent has the wrong sign. It is e^epsilon, which is above 1.",
         lambda counts, epsilon: (lambda total: _solve(counts, epsilon, math.exp(-epsilon) / total, 1 / total))(
             math.exp(-epsilon) + len(counts) - 1)),
        ("Negative estimates are made positive (`abs`). Leave them negative, so that the average is right.",
         lambda counts, epsilon: _solve(counts, epsilon).abs()),
        ("The counts are divided by their mean. Shares are counts divided by their sum.",
         lambda counts, epsilon: (lambda _, keep, other: (counts / counts.mean() - other) / (keep - other))(*_given(counts, epsilon))),
        ("1 - keep is the probability of all other answers together. Each has 1 / (e^epsilon + classes - 1).",
         lambda counts, epsilon: _solve(counts, epsilon, other=1 - _given(counts, epsilon)[1])),
        ("These counts are returned unchanged. Divide them by their sum, and correct for the random answers.",
         lambda counts, epsilon: counts + 0),
        ("The denominator has one class too many. It is e^epsilon + classes - 1.",
         lambda counts, epsilon: (lambda total: _solve(counts, epsilon, math.exp(epsilon) / total, 1 / total))(
             math.exp(epsilon) + len(counts))),
        ("The base of the power is 2 here, and it should be e: `math.exp(epsilon)`.", _base_two)),
    laws=(("Equal counts must give equal shares.",
           lambda f: torch.allclose(f(torch.full((4,), 50.0), 1.0).double(), torch.full((4,), 0.25).double(), atol=1e-4)),
          ("The estimated shares must sum to 1.",
           lambda f: abs(float(f(torch.tensor([7.0, 80.0, 13.0]), 0.8).sum()) - 1) < 1e-4)),
    hints=("Let p be the true share. How many of these people give the answer, and how many of the others?",
           "The share of given answers is p * keep + (1 - p) * other, where keep = e^epsilon / (e^epsilon + classes - 1) and "
           "other = 1 / (e^epsilon + classes - 1). Solve for p.",
           "`(counts / counts.sum() - other) / (keep - other)`, with no `clamp`."))


# ---------------------------------------------------------------- moments_epsilon

def _budget(generator, draw):
    """The best l is at neither end, and not the same each time. In draw 4 plain addition is less from l = 2 on, and l = 64 is best."""
    nudge = 1 + 0.2 * torch.rand((), generator=generator).item()
    return {"queries": [100, 400, 50, 1000, 100, 25][draw], "gamma": round([0.05, 0.02, 0.03, 0.01, 0.5, 0.08][draw] * nudge, 5),
            "delta": [1e-5, 1e-6, 1e-5, 1e-4, 1e-5, 1e-6][draw]}


def _over(queries, gamma, delta, moment=None, tail=None, pick=min, orders=range(1, 65), plain=True):
    """The formula with one thing changed. plain: no more than plain addition for each answer."""
    moment = moment or (lambda order: 2 * gamma**2 * order * (order + 1))
    tail = math.log(1 / delta) if tail is None else tail
    return pick((queries * (min(moment(order), 2 * gamma * order) if plain else moment(order)) + tail) / order for order in orders)


MOMENTS = Spec(
    reference=privacy.moments_epsilon, inputs=_budget, returns="number", tolerance=1e-6,
    worked=(("moments_epsilon(100, 0.05, 1e-5)", 5.3), ("moments_epsilon(100, 0.5, 1e-5)", 100.18)),
    mistakes=(
        ("This is plain addition, 2 gamma for each answer. It is valid, but the moments give less.",
         lambda queries, gamma, delta: 2 * gamma * queries),
        ("This is strong composition, an older theorem. The moments accountant gives less.",
         lambda queries, gamma, delta: privacy.strong_epsilon(queries, gamma, delta)),
        ("This is the value at l = 1. For every l divide the sum of moment and ln(1 / delta) by l, and take the smallest.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, orders=[1])),
        ("The minimum with plain addition is missing: an answer adds 2 gamma l where that is less than 2 gamma² l (l + 1).",
         lambda queries, gamma, delta: _over(queries, gamma, delta, plain=False)),
        ("This is the largest over l. Each of the values is valid, so take the smallest.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, pick=max)),
        ("This is the epsilon of one answer. The moments of all answers add up: multiply by `queries`.",
         lambda queries, gamma, delta: _over(1, gamma, delta)),
        ("ln(1 / delta) is added for each answer. Only the moments add up: add ln(1 / delta) once.",
         lambda queries, gamma, delta: queries * _over(1, gamma, delta)),
        ("The sign is wrong, because ln(1 / delta) is positive and ln(delta) is negative.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, tail=math.log(delta))),
        ("delta is left out. Add ln(1 / delta) before you divide by l.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, tail=0.0)),
        ("This adds 1 / delta itself, and not its natural logarithm.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, tail=1 / delta)),
        ("The logarithm has base 10, and it should be the natural one, `math.log`.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, tail=math.log10(1 / delta))),
        ("The logarithm has base 2, and it should be the natural one, `math.log`.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, tail=math.log2(1 / delta))),
        ("The values are added up over l. Each of them alone is valid: take the smallest.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, pick=sum)),
        ("The moments are added up over l. For each l on its own, multiply one answer's moment by `queries`.",
         lambda queries, gamma, delta: _over(queries, gamma, delta,
                                             lambda order: sum(2 * gamma**2 * k * (k + 1) for k in range(1, order + 1)), plain=False)),
        ("This is the best l. Return the epsilon at this l.",
         lambda queries, gamma, delta: min(range(1, 65), key=lambda order: _over(queries, gamma, delta, orders=[order]))),
        ("The moment has 4 gamma² here, where it should have 2 gamma².",
         lambda queries, gamma, delta: _over(queries, gamma, delta, lambda order: 4 * gamma**2 * order * (order + 1))),
        ("The number of answers is squared here. Multiply one answer's moment by `queries` once.",
         lambda queries, gamma, delta:
         _over(queries, gamma, delta, lambda order: queries * 2 * gamma**2 * order * (order + 1), plain=False)),
        ("The parentheses are missing: l * l + 1 is not l (l + 1).",
         lambda queries, gamma, delta: _over(1, gamma, delta, lambda order: queries * 2 * gamma**2 * order * order + 1, plain=False)),
        ("This is the value at l = 64. Try every l from 1 to 64, and take the smallest.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, orders=[64])),
        ("This is the value at l = 5, which is best in the first worked case only. Try every l from 1 to 64.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, orders=[5])),
        ("The moment has l² here, where it should have l (l + 1).",
         lambda queries, gamma, delta: _over(queries, gamma, delta, lambda order: 2 * gamma**2 * order**2)),
        ("The moment has l (l - 1) here, where it should have l (l + 1).",
         lambda queries, gamma, delta: _over(queries, gamma, delta, lambda order: 2 * gamma**2 * order * (order - 1))),
        ("This is the minimum over all real l. Here l is a whole number from 1 to 64: try each.",
         lambda queries, gamma, delta: (lambda c: c + 2 * math.sqrt(c * math.log(1 / delta)))(2 * queries * gamma**2)),
        ("gamma is not squared in 2 gamma² l (l + 1).",
         lambda queries, gamma, delta: _over(queries, gamma, delta, lambda order: 2 * gamma * order * (order + 1), plain=False)),
        ("This puts 2 gamma into the formula in place of gamma. The moment is 2 gamma² l (l + 1).",
         lambda queries, gamma, delta: _over(queries, gamma, delta, lambda order: 8 * gamma**2 * order * (order + 1))),
        ("The factor 2 is missing in 2 gamma² l (l + 1). A record can lower one count and raise another.",
         lambda queries, gamma, delta: _over(queries, gamma, delta, lambda order: gamma**2 * order * (order + 1))),
        ("Only ln(1 / delta) is divided by l. Divide the moment by l, too.",
         lambda queries, gamma, delta: min(queries * 2 * gamma**2 * order * (order + 1) + math.log(1 / delta) / order
                                           for order in range(1, 65)))),
    laws=(("With more answers epsilon must be larger.", lambda f: float(f(200, 0.05, 1e-5)) > float(f(100, 0.05, 1e-5))),
          ("With much noise and few answers the best l is large. Try every l from 1 to 64.",
           lambda f: abs(float(f(1, 0.01, 1e-5)) - privacy.moments_epsilon(1, 0.01, 1e-5)) < 1e-6)),
    hints=("For one l, an answer adds the smaller of 2 gamma² l (l + 1) and 2 gamma l, and all answers `queries` times that.",
           "Add `math.log(1 / delta)`, once, and divide the sum by l.",
           "`min((queries * min(2 * gamma**2 * l * (l + 1), 2 * gamma * l) + math.log(1 / delta)) / l for l in range(1, 65))`."))


# ---------------------------------------------------------------- private_gradient

def _step(generator, draw):
    """Some gradients are longer than clip and some are shorter. From draw 3 on one is zero."""
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
        ("The sum is clipped here, so one record can still be most of it. Clip the gradient of each record.",
         lambda gradients, clip, multiplier, noise, expected: (_short(gradients.sum(0), clip) + multiplier * clip * noise) / expected),
        ("The mean is clipped here, as against exploding gradients, which gives no privacy. Clip the gradient of each record.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients.mean(0), clip) + multiplier * clip * noise / expected),
        ("Each number is clipped by itself. Clip the length of each record's whole gradient.",
         lambda gradients, clip, multiplier, noise, expected:
         (gradients.clamp(-clip, clip).sum(0) + multiplier * clip * noise) / expected),
        ("Short gradients are lengthened to `clip`. Leave them as they are.", _all_to_clip),
        ("The length here is the sum of absolute values. It is the root of the sum of squares (L2).", _l1),
        ("Nothing is clipped here, so the noise cannot hide a record with a huge gradient.",
         lambda gradients, clip, multiplier, noise, expected: (gradients.sum(0) + multiplier * clip * noise) / expected),
        ("The sum is divided by the actual number of records, and only the noise by `expected`. Divide the noisy sum by `expected`.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients, clip).mean(0) + multiplier * clip * noise / expected),
        ("The noise is not multiplied by clip. With a larger clip one record has more influence, so it needs more noise.",
         lambda gradients, clip, multiplier, noise, expected: (_short(gradients, clip).sum(0) + multiplier * noise) / expected),
        ("The noise is added after the division. Add it to the sum: here it is `expected` times too large.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients, clip).sum(0) / expected + multiplier * clip * noise),
        ("The noise is added to every record. Add it once, to the sum.",
         lambda gradients, clip, multiplier, noise, expected:
         (_short(gradients, clip).sum(0) + len(gradients) * multiplier * clip * noise) / expected),
        ("This divides by the actual number of records, which is private, too. The expected number is public: divide by `expected`.",
         lambda gradients, clip, multiplier, noise, expected:
         (_short(gradients, clip).sum(0) + multiplier * clip * noise) / len(gradients)),
        ("The sum is not divided by `expected`.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients, clip).sum(0) + multiplier * clip * noise),
        ("Two mistakes: divide by `expected`, and add the noise to the sum, before the division.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients, clip).mean(0) + multiplier * clip * noise),
        ("Three mistakes: divide by `expected`, add the noise to the sum, and multiply it by clip, too.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients, clip).mean(0) + multiplier * noise),
        ("Two mistakes: multiply the noise by clip, too, and divide by `expected`.",
         lambda gradients, clip, multiplier, noise, expected: (_short(gradients, clip).sum(0) + multiplier * noise) / len(gradients)),
        ("Two mistakes: multiply the noise by clip, too, and divide the noisy sum by `expected`.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients, clip).sum(0) + multiplier * noise),
        ("Only the noise is divided. Parentheses around the sum and the noise are missing.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients, clip).sum(0) + multiplier * clip * noise / expected),
        ("All gradients are scaled by the length of the whole matrix. Each row has its own length: `norm(dim=1, keepdim=True)`.",
         lambda gradients, clip, multiplier, noise, expected:
         (gradients.sum(0) * (clip / gradients.norm().clamp_min(clip)) + multiplier * clip * noise) / expected),
        ("These are the lengths of the columns. A record is a row: `norm(dim=1, keepdim=True)`.",
         lambda gradients, clip, multiplier, noise, expected:
         ((gradients * (clip / gradients.norm(dim=0, keepdim=True).clamp_min(clip))).sum(0) + multiplier * clip * noise) / expected),
        ("Every gradient gets the length `clip`, and a gradient of zeros becomes NaN. Leave short gradients as they are.",
         lambda gradients, clip, multiplier, noise, expected:
         ((clip * gradients / gradients.norm(dim=1, keepdim=True)).sum(0) + multiplier * clip * noise) / expected),
        ("Gradients are clipped to a length of 1, and not to `clip`.",
         lambda gradients, clip, multiplier, noise, expected: (_short(gradients, 1.0).sum(0) + multiplier * clip * noise) / expected),
        ("This is the square of the length, so its root is missing.",
         lambda gradients, clip, multiplier, noise, expected:
         ((gradients * (clip / gradients.square().sum(1, keepdim=True).clamp_min(clip))).sum(0) + multiplier * clip * noise) / expected),
        ("Long gradients are left out. Clip them to `clip`, and add them.",
         lambda gradients, clip, multiplier, noise, expected:
         (gradients[gradients.norm(dim=1) <= clip].sum(0) + multiplier * clip * noise) / expected),
        ("`multiplier` is left out. The noise has the standard deviation multiplier * clip.",
         lambda gradients, clip, multiplier, noise, expected: (_short(gradients, clip).sum(0) + clip * noise) / expected),
        ("The noise has a standard deviation of 1 here. It is multiplier * clip.",
         lambda gradients, clip, multiplier, noise, expected: (_short(gradients, clip).sum(0) + noise) / expected),
        ("The noise is multiplied by (multiplier * clip)². Multiply it by multiplier * clip, its standard deviation.",
         lambda gradients, clip, multiplier, noise, expected: (_short(gradients, clip).sum(0) + (multiplier * clip)**2 * noise) / expected),
        ("The noise is added to each record before clipping. First clip and add up, then add the noise once.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients + multiplier * clip * noise, clip).sum(0) / expected),
        ("The noise is divided by clip. A larger clip needs more noise: multiply by clip.",
         lambda gradients, clip, multiplier, noise, expected: (_short(gradients, clip).sum(0) + multiplier * noise / clip) / expected),
        ("There is no noise here. Clipping alone gives no privacy guarantee.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients, clip).sum(0) / expected),
        ("The noisy sum is clipped, and its noise with it. Clip each record first, and add the noise last.",
         lambda gradients, clip, multiplier, noise, expected: _short(gradients.sum(0) + multiplier * clip * noise, clip) / expected)),
    laws=(("Gradients of zeros must give zeros, and not NaN.",
           lambda f: not f(torch.zeros(2, 3).double(), 1.0, 0.0, torch.zeros(3).double(), 2).any()),
          ("Without noise and with a huge clip the result must be the sum divided by `expected`.",
           lambda f: torch.allclose(f(torch.ones(4, 2).double(), 1e6, 0.0, torch.zeros(2).double(), 4), torch.ones(2).double()))),
    hints=("First the lengths, one for each record: `gradients.norm(dim=1, keepdim=True)`.",
           "Multiply each row by clip / length where this is below 1, and by 1 elsewhere. `clamp_min(clip)` of the lengths does both, also "
           "for a length of zero.",
           "`clipped = gradients * (clip / norms.clamp_min(clip))`, then `(clipped.sum(0) + multiplier * clip * noise) / expected`."))


EXERCISES = {"09.usable_lost": LOST, "09.poison": POISON, "09.debiased": DEBIASED, "09.moments_epsilon": MOMENTS,
             "09.private_gradient": GRADIENT}


QUESTIONS = (
    ("A provider changes every score and never the top-1 label. Whom does this hurt?", 2, {
        "It hurts every attacker, naive or adaptive.":
            "An attacker that uses only the top-1 label gets the same clone as without any defence.",
        "It hurts naive attackers, and legitimate users who read scores.":
            "Both read what was changed. An attacker that uses only the label does not.",
        "It hurts nobody, because the label is still right.":
            "Think of a user who has a person look at every answer below 90 %.",
        "It hurts adaptive attackers only.":
            "An adaptive attacker can ignore the scores."}),
    ("Noise is drawn anew for every answer. An attacker has 1,500 queries and 1,500 images. Should it ask 300 of them five times?", 4, {
        "It should, because averaging always helps.":
            "Averaging costs four of five images.",
        "It should not, whatever the noise.":
            "With much noise the mean of five answers was worth more than five images.",
        "It should, if it has five API keys.":
            "Keys matter where noise is remembered. Fresh noise averages out with one key.",
        "It should, only if the noise is so large that many labels are wrong.":
            "As long as most labels are right, more images with top-1 labels teach more."}),
    ("A model was trained with DP-SGD at epsilon 1. What does this make harder?", 3, {
        "Cloning it through its API becomes harder.":
            "The clone was as good as the model, at every epsilon in the figure.",
        "Sending it many queries becomes harder.":
            "Whatever is computed from a private model, by any number of queries, keeps its guarantee.",
        "It becomes harder to find out whether one record was in its training data.":
            "This is what the guarantee says, for every test, known or unknown.",
        "It becomes harder to use it for harm.":
            "The guarantee says nothing about use."}),
    ("An API uses randomised response on each label, epsilon 2, and repeats its first answer to each image. Who loses most?", 1, {
        "A legitimate user loses most, with one image and one answer.":
            "Less than half of the labels are right, and there is nothing to average.",
        "An attacker with 1,500 different images loses most.":
            "Training averages over images, and the clone is right far more often than its labels.",
        "An attacker that sends each image ten times loses most.":
            "It gains nothing by this, since the first answer is repeated. But it can send other images.",
        "All of them lose the same.":
            "Compare the three lines of the figure at epsilon 2."}),
    ("For 100 answers of 250 teachers, PATE's paper reports epsilon 2.04, where strong composition gives 5.80. What differs?", 2, {
        "There is more noise in the votes.":
            "The noise, the procedure and the answers are the same.",
        "The proof is sharper: where nearly all teachers agree, one record can hardly change the winner.":
            "Epsilon is a bound, and a better accountant finds a smaller one for the same procedure.",
        "The paper used better teachers for it.":
            "They are the same teachers. (Better ones agree more often, so the sharper bound would gain more.)",
        "Fewer answers were counted for it.":
            "There are 100 in both cases."}),
)
