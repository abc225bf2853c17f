"""The box "defence", for text: what a provider may do to how it writes, so that who learns from it learns less.

Each is a serving.Defence that `api.serve(..., defence=...)` takes; `write` has a teacher answer behind one, without the API. The
classifier's version is in `perturb`.
"""
import copy
import zlib

import torch
from torch.nn import functional as F

from ..api.customers import Account
from ..api.serving import Defence, Question
from ..student import losses
from ..teacher import decoding, skills
from ..teacher.skills import TOKENIZER


def write(teacher, prompts, defence=None, *, temperature=1.0, seed=0, accounts=None):
    """What a teacher behind a defence answers to prompts (texts): a list of texts. In process, as the API would.

    temperature: of the sampling. seed: answer i is drawn with seed + i. accounts: who asks each (customers.Account); by default one.
    """
    defence, one = defence or Defence(), Account("ada", "dk-ada")
    asked = [Question(who, TOKENIZER.encode(prompt), prompt, temperature=temperature)
             for prompt, who in zip(prompts, accounts or [one] * len(prompts), strict=True)]

    def hook(logits, tokens, rows):
        return defence.logits(logits, tokens, [asked[i] for i in rows])

    texts = decoding.answers(teacher, list(prompts), temperature=temperature, seeds=seed, hook=hook)
    return [defence.answer(text, question) for text, question in zip(texts, asked)]


# ---------------------------------------------------------------- steering the tokens

def slope(model, examples):
    """The gradient of a model's loss on language.Examples, one tensor for each weight, scaled to length 1 in all."""
    with torch.enable_grad():
        loss = losses.next_token_loss(model(examples.tokens), examples.tokens, examples.asked)
        slopes = torch.autograd.grad(loss, list(model.parameters()))
    length = torch.sqrt(sum(part.square().sum() for part in slopes))
    return [part / length for part in slopes]


def moved(model, slopes, step):
    """A copy of a model, moved by `step` along slopes (one tensor for each weight)."""
    other = copy.deepcopy(model).requires_grad_(False)
    for weight, part in zip(other.parameters(), slopes):
        weight += step * part
    return other


def steered_logits(logits, harm, strength, temperature=1.0):
    """What to hand a sampler that divides by `temperature`, so that tokens come from softmax(logits / temperature + strength * harm).

    logits, harm: (n, vocabulary). Returns (n, vocabulary). Savani et al. 2025 (arXiv 2504.13146).
    """
    return logits + temperature * strength * harm


class Steered(Defence):
    """Antidistillation sampling: tokens that would hurt a student who learned them are said more often. Savani et al. 2025.

    proxy: a small model of the provider's own. slopes: the gradient of its loss on text that it has not learned (`slope`). strength: how
    far, in units of logits per unit of harm. The harm of a token is the change of its log-probability when the proxy's weights go up
    those slopes, as a finite difference of +-step: two forward passes of the proxy for each token.
    """

    def __init__(self, proxy, slopes, strength=4.0, step=0.01):
        self.proxy, self.slopes, self.strength, self.step = proxy, slopes, strength, step
        self.up, self.down = (decoding.Follower(moved(proxy, slopes, sign * step)) for sign in (1, -1))

    def logits(self, logits, tokens, asked):
        names = [id(question) for question in asked]
        up, down = (follower(tokens, names).log_softmax(-1) for follower in (self.up, self.down))
        heat = torch.tensor([[question.temperature] for question in asked])
        return steered_logits(logits, (up - down) / (2 * self.step), self.strength, heat)


def product_of_experts(logits, weak, share):
    """Logits of the distribution that is proportional to teacher ** (1 - share) * weak ** share.

    logits, weak: (n, vocabulary), of the teacher and of a weak model; share: 0 to 1. Returns
    (n, vocabulary). Allouah et al. 2026, The Distillation Game (arXiv 2605.22737).
    """
    return (1 - share) * logits + share * weak


class Mixed(Defence):
    """A product of experts: the teacher writes together with a weak model, `proxy`. One more forward pass for each token."""

    def __init__(self, proxy, share=0.5):
        self.proxy, self.share, self.reader = proxy, share, decoding.Follower(proxy)

    def logits(self, logits, tokens, asked):
        return product_of_experts(logits, self.reader(tokens, [id(question) for question in asked]), self.share)


