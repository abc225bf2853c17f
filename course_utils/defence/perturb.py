"""The box "defence", for a classifier: what a provider may do to its scores before they are served. Each is one small object that
`api.serve(..., defence=...)` and `arena.run` take.

A `secret` is what the provider's copy has and an attacker who knows the method has not: give it another, and it is another copy.
"""
import zlib
from functools import lru_cache

import torch
from torch.nn import functional as F

from ..api.serving import Defence
from ..files.digits import mnist
from ..student import models, training
from . import privacy


def usable_lost(said, served, sure=0.9):
    """What an honest customer loses who acts on an answer only if it is at least `sure`.

    said, served: (n, classes), what the teacher says and what is served. Of the
    answers whose top score was at least `sure`: the share whose served top score is below
    it, or stands at another class. Returns a float, 0 to 1.
    """
    usable = said.max(-1).values >= sure
    kept = (served.max(-1).values >= sure) & (served.argmax(-1) == said.argmax(-1))
    return 1 - (kept & usable).sum().item() / usable.sum().item()


class Rounded(Defence):
    """Scores with so many decimals."""

    def __init__(self, decimals=1):
        self.decimals = decimals

    def scores(self, probabilities, asked):
        return probabilities.round(decimals=self.decimals)


class Top(Defence):
    """The k highest scores; the others are served as 0."""

    def __init__(self, k=3):
        self.k = k

    def scores(self, probabilities, asked):
        values, classes = probabilities.topk(self.k)
        return torch.zeros_like(probabilities).scatter(-1, classes, values)


class Label(Defence):
    """The top class alone, as a row of zeros with one 1."""

    def scores(self, probabilities, asked):
        return F.one_hot(probabilities.argmax(-1), probabilities.shape[-1]).to(probabilities.dtype)


def normalised(scores):
    """(n, classes) made a distribution again: nothing below 0, rows that sum to 1. A row of nothing becomes even."""
    scores = scores.clamp_min(0)
    total = scores.sum(-1, keepdim=True)
    return torch.where(total > 0, scores / total.clamp_min(1e-12), 1 / scores.shape[-1])


class Noise(Defence):
    """Gaussian noise of standard deviation `size` on every score.

    remember: the noise of an answer is drawn from the secret, the account and the question, so that one account that asks the same
    again gets the same again, and there is nothing to average. (Another account gets other noise.)
    """

    def __init__(self, size=0.2, remember=False, secret=0):
        self.size, self.remember, self.secret = size, remember, secret
        self.draw = torch.Generator().manual_seed(secret)

    def scores(self, probabilities, asked):
        if self.remember:
            rows = []
            for question in asked:
                words = f"{self.secret} {question.account.name}".encode() + question.prompt.numpy().tobytes()
                rows.append(torch.randn(probabilities.shape[-1], generator=torch.Generator().manual_seed(zlib.crc32(words))))
            noise = torch.stack(rows)
        else:
            noise = torch.randn(probabilities.shape, generator=self.draw)
        return normalised(probabilities + self.size * noise)


class ReverseSigmoid(Defence):
    """p - beta (sigmoid(gamma logit p) - 1/2), made a distribution again: Lee et al. 2018, as in the Adversarial Robustness Toolbox.

    High scores are lowered and low ones raised, so that what is served is no longer what the model thinks; the top class stays on top
    for the beta and gamma that are in use.
    """

    def __init__(self, beta=1.0, gamma=0.2):
        self.beta, self.gamma = beta, gamma

    def scores(self, probabilities, asked):
        p = probabilities.clamp(1e-7, 1 - 1e-7)
        return normalised(p - self.beta * ((self.gamma * torch.logit(p)).sigmoid() - 0.5))


