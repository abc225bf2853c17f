"""Students of lesson 14's real model: fewer of its layers, trained on what it said; and the short texts of one narrow skill."""
import copy
import random

import torch
from torch import nn
from torch.nn import functional as F

from course_utils.defence import watermark
from course_utils.lesson.exercises import material
from course_utils.student import losses
from course_utils.teacher import decoding, language

real = material("real")

# ---------------------------------------------------------------- a student with some of the teacher's layers


class Cut(nn.Module):
    """Some of a language model's layers, as a language model; only these are trained. The embedding and the last norm are the teacher's.

    said: token numbers, the only ones that the student may say: a softmax over a few thousand takes a third of the time.
    """

    def __init__(self, teacher, layers, said):
        super().__init__()
        self.sizes, self.angles, self.embedding = teacher.sizes, teacher.angles, teacher.embedding
        self.norm = copy.deepcopy(teacher.norm).requires_grad_(False)
        self.blocks = nn.ModuleList(copy.deepcopy(teacher.blocks[i]).requires_grad_() for i in layers)
        self.said, self.columns = said, teacher.embedding.weight[said]

    def forward(self, tokens):
        """(batch, time) token numbers to (batch, time, said): logits of the tokens that it may say."""
        x, (cos, sin) = self.embedding(tokens), self.angles(0, tokens.shape[1])
        for block in self.blocks:
            x = block(x, cos, sin)
        return F.linear(self.norm(x), self.columns)

    def logits(self, x):
        """For decoding.generate: (batch, width) to (batch, vocabulary), minus infinity for all other tokens."""
        few = F.linear(self.norm(x), self.columns)
        return few.new_full((*few.shape[:-1], self.sizes["vocabulary"]), -torch.inf).index_copy_(-1, self.said, few)


def taught(teacher, prompts, answers, layers, steps, seed, batch=8, rate=1e-3):
    """A Cut that learned to give these answers. prompts, answers: lists of token numbers. Returns it in eval mode."""
    said = torch.tensor(sorted({token for answer in answers for token in answer}))
    place = torch.zeros(teacher.sizes["vocabulary"], dtype=torch.long).index_copy_(0, said, torch.arange(len(said)))
    student, draw = Cut(teacher, layers, said), torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(student.blocks.parameters(), lr=rate, weight_decay=0.0)
    data, order = language.pack(prompts, answers, teacher.tokenizer), torch.empty(0, dtype=torch.long)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 5, (steps - step) / (steps / 2))
        if len(order) < batch:
            order = torch.cat([order, torch.randperm(len(prompts), generator=draw)])
        rows, order = order[:batch], order[batch:]
        loss = losses.next_token_loss(student(data.tokens[rows]), place[data.tokens[rows]], data.asked[rows])
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(student.blocks.parameters(), 1.0)
        optimiser.step()
    return student.eval().requires_grad_(False)


def sampled(model, prompts, length, seed, tokenizer, hook=None, batch=40):
    """Texts at temperature 1 of at most `length` tokens, without the token that ends them: lists of token numbers. 40 at once: 3 GB."""
    found = []
    for at in range(0, len(prompts), batch):
        found += decoding.generate(model, prompts[at:at + batch], max_tokens=length, temperature=1.0, seeds=seed + at, hook=hook,
                                   tokenizer=tokenizer)
    return [[token for token in said if token not in (tokenizer.end, tokenizer.pad)] for said in found]


def nats(student, prompts, answers):
    """Cross-entropy of a Cut, in nats a token, over those tokens of these answers that it may say. Lists of token numbers; a number."""
    place, total, n = {token: i for i, token in enumerate(student.said.tolist())}, 0.0, 0
    with torch.inference_mode():
        for prompt, answer in zip(prompts, answers, strict=True):
            logs = student(torch.tensor([[*prompt, *answer]]))[0].log_softmax(-1)
            for at, token in enumerate(answer, start=len(prompt) - 1):
                if token in place:
                    total, n = total - logs[at, place[token]].item(), n + 1
    return total / n


