"""OpenAI's protocol in front of a language model: /v1/models, /v1/completions, /v1/chat/completions."""
import asyncio
import json
import re
import secrets
import time
import zlib
from typing import Annotated, Literal

import torch
from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, Field, model_validator

from ..teacher import decoding
from ..teacher.skills import TOKENIZER
from .customers import Account
from .errors import Problem, brief, warned
from .serving import Echoed, Question, tokenizer_of

LONGEST_PROMPT = 64       # tokens, for a model that says no other; the longest real question has 18
MOST_PROMPTS = 2048       # in one request
PIECE = r"\s*\S+|\s+$"    # a text is streamed in words, each with the space before it
Numbers = Annotated[list[int], Field(min_length=1)]
PROMPT = f"a text, its token numbers (0 to {len(TOKENIZER) - 1}), or a list of 1 to {MOST_PROMPTS:,} of either"

# What other servers offer and this one does not, with the values that change nothing: any other is refused ...
NEUTRAL = {"top_p": [1], "top_k": [0, -1], "min_p": [0], "n": [1], "best_of": [1], "frequency_penalty": [0], "presence_penalty": [0],
           "repetition_penalty": [1], "suffix": [""], "echo": [False], "response_format": [{"type": "text"}], "modalities": [["text"]],
           "tools": [[]], "tool_choice": ["auto", "none"], "functions": [[]], "function_call": ["auto", "none"], "verbosity": ["medium"],
           "ignore_eos": [False], "min_tokens": [0]} | dict.fromkeys(("max_completion_tokens", "top_logprobs", "audio", "reasoning",
           "reasoning_effort", "web_search_options", "guided_json", "guided_regex", "guided_choice", "structured_outputs"), [])
# ... and what changes no answer, whatever it is.
HARMLESS = {"user", "store", "metadata", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "prediction",
            "parallel_tool_calls"}


class StreamOptions(BaseModel):
    include_usage: bool = False


class TextRequest(BaseModel, extra="allow"):
    model: str
    max_tokens: Annotated[int, Field(ge=0)] = decoding.MAX_TOKENS
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    seed: int | None = None
    stop: str | list[str] | None = None
    logit_bias: dict[str, Annotated[float, Field(ge=-100, le=100)]] | None = None
    stream: bool = False
    stream_options: StreamOptions | None = None

    @model_validator(mode="before")
    @classmethod
    def null_is_absent(cls, given):
        return {name: value for name, value in given.items() if value is not None} if isinstance(given, dict) else given


class CompletionRequest(TextRequest):
    prompt: str | Annotated[list[str | Numbers], Field(min_length=1, max_length=MOST_PROMPTS)] | Numbers
    logprobs: Annotated[int, Field(ge=0, le=5)] | None = None
    echo: bool = False


class Part(BaseModel):
    type: Literal["text"]
    text: str


class Message(BaseModel):
    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Part]

    def text(self):
        return self.content if isinstance(self.content, str) else " ".join(part.text for part in self.content)


class ChatRequest(TextRequest):
    messages: Annotated[list[Message], Field(min_length=1)]
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    logprobs: bool = False
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None


def _tokens(prompt, most, tokenizer):
    try:
        ids = tokenizer.encode(prompt) if isinstance(prompt, str) else prompt
    except ValueError as error:
        raise Problem(400, f"{error} A question looks like 'reason 347 + 586 :'.", "unknown_token", "prompt") from None
    if not all(0 <= token < len(tokenizer) for token in ids):
        raise Problem(400, f"prompt: token numbers go from 0 to {len(tokenizer) - 1}.", "unknown_token", "prompt")
    if not ids:
        raise Problem(400, "The prompt is empty.", "empty_prompt", "prompt")
    if len(ids) > most:
        raise Problem(400, f"The prompt has {len(ids)} tokens, and this model reads {most} at most.", "context_length_exceeded", "prompt")
    return ids


def _bias(request, reveal, account, tokenizer):
    if request.logit_bias and not reveal.logit_bias and account.role != "trusted":
        raise Problem(400, "This endpoint takes no logit_bias.", "not_offered", "logit_bias")
    for token in request.logit_bias or ():
        if not (token.isascii() and token.isdecimal() and int(token) < len(tokenizer)):
            raise Problem(400, f"logit_bias: {brief(token)} is no token number (0 to {len(tokenizer) - 1}).", "bad_token", "logit_bias")
    return {int(token): value for token, value in (request.logit_bias or {}).items()}