def poison(probabilities, guesses, budget):
    """Maximising angular deviation, MAD: Orekondy et al. 2020 (arXiv 1906.10908).

    probabilities: (n, classes), what the model says; guesses: (n, classes), what a student
    would say. A student that trains on answers a moves its logits along a - guesses. Each
    row is mixed with the one class that turns this direction furthest round, as far as a
    distance of `budget` allows, 0 to 2, the sum of |served - said|. Returns (n, classes).
    """
    corners = torch.eye(probabilities.shape[-1], dtype=probabilities.dtype)
    honest = F.normalize(probabilities - guesses, dim=-1)
    turned = F.normalize(corners - guesses[:, None], dim=-1)
    corner = corners[(turned * honest[:, None]).sum(-1).argmin(-1)]
    share = (budget / (corner - probabilities).abs().sum(-1, keepdim=True).clamp_min(1e-9)).clamp_max(1)
    return (1 - share) * probabilities + share * corner


class Poisoned(Defence):
    """Prediction poisoning with a student that never learned anything: its weights are the secret. (In the paper, too, a surrogate with
    random weights works best.)

    keep: never so far that another class comes out on top. The paper's formula takes the gradient of all weights of the last layer; for
    a linear layer it is (answer - guess) times what the layer reads, and its direction depends on the first factor alone.
    """

    def __init__(self, budget=0.9, keep=False, secret=77):
        self.budget, self.keep, self.secret = budget, keep, secret

    def scores(self, probabilities, asked):
        x = torch.stack([question.prompt for question in asked]).float()
        with torch.no_grad():
            guesses = models.Students((x.shape[-1], 128, probabilities.shape[-1]), [self.secret])(x)[0].softmax(-1)
        guesses = guesses.to(probabilities.dtype)
        served = poison(probabilities, guesses, self.budget)
        if self.keep:
            for budget in (0.9 * self.budget, 0.7 * self.budget, 0.4 * self.budget, 0):
                moved = served.argmax(-1) != probabilities.argmax(-1)
                served[moved] = poison(probabilities[moved], guesses[moved], budget)
        return served


class MadArgmax(Poisoned):
    """The argmax-preserving poisoning of Orekondy et al. 2020 itself, MAD-argmax (ours with `keep` mixes with one class, and then less).

    Each row is mixed, as far as the budget allows, with that even spread over some classes, the top one among them and a hair above, which
    turns a student's direction furthest: 512 of them for ten classes, as in the authors' code (defenses/victim/bb_mad.py, for K <= 10).
    """

    def scores(self, probabilities, asked):
        x, classes = torch.stack([question.prompt for question in asked]).float(), probabilities.shape[-1]
        with torch.no_grad():
            guesses = models.Students((x.shape[-1], 128, classes), [self.secret])(x)[0].softmax(-1).to(probabilities.dtype)
        top = F.one_hot(probabilities.argmax(-1), classes).to(probabilities.dtype)[:, None]
        sets = torch.cartesian_prod(*[torch.arange(2.0, dtype=probabilities.dtype)] * classes)
        corners = F.normalize(torch.maximum(sets, top) + 1e-5 * top, p=1, dim=-1)
        turned = F.normalize(corners - guesses[:, None], dim=-1) * F.normalize(probabilities - guesses, dim=-1)[:, None]
        corner = corners[torch.arange(len(x)), turned.sum(-1).argmin(-1)]
        share = (self.budget / (corner - probabilities).abs().sum(-1, keepdim=True).clamp_min(1e-9)).clamp_max(1)
        return torch.lerp(probabilities, corner, share)


def margin_budget(log_scores, harm, strength):
    """How far each answer may be steered before another class comes out on top: ADS-C (arXiv 2607.15467).

    log_scores, harm: (n, classes); served is softmax(log_scores + strength * harm). A class
    with more harm than the top one draws level when the strength is their gap in log_scores
    over their gap in harm. Returns (n,): the smaller of `strength` and 0.999 of the first
    such strength.
    """
    top = log_scores.argmax(-1, keepdim=True)
    gap = log_scores.gather(-1, top) - log_scores
    gains = harm - harm.gather(-1, top)
    level = torch.where(gains > 0, gap / gains.clamp_min(1e-300), torch.inf).amin(-1)
    return (0.999 * level).clamp_max(strength)


