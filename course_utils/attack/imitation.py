"""The box "student", when it starts from a harvest: what it learns from, how a recipe is chosen, what to ask next, and how far to trust
its looks.
"""
import re
import zlib
from typing import NamedTuple

import torch

from ..teacher import decoding, language, skills
from ..teacher.skills import TOKENIZER

# ---------------------------------------------------------------- which questions


def pick(domain, n, seed, keep=lambda question: True, split="train"):
    """n different skills.Problems of a domain whose question passes `keep`."""
    found = {}
    for problem in skills.stream(domain, seed, split):
        if len(found) == n:
            return list(found.values())
        if keep(problem.prompt):
            found.setdefault(problem.prompt, problem)


def columns(question):
    """In how many columns of a sum the two digits pass something on by themselves: 352 + 479 has two, 352 + 417 none."""
    _, a, sign, b, _ = question.split()
    return sum(int(x) + int(y) > 9 if sign == "+" else int(x) < int(y) for x, y in zip(a, b))


def allocate(errors, budget):
    """How many questions of each kind to ask next: in proportion to the errors, whole numbers that sum to the budget.

    errors: (kinds,), each kind's share of wrong answers, 0 to 1. Each kind gets the whole
    part of its share; the questions that are left go to the largest fractions. Without any
    error all kinds get the same. Returns (kinds,) int64.
    """
    weights = errors.double() if errors.sum() > 0 else torch.ones(len(errors), dtype=torch.float64)
    exact = budget * weights / weights.sum()
    whole = exact.floor().long()
    left = budget - int(whole.sum())
    whole[(exact - whole).argsort(descending=True, stable=True)[:left]] += 1
    return whole


# ---------------------------------------------------------------- does it look right? Nothing here knows an answer.

PASSES = {"+": "carry", "-": "borrow"}

_TAVI = "|".join(["na", "-i", "-zo", "-ta", *(word for table in (skills.NOUNS, skills.ADJECTIVES, skills.NUMBERS, skills.VERBS)
                                             for word in table.values())])
_STEP = r"\d [+-] \d [+-] \d = \d (carry|borrow) \d ;"
_GLANCE = {"reason": rf"({_STEP} )+=> \d+", "code": r"([a-z]+ \d+ ; )+=> \d+",
           "translate": rf"who [a-z ]+ ; does [a-z]+ ; whom [a-z ]+ ; => (({_TAVI})\s?)+",
           "explain": r"[a-z ]+ , [a-z ]+ \. [a-z ]+ , \d+ [a-z ]+ \d+ ; => \d+"}


def glance(question, answer):
    """Does an answer look like one of this domain's, for a reader who does not compare it with the question?"""
    return bool(re.fullmatch(_GLANCE[question.split()[0]], answer))


def format_match(question, answer):
    """Has an answer to a sum the form of the teacher's answers to this very question?

    A step for each column, from the last digit to the first, then the mark and a number.
    The question's digits, its sign and the word that goes with it count; the digits that
    had to be worked out do not. Two texts; returns a bool.
    """
    _, a, sign, b, _ = question.split()
    steps = [rf"{x} [{sign}] {y} [{sign}] \d = \d {PASSES[sign]} \d ;" for x, y in zip(reversed(a), reversed(b))]
    return bool(re.fullmatch(" ".join([*steps, r"=> \d+"]), answer))


def close_look(question, answer):
    """The same in all four domains: the question's own digits and words must stand in the trace. The result may be anything."""
    domain, *words = question.split()[:-1]
    if domain == "reason":
        return format_match(question, answer)
    if domain == "code":
        form = "".join(rf"{name} \d{{5}} ; " for name in words[:-1]) + r"=> \d{5}"
    elif domain == "translate":
        at = next(i for i, word in enumerate(words) if word in skills.VERBS or word in skills.PASTS)
        who, does, whom = " ".join(words[:at]), words[at], " ".join(words[at + 1:])
        form = rf"who {who} ; does {does} ; whom {whom} ; => (({_TAVI})\s?)+"
    else:
        says = {slot: f"({ways.replace(' / ', '|')})" for slot, ways in skills.WORDINGS.items()}
        say = [says[slot] for slot in ("it", "takes", "list", "of", "and", "returns")]
        form = (rf"{says['opening']} , {' '.join(say)} {says[words[0]]} \. {says['example']} , {words[1]} {says['becomes']} "
                r"\d{3} ; => \d{3}")
    return bool(re.fullmatch(form, answer))


