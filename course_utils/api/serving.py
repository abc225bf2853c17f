"""Behind the API, without HTTP: what an answer shows, in which order the asked are answered, and how a batch of them is answered."""
import asyncio
import math
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field

import torch

from ..teacher import decoding, skills
from ..teacher.skills import TOKENIZER
from .customers import Account
from .errors import Fault

MOST_SHOWN = 20           # log-probabilities of a token, in OpenAI's protocol
PRICES = {"prompt token": 3e-6, "answer token": 15e-6, "tensor": 1e-3}        # dollars; our own invention, of a usual size


@dataclass(frozen=True)
class Reveal:
    """What the endpoint shows. scores: of an image "all", the top k (a number) or the "label" alone; logits: those in place of
    probabilities; decimals: scores and log-probs rounded to so many. For text: at most so many top_logprobs (0: no log-probs at all);
    whether a logit_bias may be sent; whether the trace is shown or the final answer alone.
    """
    scores: str | int = "all"
    logits: bool = False
    decimals: int | None = None
    top_logprobs: int = 20
    logit_bias: bool = True
    trace: bool = True

    def __post_init__(self):
        if self.scores not in ("all", "label") and not (isinstance(self.scores, int) and self.scores > 0):
            raise ValueError(f"scores={self.scores!r}: it must be 'all', 'label' or how many of the top classes to show.")

    def words(self, text):
        """In a few words, for the ledger."""
        parts = [f"log-probs {self.top_logprobs}", "trace" if self.trace else "no trace"] if text else \
            [str(self.scores) if isinstance(self.scores, str) else f"top {self.scores}", "logits" if self.logits else "probabilities"]
        return ", ".join(parts + ([f"{self.decimals} decimals"] if self.decimals is not None else []))


class Defence:
    """A provider's countermeasure, plugged in with `api.serve(..., defence=...)`. This one does nothing; a real one overrides one of these.

    asked: what is known of each question: a list of Question, one for each row.
    """

    def scores(self, probabilities, asked):
        """(n, classes) probabilities of the teacher to what is served, before it is cut to what the endpoint reveals."""
        return probabilities

    def logits(self, logits, tokens, asked):
        """Before each token: (n, vocabulary) logits, given (n, so far) tokens padded on the left, to those that are sampled from."""
        return logits

    def answer(self, text, asked):
        """The finished answer of one Question."""
        return text


class Guarded:
    """A defence whose failures are Faults of the defence and of nobody else, results of a wrong form among them."""
    def __init__(self, defence):
        self.defence = defence

    def __getattr__(self, name):
        def call(given, *more):
            try:
                made = getattr(self.defence, name)(given, *more)
                if type(made) is not type(given) or torch.is_tensor(made) and (made.shape != given.shape or made.isnan().any()):
                    raise ValueError(f"{name} must return what it was given, changed: the same type and shape, and no NaN")
                return made
            except Exception as error:
                raise Fault("defence", error) from error
        return call


@dataclass
class Question:
    """One query, whoever sent it."""
    account: Account
    prompt: object                    # a list of token numbers, or one row of a tensor
    text: str = ""                    # the prompt as it came
    max_tokens: int = decoding.MAX_TOKENS
    temperature: float = 0.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    logit_bias: dict = field(default_factory=dict)        # token number -> what is added to its logit
    top_logprobs: int | None = None                       # None: no log-probs wanted
    arrived: float = field(default_factory=time.time)


class Echoed(Question):
    """One whose prompt comes back in front of the answer, with the log-probabilities of its own tokens."""


@dataclass
class Answer:
    text: str = ""
    finish: str = "stop"
    tokens: list = field(default_factory=list)            # shown token numbers, the <end> too if the model said it
    chosen: list = field(default_factory=list)            # their log-probabilities
    logprobs: object = None                               # (tokens, 20) log-probabilities of the likeliest tokens at each of them
    likeliest: object = None                              # (tokens, 20) which these are
    prompt_tokens: int = 0
    answer_tokens: int = 0                                # written, shown or not; without <end>
    hidden_tokens: int = 0
    confidence: float = 0.0
    scores: object = None
    read: object = None                                   # of an Echoed: chosen, logprobs and likeliest of the prompt's own tokens


