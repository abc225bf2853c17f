"""The box "defence", for text: a mark in what a language model says, and the test that looks for it later, in a text or in a student.

Green lists: Kirchenbauer et al. 2023 (arXiv 2301.10226). The test of a student: Sander et al. 2024, radioactivity (arXiv 2402.14904).
Fingerprints: Xu et al. 2026 (arXiv 2602.03812). What the attackers do: Pan et al. 2025 (arXiv 2502.11598).
"""
import hashlib
import math
import re
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch

from ..api.serving import Defence
from ..student import losses
from ..teacher import skills
from ..teacher.skills import TOKENIZER

GAMMA, DELTA, WINDOW = 0.25, 2.0, 2


# ---------------------------------------------------------------- the list that only the key's owner knows

@lru_cache(maxsize=2**16)
def green_list(key, window, gamma=GAMMA, size=len(TOKENIZER)):  # noqa: B008
    """Which tokens are green after a window of tokens: (size,) bool. key: a number or a text; window: a tuple of token numbers.

    Each token is green by a coin of its own, with probability gamma, drawn from a hash of key and window: the same on every machine, which
    a random generator or Python's own hash() is not. (In the paper exactly gamma of the vocabulary is green; with a coin for each token
    the p-value below is exact.) The tensor is shared: do not change it.
    """
    bits = hashlib.shake_256(f"{key} {','.join(map(str, window))}".encode()).digest(4 * size)
    return torch.from_numpy(np.frombuffer(bits, "<u4") < gamma * 2**32)


def green_after(tokens, key, window=WINDOW, gamma=GAMMA):
    """The green list after each text: (n, so far) token numbers to (n, vocabulary) bool. The last `window` tokens decide."""
    return torch.stack([green_list(key, tuple(row), gamma) for row in tokens[:, -window:].tolist()])


class Watermark(Defence):
    """Adds delta to the logits of the green tokens: where the model has a choice it then chooses green more often.

    Plugs into `api.serve(..., defence=...)`; its `logits` is a hook of decoding.generate.
    """

    def __init__(self, key=0, delta=DELTA, gamma=GAMMA, window=WINDOW):
        self.key, self.delta, self.gamma, self.window = key, delta, gamma, window

    def logits(self, logits, tokens, asked):
        return logits + self.delta * green_after(tokens, self.key, self.window, self.gamma)


def fingerprint_shift(probabilities, green):
    """The direction in logits along which a student's green probability L rises fastest:
    q (1 if green, else 0, minus L). Antidistillation fingerprinting (arXiv 2602.03812).

    probabilities: (n, vocabulary), what a student would say; green: the same, bool.
    Returns the same shape; each row sums to 0.
    """
    green = green.to(probabilities.dtype)
    share = (probabilities * green).sum(-1, keepdim=True)
    return probabilities * (green - share)


class Fingerprint(Defence):
    """As Watermark, but with the fingerprint's shift: strength × q (green - L). proxy: the language model that stands for the student."""

    def __init__(self, proxy, key=0, strength=10.0, gamma=GAMMA, window=WINDOW):
        self.proxy, self.key, self.strength, self.gamma, self.window = proxy, key, strength, gamma, window

    def logits(self, logits, tokens, asked):
        guess = torch.empty_like(logits)
        padding = (tokens == TOKENIZER.pad).sum(1)
        for pads in padding.unique():              # a proxy reads without padding, which is on the left
            rows = padding == pads
            with torch.no_grad():
                guess[rows] = self.proxy(tokens[rows, pads:])[:, -1]
        return logits + self.strength * fingerprint_shift(guess.softmax(-1), green_after(tokens, self.key, self.window, self.gamma))


def nats(model, hook, prompts, said):
    """What a mark changes: the mean KL divergence, in nats a token, of the marked from the unmarked distribution, over these answers.

    hook: as for decoding.generate; prompts: texts of one length in tokens, or the padding would be read; said: answers, texts.
    """
    from ..teacher.language import pack
    tokens, asked = pack(prompts, said)
    first, total = int(asked.any(0).nonzero()[0]), 0.0
    with torch.inference_mode():
        plain = model(tokens)
        for at in range(first - 1, tokens.shape[1] - 1):
            rows = asked[:, at + 1]
            marked = hook(plain[rows, at], tokens[rows, :at + 1], rows.nonzero()[:, 0])
            total += float(losses.forward_kl(plain[rows, at], marked).sum())
    return total / int(asked.sum())


# ---------------------------------------------------------------- the test

def z_score(green, tokens, gamma=GAMMA):
    """By how many standard deviations there are more green tokens than chance would give: Kirchenbauer et al. 2023.

    green: how many of `tokens` tokens are green. Returns a float.
    """
    return (green - gamma * tokens) / math.sqrt(tokens * gamma * (1 - gamma))


