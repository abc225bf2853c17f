"""The box "API": any model behind HTTP on this machine, in the protocols that people meet outside.

    server = api.serve({"teacher": language.load_language_teacher(), "digits": models.load_teacher()})
    server.url, server.key, server.ledger(), server.stop()

Language models speak OpenAI's protocol (/v1/models, /v1/completions, /v1/chat/completions), so that the official `openai` package works
unchanged; everything else speaks the Open Inference Protocol (/v2/models/{name}/infer). The server listens on 127.0.0.1 only, in a
thread of this process: it is gone when the kernel is.
"""
import asyncio
import atexit
import contextlib
import json
import math
import re
import secrets
import socket
import threading
import time
import zlib
from typing import Annotated, Any, Literal

import numpy as np
import torch
import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from . import decoding
from .language import LanguageModel
from .ledger import Ledger, packed
from .serving import PRICES, Account, Defence, Question, Queue, QuotaSpent, Reveal, TooFast, answer_tensors, answer_texts, one_thread
from .skills import TOKENIZER

LONGEST_PROMPT = 64       # tokens; the longest real question has 18
MOST_PROMPTS = 2048       # in one request
BATCH = 256               # questions decoded together


# ---------------------------------------------------------------- the forms of requests and errors

class ErrorDetail(BaseModel):
    message: str
    type: str
    param: str | None = None
    code: str | None = None


class Error(BaseModel):
    """OpenAI's body of every error."""
    error: ErrorDetail


class TensorError(BaseModel):
    """The Open Inference Protocol's."""
    error: str


class Problem(Exception):
    """A request that is refused: status, message, and for some codes headers."""

    def __init__(self, status, message, code=None, param=None, kind="invalid_request_error", headers=None):
        self.status, self.headers = status, headers or {}
        self.message, self.detail = message, {"message": message, "type": kind, "param": param, "code": code}


class StreamOptions(BaseModel):
    include_usage: bool = False


class TextRequest(BaseModel):
    model: str
    max_tokens: Annotated[int, Field(ge=1, le=decoding.MAX_TOKENS)] = decoding.MAX_TOKENS
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    seed: int | None = None
    stop: str | list[str] | None = None
    logit_bias: dict[str, Annotated[float, Field(ge=-100, le=100)]] | None = None
    n: Literal[1] = 1
    stream: bool = False
    stream_options: StreamOptions | None = None


class CompletionRequest(TextRequest):
    prompt: str | Annotated[list[str], Field(min_length=1, max_length=MOST_PROMPTS)]
    logprobs: Annotated[int, Field(ge=0, le=5)] | None = None


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
    max_completion_tokens: Annotated[int, Field(ge=1, le=decoding.MAX_TOKENS)] | None = None
    logprobs: bool = False
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None


class Tensor(BaseModel):
    name: str
    shape: Annotated[list[Annotated[int, Field(ge=1, le=100_000)]], Field(min_length=1, max_length=4)]
    datatype: Literal["UINT8", "FP32", "FP64"]
    data: list[Any]


class InferRequest(BaseModel):
    """Open Inference Protocol v2, tensors as JSON. UINT8 stands for grey values: 255 is 1.0."""
    id: str | None = None
    inputs: Annotated[list[Tensor], Field(min_length=1, max_length=1)]


# ---------------------------------------------------------------- from a request to questions

def _tokens(prompt):
    try:
        ids = TOKENIZER.encode(prompt)
    except ValueError as error:
        raise Problem(400, f"{error} A question looks like 'reason 347 + 586 :'.", "unknown_token", "prompt") from None
    if not ids:
        raise Problem(400, "The prompt is empty.", "empty_prompt", "prompt")
    if len(ids) > LONGEST_PROMPT:
        raise Problem(400, f"The prompt has {len(ids)} tokens, and this model reads {LONGEST_PROMPT} at most.", "context_length_exceeded",
                      "prompt")
    return ids


def _bias(request, reveal, account):
    if not request.logit_bias:
        return {}
    if not reveal.logit_bias and account.role != "trusted":
        raise Problem(400, "This endpoint takes no logit_bias.", "not_offered", "logit_bias")
    for token in request.logit_bias:
        if not (token.isascii() and token.isdecimal() and int(token) < len(TOKENIZER)):
            raise Problem(400, f"logit_bias: {token!r} is no token number; they go from 0 to {len(TOKENIZER) - 1}.", "bad_token",
                          "logit_bias")
    return {int(token): value for token, value in request.logit_bias.items()}


