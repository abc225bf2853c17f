"""Students of lesson 14's real model: fewer of its layers, trained on what it said; and the short texts of one narrow skill."""
import copy
import random

import torch
from torch import nn
from torch.nn import functional as F

from course_utils.student import losses
from course_utils.teacher import decoding, language

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


def sampled(model, prompts, length, seeds, tokenizer, hook=None):
    """Texts at temperature 1 of at most `length` tokens, without the token that ends them: lists of token numbers."""
    found = decoding.generate(model, prompts, max_tokens=length, temperature=1.0, seeds=seeds, hook=hook, tokenizer=tokenizer)
    return [[token for token in said if token not in (tokenizer.end, tokenizer.pad)] for said in found]
