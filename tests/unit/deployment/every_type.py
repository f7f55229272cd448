"""A model that takes columns of every type, as a graph of a few nodes: the mean of the numbers, made a probability."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from crispstack.artifacts import GoldenRow, ModelPackage, Parity, sha256
from crispstack.data_preparation.row_wise import features
from crispstack.deployment.serving import Champion
from crispstack.modeling.onnx_graph import NUMBERS, OUTPUT, TEXTS
from tests.unit.data_preparation.test_request_reader import PLAIN, SOUND

FEATURES = features(PLAIN)


def graph() -> bytes:
    names = {
        NUMBERS: [each.name for each in FEATURES if each.kind == "numeric"],
        TEXTS: [each.name for each in FEATURES if each.kind != "numeric"],
    }
    constants: dict[str, Any] = {"zero": np.float32(0), "low": np.float32(-1e6), "high": np.float32(1e6), "axis": [1]}
    nodes = [
        helper.make_node("IsNaN", [NUMBERS], ["gaps"]),
        helper.make_node("Where", ["gaps", "zero", NUMBERS], ["filled"]),
        helper.make_node("Clip", ["filled", "low", "high"], ["bounded"]),
        helper.make_node("ReduceMean", ["bounded", "axis"], ["mean"]),
        helper.make_node("Sigmoid", ["mean"], [OUTPUT]),
    ]
    inputs = [
        helper.make_tensor_value_info(NUMBERS, TensorProto.FLOAT, [None, len(names[NUMBERS])]),
        helper.make_tensor_value_info(TEXTS, TensorProto.STRING, [None, len(names[TEXTS])]),
    ]
    outputs = [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None, 1])]
    held = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    made = helper.make_graph(nodes, "model", inputs, outputs, held)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    helper.set_model_props(model, {name: json.dumps(order) for name, order in names.items()})
    content: bytes = model.SerializeToString()
    return content


def champion() -> Champion:
    content = graph()
    package = ModelPackage(
        model_uri="s3://a/model.onnx",
        model_sha256=sha256(content),
        model_version="v1",
        technique="mean",
        features=FEATURES,
        threshold=0.5,
        validation_roc_auc=0.7,
        validation_predictions_uri="s3://a/v",
        parity=Parity(1, 0.0, 1e-5),
        golden_rows=(GoldenRow(SOUND, (0.5,)),),
    )
    return Champion(PLAIN, package, content)
