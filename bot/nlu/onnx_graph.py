"""Builds the encoder as an ONNX graph from tensors, and shrinks it to 8 bits."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_DOMAIN = "com.microsoft"
MATRICES = ("q", "k", "v", "ao", "fi", "fo")


class _Builder:
    """Collects nodes and initialisers while the graph is written down."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def op(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def linear(self, x: str, name: str, weight: np.ndarray, bias: np.ndarray) -> str:
        product = self.op("MatMul", [x, self.constant(f"{name}.w", weight.T)], f"{name}.mm")
        return self.op("Add", [product, self.constant(f"{name}.b", bias)], f"{name}.out")


def build_encoder(
    tensor: Callable[[str], np.ndarray], *, layers: int, heads: int, hidden: int, eps: float
) -> onnx.ModelProto:
    """Write the transformer down as a graph.

    Args:
        tensor: name -> float32 array; names as in the backbone's file, matrices (out, in).

    Returns:
        Model with inputs `x` (batch, tokens, hidden: word + position + type embeddings), `mask` (batch,
        tokens; 1 where there is a token) and output `states` (batch, tokens, hidden: the last layer).
    """
    b = _Builder()
    size = hidden // heads
    b.constant("split", np.array([0, 0, heads, size], np.int64))
    b.constant("join", np.array([0, 0, hidden], np.int64))
    b.constant("scale", np.array(1.0 / np.sqrt(size), np.float32))
    one = b.constant("one", np.array(1.0, np.float32))
    big = b.constant("big", np.array(-1e4, np.float32))
    axes = b.constant("mask_axes", np.array([1, 2], np.int64))
    hole = b.op("Mul", [b.op("Sub", [one, "mask"], "mask.hole"), big], "mask.low")
    bias = b.op("Unsqueeze", [hole, axes], "mask.bias")

    def norm(x: str, name: str) -> str:
        scale, shift = (
            b.constant(f"{name}.w", tensor(f"{name}.w")),
            b.constant(f"{name}.b", tensor(f"{name}.b")),
        )
        return b.op("LayerNormalization", [x, scale, shift], f"{name}.out", axis=-1, epsilon=eps)

    def project(x: str, name: str) -> str:
        return b.linear(x, name, tensor(f"{name}.w"), tensor(f"{name}.b"))

    x = norm("x", "emb.ln")
    for i in range(layers):
        p = f"l{i}."
        parts = {}
        for k, perm in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
            shaped = b.op("Reshape", [project(x, p + k), "split"], f"{p}{k}.split")
            parts[k] = b.op("Transpose", [shaped], f"{p}{k}.heads", perm=perm)
        scores = b.op("MatMul", [parts["q"], parts["k"]], p + "qk")
        scaled = b.op("Mul", [scores, "scale"], p + "scaled")
        shares = b.op("Softmax", [b.op("Add", [scaled, bias], p + "masked")], p + "shares", axis=-1)
        mixed = b.op(
            "Transpose", [b.op("MatMul", [shares, parts["v"]], p + "mixed")], p + "mixed.t", perm=[0, 2, 1, 3]
        )
        joined = b.op("Reshape", [mixed, "join"], p + "joined")
        x = norm(b.op("Add", [x, project(joined, p + "ao")], p + "skip1"), p + "aln")
        inner = b.op("Gelu", [project(x, p + "fi")], p + "gelu", domain=_DOMAIN)
        x = norm(b.op("Add", [x, project(inner, p + "fo")], p + "skip2"), p + "oln")
    b.op("Identity", [x], "states")

    def info(name: str, *shape: object) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))

    graph = helper.make_graph(
        b.nodes,
        "encoder",
        [info("x", "batch", "tokens", hidden), info("mask", "batch", "tokens")],
        [info("states", "batch", "tokens", hidden)],
        b.initializers,
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(_DOMAIN, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """Keep the quantiser's line per tensor, which goes to the root logger, out of the log."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def quantize(model: onnx.ModelProto) -> bytes:
    """Return the model with 8-bit weights per output channel (activations are quantised at run time)."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    constants = {i.name for i in model.graph.initializer}
    weighted = [n.name for n in model.graph.node if n.op_type == "MatMul" and n.input[1] in constants]
    with tempfile.TemporaryDirectory() as folder, _hushed():
        source, target = Path(folder, "f.onnx"), Path(folder, "q.onnx")
        onnx.save(model, str(source))
        quantize_dynamic(
            source,
            target,
            per_channel=True,
            weight_type=QuantType.QInt8,
            nodes_to_quantize=weighted,
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
        return target.read_bytes()
