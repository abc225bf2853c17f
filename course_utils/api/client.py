"""How a customer asks: by the official `openai` package for text, by the Open Inference Protocol for tensors, and only on this machine."""
from functools import partial
from urllib.parse import urlsplit

PER_REQUEST = 500         # images in one request


class NotLoopback(ValueError):
    """An address outside this machine."""


def loopback(server):
    """The address of a Server, or an address as text, if it is on this machine. Raises NotLoopback, with the reason, if it is not."""
    url = getattr(server, "url", server)
    host = urlsplit(url).hostname
    if host not in ("127.0.0.1", "::1", "localhost"):
        raise NotLoopback(f"{url!r} is not on this machine. The course's clients ask only servers on 127.0.0.1: to query somebody else's "
                          "model in bulk is for its owner to allow, and nothing in this course needs it. Start your own: api.serve(...).")
    return url.rstrip("/")


def _settings(server, key):
    key = key or getattr(server, "key", None)
    if not key:
        raise ValueError("Which key? Give a Server, or an address and key=...")
    # no proxy from the environment, and no redirect to another host
    return loopback(server), key, {"trust_env": False, "follow_redirects": False, "timeout": 60}


def text(server, key=None, kind="", **settings):
    """The official client, openai.OpenAI, for a Server or an address on this machine. settings: as for openai.OpenAI."""
    import httpx2  # here, and not above: a second of import, and not every lesson asks
    import openai
    url, key, http = _settings(server, key)
    http = getattr(httpx2, f"{kind}Client")(**http)
    return getattr(openai, f"{kind}OpenAI")(base_url=f"{url}/v1", api_key=key, http_client=http, **settings)


text_async = partial(text, kind="Async")        # the same, openai.AsyncOpenAI


def tensors(server, model, key=None):
    """A function from inputs (n, d) to the served scores (n, classes), float64; 0 where nothing was served, and one-hot rows from a label.

    float32 inputs whose values are grey values k / 255 travel as UINT8, others as FP32, float64 ones as FP64; uint8 images are grey values
    from 0 to 255. Raises TypeError for other types, and openai's exceptions for a wrong key or a spent quota, like the text client.
    """
    import httpx2
    import torch
    url, key, http = _settings(server, key)
    client = httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, **http)
    def ask(x):
        x = torch.as_tensor(x)
        if not x.is_floating_point() and x.dtype != torch.uint8:
            raise TypeError(f"Inputs of type {x.dtype}: the server takes numbers from 0 to 1. Are these grey values? Then send x / 255.")
        x = x / 255 if x.dtype == torch.uint8 else x
        return torch.cat([_infer(client, model, part) for part in x.split(PER_REQUEST)])
    return ask


def _infer(client, model, x):
    import torch  # here, and not above: whoever only asks for text need not wait for it
    grey = (x * 255).round()
    if x.dtype == torch.float32 and torch.equal(grey / 255, x) and grey.min() >= 0 and grey.max() <= 255:
        kind, data = "UINT8", grey.to(torch.uint8)
    else:
        kind, data = ("FP64" if x.dtype == torch.float64 else "FP32"), x
    body = {"inputs": [{"name": "x", "shape": list(x.shape), "datatype": kind, "data": data.flatten().tolist()}]}
    response = client.post(f"/v2/models/{model}/infer", json=body)
    if response.is_error:
        import openai
        kinds = {400: openai.BadRequestError, 401: openai.AuthenticationError, 403: openai.PermissionDeniedError, 404: openai.NotFoundError,
                 422: openai.UnprocessableEntityError, 429: openai.RateLimitError, 500: openai.InternalServerError}
        message = response.json()["error"]
        raise kinds.get(response.status_code, openai.APIStatusError)(message, response=response, body={"message": message})
    reply = response.json()
    outputs = {o["name"]: torch.tensor(o["data"], dtype=torch.float64).reshape(o["shape"]) for o in reply["outputs"]}
    classes = outputs["classes"].long()
    scores = torch.zeros(len(x), reply["parameters"]["of_classes"], dtype=torch.float64)
    return scores.scatter(1, classes, outputs.get("scores", torch.ones(classes.shape, dtype=torch.float64)))
