"""Any model behind HTTP on this machine, in the protocols that people meet outside.

    server = api.serve({"teacher": language.load_language_teacher(), "digits": classifier.load_teacher()})
    server.url, server.key, server.ledger(), server.stop()

Language models speak OpenAI's protocol (openai_routes), so that the official `openai` package works unchanged; everything else speaks the
Open Inference Protocol (tensor_routes). The server listens on 127.0.0.1 only, in a thread of this process: it is gone when the kernel is.
"""
import asyncio
import atexit
import contextlib
import math
import secrets
import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import torch
import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException

from ..teacher.language import LanguageModel
from . import openai_routes, tensor_routes
from .customers import Account, QuotaSpent, TooFast
from .errors import Error, Fault, Problem, brief, described
from .ledger import Ledger, packed
from .serving import PRICES, Defence, Guarded, Queue, Reveal, answer_tensors, answer_texts

BATCH = 256               # questions decoded together


class Desk:
    """What both protocols need: who is asking, which models there are, and an answer that is charged and written down. See `serve`."""

    def __init__(self, models, accounts, reveal, defence, ledger):
        self.models, self.reveal, self.defence, self.ledger = models, reveal, Guarded(defence or Defence()), ledger
        self.by_secret, self.thread, self.queues = {a.secret: a for a in accounts}, ThreadPoolExecutor(1, "model"), {}
        self.asking, self.writing, self.unwritten, self.next_write = 0, asyncio.Lock(), [], None
        for account in accounts:      # not their sum: the same Account may have served with this ledger before
            account.spent = max(account.spent, ledger.spent().get(account.name, 0))

    def is_text(self, name):
        return isinstance(self.models[name], LanguageModel)

    def offered(self, text):
        """The names of the models of one kind: language models, or the others."""
        return [name for name in self.models if self.is_text(name) == text]

    def find(self, name, text):
        """Raises Problem when there is no such model of this kind."""
        if name not in self.offered(text):
            raise Problem(404, f"There is no model {brief(name)} here. There is: {', '.join(self.offered(text)) or 'none of this kind'}.",
                          "model_not_found", "model")

    async def known(self, request: Request, credentials=Depends(HTTPBearer(auto_error=False))):  # noqa: B008
        """The Account whose key was sent. Raises Problem."""
        account = self.by_secret.get(credentials.credentials if credentials else None)
        if account is None:
            said = "No API key was sent." if credentials is None else "This is not a key of this server."
            raise Problem(401, f"{said} The right one is server.key.", "invalid_api_key", headers={"WWW-Authenticate": "Bearer"})
        if account.role == "suspended":
            raise Problem(403, f"The account {account.name!r} is suspended.", "account_suspended", kind="permission_error")
        return account

    async def ask(self, name, questions):
        """Charge the account, wait for the answers, write them down. Raises Problem, and then nothing is charged or in the ledger."""
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
        self.asking += 1
        try:
            answers, rows = zip(*await self.queues[name].ask(questions))
            await self.keep(rows)
        except BaseException:
            account.spent -= len(questions)               # not answered, not paid for
            raise
        finally:
            self.asking -= 1
        return answers

    async def keep(self, rows):
        """Put a request's rows into the ledger, all or none, in one commit with those of all who wait for the disk."""
        self.unwritten += rows
        self.next_write = self.next_write or asyncio.ensure_future(self.write())
        await asyncio.shield(self.next_write)

    async def write(self):
        async with self.writing:
            rows, self.unwritten, self.next_write = self.unwritten, [], None
            try:
                await asyncio.to_thread(self.ledger.write, rows)
            except (sqlite3.Error, OSError) as error:
                raise Fault("disk" if "full" in str(error) or "I/O" in str(error) else "ledger", error) from error

    def run(self, name, questions):
        """A batch of questions to (its Answer, its row of the ledger) each."""
        text = self.is_text(name)
        try:
            answers = (answer_texts if text else answer_tensors)(self.models[name], questions, self.reveal, self.defence)
        except Exception as error:
            if isinstance(error, Fault if text else Fault | ValueError | RuntimeError):        # for tensors it may be the customer's fault
                raise
            raise Fault("model", error) from error
        now, images = time.time(), [] if text else packed(torch.stack([q.prompt for q in questions]))
        rows = [{
            "time": q.arrived, "key": q.account.name, "model": name, "prompt": q.text if text else images[i], "answer": a.text,
            "confidence": a.confidence, "prompt_tokens": a.prompt_tokens, "answer_tokens": a.answer_tokens, "latency": now - q.arrived,
            "served": self.reveal.words(text), "cost": PRICES["prompt token"] * a.prompt_tokens + PRICES["answer token"] * a.answer_tokens
            if text else PRICES["tensor"]} for i, (q, a) in enumerate(zip(questions, answers))]
        return list(zip(answers, rows))

    def give_up(self):
        """Refuse all who still wait, but those whose batch is being answered."""
        for _, future in (item for queue in self.queues.values() for asked in queue.waiting.values() for item in asked):
            if not future.done():
                future.set_exception(Problem(503, "The server is being stopped. Nothing is charged.", "stopping", kind="server_error",
                                             headers={"x-should-retry": "false"}))

    @contextlib.asynccontextmanager
    async def open(self, app):
        """A queue for each model, while the app runs."""
        self.queues |= {name: Queue(partial(self.run, name), getattr(model, "batch", BATCH) if self.is_text(name) else 4096, self.thread)
                        for name, model in self.models.items()}
        working = [asyncio.create_task(queue.work()) for queue in self.queues.values()]
        yield
        for task in working:
            task.cancel()
        self.thread.shutdown()