def p_value(green, tokens, gamma=GAMMA):
    """The probability of `green` or more green tokens out of `tokens` by chance alone: the upper tail of a binomial, exact.

    It holds for tokens that are green or not independently of one another: see first_seen. Returns a float.
    """
    from scipy import stats

    return float(stats.binom.sf(green - 1, tokens, gamma))


def windows_and_tokens(prompts, said, window=WINDOW):
    """Each token of some answers with the window before it, which may reach into the prompt: (m, window + 1) token numbers.

    prompts: texts; said: lists of token numbers, as decoding.generate returns them, or texts.
    """
    rows = []
    for prompt, answer in zip(prompts, said, strict=True):
        answer = TOKENIZER.encode(answer) if isinstance(answer, str) else [t for t in answer if t != TOKENIZER.end]
        ids = TOKENIZER.encode(prompt) + answer
        rows += [ids[at - window:at + 1] for at in range(len(ids) - len(answer), len(ids))]
    return torch.tensor(rows)


def first_seen(rows):
    """True where a row comes for the first time. rows: (m, window + 1) token numbers; returns (m,) bool.

    A window and a token that come again are green again: the second time is no new evidence.
    """
    seen, first = set(), []
    for row in map(tuple, rows.tolist()):
        first.append(row not in seen)
        seen.add(row)
    return torch.tensor(first)


def is_green(rows, key, gamma=GAMMA):
    """Whether the last token of each row is green after the others: (m, window + 1) to (m,) bool."""
    return torch.tensor([bool(green_list(key, tuple(row[:-1]), gamma)[row[-1]]) for row in rows.tolist()])


class Finding(NamedTuple):
    """What a test of a text, or of a student, found."""
    green: int
    tokens: int
    z: float
    p: float


def look_for(key, rows, gamma=GAMMA, windows=None, distinct=True):
    """Is this key's mark in a text? rows: as windows_and_tokens returns them. Returns a Finding.

    distinct: count each window with its token once. windows: only tokens after one of these windows count (see open_windows); None: all.
    Which tokens count must not depend on which are green.
    """
    if windows is not None:
        rows = rows[torch.tensor([tuple(row[:-1]) in windows for row in rows.tolist()], dtype=torch.bool)]
    if distinct:
        rows = rows[first_seen(rows)]
    green, tokens = int(is_green(rows, key, gamma).sum()) if len(rows) else 0, len(rows)
    return Finding(green, tokens, z_score(green, tokens, gamma) if tokens else 0.0, p_value(green, tokens, gamma))


def open_windows(model, prompts, said, window=WINDOW, bits=0.5):
    """The windows after which a model has a choice: mean entropy over these texts of at least so many bits. A set of tuples.

    To be asked of the UNMARKED model with unmarked texts: then it does not depend on the key, and a test that looks only there stays
    valid. prompts, said: as for windows_and_tokens.
    """
    from ..teacher.language import pack
    tokens, asked = pack(prompts, [TOKENIZER.encode(a) if isinstance(a, str) else [t for t in a if t != TOKENIZER.end] for a in said])
    with torch.inference_mode():
        logs = model(tokens)[:, :-1].log_softmax(-1)
    entropy = -(logs.exp() * logs).sum(-1) / math.log(2)
    seen = {}
    for row, values, wanted in zip(tokens.tolist(), entropy.tolist(), asked.tolist()):
        for at in range(window, len(row)):
            if wanted[at]:
                seen.setdefault(tuple(row[at - window:at]), []).append(values[at - 1])
    return {key for key, values in seen.items() if sum(values) / len(values) >= bits}


# ---------------------------------------------------------------- a sharper test, for a suspect who can be asked a lot

def usage(rows):
    """{window: Counter of the tokens after it}. rows: (m, window + 1) token numbers."""
    found = {}
    for row in map(tuple, rows.tolist()):
        found.setdefault(row[:-1], Counter())[row[-1]] += 1
    return found


def excess(rows, usual, windows=None):
    """How much more often than usual a text says each token after each window: (coins, weights), (m, window + 1) and (m,).

    rows: the suspect's text; usual: `usage` of unmarked text of the same kind. Each window with each of its tokens is one coin, and stands
    here once. Its weight is (times said - times expected) / the root of how often the window came. Windows that unmarked text does not
    have are left out, and those that are not in `windows`, if given. No key is needed, so none can have an influence.
    """
    coins, weights = [], []
    for window, said in usage(rows).items():
        if window in usual and (windows is None or window in windows):
            n, expected = said.total(), usual[window]
            for token in said | expected:
                coins.append((*window, token))
                weights.append((said[token] - n * expected[token] / expected.total()) / math.sqrt(n))
    return torch.tensor(coins), torch.tensor(weights, dtype=torch.float64)