def tokenizer_of(model):
    """A model that speaks other words than the course's brings its own tokenizer."""
    return getattr(model, "tokenizer", TOKENIZER)


def answer_texts(model, questions, reveal, defence):
    """A language model's Answers to Questions of all temperatures, lengths and biases, in one batch."""
    tokenizer, n, width = tokenizer_of(model), len(questions), max(len(q.prompt) for q in questions)
    heat = torch.tensor([[q.temperature] for q in questions])
    greedy, room = heat[:, 0] == 0, torch.tensor([q.max_tokens for q in questions])
    longest = max(int(room.max()), 1)
    bias, shown, last = _biases(questions, tokenizer), min(MOST_SHOWN, len(tokenizer)), torch.zeros(n, len(tokenizer))
    top, best = torch.zeros(n, longest, shown), torch.zeros(n, longest, shown, dtype=torch.long)
    chosen, written = torch.zeros(n, longest + 1), torch.full((n,), -1)
    def hook(logits, tokens, rows):
        logits = defence.logits(logits, tokens, [questions[i] for i in rows]) + bias[rows]
        step = tokens.shape[1] - width
        if step:                              # only now is it known which token the last step chose
            chosen[rows, step - 1] = last[rows, tokens[:, -1]]
        last[rows], written[rows] = logits.log_softmax(-1), step
        top[rows, step], best[rows, step] = last[rows].topk(shown)
        # one batch holds greedy and sampled answers: where nothing is left to chance, the likeliest token is the only one
        alone = torch.full_like(logits, -torch.inf).scatter(-1, logits.argmax(-1, keepdim=True), 0.0)
        logits = torch.where(greedy[rows, None], alone, logits / heat[rows].clamp(min=1e-3))
        full = step >= room[rows]
        logits[full] = -torch.inf
        logits[full, tokenizer.end] = 0.0
        return logits
    said = decoding.generate(model, [q.prompt for q in questions], temperature=1.0, seeds=[q.seed for q in questions], hook=hook,
                             max_tokens=longest, tokenizer=tokenizer)
    for row in (row for row, tokens in enumerate(said) if written[row] == len(tokens) - 1):        # no step came after its last token
        chosen[row, written[row]] = last[row, said[row][-1]]
    said = [tokens[:q.max_tokens] for q, tokens in zip(questions, said)]
    answers = [_finish(*one, reveal, defence, tokenizer) for one in zip(questions, said, chosen.tolist(), top, best)]
    for answer, question in zip(answers, questions):
        if isinstance(question, Echoed):
            answer.read = _read(question, model, defence, tokenizer, shown)
    return answers


def _biases(questions, tokenizer):
    bias = torch.zeros(len(questions), len(tokenizer))
    for row, q in enumerate(questions):
        for token, value in q.logit_bias.items():
            bias[row, token] = value
    return bias


def _read(question, model, defence, tokenizer, shown):
    """Of each token of a prompt, given those before it: its log-probability, and which the likeliest were. The first has none: zeros."""
    tokens = torch.tensor([question.prompt])
    with torch.inference_mode():
        logits = model(tokens)[0, :-1]
        seen = [defence.logits(logits[at, None], tokens[:, :at + 1], [question]) for at in range(len(logits))]
        table = (torch.cat([torch.zeros(1, len(tokenizer)), *seen]) + _biases([question], tokenizer)).log_softmax(-1)
        table[0] = 0
    return (table.gather(1, tokens.T)[:, 0].tolist(), *table.topk(shown))