def _questions(request, prompts, account, desk, wanted):
    """A Question for each prompt. What it is answered depends on its text and the seed, not on what else is in the request."""
    reveal, model = desk.reveal, desk.models[request.model]
    if wanted is not None and (wanted > reveal.top_logprobs or not reveal.top_logprobs) and account.role != "trusted":
        most = f"at most {reveal.top_logprobs} log-probs a token" if reveal.top_logprobs else "no log-probs"
        raise Problem(400, f"This endpoint shows {most}.", "not_offered", "logprobs")
    warned(request.model_extra, NEUTRAL, HARMLESS)
    if request.stream_options and not request.stream:
        raise Problem(400, "stream_options is for requests with stream=true.", None, "stream_options")
    stop = (request.stop,) if isinstance(request.stop, str) else tuple(request.stop or ())
    if not all(stop):
        raise Problem(400, "An empty text cannot be a stop.", None, "stop")
    seed, echo = secrets.randbits(32) if request.seed is None else request.seed, getattr(request, "echo", False)
    if echo and not reveal.trace and account.role != "trusted":
        raise Problem(400, "This endpoint hides its working, and with echo it would show it.", "not_offered", "echo")
    length = getattr(request, "max_completion_tokens", None) or request.max_tokens
    if not length and not echo:
        raise Problem(422, "max_tokens: it must be 1 or more, or 0 together with echo.", None, "max_tokens")
    tokenizer, longest = tokenizer_of(model), getattr(model, "longest_answer", decoding.MAX_TOKENS)
    bias, asked = _bias(request, reveal, account, tokenizer), []
    for prompt in prompts:
        tokens = _tokens(prompt, getattr(model, "longest_prompt", LONGEST_PROMPT) + longest * echo, tokenizer)   # it may hold an answer
        text = prompt if isinstance(prompt, str) else tokenizer.decode(tokens)
        asked.append((Echoed if echo else Question)(
            account, tokens, text, min(length, longest),      # a larger one is cut: then the answer ends with "length"
            request.temperature, zlib.crc32(f"{seed} {text}".encode()), stop, bias, wanted))
    return asked


def _rounded(value, reveal):
    return value if reveal.decimals is None or value is None else round(value, reveal.decimals)


def _top(values, likeliest, k, reveal, tokenizer):
    return {tokenizer.tokens[t]: _rounded(v, reveal) for t, v in zip(likeliest[:k].tolist(), values[:k].tolist())}


def _apart(before, name, tokenizer):
    """The course's tokenizer sets words apart and digits side by side. In any other, a token brings its own space."""
    return tokenizer is TOKENIZER and bool(before) and not (before[-1:].isdecimal() and name[:1].isdecimal())


def _echoed(question, answer, tokenizer):
    """Put the prompt in front of what is shown, as echo wants it. Nothing is known of its first token."""
    prompt, (chosen, *read) = tokenizer.decode(question.prompt), answer.read
    answer.chosen = [None, *chosen[1:], *answer.chosen]
    answer.text = prompt + " " * (bool(answer.text) and _apart(prompt, answer.text, tokenizer)) + answer.text
    answer.tokens = question.prompt + answer.tokens
    answer.logprobs, answer.likeliest = map(torch.cat, zip(read, (answer.logprobs, answer.likeliest)))


def _completion_logprobs(answer, k, reveal, tokenizer):
    names, offsets, at = [tokenizer.tokens[t] for t in answer.tokens], [], 0
    for before, name in zip(["", *names], names):
        at += _apart(before, name, tokenizer)
        offsets.append(at)
        at += len(name)
    tops = [None if p is None else _top(*row, k, reveal, tokenizer) for p, *row in zip(answer.chosen, answer.logprobs, answer.likeliest)]
    return {"tokens": names, "token_logprobs": [_rounded(value, reveal) for value in answer.chosen], "text_offset": offsets,
            "top_logprobs": tops if k else None}


def _chat_logprobs(answer, k, reveal, tokenizer):
    def entry(name, value):
        return {"token": name, "logprob": value, "bytes": list(name.encode())}
    return {"refusal": None, "content": [
        entry(tokenizer.tokens[t], _rounded(value, reveal)) | {
            "top_logprobs": [entry(*item) for item in _top(*row, k, reveal, tokenizer).items()]}
        for t, value, *row in zip(answer.tokens, answer.chosen, answer.logprobs, answer.likeliest)]}


def _usage(answers):
    asked, said, hidden = (sum(getattr(a, name) for a in answers) for name in ("prompt_tokens", "answer_tokens", "hidden_tokens"))
    details = {"completion_tokens_details": {"reasoning_tokens": hidden}}
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said} | details


def _events(head, choices, usage):
    """Server-sent events. choices: for each, the forms of its chunks. The answer was made whole and is handed out in pieces."""
    async def stream():
        for chunk in (chunk for chunks in choices for chunk in chunks):
            yield f"data: {json.dumps(head | {'choices': [chunk]})}\n\n"
            await asyncio.sleep(0)
        if usage:
            yield f"data: {json.dumps(head | {'choices': [], 'usage': usage})}\n\n"
        yield "data: [DONE]\n\n"
    return StreamingResponse(stream(), media_type="text/event-stream")