def _questions(request, prompts, account, reveal, wanted):
    """A Question for each prompt. What it is answered depends on its text and the seed, not on what else is in the request."""
    if wanted is not None and (wanted > reveal.top_logprobs or not reveal.top_logprobs) and account.role != "trusted":
        most = f"at most {reveal.top_logprobs} log-probs a token" if reveal.top_logprobs else "no log-probs"
        raise Problem(400, f"This endpoint shows {most}.", "not_offered", "logprobs")
    if request.stream_options and not request.stream:
        raise Problem(400, "stream_options is for requests with stream=true.", None, "stream_options")
    stop = (request.stop,) if isinstance(request.stop, str) else tuple(request.stop or ())
    if not all(stop):
        raise Problem(400, "An empty text cannot be a stop.", None, "stop")
    seed = secrets.randbits(32) if request.seed is None else request.seed
    length = getattr(request, "max_completion_tokens", None) or request.max_tokens
    bias = _bias(request, reveal, account)
    return [Question(account, _tokens(p), p, length, request.temperature, zlib.crc32(f"{seed} {p}".encode()), stop, bias, wanted)
            for p in prompts]


def _array(tensor):
    """The one input of an inference request as floats (rows, columns)."""
    size = math.prod(tensor.shape)
    try:
        values = np.asarray(tensor.data, dtype=np.float64).reshape(-1)
    except (ValueError, TypeError, OverflowError):
        raise Problem(400, "inputs[0].data must hold numbers only, flat or nested as the shape says.", None, "data") from None
    if len(values) != size:
        raise Problem(400, f"inputs[0].data has {len(values)} numbers, and the shape {tensor.shape} asks for {size}.", None, "data")
    if not np.isfinite(values).all() or tensor.datatype == "UINT8" and ((values < 0) | (values > 255)).any():
        raise Problem(400, "inputs[0].data holds NaN, infinity, or for UINT8 something outside 0 to 255.", None, "data")
    values = values.reshape(tensor.shape[0], -1)
    values = values / 255 if tensor.datatype == "UINT8" else values
    return torch.from_numpy(values if tensor.datatype == "FP64" else values.astype(np.float32))


# ---------------------------------------------------------------- from answers to the protocols' bodies

def _name(token):
    return TOKENIZER.tokens[token]


def _rounded(value, reveal):
    return value if reveal.decimals is None else round(value, reveal.decimals)


def _top(logprobs, k, reveal):
    values, tokens = logprobs.topk(k)
    return {_name(t): _rounded(v, reveal) for t, v in zip(tokens.tolist(), values.tolist())}


def _completion_logprobs(answer, k, reveal):
    names, offsets, at = [_name(t) for t in answer.tokens], [], 0
    for before, name in zip(["", *names], names):
        at += bool(before) and not (before.isdecimal() and name.isdecimal())       # digits stand side by side, words apart
        offsets.append(at)
        at += len(name)
    return {"tokens": names, "token_logprobs": [_rounded(value, reveal) for value in answer.chosen], "text_offset": offsets,
            "top_logprobs": [_top(row, k, reveal) for row in answer.logprobs] if k else None}


def _chat_logprobs(answer, k, reveal):
    def entry(name, value):
        return {"token": name, "logprob": value, "bytes": list(name.encode())}

    def likeliest(row):
        return [entry(*item) for item in _top(row, k, reveal).items()] if k else []

    return {"refusal": None, "content": [entry(_name(t), _rounded(value, reveal)) | {"top_logprobs": likeliest(row)}
                                         for t, value, row in zip(answer.tokens, answer.chosen, answer.logprobs)]}


def _pieces(text):
    """A text in the pieces in which it is streamed: words, each with the space before it."""
    return re.findall(r"\s*\S+|\s+$", text)


def _usage(answers):
    asked, said, hidden = (sum(getattr(a, name) for a in answers) for name in ("prompt_tokens", "answer_tokens", "hidden_tokens"))
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said,
            "completion_tokens_details": {"reasoning_tokens": hidden}}


def _events(head, choices, usage):
    """Server-sent events. choices: for each, the forms of its chunks. The answer was made whole and is handed out in pieces."""
    async def stream():
        for chunks in choices:
            for chunk in chunks:
                yield f"data: {json.dumps(head | {'choices': [chunk]})}\n\n"
                await asyncio.sleep(0)
        if usage:
            yield f"data: {json.dumps(head | {'choices': [], 'usage': usage})}\n\n"
        yield "data: [DONE]\n\n"
    return StreamingResponse(stream(), media_type="text/event-stream")


# ---------------------------------------------------------------- the app