class SharedLuck(Defence):
    """Whoever asks the same question for the k-th time gets the same draw, whatever the account. After LADS, 2026 (arXiv 2605.18829).

    Each account by itself sees independent draws from the undefended distribution. Ten accounts that ask the same see one draw ten times.
    again: a second time brings a second draw; without, a question has one answer for ever. secret: nobody else can foresee the draws.
    """

    def __init__(self, again=True, secret=0):
        self.again, self.secret, self.times, self.luck = again, secret, {}, {}

    def logits(self, logits, tokens, asked):
        places = (tokens != TOKENIZER.pad).sum(-1).tolist()          # how much each has read and said, without padding
        luck = torch.stack([self._luck(question)[place - len(question.prompt)] for question, place in zip(asked, places)])
        heat = torch.tensor([[max(question.temperature, 1e-3)] for question in asked])
        share = (logits / heat).softmax(-1).cumsum(-1)
        chosen = (share < luck[:, None] * share[:, -1:]).sum(-1, keepdim=True)
        return torch.full_like(logits, -torch.inf).scatter(-1, chosen, 0.0)          # nothing is left to chance but this

    def _luck(self, question):
        if id(question) not in self.luck:
            asked = " ".join(map(str, question.prompt))          # as the model reads it: spaces are no new question
            key = question.account.name, asked
            self.times[key] = self.times.get(key, 0) + 1
            seed = zlib.crc32(f"{self.secret} {self.times[key] if self.again else 1} {asked}".encode())
            # the question is kept, too: its id must not go to another one
            self.luck[id(question)] = torch.rand(decoding.MAX_TOKENS, generator=torch.Generator().manual_seed(seed)), question
        return self.luck[id(question)][0]


# ---------------------------------------------------------------- rewriting the trace

def answer_only(text):
    """The mark and what stands behind it."""
    return f"{skills.MARK} {skills.final_answer(text)}" if skills.MARK in text else ""


def backwards(text):
    """The steps of the working in the opposite order, the answer still at the end."""
    trace, mark, answer = text.rpartition(skills.MARK)
    steps = [step.strip() for step in trace.split(";") if step.strip()]
    return " ; ".join(reversed(steps)) + f" ; {mark} {answer.strip()}" if mark else text


def shortened(text):
    """Of each step only its result: `7 + 6 + 0 = 3 carry 1 ;` becomes `3 carry 1 ;`."""
    trace, mark, answer = text.rpartition(skills.MARK)
    steps = [step.rpartition("=")[2].strip() for step in trace.split(";") if step.strip()]
    return " ; ".join(steps) + f" ; {mark} {answer.strip()}" if mark else text


# ---------------------------------------------------------------- the other side

def strategic_weights(up, down, step, beta=0.5, most=10.0):
    """How much each trace should count for a student who has some clean text: Allouah et al. 2026 (arXiv 2605.22737).

    up, down: (n,), the loss of each trace with the student's weights a step up and a step down
    the slope of its loss on the clean text. score = (up - down) / (2 step) is how far both
    slopes agree; weight = exp(beta * score), the scores cut at +-most first. Returns (n,) with
    a mean of 1.
    """
    scores = ((up - down) / (2 * step)).clamp(-most, most)
    weights = (beta * scores).exp()
    return weights / weights.mean()


def losses_beside(model, examples, slopes, step=0.01):
    """The loss of each of language.Examples with the weights a step up and a step down: (n,) twice. No gradient for each is needed."""
    return [example_losses(moved(model, slopes, sign * step), examples) for sign in (1, -1)]


def example_losses(model, examples):
    """Mean cross-entropy of each example, over the tokens that are asked for: (n,)."""
    with torch.no_grad():
        logits = model(examples.tokens)[:, :-1]
    each = F.cross_entropy(logits.transpose(1, 2), examples.tokens[:, 1:], reduction="none")
    wanted = examples.asked[:, 1:].to(each.dtype)
    return (each * wanted).sum(-1) / wanted.sum(-1)


def weighted_loss(model, tokens, weight):
    """Next-token loss with a weight for each token, 0 where nothing is asked for: (batch, time) twice. Returns a scalar."""
    each = F.cross_entropy(model(tokens)[:, :-1].transpose(1, 2), tokens[:, 1:], reduction="none")
    wanted = weight[:, 1:]
    return (each * wanted).sum() / (wanted > 0).sum()


def agreed(texts):
    """Of several answers to one question, the first one whose final answer most of them have; None when no two agree."""
    said = [skills.final_answer(text) for text in texts]
    most = max(said, key=said.count)
    return texts[said.index(most)] if most is not None and said.count(most) > 1 else None


def matched(teacher, student, at):
    """What students learn where their teacher is right `at` of the time: both are (k,) shares, one for each setting of a knob.

    Settings come in any order; between two neighbours in the TEACHER's accuracy a straight line. Returns a float. Raises ValueError when
    `at` lies outside of what was measured: nothing is extrapolated.
    """
    order = teacher.argsort()
    x, y = teacher[order], student[order]
    if not x[0] <= at <= x[-1]:
        raise ValueError(f"at={at:.3f} lies outside of the measured teachers, {x[0]:.3f} to {x[-1]:.3f}.")
    right = int((x < at).sum().clamp(1, len(x) - 1))
    share = (at - x[right - 1]) / (x[right] - x[right - 1]).clamp_min(1e-12)
    return float(y[right - 1] + share * (y[right] - y[right - 1]))