def weighted_z(weights, green, gamma=GAMMA):
    """The z-score of coins that do not count alike: the sum of the weights of the green
    ones, minus what chance gives, over its standard deviation.

    weights: (m,), of any sign; green: (m,) bool. Returns a float.
    """
    surplus = (weights * (green.to(weights.dtype) - gamma)).sum()
    return float(surplus / (gamma * (1 - gamma) * weights.square().sum()).sqrt())


def weighted_p(weights, green, gamma=GAMMA):
    """A p-value for weighted_z that is never too small, however few coins there are: Chernoff's bound. Returns a float.

    P(sum >= s) <= exp(-t s) × the product of (1 - gamma + gamma exp(t w)), for every t >= 0; the smallest over many t is taken.
    """
    said = (weights * green.to(weights.dtype)).sum()
    t = torch.linspace(0, 20, 401, dtype=torch.float64)[:, None] / (gamma * (1 - gamma) * weights.square().sum()).sqrt()
    bounds = torch.log1p(gamma * torch.expm1(t * weights)).sum(-1) - t[:, 0] * said
    return float(bounds.min().exp())


def compare(key, rows, usual, gamma=GAMMA, windows=None):
    """Is this key's mark in a suspect's text? The sharper test. Arguments as for `excess`. Returns a Finding; tokens counts the coins."""
    coins, weights = excess(rows, usual, windows)
    green = is_green(coins, key, gamma)
    return Finding(int(green.sum()), len(coins), weighted_z(weights, green, gamma), weighted_p(weights, green, gamma))


# ---------------------------------------------------------------- attackers

_SLOT = {slot: f"(?:{ways.replace(' / ', '|')})" for slot, ways in skills.WORDINGS.items()}
_NAMES = "|".join(_SLOT[name] for name in skills.OPERATIONS)
_FORM = re.compile(rf"(?P<opening>{_SLOT['opening']}) , (?P<it>{_SLOT['it']}) (?P<takes>{_SLOT['takes']}) (?P<list>{_SLOT['list']}) "
                   rf"(?P<of>{_SLOT['of']}) (?P<and>{_SLOT['and']}) (?P<returns>{_SLOT['returns']}) (?P<name>{_NAMES}) \. "
                   rf"(?P<example>{_SLOT['example']}) , \d+ (?P<becomes>{_SLOT['becomes']}) \d+ ; => \d+")


def reworded(text, share, draw):
    """An explanation in other words: each of its ten phrases, with probability `share`, replaced by one that means the same.

    draw: a random.Random. Digits stay. A text that is not an explanation of the usual form comes back as it was.
    """
    found = _FORM.fullmatch(text)
    if not found:
        return text
    for slot in reversed(found.re.groupindex):
        said = found[slot]
        ways = skills.WORDINGS[slot] if slot != "name" else next(w for w in (skills.WORDINGS[n] for n in skills.OPERATIONS)
                                                                  if said in w.split(" / "))
        if draw.random() < share:
            text = text[:found.start(slot)] + draw.choice(ways.split(" / ")) + text[found.end(slot):]
    return text


class Neutralised:
    """Takes back, when the student speaks, what the harvest says too often after a window: an inverse watermark, without the key.

    harvested, plain: (m, window + 1) token numbers of marked text and of text that is not. A token's shift is the logarithm of how often it
    follows this window in the harvest over how often it follows the window's last token in the plain text, within ± limit. Use as the
    hook of decoding.generate.
    """

    def __init__(self, harvested, plain, strength=1.0, limit=DELTA, prior=4.0):
        self.strength, self.limit, self.prior, self.size = strength, limit, prior, harvested.shape[1] - 1
        self.counts, self.usual, self.known = usage(harvested), usage(plain[:, -2:]), {}

    def shift(self, window):
        """(vocabulary,): how much more often than usual each token follows this window in the harvest, in nats."""
        if window in self.known:
            return self.known[window]
        here, usual = self.counts.get(window, Counter()), self.usual.get(window[-1:], Counter())
        total, shift = usual.total(), torch.zeros(len(TOKENIZER))
        for token, times in usual.items():
            expected = times / total
            share = (here[token] + self.prior * expected) / (here.total() + self.prior)
            shift[token] = math.log(share / expected)
        self.known[window] = shift.clamp(-self.limit, self.limit)
        return self.known[window]

    def __call__(self, logits, tokens, rows):
        return logits - self.strength * torch.stack([self.shift(tuple(row)) for row in tokens[:, -self.size:].tolist()])