REFUSALS = {400: "what was asked makes no sense", 401: "no such key", 403: "a suspended key", 404: "no such model",
            422: "not of the form asked for", 429: "too fast (Retry-After says how long to wait), or the quota is spent"}
OIP = {status: {"model": TensorError, "description": why} for status, why in REFUSALS.items()}
TWO_FORMS = {200: {"description": "the answer, whole or as a stream of events", "content": {
    "application/json": {"schema": {"type": "object"}}, "text/event-stream": {"schema": {"type": "object", "required": ["data"]}}}}}


def make_app(models, accounts, reveal=Reveal(), defence=None, ledger=None):     # noqa: B008
    """The FastAPI app. models: {name: model}; accounts: a list of Account; ledger: a Ledger. See `serve`."""
    defence, by_secret, started = defence or Defence(), {a.secret: a for a in accounts}, int(time.time())
    thread, queues = one_thread(), {}
    for account in accounts:
        account.spent += ledger.spent().get(account.name, 0)

    def runner(name, model):
        text = isinstance(model, LanguageModel)
        answer = answer_texts if text else answer_tensors

        def run(questions):
            answers = answer(model, questions, reveal, defence)
            now, images = time.time(), [] if text else packed(torch.stack([q.prompt for q in questions]))
            ledger.write([{
                "time": q.arrived, "key": q.account.name, "model": name, "prompt": q.text if text else images[i], "answer": a.text,
                "confidence": a.confidence, "prompt_tokens": a.prompt_tokens, "answer_tokens": a.answer_tokens, "latency": now - q.arrived,
                "served": reveal.words(text), "cost": PRICES["prompt token"] * a.prompt_tokens + PRICES["answer token"] * a.answer_tokens
                if text else PRICES["tensor"]} for i, (q, a) in enumerate(zip(questions, answers))])
            return answers
        return run

    @contextlib.asynccontextmanager
    async def lifespan(app):
        queues.update({name: Queue(runner(name, model), BATCH if isinstance(model, LanguageModel) else 4096, thread)
                       for name, model in models.items()})
        working = [asyncio.create_task(queue.work()) for queue in queues.values()]
        yield
        for task in working:
            task.cancel()
        thread.shutdown()

    # no /docs page: it would load its scripts from the Internet
    app = FastAPI(title="Dark Knowledge: a teacher behind an API", version="1", lifespan=lifespan, docs_url=None, redoc_url=None,
                  strict_content_type=False,      # not every client says that its JSON is JSON
                  responses={status: {"model": Error, "description": why} for status, why in REFUSALS.items()})

    @app.exception_handler(Problem)
    async def refused(request, problem):
        tensors = request.url.path.startswith("/v2")
        return JSONResponse({"error": problem.message if tensors else problem.detail}, problem.status, problem.headers)

    @app.exception_handler(RequestValidationError)
    async def malformed(request, error):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        status = 400 if first["type"] == "json_invalid" else 422
        return await refused(request, Problem(status, f"{where or 'body'}: {first['msg']}", first["type"], where or None))

    @app.exception_handler(Exception)
    async def broken(request, error):
        said = f"The model or the defence failed with {type(error).__name__}: {str(error)[:200]}"
        return await refused(request, Problem(500, said, kind="server_error", headers={"x-should-retry": "false"}))

    @app.exception_handler(HTTPException)
    async def elsewhere(request, error):
        return await refused(request, Problem(error.status_code, str(error.detail), headers=error.headers))

    async def known(request: Request, credentials=Depends(HTTPBearer(auto_error=False))):  # noqa: B008
        account = by_secret.get(credentials.credentials if credentials else None)
        if account is None:
            said = "No API key was sent." if credentials is None else "This is not a key of this server."
            raise Problem(401, f"{said} The right one is server.key.", "invalid_api_key", headers={"WWW-Authenticate": "Bearer"})
        if account.role == "suspended":
            raise Problem(403, f"The account {account.name!r} is suspended.", "account_suspended", kind="permission_error")
        return account

    async def ask(name, questions):
        """Charge the account, wait for the answers."""
        account = questions[0].account
        if account.burst is not None and len(questions) > account.burst:
            raise Problem(400, f"{len(questions)} queries in one request; this key may send {account.burst} at once.", "too_many_at_once")
        try:
            account.charge(len(questions), time.monotonic())
        except QuotaSpent:
            raise Problem(429, f"The quota of this key is spent: {account.spent} of {account.quota} queries. Waiting does not help.",
                          "insufficient_quota", kind="insufficient_quota", headers={"x-should-retry": "false"}) from None
        except TooFast as wait:
            raise Problem(429, f"Too fast: this key may ask {account.per_minute:g} queries a minute. Try again in {wait.seconds:.2f} s.",
                          "rate_limit_exceeded", kind="requests", headers={"Retry-After": str(math.ceil(wait.seconds)),
                                                                           "retry-after-ms": str(math.ceil(1000 * wait.seconds))}) from None
        try:
            return await queues[name].ask(questions)
        except BaseException:
            account.spent -= len(questions)               # not answered, not paid for
            raise

    def find(name, text):
        if name not in models or isinstance(models[name], LanguageModel) != text:
            offered = [n for n, m in models.items() if isinstance(m, LanguageModel) == text]
            raise Problem(404, f"There is no model {name!r} here. There is: {', '.join(offered) or 'none of this kind'}.",
                          "model_not_found", "model")
        return models[name]

    User = Annotated[Account, Depends(known)]

    def card(name):
        return {"id": name, "object": "model", "created": started, "owned_by": "dark-knowledge"}

    @app.get("/v1/models", tags=["OpenAI"])
    async def list_models(account: User) -> dict:
        return {"object": "list", "data": [card(name) for name, model in models.items() if isinstance(model, LanguageModel)]}

    @app.get("/v1/models/{name}", tags=["OpenAI"])
    async def one_model(name: str, account: User) -> dict:
        find(name, text=True)
        return card(name)

    def head(kind, name):
        return {"id": f"{kind}-{secrets.token_hex(8)}", "object": kind, "created": int(time.time()), "model": name}

    @app.post("/v1/completions", tags=["OpenAI"], response_model=None, responses=TWO_FORMS)
    async def completions(body: CompletionRequest, account: User) -> Response:
        find(body.model, text=True)
        prompts = [body.prompt] if isinstance(body.prompt, str) else body.prompt
        answers = await ask(body.model, _questions(body, prompts, account, reveal, body.logprobs))
        marks = [None if body.logprobs is None else _completion_logprobs(a, body.logprobs, reveal) for a in answers]
        top = head("text_completion", body.model)
        if not body.stream:
            return JSONResponse(top | {"usage": _usage(answers), "choices": [
                {"index": i, "text": a.text, "finish_reason": a.finish, "logprobs": m} for i, (a, m) in enumerate(zip(answers, marks))]})
        chunks = [[{"index": i, "text": piece, "finish_reason": None, "logprobs": None} for piece in _pieces(a.text)]
                  + [{"index": i, "text": "", "finish_reason": a.finish, "logprobs": m}] for i, (a, m) in enumerate(zip(answers, marks))]
        return _events(top, chunks, _usage(answers) if body.stream_options and body.stream_options.include_usage else None)

    @app.post("/v1/chat/completions", tags=["OpenAI"], response_model=None, responses=TWO_FORMS)
    async def chat(body: ChatRequest, account: User) -> Response:
        find(body.model, text=True)
        # this teacher knows single questions and no conversations: it reads the last thing the user said
        asked = [m for m in body.messages if m.role == "user"]
        if not asked:
            raise Problem(400, "There is no message of the user among the messages.", None, "messages")
        if body.top_logprobs is not None and not body.logprobs:
            raise Problem(400, "top_logprobs needs logprobs=true.", None, "top_logprobs")
        wanted = (body.top_logprobs or 0) if body.logprobs else None
        answer, = await ask(body.model, _questions(body, [asked[-1].text()], account, reveal, wanted))
        marks = _chat_logprobs(answer, body.top_logprobs or 0, reveal) if body.logprobs else None
        if not body.stream:
            return JSONResponse(head("chat.completion", body.model) | {"usage": _usage([answer]), "choices": [
                {"index": 0, "finish_reason": answer.finish, "logprobs": marks,
                 "message": {"role": "assistant", "content": answer.text, "refusal": None}}]})
        chunks = [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None, "logprobs": None}]
        chunks += [{"index": 0, "delta": {"content": piece}, "finish_reason": None, "logprobs": None} for piece in _pieces(answer.text)]
        chunks.append({"index": 0, "delta": {}, "finish_reason": answer.finish, "logprobs": marks})
        return _events(head("chat.completion.chunk", body.model), [chunks],
                       _usage([answer]) if body.stream_options and body.stream_options.include_usage else None)

    @app.get("/v2/health/live", tags=["Open Inference Protocol"], responses=OIP)
    async def live() -> dict:
        return {"live": True}

    @app.get("/v2/health/ready", tags=["Open Inference Protocol"], responses=OIP)
    async def ready() -> dict:
        return {"ready": True}

    @app.get("/v2", tags=["Open Inference Protocol"], responses=OIP)
    async def about() -> dict:
        return {"name": "dark-knowledge", "version": "1", "extensions": []}

    @app.get("/v2/models/{name}", tags=["Open Inference Protocol"], responses=OIP)
    async def metadata(name: str, account: User) -> dict:
        find(name, text=False)
        def form(name, datatype):
            return {"name": name, "datatype": datatype, "shape": [-1, -1]}

        return {"name": name, "versions": ["1"], "platform": "torch", "inputs": [form("x", "FP32")],
                "outputs": [form("classes", "INT64"), form("scores", "FP64")]}

    @app.get("/v2/models/{name}/ready", tags=["Open Inference Protocol"], responses=OIP)
    async def model_ready(name: str, account: User) -> dict:
        find(name, text=False)
        return {"name": name, "ready": True}

    @app.post("/v2/models/{name}/infer", tags=["Open Inference Protocol"], responses=OIP)
    async def infer(name: str, body: InferRequest, account: User) -> dict:
        find(name, text=False)
        x = _array(body.inputs[0])
        try:
            answers = await ask(name, [Question(account, row) for row in x])
        except (ValueError, RuntimeError) as error:
            raise Problem(400, f"The model cannot read this input of shape {list(x.shape)}: {str(error)[:200]}", "bad_input",
                          "inputs") from None
        scores = torch.stack([a.scores for a in answers])
        shown = "all" if account.role == "trusted" else reveal.scores
        k = 1 if shown == "label" else scores.shape[1] if shown == "all" else min(shown, scores.shape[1])
        values, classes = scores.topk(k) if k < scores.shape[1] else (scores, torch.arange(k).expand_as(scores))
        outputs = [{"name": "classes", "datatype": "INT64", "shape": list(classes.shape), "data": classes.flatten().tolist()}]
        if shown != "label":
            outputs.append({"name": "scores", "datatype": "FP64", "shape": list(values.shape), "data": values.flatten().tolist()})
        return {"model_name": name, "model_version": "1", "id": body.id or "", "parameters": {"of_classes": scores.shape[1]},
                "outputs": outputs}

    return app


