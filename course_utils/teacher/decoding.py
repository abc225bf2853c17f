"""How a language model answers: many prompts at once, one token a step, with a cache of what it has read."""
import torch

from .skills import TOKENIZER

MAX_TOKENS = 64           # longer than any right answer


def generate(model, prompts, *, max_tokens=MAX_TOKENS, temperature=0.0, seeds=0, hook=None, tokenizer=TOKENIZER):
    """Answer many prompts in one batch. Returns one list of token numbers for each prompt; the last is <end> unless max_tokens cut it off.

    prompts: texts, or lists of token numbers, of any lengths.
    temperature: 0 takes the likeliest token (greedy); above 0 it samples from softmax(logits / temperature).
    seeds: one integer for each prompt, or one integer s for s, s + 1, s + 2, ... What a prompt is answered depends on its own seed only,
        and not on the batch it was in (up to rounding: two batches may round the logits differently in the sixth digit).
    hook: a function (logits, tokens, rows) -> logits, called before each token is chosen: for a defence or a watermark. logits:
        (running, vocabulary); tokens: (running, so far), the prompt and what was said, padded on the left; rows: (running,), which
        of the prompts these are: answers that are finished leave the batch.
    Raises ValueError for an empty prompt or a negative temperature.
    """
    if temperature < 0:
        raise ValueError(f"temperature={temperature}: it must be 0 (greedy) or more.")
    asked = [tokenizer.encode(p) if isinstance(p, str) else list(p) for p in prompts]
    if not all(asked):
        raise ValueError("A prompt is empty. A model needs at least one token to go on from.")
    if not asked:
        return []
    n, width = len(asked), max(map(len, asked))
    said = torch.full((n, width + max_tokens), tokenizer.pad)
    for row, ids in enumerate(asked):
        said[row, width - len(ids):width] = torch.tensor(ids)
    # one uniform number for each token of each answer, from that answer's own seed: the batch cannot matter
    seeds = range(seeds, seeds + n) if isinstance(seeds, int) else seeds
    luck = torch.stack([torch.rand(max_tokens, generator=torch.Generator().manual_seed(int(s))) for s in seeds]) if temperature else None
    with torch.inference_mode():
        _decode(model, said, width, max_tokens, temperature, luck, hook, tokenizer)
    answers = []
    for row in said[:, width:].tolist():
        answers.append(row[:row.index(tokenizer.end) + 1] if tokenizer.end in row else row)
    return answers


def answers(model, prompts, **settings):
    """What a model says to each prompt, as text, without <end>. settings: as for `generate`; greedy when none is given."""
    tokenizer = settings.get("tokenizer", TOKENIZER)
    return [tokenizer.decode(said) for said in generate(model, prompts, **settings)]


def _decode(model, said, width, max_tokens, temperature, luck, hook, tokenizer):
    """Fill said[:, width:]. Rows that have ended leave the batch, a quarter at a time, for moving the cache costs something too."""
    sizes, dtype, room = model.sizes, model.norm.weight.dtype, said.shape[1]
    rows = torch.arange(len(said))
    shape = (len(model.blocks), len(rows), sizes["heads"], room, sizes["width"] // sizes["heads"])
    keys, values = torch.empty(shape, dtype=dtype), torch.empty(shape, dtype=dtype)
    # places are counted from the left edge, padding included: rotary attention only sees distances, so nobody notices
    cos, sin = model.angles(0, room)
    hidden = torch.zeros(len(rows), 1, 1, room, dtype=dtype).masked_fill_((said == tokenizer.pad)[:, None, None], -torch.inf)
    hidden[..., width:] = 0
    causal = torch.full((width, width), -torch.inf, dtype=dtype).triu(1)
    # a row of padding hears nothing at all, and a softmax over nothing is NaN: let each place hear itself
    first = (hidden[..., :width] + causal).masked_fill(torch.eye(width, dtype=torch.bool), 0)
    start, mask = 0, first
    running = torch.ones(len(rows), dtype=torch.bool)
    for step in range(max_tokens):
        stop = width + step
        x = model.embedding(said[rows, start:stop])
        for layer, block in enumerate(model.blocks):
            x = block(x, cos[start:stop], sin[start:stop], (keys[layer], values[layer], start), mask)
        logits = model.logits(x[:, -1])
        if hook is not None:
            logits = hook(logits, said[rows, :stop], rows)
        if temperature:
            share = (logits / temperature).softmax(-1).cumsum(-1)
            chosen = (share < luck[rows, step, None] * share[:, -1:]).sum(-1)
        else:
            chosen = logits.argmax(-1)
        chosen[~running] = tokenizer.pad
        said[rows, stop] = chosen
        running &= chosen != tokenizer.end
        alive = int(running.sum())
        if alive == 0:
            return
        if alive <= 0.75 * len(rows):
            kept = running.nonzero()[:, 0]
            rows, running, hidden = rows[kept], running[kept], hidden[kept]
            keys, values = keys[:, kept], values[:, kept]
        start, mask = stop, hidden[..., :stop + 1]


class Follower:
    """Reads along while another model writes: its own logits for each next token, with a cache of what it has read.

    model: a language.LanguageModel. Call it as a hook is called: with tokens (running, so far), padded on the left, and a name for
    each row that stays the same from one token to the next. Returns (running, vocabulary). A row that it has not met starts it over.
    """

    def __init__(self, model, tokenizer=TOKENIZER):
        self.model, self.pad, self.places, self.read = model, tokenizer.pad, {}, 0

    def __call__(self, tokens, names):
        if tokens.shape[1] != self.read + 1 or not set(names) <= set(self.places):
            return self._start(tokens, names)
        places = [self.places[name] for name in names]
        if len(places) < len(self.places):                 # some answers are finished: forget them
            self.keys, self.values, self.hidden = self.keys[:, places], self.values[:, places], self.hidden[places]
            self.places = {name: i for i, name in enumerate(names)}
        return self._step(tokens[:, -1:], self.hidden[..., :self.read + 1])

    def _start(self, tokens, names):
        n, width = tokens.shape
        sizes, room, dtype = self.model.sizes, width + MAX_TOKENS, self.model.norm.weight.dtype
        self.places, self.read = {name: i for i, name in enumerate(names)}, 0
        shape = (len(self.model.blocks), n, sizes["heads"], room, sizes["width"] // sizes["heads"])
        self.keys, self.values = torch.empty(shape, dtype=dtype), torch.empty(shape, dtype=dtype)
        self.cos, self.sin = self.model.angles(0, room)
        self.hidden = torch.zeros(n, 1, 1, room, dtype=dtype)
        self.hidden[..., :width].masked_fill_((tokens == self.pad)[:, None, None], -torch.inf)
        causal = torch.full((width, width), -torch.inf, dtype=dtype).triu(1)
        return self._step(tokens, (self.hidden[..., :width] + causal).masked_fill(torch.eye(width, dtype=torch.bool), 0))

    def _step(self, tokens, mask):
        start, self.read = self.read, self.read + tokens.shape[1]
        with torch.inference_mode():
            x = self.model.embedding(tokens)
            for layer, block in enumerate(self.model.blocks):
                x = block(x, self.cos[start:self.read], self.sin[start:self.read], (self.keys[layer], self.values[layer], start), mask)
            return self.model.logits(x[:, -1])
