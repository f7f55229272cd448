"""Small columns of every kind, and what ONNX Runtime makes of a part of a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper

from crispstack.artifacts import Feature
from crispstack.data_preparation.values import MISSING
from crispstack.modeling.onnx_export import IR_VERSION, OPSETS
from crispstack.modeling.onnx_nodes import Nodes

FEATURES = (
    Feature("age", "numeric"),
    Feature("debt", "numeric"),
    Feature("empty", "numeric"),
    Feature("one", "numeric"),
    Feature("city", "categorical"),
    Feature("yes", "categorical"),
    Feature("shop", "categorical"),
    Feature("remark", "text"),
)
WORDS = ("good", "bad", "Süß", "slow", "never", "again", "42", "fine")


def columns(rows: int, seed: int = 1) -> dict[str, NDArray[Any]]:
    """Numbers with gaps, one column without any, one constant; few and many categories, with gaps; text."""
    generator = np.random.default_rng(seed)
    age = generator.normal(40, 10, rows)
    age[generator.random(rows) < 0.1] = np.nan
    city = generator.choice(np.array(["Bonn", "Łódź", "", MISSING], dtype=object), rows)
    shop = np.array([f"shop {number}" for number in generator.integers(0, 60, rows)], dtype=object)
    remark = np.array([" ".join(generator.choice(WORDS, 4)) + "!" for _ in range(rows)], dtype=object)
    remark[::7] = MISSING
    return {
        "age": age.astype(np.float32),
        "debt": (generator.lognormal(0, 3, rows)).astype(np.float32),
        "empty": np.full(rows, np.nan, dtype=np.float32),
        "one": np.full(rows, 3.0, dtype=np.float32),
        "city": city,
        "yes": generator.choice(np.array(["yes", "no"], dtype=object), rows),
        "shop": shop,
        "remark": remark,
    }


def target(found: Mapping[str, NDArray[Any]], framing: str) -> NDArray[np.float64]:
    """What the columns lead to: 0 or 1, one of three classes, or a number of some thousands."""
    number = np.nan_to_num(found["age"]) / 10 + 2 * (found["city"] == "Bonn") + np.log(found["debt"])
    number = number.astype(np.float64)
    if framing == "regression":
        return 1000.0 * number + 50_000.0
    return np.digitize(number, np.quantile(number, [0.7] if framing == "binary" else [0.4, 0.8])).astype(np.float64)


Part = Callable[[Mapping[str, NDArray[Any]]], NDArray[Any]]


def part(like: Mapping[str, NDArray[Any]], build: Callable[[Nodes, Mapping[str, str]], str]) -> Part:
    """Computes by ONNX Runtime what the nodes that `build` adds make of such columns, or of one matrix."""
    nodes = Nodes(reserved=set(like))
    output = build(nodes, {name: name for name in like})
    types = {True: TensorProto.STRING, False: TensorProto.FLOAT}
    inputs = [
        helper.make_tensor_value_info(name, types[values.dtype == np.object_], [None, None if values.ndim > 1 else 1])
        for name, values in like.items()
    ]
    single = helper.make_node("Cast", [output], ["found"], to=TensorProto.FLOAT)
    results = [helper.make_tensor_value_info("found", TensorProto.FLOAT, None)]
    graph = helper.make_graph([*nodes.nodes, single], "part", inputs, results, nodes.initializers)
    versions = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
    model = helper.make_model(graph, opset_imports=versions, ir_version=IR_VERSION)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)

    def compute(found: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        feeds = {each.name: found[each.name].reshape(len(found[each.name]), -1) for each in session.get_inputs()}
        (made,) = session.run(None, feeds)
        answer: NDArray[Any] = made
        return answer

    return compute


def run(found: Mapping[str, NDArray[Any]], build: Callable[[Nodes, Mapping[str, str]], str]) -> NDArray[Any]:
    """What ONNX Runtime computes from these columns by the nodes that `build` adds."""
    return part(found, build)(found)