def make_app(models, accounts, reveal=Reveal(), defence=None, ledger=None):     # noqa: B008
    """The FastAPI app of a Desk. See `serve`."""
    desk = Desk(models, accounts, reveal, defence, ledger)
    # no /docs page: it would load its scripts from the Internet
    app = FastAPI(title="Dark Knowledge: a teacher behind an API", version="1", lifespan=desk.open, docs_url=None, redoc_url=None,
                  strict_content_type=False,      # not every client says that its JSON is JSON
                  responses=described(Error))
    app.state.desk = desk
    app.include_router(openai_routes.routes(desk))
    app.include_router(tensor_routes.routes(desk))

    @app.exception_handler(Problem)
    async def refused(request, problem):
        tensors = request.url.path.startswith("/v2")
        return JSONResponse({"error": problem.message if tensors else problem.detail}, problem.status, problem.headers)
    @app.exception_handler(RequestValidationError)
    async def malformed(request, error):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        status, said = 400 if first["type"] == "json_invalid" else 422, f"{where or 'body'}: {first['msg']}"
        if isinstance(error.body, bytes):
            kind = request.headers.get("content-type", "")[:60]
            said = f"The body came as {kind}: send JSON, with the header Content-Type: application/json."
        elif where.startswith("prompt."):
            where, said = "prompt", f"prompt: it must be {openai_routes.PROMPT}."
        return await refused(request, Problem(status, said, first["type"], where or None))
    @app.exception_handler(Exception)
    async def broken(request, error):
        said = f"The course's server failed with {type(error).__name__}: {str(error)[:200]}. Please report it."
        return await refused(request, Problem(500, said, kind="server_error", headers={"x-should-retry": "false"}))
    @app.exception_handler(HTTPException)
    async def elsewhere(request, error):
        return await refused(request, Problem(error.status_code, str(error.detail), headers=error.headers))
    return app


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
        """Stop listening, finish the batch that is being answered, close the ledger. A second call does nothing."""
        if not self._thread.is_alive():
            return
        loop, self._uvicorn.should_exit = self._uvicorn.servers[0].get_loop(), True
        loop.call_soon_threadsafe(self.app.state.desk.give_up)
        for _ in range(100):
            self._thread.join(0.1)
            if self._thread.is_alive() and not self.app.state.desk.asking:      # half a body, or nobody reads: they are not waited for
                with contextlib.suppress(RuntimeError):                         # the loop has ended just now
                    loop.call_soon_threadsafe(lambda: [c.transport.abort() for c in list(self._uvicorn.server_state.connections)])
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
    accounts, book = accounts or [Account("student", f"dk-{secrets.token_urlsafe(16)}")], Ledger(ledger)
    # its protocol is said: asyncio sets TCP_NODELAY for no other, and every answer on a kept connection would take 40 ms more
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as error:
        listening.close()
        book.close()
        raise OSError(f"Port {port} of this machine is in use, perhaps by a server that was not stopped. Leave `port` out, and a free one "
                      "is taken; or restart the kernel that holds it.") from error
    return Server(make_app(models, accounts, reveal, defence, book), listening, accounts, book)
