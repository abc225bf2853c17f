"""What a refused request is told: the body of an error in OpenAI's form, and in the Open Inference Protocol's."""
from pydantic import BaseModel


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


REFUSALS = {400: "what was asked makes no sense", 401: "no such key", 403: "a suspended key", 404: "no such model",
            422: "not of the form asked for", 429: "too fast (Retry-After says how long to wait), or the quota is spent"}


def described(form):
    """How every refusal looks, for the app's own description. form: Error or TensorError."""
    return {status: {"model": form, "description": why} for status, why in REFUSALS.items()}