def _finish(question, tokens, chosen, top, best, reveal, defence, tokenizer):
    """What is shown of one decoded answer."""
    n, written = len(tokens), len(tokens) - (tokenizer.end in tokens)
    answer = Answer(defence.answer(tokenizer.decode(tokens), question), "stop" if written < n else "length", tokens, chosen[:n],
                    top[:n], best[:n], len(question.prompt), written, 0, math.exp(sum(chosen[:n]) / max(n, 1)))
    start, stop = 0, n
    if not reveal.trace and question.account.role != "trusted" and tokenizer is TOKENIZER:     # no other has a mark after its trace
        mark = TOKENIZER.ids[skills.MARK]
        start = answer.hidden_tokens = tokens.index(mark) if mark in tokens else written
        answer.text = skills.MARK + answer.text.rpartition(skills.MARK)[2] if skills.MARK in answer.text else ""
    cut = min((at for at in map(answer.text.find, question.stop) if at >= 0), default=None)
    if cut is not None:
        answer.text, answer.finish = answer.text[:cut], "stop"
        stop = next(i for i in range(start, n + 1) if len(tokenizer.decode(tokens[start:i])) >= len(answer.text.rstrip()))
        answer.answer_tokens = stop
    answer.tokens, answer.chosen, answer.logprobs, answer.likeliest = (part[start:stop] for part in (tokens, chosen, top, best))
    return answer


def answer_tensors(model, questions, reveal, defence):
    """A classifier's Answers to Questions of one row each. Raises ValueError when the model cannot answer them."""
    if len({(q.prompt.shape, q.prompt.dtype) for q in questions}) > 1:
        raise ValueError("The rows have different lengths or types.")
    x = torch.stack([q.prompt for q in questions])
    if isinstance(model, torch.nn.Module):        # a customer's float64 is no reason to refuse
        x = x.to(next(model.parameters()).dtype)
    with torch.inference_mode():
        logits = model(x)
    if logits.ndim != 2 or len(logits) != len(questions):
        raise ValueError(f"The model returned shape {tuple(logits.shape)} for {len(questions)} rows. Are the rows of the right length?")
    if not logits.isfinite().all():
        raise ValueError("The model's output for these inputs is not finite. Are they of a sensible size?")
    served = logits.double() if reveal.logits else defence.scores(logits.double().softmax(-1), questions)
    if reveal.decimals is not None:
        served = served.round(decimals=reveal.decimals)
    return [Answer(text=str(row.argmax().item()), scores=row, confidence=p)
            for row, p in zip(served, logits.double().softmax(-1).max(-1).values.tolist())]


class Queue:
    """Collects questions that arrive together and has them answered in one batch, with fair shares when more wait than fit.

    run: (questions) -> answers, called in a thread. most: questions in a batch.
    """

    def __init__(self, run, most, thread):
        self.run, self.most, self.thread = run, most, thread
        self.waiting = OrderedDict()              # account -> its questions in the order of arrival
        self.some = asyncio.Event()

    async def ask(self, questions):
        """The Answers to questions of one account, which may end up in different batches."""
        futures = [asyncio.get_running_loop().create_future() for _ in questions]
        self.waiting.setdefault(questions[0].account.name, deque()).extend(zip(questions, futures))
        self.some.set()
        try:
            return await asyncio.gather(*futures)
        finally:
            for future in futures:                # one could not be answered: nobody waits for the others any more
                future.cancel()

    def take(self):
        """The next batch: one question of each account in turn, so that nobody waits for somebody else's thousand."""
        batch = []
        while self.waiting and len(batch) < self.most:
            name, queue = self.waiting.popitem(last=False)
            batch.append(queue.popleft())
            if queue:
                self.waiting[name] = queue        # behind the others
        return batch

    async def work(self):
        """Answer batches for ever."""
        while True:
            await self.some.wait()
            await asyncio.sleep(0.002)            # those who come at the same time are answered together
            batch = [item for item in self.take() if not item[1].done()]
            if not self.waiting:
                self.some.clear()
            if batch and not await self.settle(batch):        # somebody's questions cannot be answered: then each account for itself
                for name in {question.account.name for question, _ in batch}:
                    own = [item for item in batch if item[0].account.name == name]
                    await self.settle(own, blame=True)

    async def settle(self, batch, blame=False):
        """Answer a batch; False when that fails, and with `blame` everybody in it is told why."""
        questions, futures = zip(*batch)
        try:
            answers = await asyncio.get_running_loop().run_in_executor(self.thread, self.run, questions)
        except Exception as error:
            for future in futures if blame else ():
                if not future.done():
                    future.set_exception(error)
            return False
        for future, answer in zip(futures, answers, strict=True):
            if not future.done():                 # the customer may have gone meanwhile
                future.set_result(answer)
        return True
