"""What a refused request is told: the body of an error in OpenAI's form, and in the Open Inference Protocol's."""
import json
import traceback
from reprlib import repr as brief

from pydantic import create_model

MOST = 600                # characters of a message: a prompt of 20 MB is not sent back


Error = create_model("Error", __doc__="OpenAI's body of every error.", error=dict[str, str | None])
TensorError = create_model("TensorError", __doc__="The Open Inference Protocol's.", error=str)


class Problem(Exception):
    """A request that is refused: status, message, and for some codes headers."""

    def __init__(self, status, message, code=None, param=None, kind="invalid_request_error", headers=None):
        message, param = (text and text.encode("utf-8", "backslashreplace").decode() for text in (message, param))
        message = message if len(message) <= MOST else f"{message[:MOST // 2]} ... {message[-MOST // 3:]}"
        super().__init__(message)
        self.status, self.headers, self.message = status, headers or {}, message
        self.detail = {"message": message, "type": kind, "param": param and param[:100], "code": code}


ADVICE = {"model": "Call it on this input by hand to see more.", "defence": "Mend what api.serve(..., defence=...) was given.",
          "ledger": "Close the program that holds its file; if the file is damaged, start a server with another one.",
          "disk": "Free some space where the ledger is."}


class Fault(Problem):
    """What went wrong on the provider's side. party: a key of ADVICE; error: what was raised."""

    def __init__(self, party, error):
        last = traceback.extract_tb(error.__traceback__)[-1:]
        where = f" (line {last[0].lineno}: {last[0].line})" if party in ("model", "defence") and last else ""
        super().__init__(500, f"The {party} failed with {type(error).__name__}: {str(error)[:200]}{where[:120]}. Nothing is charged. "
                              f"{ADVICE[party]}", f"{party}_failed", kind="server_error", headers={"x-should-retry": "false"})


def warned(given, neutral, harmless):
    """{"warning": a sentence that names the unknown parameters of given, {name: value}}; {} where there is none.

    Raises Problem for one that would change the answer: any other value than those of `neutral`, {name: values}."""
    for name, value in given.items():
        if name in neutral and value not in neutral[name]:
            instead = "".join(f", or send {json.dumps(usual)}" for usual in neutral[name])
            raise Problem(400, f"{name}={brief(value)} would change the answer, and is not offered here. Leave it out{instead}.",
                          "not_offered", name)
    strange = [brief(name) for name in given if name not in neutral and name not in harmless]
    return {"warning": f"Ignored, for this API has no such parameters: {', '.join(strange[:10])}."} if strange else {}


REFUSALS = {400: "what was asked makes no sense", 401: "no such key", 403: "a suspended key", 404: "no such model",
            422: "not of the form asked for", 429: "too fast (Retry-After says how long to wait), or the quota is spent"}


def described(form):
    """How every refusal looks, for the app's own description. form: Error or TensorError."""
    return {status: {"model": form, "description": why} for status, why in REFUSALS.items()}