# ---------------------------------------------------------------- started and stopped in one line

class Server:
    """A running API. url, key (the first account's), accounts, path (of the ledger); ledger(), stop(); or use it in a `with`."""

    def __init__(self, app, listening, accounts, ledger):
        self.app, self.accounts, self._ledger = app, accounts, ledger
        self.url, self.key, self.path = f"http://127.0.0.1:{listening.getsockname()[1]}", accounts[0].secret, ledger.path
        self._uvicorn = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False, lifespan="on"))
        self._thread = threading.Thread(target=self._uvicorn.run, kwargs={"sockets": [listening]}, daemon=True, name="api")
        self._thread.start()
        while not self._uvicorn.started:
            if not self._thread.is_alive():
                raise RuntimeError("The server did not start; see the error above.")
            time.sleep(0.01)
        atexit.register(self.stop)

    def ledger(self):
        """Every query so far, one row each: a DataFrame. See ledger.COLUMNS."""
        return self._ledger.read()

    def stop(self):
        """Stop listening, finish what is being answered, close the ledger. A second call does nothing."""
        if self._thread.is_alive():
            self._uvicorn.should_exit = True
            self._thread.join(timeout=10)
            self._ledger.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def __repr__(self):
        return f"<API at {self.url}, {'running' if self._thread.is_alive() else 'stopped'}>"


def serve(models, *, accounts=None, reveal=Reveal(), defence=None, ledger=None, port=0):     # noqa: B008
    """Put models behind an API on 127.0.0.1. Returns a running Server.

    models: {name: model}. A LanguageModel answers text; anything else is called on inputs (n, d) and returns logits (n, classes).
    accounts: a list of Account; by default one without limits, "student", with a new secret. reveal: what an answer shows.
    defence: a serving.Defence, or nothing. ledger: the path of its file; by default a temporary one. port: 0 takes a free one.
    Raises OSError, with what to do, when the port is in use.
    """
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as error:
        listening.close()
        raise OSError(f"Port {port} of this machine is in use, perhaps by a server that was not stopped. Leave `port` out, and a free one "
                      "is taken; or restart the kernel that holds it.") from error
    accounts, book = accounts or [Account("student", f"dk-{secrets.token_urlsafe(16)}")], Ledger(ledger)
    return Server(make_app(models, accounts, reveal, defence, book), listening, accounts, book)
