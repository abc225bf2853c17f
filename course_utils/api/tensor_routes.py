"""The Open Inference Protocol in front of any other model: /v2/models/{name}/infer, tensors as JSON."""
import math
from typing import Annotated, Any, Literal

import numpy as np
import torch
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from .customers import Account
from .errors import Problem, TensorError, described
from .serving import Question


class Tensor(BaseModel):
    name: str
    shape: Annotated[list[Annotated[int, Field(ge=1, le=100_000)]], Field(min_length=1, max_length=4)]
    datatype: Literal["UINT8", "FP32", "FP64"]
    data: list[Any]


class InferRequest(BaseModel):
    """Open Inference Protocol v2, tensors as JSON. UINT8 stands for grey values: 255 is 1.0."""
    id: str | None = None
    inputs: Annotated[list[Tensor], Field(min_length=1, max_length=1)]


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


def routes(desk):
    """The protocol's routes, for an http.Desk."""
    router = APIRouter(prefix="/v2", tags=["Open Inference Protocol"], responses=described(TensorError))
    User = Annotated[Account, Depends(desk.known)]

    @router.get("/health/live")
    async def live() -> dict:
        return {"live": True}

    @router.get("/health/ready")
    async def ready() -> dict:
        return {"ready": True}

    @router.get("")
    async def about() -> dict:
        return {"name": "dark-knowledge", "version": "1", "extensions": []}

    @router.get("/models/{name}")
    async def metadata(name: str, account: User) -> dict:
        desk.find(name, text=False)
        def form(name, datatype):
            return {"name": name, "datatype": datatype, "shape": [-1, -1]}

        return {"name": name, "versions": ["1"], "platform": "torch", "inputs": [form("x", "FP32")],
                "outputs": [form("classes", "INT64"), form("scores", "FP64")]}

    @router.get("/models/{name}/ready")
    async def model_ready(name: str, account: User) -> dict:
        desk.find(name, text=False)
        return {"name": name, "ready": True}

    @router.post("/models/{name}/infer")
    async def infer(name: str, body: InferRequest, account: User) -> dict:
        desk.find(name, text=False)
        x = _array(body.inputs[0])
        try:
            answers = await desk.ask(name, [Question(account, row) for row in x])
        except (ValueError, RuntimeError) as error:
            raise Problem(400, f"The model cannot read this input of shape {list(x.shape)}: {str(error)[:200]}", "bad_input",
                          "inputs") from None
        return _body(name, body.id, torch.stack([a.scores for a in answers]), "all" if account.role == "trusted" else desk.reveal.scores)

    return router


def _body(name, asked, scores, shown):
    """The protocol's reply: the classes, and unless the label alone is shown, their scores. scores: (n, classes)."""
    k = 1 if shown == "label" else scores.shape[1] if shown == "all" else min(shown, scores.shape[1])
    values, classes = scores.topk(k) if k < scores.shape[1] else (scores, torch.arange(k).expand_as(scores))
    outputs = [{"name": "classes", "datatype": "INT64", "shape": list(classes.shape), "data": classes.flatten().tolist()}]
    if shown != "label":
        outputs.append({"name": "scores", "datatype": "FP64", "shape": list(values.shape), "data": values.flatten().tolist()})
    return {"model_name": name, "model_version": "1", "id": asked or "", "parameters": {"of_classes": scores.shape[1]},
            "outputs": outputs}