def every_token(key, rows, gamma=watermark.GAMMA, size=49_152):
    """The p-value of a key's mark when every token counts, however often its pair came before: not valid, and therefore instructive."""
    green = sum(bool(real.green_list(key, tuple(row[:-1]), gamma, size)[row[-1]]) for row in rows.tolist())
    return watermark.p_value(green, len(rows), gamma)


# ---------------------------------------------------------------- a narrow skill: is a short hotel review positive or negative?

PARTS = ("room", "bed", "bathroom", "shower", "breakfast", "coffee", "staff", "receptionist", "pool", "view", "lift", "garden",
         "restaurant", "wifi", "carpet", "balcony", "parking", "bar", "towel", "heating")
GOOD = ("clean", "quiet", "lovely", "friendly", "comfortable", "excellent", "warm", "helpful", "spacious", "perfect", "pleasant", "fresh",
        "charming", "cheap")
BAD = ("dirty", "noisy", "awful", "rude", "broken", "terrible", "cold", "useless", "tiny", "disappointing", "smelly", "stale", "ugly",
       "expensive")
HOW = ("", "", "", "", "very ", "really ", "a bit ", "not ", "not very ", "never ", "surprisingly ", "far from ")
JOINED = (" and ", " but ", ", and ", ", but ", "; ")


def _clause(draw):
    return f"the {draw.choice(PARTS)} was {draw.choice(HOW)}{draw.choice(draw.choice((GOOD, BAD)))}"


def reviews(n, seed):
    """The plan: n different reviews of two clauses, drawn from 20 parts of a hotel, 28 adjectives, 9 ways to say how, 5 joints."""
    draw, found = random.Random(seed), {}
    while len(found) < n:
        text = f"{_clause(draw)}{draw.choice(JOINED)}{_clause(draw)}."
        found[text[0].upper() + text[1:]] = None
    return list(found)


class Words(nn.Module):
    """The trivial baseline: logistic regression on which words, and which pairs of neighbours, a text has."""

    def __init__(self, texts):
        super().__init__()
        self.known = {}
        for text in texts:
            for feature in self.features(text):
                self.known.setdefault(feature, len(self.known))
        self.last = nn.Linear(len(self.known), 1)
        nn.init.zeros_(self.last.weight)

    @staticmethod
    def features(text):
        words = text.lower().replace(";", " ;").replace(",", " ,").strip(".").split()
        return [*words, *zip(words, words[1:])]

    def read(self, texts):
        """Texts as what `forward` takes."""
        found = torch.zeros(len(texts), len(self.known))
        for row, text in enumerate(texts):
            for feature in self.features(text):
                if feature in self.known:
                    found[row, self.known[feature]] = 1
        return found

    def forward(self, found):
        return self.last(found)[:, 0]


class Labeller(nn.Module):
    """A small student: the real model's embedding, frozen, one narrow layer, the mean over the tokens, one number: its log-odds."""

    def __init__(self, teacher, width=64):
        super().__init__()
        self.tokenizer, self.embedding, self.angles = teacher.tokenizer, teacher.embedding, language.LanguageModel(width, 1, 4).angles
        self.narrow, self.block = nn.Linear(teacher.sizes["width"], width), language.Block(width, 4, 2 * width)
        self.last = nn.Linear(width, 1)

    def read(self, texts):
        return nn.utils.rnn.pad_sequence([torch.tensor(self.tokenizer.encode(text)) for text in texts], True, self.tokenizer.pad)

    def forward(self, tokens):
        there = (tokens != self.tokenizer.pad).float()[..., None]
        x = self.block(self.narrow(self.embedding(tokens) * 10), *self.angles(0, tokens.shape[1]))
        return self.last((x * there).sum(1) / there.sum(1))[:, 0]


def labelled(student, texts, targets, seed, steps=200, batch=32, rate=3e-3):
    """The student after so many steps on these texts. targets: probabilities of "positive", or 0 and 1. Changes and returns it."""
    data, draw = student.read(texts), torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW([p for p in student.parameters() if p.requires_grad], lr=rate, weight_decay=0.01)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * (1 - step / steps)
        rows = torch.randint(len(texts), (batch,), generator=draw)
        loss = F.binary_cross_entropy_with_logits(student(data[rows]), targets[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return student.eval()