@lru_cache(maxsize=32)
def _proxies(secret, step, images=100, held_out=300):
    """A small student of the provider's own, a step up and a step down the gradient of its loss on images that it has not learned from."""
    own, sizes = mnist().train, (784, 64, 10)
    order = torch.randperm(len(own.x), generator=torch.Generator().manual_seed(secret))
    learned, held = order[:images], order[images:images + held_out]
    proxy = training.fit(models.Students(sizes, [secret]), own.x[learned], own.y[learned], epochs=20, batch_size=50, order_seed=secret)
    with torch.enable_grad():
        slopes = torch.autograd.grad(F.cross_entropy(proxy(own.x[held])[0], own.y[held]), list(proxy.parameters()))
    size = torch.sqrt(sum(slope.square().sum() for slope in slopes))
    moved = []
    for sign in (1, -1):
        other = models.Students(sizes, [secret]).requires_grad_(False)
        for weight, start, slope in zip(other.parameters(), proxy.parameters(), slopes):
            weight.copy_(start + sign * step * slope / size)
        moved.append(other)
    return moved


def harm(images, secret, step=1e-2):
    """How much each class, if a student learned it from this image, would hurt it: (n, pixels) to (n, classes), float64.

    The change of log p(class | image) of a proxy student, per unit of length, when its weights go up the gradient of its loss on held-out
    images: Savani et al. 2025 (arXiv 2504.13146), as a finite difference. secret: which proxy.
    """
    up, down = _proxies(secret, step)
    with torch.no_grad():
        return (up(images)[0].log_softmax(-1) - down(images)[0].log_softmax(-1)).double() / (2 * step)


def steered(probabilities, harm, strength):
    """softmax(log p + strength harm). probabilities, harm: (n, classes); strength: (n,). Returns (n, classes)."""
    return (probabilities.clamp_min(1e-30).log() + strength[:, None] * harm).softmax(-1)


class Antidistillation(Defence):
    """Antidistillation sampling for a classifier: what is served leans towards the classes that would hurt a student.

    strength: how far. keep: each answer only as far as its margin_budget allows, so that its top class stays. secret: of the proxy.
    """

    def __init__(self, strength=10.0, keep=True, secret=77):
        self.strength, self.keep, self.secret = strength, keep, secret

    def scores(self, probabilities, asked):
        x = torch.stack([question.prompt for question in asked]).float()
        hurts = harm(x, self.secret).to(probabilities.dtype)
        strength = torch.full((len(x),), float(self.strength), dtype=probabilities.dtype)
        if self.keep:
            strength = margin_budget(probabilities.clamp_min(1e-30).log(), hurts, self.strength)
        served = steered(probabilities, hurts, strength)
        if self.keep:                         # two scores closer than rounding can tell: serve what was said
            moved = served.argmax(-1) != probabilities.argmax(-1)
            served[moved] = probabilities[moved]
        return served


class RandomisedResponse(Defence):
    """The top class, or with some probability another one: see privacy.randomised_response. remember: as in Noise."""

    def __init__(self, epsilon=2.0, remember=False, secret=0):
        self.epsilon, self.remember, self.secret = epsilon, remember, secret
        self.draw = torch.Generator().manual_seed(secret)

    def scores(self, probabilities, asked):
        said, classes = [], probabilities.shape[-1]
        for question, top in zip(asked, probabilities.argmax(-1)[:, None]):
            draw = self.draw
            if self.remember:
                words = f"{self.secret} {question.account.name}".encode() + question.prompt.numpy().tobytes()
                draw = torch.Generator().manual_seed(zlib.crc32(words))
            said.append(privacy.randomised_response(top, classes, self.epsilon, draw))
        return F.one_hot(torch.cat(said), classes).to(probabilities.dtype)