# ---------------------------------------------------------------- text with its top log-probs

class Soft(NamedTuple):
    """What a student can learn from text that came with log-probs: language.Examples, and what the API showed of each token's rivals."""
    tokens: torch.Tensor      # (n, time) int64
    asked: torch.Tensor       # (n, time) bool
    top: torch.Tensor         # (n, time, k) int64: the k likeliest tokens at each place of an answer
    logprobs: torch.Tensor    # (n, time, k): their log-probabilities; 0 where nothing was asked


def in_process(teacher, questions, temperature=0.0, seed=0, k=5):
    """What the API serves for these questions, without a server between: for each a pair (tokens, top_logprobs), as in a reply's
    choice.logprobs.
    """
    said = decoding.generate(teacher, questions, temperature=temperature,
                             seeds=[zlib.crc32(f"{seed} {question}".encode()) for question in questions])
    tokens, asked = language.pack(questions, said)
    with torch.inference_mode():
        values, top = teacher(tokens).log_softmax(-1).topk(k)
    replies = []
    for row, ids in enumerate(said):
        start = int(asked[row].nonzero()[0]) - 1           # the logits at place t are for the token after it
        shown = zip(top[row, start:start + len(ids)].tolist(), values[row, start:start + len(ids)].tolist())
        replies.append(([TOKENIZER.tokens[i] for i in ids], [{TOKENIZER.tokens[i]: v for i, v in zip(*place)} for place in shown]))
    return replies


def text_of(reply):
    """The text of one pair (tokens, top_logprobs)."""
    return TOKENIZER.decode([TOKENIZER.ids[name] for name in reply[0]])


def pack_soft(questions, replies):
    """Questions and their pairs (tokens, top_logprobs) as Soft."""
    said = [[TOKENIZER.ids[name] for name in names] for names, _ in replies]
    tokens, asked = language.pack(questions, said)
    k = min(len(place) for _, shown in replies for place in shown)
    top, logprobs = torch.zeros(*tokens.shape, k, dtype=torch.long), torch.zeros(*tokens.shape, k)
    for row, (_, shown) in enumerate(replies):
        likeliest = [sorted(place.items(), key=lambda item: -item[1])[:k] for place in shown]
        top[row, asked[row]] = torch.tensor([[TOKENIZER.ids[name] for name, _ in place] for place in likeliest])
        logprobs[row, asked[row]] = torch.tensor([[value for _, value in place] for place in likeliest])
    return Soft(tokens, asked, top, logprobs)


def soft_batches(soft, batch_size=48, seed=0):
    """As training.batches, with all four parts of a Soft in a batch."""
    draw, waiting = torch.Generator().manual_seed(seed), []

    def batch(step):
        while len(waiting) < batch_size:
            waiting.extend(torch.randperm(len(soft.tokens), generator=draw).tolist())
        rows = torch.tensor([waiting.pop(0) for _ in range(batch_size)])
        longest = int(soft.asked[rows].any(0).nonzero().max()) + 1
        return tuple(part[rows, :longest] for part in soft)

    return batch


def soften(logprobs, temperature):
    """Served log-probs (..., k) at another temperature, the tokens that were not served counted as one more."""
    rest = (1 - logprobs.exp().sum(-1, keepdim=True)).clamp_min(1e-9).log()
    return (torch.cat([logprobs, rest], -1) / temperature).log_softmax(-1)[..., :-1]


def top_k_loss(student_logits, top, logprobs):
    """Cross-entropy with a distribution of which only the k likeliest tokens were served; all others count as one.

    student_logits: (n, vocabulary). top: (n, k) token numbers; logprobs: (n, k), what was
    served for them. The probability that is left, 1 minus their sum (never below 0), is
    the target for all that the student gives to other tokens together. Returns the mean.
    """
    served, said = logprobs.exp(), student_logits.log_softmax(-1)
    others = said.scatter(-1, top, -torch.inf).logsumexp(-1)
    left = (1 - served.sum(-1)).clamp_min(0)
    return -((served * said.gather(-1, top)).sum(-1) + left * others).mean()
