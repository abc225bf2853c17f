"""The Open Inference Protocol in front of any other model: /v2/models/{name}/infer, tensors as JSON or, by its extension, as bytes."""
import json
import math
from typing import Annotated, Any, Literal

import numpy as np
import torch
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from .customers import Account
from .errors import Problem, TensorError, brief, described, warned
from .serving import Question

KINDS = {"UINT8": np.uint8, "FP32": "<f4", "FP64": "<f8", "INT64": "<i8"}
LENGTH = "Inference-Header-Content-Length"        # of the JSON in front of the bytes
NEUTRAL = {"sequence_id": [0, ""], "sequence_start": [False], "sequence_end": [False], "classification": [0], "shared_memory_region": []}
HARMLESS = {"priority", "timeout", "binary_data", "binary_data_output", "binary_data_size"}


class Part(BaseModel, extra="allow"):
    parameters: dict[str, Any] = {}


class Tensor(Part):
    name: Literal["x"]
    shape: Annotated[list[Annotated[int, Field(ge=1, le=100_000)]], Field(min_length=1, max_length=4)]
    datatype: Literal["UINT8", "FP32", "FP64"]
    data: list[Any]


class Output(Part):
    name: Literal["classes", "scores"]


class InferRequest(Part):
    """Open Inference Protocol v2. UINT8 stands for grey values: 255 is 1.0."""
    id: str | None = None
    inputs: Annotated[list[Tensor], Field(min_length=1, max_length=1)]
    outputs: list[Output] = []


class BytesRoute(APIRoute):
    """Takes tensors that stand as bytes behind the JSON, too: they are put into it."""
    def get_route_handler(self):
        answer = super().get_route_handler()
        async def handle(request):
            if LENGTH in request.headers:
                try:
                    body, length = await request.body(), int(request.headers[LENGTH])
                    head = json.loads(body[:length])
                    tensor, = head["inputs"]
                    if len(body) - length != tensor["parameters"]["binary_data_size"]:
                        raise ValueError
                    tensor["data"] = np.frombuffer(body[length:], KINDS[tensor["datatype"]]).tolist()
                except (ValueError, KeyError, TypeError):
                    raise Problem(400, f"The bytes behind the JSON do not fit it. Its length stands in the header {LENGTH}, and the "
                                       "tensor's in its parameter binary_data_size.", "bad_bytes", "inputs") from None
                request = Request(request.scope | {"headers": [(b"content-type", b"application/json"), *request.scope["headers"]]})
                request._body = json.dumps(head).encode()
            return await answer(request)
        return handle


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
    router = APIRouter(prefix="/v2", route_class=BytesRoute, tags=["Open Inference Protocol"], responses=described(TensorError))
    User = Annotated[Account, Depends(desk.known)]

    @router.get("/health/live")
    @router.get("/health/ready")
    async def health() -> dict:
        return {"live": True, "ready": True}

    @router.get("")
    async def about() -> dict:
        return {"name": "dark-knowledge", "version": "1", "extensions": ["binary_tensor_data"]}
    def find(name, version):
        desk.find(name, text=False)
        if version != "1":
            raise Problem(404, f"There is no version {brief(version)} of this model. There is: 1.", "model_not_found", "version")

    @router.get("/models/{name}")
    @router.get("/models/{name}/versions/{version}")
    async def metadata(name: str, account: User, version: str = "1") -> dict:
        find(name, version)
        x, *outputs = ({"name": name, "datatype": kind, "shape": [-1, -1]}
                       for name, kind in (("x", "FP32"), ("classes", "INT64"), ("scores", "FP64")))
        return {"name": name, "versions": ["1"], "platform": "torch", "inputs": [x], "outputs": outputs}

    @router.get("/models/{name}/ready")
    @router.get("/models/{name}/versions/{version}/ready")
    async def model_ready(name: str, account: User, version: str = "1") -> dict:
        find(name, version)
        return {"name": name, "ready": True}

    @router.post("/models/{name}/infer", response_model=dict)
    @router.post("/models/{name}/versions/{version}/infer", response_model=dict)
    async def infer(name: str, body: InferRequest, account: User, version: str = "1") -> Response:
        find(name, version)
        given = {k: v for part in (body, *body.inputs, *body.outputs) for k, v in (part.model_extra | part.parameters).items()}
        ignored = warned(given, NEUTRAL, HARMLESS)
        x = _array(body.inputs[0])
        try:
            answers = await desk.ask(name, [Question(account, row) for row in x])
        except (ValueError, RuntimeError) as error:
            raise Problem(400, f"The model cannot read this input of shape {list(x.shape)}: {str(error)[:200]}", "bad_input",
                          "inputs") from None
        shown = "all" if account.role == "trusted" else desk.reveal.scores
        return _reply(name, body, torch.stack([a.scores for a in answers]), shown, ignored)
    return router


def _reply(name, body, scores, shown, ignored):
    """The classes, and unless the label alone is shown, their scores, as JSON, or behind it as bytes where that was wanted."""
    k = 1 if shown == "label" else scores.shape[1] if shown == "all" else min(shown, scores.shape[1])
    values, classes = scores.topk(k) if k < scores.shape[1] else (scores, torch.arange(k).expand_as(scores))
    served = {"classes": ("INT64", classes)} | ({} if shown == "label" else {"scores": ("FP64", values)})
    wanted, outputs, tail = {output.name: output.parameters for output in body.outputs}, [], b""
    for output, (kind, data) in served.items():
        if output in (wanted or served):
            outputs.append({"name": output, "datatype": kind, "shape": list(data.shape)})
            if wanted.get(output, {}).get("binary_data", body.parameters.get("binary_data_output")):
                raw = data.numpy().astype(KINDS[kind]).tobytes()
                outputs[-1]["parameters"], tail = {"binary_data_size": len(raw)}, tail + raw
            else:
                outputs[-1]["data"] = data.flatten().tolist()
    head = JSONResponse({"model_name": name, "model_version": "1", "id": body.id or "", "outputs": outputs,
                         "parameters": {"of_classes": scores.shape[1]} | ignored})
    return Response(head.body + tail, headers={LENGTH: str(len(head.body))}, media_type="application/octet-stream") if tail else head