TWO_FORMS = {200: {"description": "the answer, whole or as a stream of events", "content": {
    "application/json": {"schema": {"type": "object"}}, "text/event-stream": {"schema": {"type": "object", "required": ["data"]}}}}}


def routes(desk):
    """The protocol's routes, for an http.Desk."""
    router, reveal, started = APIRouter(prefix="/v1", tags=["OpenAI"]), desk.reveal, int(time.time())
    User = Annotated[Account, Depends(desk.known)]
    def card(name):
        return {"id": name, "object": "model", "created": started, "owned_by": "dark-knowledge"}
    def head(kind, name):
        return {"id": f"{kind}-{secrets.token_hex(8)}", "object": kind, "created": int(time.time()), "model": name}
    def reply(body, kind, choices, chunks, answers):
        """Whole, or as a stream whose last event counts the tokens if that was asked for."""
        ignored = warned(body.model_extra, NEUTRAL, HARMLESS)
        if not body.stream:
            return JSONResponse(head(kind, body.model) | {"usage": _usage(answers), "choices": choices()} | ignored)
        counted = body.stream_options and body.stream_options.include_usage
        kind += ".chunk" if kind.startswith("chat") else ""
        return _events(head(kind, body.model) | ignored, chunks(), _usage(answers) if counted else None)

    @router.get("/models")
    async def list_models(account: User) -> dict:
        return {"object": "list", "data": [card(name) for name in desk.offered(text=True)]}

    @router.get("/models/{name}")
    async def one_model(name: str, account: User) -> dict:
        desk.find(name, text=True)
        return card(name)

    @router.post("/completions", response_model=None, responses=TWO_FORMS)
    async def completions(body: CompletionRequest, account: User) -> Response:
        desk.find(body.model, text=True)
        one = isinstance(body.prompt, str) or isinstance(body.prompt[0], int)
        questions, tokenizer = _questions(body, [body.prompt] if one else body.prompt, account, desk, body.logprobs), tokenizer_of(
            desk.models[body.model])
        answers = await desk.ask(body.model, questions)
        for question, answer in zip(questions, answers) if body.echo else ():
            _echoed(question, answer, tokenizer)
        marks = [None if body.logprobs is None else _completion_logprobs(a, body.logprobs, reveal, tokenizer) for a in answers]
        def chunk(i, text, finish, logprobs):
            return {"index": i, "text": text, "finish_reason": finish, "logprobs": logprobs}
        return reply(body, "text_completion", lambda: [chunk(i, a.text, a.finish, m) for i, (a, m) in enumerate(zip(answers, marks))],
                     lambda: [[chunk(i, piece, None, None) for piece in re.findall(PIECE, a.text)] + [chunk(i, "", a.finish, m)]
                              for i, (a, m) in enumerate(zip(answers, marks))], answers)

    @router.post("/chat/completions", response_model=None, responses=TWO_FORMS)
    async def chat(body: ChatRequest, account: User) -> Response:
        desk.find(body.model, text=True)
        tokenizer, asked = tokenizer_of(desk.models[body.model]), [m for m in body.messages if m.role == "user"]
        if not asked:
            raise Problem(400, "There is no message of the user among the messages.", None, "messages")
        prompt = asked[-1].text()       # the course's model knows single questions: it reads the last thing the user said
        if hasattr(tokenizer, "chat"):  # a model with a chat template reads the whole conversation
            prompt = tokenizer.chat([{"role": m.role.replace("developer", "system"), "content": m.text()} for m in body.messages])
        if body.top_logprobs is not None and not body.logprobs:
            raise Problem(400, "top_logprobs needs logprobs=true.", None, "top_logprobs")
        wanted = (body.top_logprobs or 0) if body.logprobs else None
        answer, = await desk.ask(body.model, _questions(body, [prompt], account, desk, wanted))
        marks = _chat_logprobs(answer, body.top_logprobs or 0, reveal, tokenizer) if body.logprobs else None
        pieces = re.findall(PIECE, answer.text)
        def chunk(delta, finish=None, logprobs=None):
            return {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": logprobs}
        return reply(body, "chat.completion",
                     lambda: [{"index": 0, "finish_reason": answer.finish, "logprobs": marks,
                               "message": {"role": "assistant", "content": answer.text, "refusal": None}}],
                     lambda: [[chunk({"role": "assistant", "content": ""}), *map(chunk, ({"content": p} for p in pieces)),
                               chunk({}, answer.finish, marks)]], [answer])
    return router
