"""Box 1 of the picture again: a language model small enough for a laptop. A decoder in the layout of Llama (Touvron et al. 2023,
arXiv 2302.13971): RMSNorm, rotary positions, a gated MLP, and one matrix for embedding and output.
"""
import math
from typing import NamedTuple

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

from ..files.bundled import checked_path
from .skills import TOKENIZER

ROTARY_BASE = 100.0       # Llama has 10,000 or more, for texts of thousands of tokens; ours have fewer than 64

EPSILON = 1e-6            # keeps RMSNorm from dividing by zero


def _rotate(x, cos, sin):
    """Turn each pair (x[i], x[i + half]) by its position's angle (Su et al. 2021, arXiv 2104.09864). x: (..., time, size)."""
    left, right = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-right, left], dim=-1) * sin


class Block(nn.Module):
    """Attention, then a gated MLP, each added to what came in."""

    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.RMSNorm(width, eps=EPSILON), nn.RMSNorm(width, eps=EPSILON)
        self.qkv, self.out = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.gate_up, self.down = nn.Linear(width, 2 * hidden, bias=False), nn.Linear(hidden, width, bias=False)

    def forward(self, x, cos, sin, past=None, mask=None):
        """x: (batch, time, width). past: this layer's (keys, values, filled) to write to and read from; mask: (batch, 1, time, keys)."""
        batch, time, width = x.shape
        qkv = self.qkv(self.norm1(x)).view(batch, time, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        (q, k), v = _rotate(qkv[:2], cos, sin), qkv[2]
        if past is not None:
            keys, values, filled = past
            keys[:, :, filled:filled + time], values[:, :, filled:filled + time] = k, v
            k, v = keys[:, :, :filled + time], values[:, :, :filled + time]
            # written out: for one new token at a time this is twice as fast as torch's fused attention, on a CPU
            heard = (q / math.sqrt(q.shape[-1]) @ k.transpose(-1, -2) + mask).softmax(-1) @ v
        else:
            heard = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(heard.transpose(1, 2).reshape(batch, time, width))
        gate, up = self.gate_up(self.norm2(x)).chunk(2, dim=-1)
        return x + self.down(F.silu(gate) * up)


class LanguageModel(nn.Module):
    """Token numbers (batch, time) to logits (batch, time, vocabulary): at each place, of the next token.

    width, layers, heads, hidden: the usual sizes; hidden is the MLP's and is 8/3 of the width, as in Llama, when it is not given. seed: of
    the initial weights. The defaults are the teacher, 0.6 million parameters; `student()` is about a sixth of it.
    """

    def __init__(self, width=128, layers=3, heads=4, hidden=None, vocabulary=len(TOKENIZER), seed=0):  # noqa: B008
        super().__init__()
        hidden = hidden or 8 * round(width / 3)
        self.sizes = {"width": width, "layers": layers, "heads": heads, "hidden": hidden, "vocabulary": vocabulary}
        self.embedding = nn.Embedding(vocabulary, width)
        self.blocks = nn.ModuleList(Block(width, heads, hidden) for _ in range(layers))
        self.norm = nn.RMSNorm(width, eps=EPSILON)
        draw = torch.Generator().manual_seed(seed)
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                nn.init.normal_(weight, std=0.02 if "embedding" in name else 0.6 / math.sqrt(weight.shape[1]), generator=draw)

    def angles(self, start, stop):
        """cos and sin of the rotary angles of places start to stop, each (places, width of a head)."""
        size = self.sizes["width"] // self.sizes["heads"]
        frequency = ROTARY_BASE ** (-torch.arange(0, size, 2) / size)
        angle = torch.outer(torch.arange(start, stop), frequency).repeat(1, 2).to(self.norm.weight.dtype)
        return angle.cos(), angle.sin()

    def forward(self, tokens):
        x, (cos, sin) = self.embedding(tokens), self.angles(0, tokens.shape[1])
        for block in self.blocks:
            x = block(x, cos, sin)
        return self.logits(x)

    def logits(self, x):
        """The last hidden layer (..., width) to logits (..., vocabulary), through the embedding's own matrix."""
        return F.linear(self.norm(x), self.embedding.weight)


def student(seed=0):
    """An untrained student: 110,080 parameters, about a sixth of the teacher's."""
    return LanguageModel(width=64, layers=2, seed=seed)


def load_base():
    """A student that has read easy problems of three domains (skills.stream(..., easy=True)) and can do none of the real ones.

    It stands for the small open model that a copier starts from. data/build/train_language_base.py made it. Raises bundled.DataFileError.
    """
    base = student()
    base.load_state_dict(load_file(checked_path("language_base.safetensors")))
    return base


def load_language_teacher():
    """The bundled language model, gradients off. data/build/train_language_teacher.py made it. Raises bundled.DataFileError."""
    teacher = LanguageModel()
    teacher.load_state_dict(load_file(checked_path("language_teacher.safetensors")))
    return teacher.eval().requires_grad_(False)


# ---------------------------------------------------------------- text as tensors

class Examples(NamedTuple):
    """What a language model trains on: whole texts, and which of their tokens it should learn to say."""
    tokens: torch.Tensor      # (n, time) int64: prompt, completion, padding
    asked: torch.Tensor       # (n, time) bool: True on the completion


def pack(prompts, completions, tokenizer=TOKENIZER):
    """Prompts and completions (texts, or token numbers) as Examples; an <end> is added to each completion that is a text.

    Raises ValueError for a word that the tokenizer does not have.
    """
    rows = []
    for prompt, completion in zip(prompts, completions, strict=True):
        ids = tokenizer.encode(completion) + [tokenizer.end] if isinstance(completion, str) else list(completion)
        rows.append((tokenizer.encode(prompt) if isinstance(prompt, str) else list(prompt), ids))
    longest = max(len(prompt) + len(completion) for prompt, completion in rows)
    tokens, asked = torch.full((len(rows), longest), tokenizer.pad), torch.zeros(len(rows), longest, dtype=torch.bool)
    for row, (prompt, completion) in enumerate(rows):
        stop = len(prompt) + len(completion)
        tokens[row, :stop] = torch.tensor(prompt + completion)
        asked[row, len(prompt):stop] = True
    return Examples(tokens, asked)
