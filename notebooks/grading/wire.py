"""Calls of functions between two processes that do not trust each other: JSON and tensors go over, and never a pickle or a text to run.

Both sides may call: the grader calls an answer, and an answer calls what it was given (a teacher, an exercise that stands before it).
Gradients go over, too: the side that has the graph is asked for the product of a vector and the Jacobian.
"""
import builtins
import json
import random
import re
import struct

import numpy as np
import torch
from safetensors.torch import load, save

MOST = 16_000_000                 # bytes of one message
DTYPES = {torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.bfloat16, torch.float32,
          torch.float64}


class Gone(Exception):
    """The other side said no more, or what it said is no message."""


class Pack:
    """A value as JSON, with its tensors beside it."""

    def __init__(self, share=None):
        self.tensors, self.originals, self.share = {}, {}, share

    def tensor(self, value):
        key = str(len(self.tensors))
        self.tensors[key], self.originals[key] = value.detach().contiguous().clone(), value
        return key

    def __call__(self, value, depth=0):
        if torch.is_tensor(value) and value.layout is torch.strided and value.dtype in DTYPES:
            return {"tensor": self.tensor(value), "grad": value.requires_grad}
        if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biuf":
            kind = {"u": np.int64, "f": np.float64}.get(value.dtype.kind, value.dtype) if value.dtype.name in (
                "uint16", "uint32", "uint64", "longdouble", "float128") else value.dtype
            return {"numpy": self.tensor(torch.from_numpy(np.array(value, dtype=kind))), "scalar": isinstance(value, np.generic)}
        if value is None or isinstance(value, bool):
            return {"plain": value}
        if isinstance(value, str):
            return {"plain": str(value)[:100_000]}
        if isinstance(value, int) and abs(value) < 10**300:
            return {"int": str(int(value))}
        if isinstance(value, float):
            return {"float": float(value).hex()}
        if isinstance(value, list | tuple) and depth < 8:
            fields = [name for name in ("indices", "solution") if hasattr(value, name)]
            return {"tuple" if isinstance(value, tuple) else "list": [self(each, depth + 1) for each in value], "fields": fields}
        if isinstance(value, dict) and depth < 8:
            return {"dict": [[self(key, depth + 1), self(each, depth + 1)] for key, each in value.items()]}
        if isinstance(value, re.Match):
            return {"match": True}
        if callable(value) and self.share is not None:
            self.share.append(value)
            return {"function": len(self.share) - 1, "is": repr(value)[:200]}
        return {"other": type(value).__name__}


class Unpack:
    """The value again. leaves: the tensors that a gradient is asked for; given: all tensors, by their number."""

    def __init__(self, tensors, far=None):
        self.tensors, self.far, self.leaves, self.given = tensors, far, {}, {}

    def __call__(self, said):
        (kind, value), *_ = said.items()
        if kind == "tensor":
            tensor = self.given[value] = self.tensors[value]
            if said["grad"] and tensor.is_floating_point():
                self.leaves[value] = tensor.requires_grad_()
                tensor = self.given[value] = tensor.clone()
            return tensor
        if kind == "numpy":
            array = self.tensors[value].numpy()
            return array[()] if said["scalar"] else array
        if kind == "plain":
            return value if value is None or isinstance(value, bool | str) else None
        if kind in ("int", "float"):
            return int(value) if kind == "int" else float.fromhex(value)
        if kind == "list":
            return [self(each) for each in value]
        if kind == "tuple":
            made = type("tuple", (tuple,), dict.fromkeys(set(said["fields"]) & {"indices", "solution"}, True)) if said["fields"] else tuple
            return made(self(each) for each in value)
        if kind == "dict":
            return {self(key): self(each) for key, each in value}
        if kind == "match":
            return re.match("", "")
        if kind == "function" and self.far:
            return self.far(int(value), said["is"])
        return type(value if isinstance(value, str) and value.isidentifier() else "object", (), {})()


class Through(torch.autograd.Function):
    """A value from the other side, whose gradient is asked for there."""

    @staticmethod
    def forward(ctx, wire, graph, value, *leaves):
        ctx.wire, ctx.graph, ctx.count = wire, graph, len(leaves)
        return value.clone()

    @staticmethod
    def backward(ctx, gradient):
        return None, None, None, *ctx.wire.product(ctx.graph, gradient, ctx.count)


def error_of(said):
    """The exception that was raised on the other side, as far as a name and a text can tell it."""
    name, text = str(said["error"]), str(said["text"])[:600]
    kind = {"_LinAlgError": torch.linalg.LinAlgError}.get(name, getattr(builtins, name, None))
    if not (isinstance(kind, type) and issubclass(kind, Exception | SystemExit)) or kind is StopIteration:
        kind = type(name if name.isidentifier() else "Error", (Exception,), {})
    try:
        return kind(text)
    except TypeError:
        return RuntimeError(f"{name}: {text}")


class Wire:
    """One side. objects: what the other side may call, by number."""

    def __init__(self, reader, writer, shares=False, seeded=False):
        self.reader, self.writer, self.objects, self.graphs, self.seeded = reader, writer, [], [], seeded
        self.share, self.line = self.objects if shares else None, ""

    # -------------------------------------------------------- messages

    def send(self, says, tensors=()):
        head, body = json.dumps(says).encode(), save(dict(tensors))
        if len(head) + len(body) > MOST:
            raise ValueError(f"the result is too large: {(len(head) + len(body)) / 1e6:.0f} MB")
        self.writer.write(struct.pack("=II", len(head), len(body)) + head + body)
        self.writer.flush()

    def receive(self):
        try:
            sizes = struct.unpack("=II", self.reader.read(8))
            if sum(sizes) > MOST:
                raise ValueError
            head, body = self.reader.read(sizes[0]), self.reader.read(sizes[1])
            return json.loads(head), load(body)
        except Exception:
            raise Gone("It ended without an answer: it called exit, ran out of memory, or crashed.") from None

    def request(self, says, tensors=()):
        """Ask something, answer what is asked meanwhile, and return what comes back."""
        try:
            self.send(says, tensors)
        except OSError:
            raise Gone("It ended without an answer: it called exit, ran out of memory, or crashed.") from None
        while True:
            says, tensors = self.receive()
            if "call" in says or "product" in says:
                self.serve(says, tensors)
            elif "error" in says:
                self.line = str(says.get("line", ""))[:300]
                raise error_of(says)
            else:
                return says, tensors

    # -------------------------------------------------------- calling

    def far(self, number, shown="", request=None):
        """A function of the other side."""
        request = request or self.request

        def function(*args, **kwargs):
            pack = Pack(self.share)
            says = {"call": number, "seed": torch.initial_seed(), "args": pack(list(args)), "kwargs": pack(dict(kwargs))}
            says, tensors = request(says, pack.tensors)
            for key, now in says.get("changed", {}).items():
                pack.originals[key].data = tensors[now]
            value = Unpack(tensors)(says["value"])
            leaves = [tensor for tensor in pack.originals.values() if tensor.requires_grad]
            if torch.is_tensor(value) and leaves and torch.is_grad_enabled():
                return Through.apply(self, says["graph"], value.detach(), *leaves) if says["value"]["grad"] else value.detach()
            return value.detach() if torch.is_tensor(value) else value

        return function

    def product(self, graph, gradient, count):
        says, tensors = self.request({"product": graph}, {"0": gradient.detach().contiguous().clone()})
        return [tensors[key] if key in tensors else None for key in map(str, range(count))]

    # -------------------------------------------------------- being called

    def serve(self, says, tensors):
        """Do what was asked, and say what came of it, an error included."""
        try:
            if "product" in says:
                value, leaves = self.graphs[says["product"]]
                found = torch.autograd.grad(value, leaves, tensors["0"], allow_unused=True, retain_graph=True)
                reply, sent = {"done": True}, {str(i): g.contiguous().clone() for i, g in enumerate(found) if g is not None}
            else:
                reply, sent = self.call(says, tensors)
            self.send(reply, sent)
        except Gone:
            raise
        except BaseException as error:
            text = error.args[0] if isinstance(error, KeyError) and error.args else error
            self.send({"error": type(error).__name__, "text": str(text)[:600], "line": self.where(error)})

    def where(self, error):
        return ""

    def call(self, says, tensors):
        unpack = Unpack(tensors, self.far)
        args, kwargs = unpack(says["args"]), unpack(says["kwargs"])
        before = {key: tensor.detach().clone() for key, tensor in unpack.given.items()}
        if self.seeded:
            torch.manual_seed(says["seed"]), random.seed(says["seed"]), np.random.seed(says["seed"] % 2**32)
        value = self.objects[says["call"]](*args, **kwargs)
        pack = Pack()
        reply = {"value": pack(value)}
        reply["changed"] = {key: pack.tensor(tensor) for key, tensor in unpack.given.items()
                            if not torch.equal(before[key], tensor.detach())}
        if torch.is_tensor(value) and value.requires_grad and unpack.leaves:
            reply["graph"] = len(self.graphs)
            self.graphs.append((value, list(unpack.leaves.values())))
        return reply, pack.tensors
