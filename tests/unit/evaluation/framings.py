"""A wine's grade, one of three classes, and its price: charters, packages and graphs of one node or two."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from crispstack.artifacts import Feature, GoldenRow, ModelPackage, Parity, PreparedDataset, sha256
from crispstack.charter import Acceptance, Charter, Column, Exclusion, Money, Preparation, Source, Target
from crispstack.evaluation.operation import Operation
from crispstack.modeling.onnx_graph import NUMBERS

CLASSES = ("bad", "fair", "good")
FEATURES = (Feature("acid", "numeric"),)
MONEY = Money("EUR", right=10, wrong=-5, values={"bad": {"good": -100}})
GRADES = Charter(
    name="wine",
    question="How good is it?",
    owner="Ada",
    sources=(
        Source("wines", "w.csv", (Column("acid", "number"), Column("grade", "category"), Column("price", "number"))),
    ),
    target=Target("grade"),
    money=MONEY,
    action="label it",
    preparation=Preparation(exclude=(Exclusion("price", "follows from the grade"),)),
    acceptance=Acceptance(bootstrap_samples=400),
)
PRICES = dataclasses.replace(
    GRADES,
    target=Target("price"),
    money=Money("EUR", over_estimate=-1, under_estimate=-3),
    preparation=Preparation(exclude=(Exclusion("grade", "follows from the price"),)),
)


def graph(weights: list[float], offsets: list[float], *, softmax: bool) -> bytes:
    """Scores of ``acid``: weights * acid + offsets, made probabilities by a softmax."""
    constants = [
        numpy_helper.from_array(np.array([weights], dtype=np.float32), "weights"),
        numpy_helper.from_array(np.array(offsets, dtype=np.float32), "offsets"),
    ]
    linear = helper.make_node("Gemm", [NUMBERS, "weights", "offsets"], ["linear" if softmax else "scores"])
    nodes = [linear, helper.make_node("Softmax", ["linear"], ["scores"], axis=1)] if softmax else [linear]
    found = helper.make_graph(
        nodes,
        "model",
        [helper.make_tensor_value_info(NUMBERS, TensorProto.FLOAT, [None, 1])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [None, len(weights)])],
        constants,
    )
    model = helper.make_model(found, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {NUMBERS: '["acid"]'})
    content: bytes = model.SerializeToString()
    return content


GRADE_GRAPH = graph([-2.0, 0.0, 2.0], [0.0, 0.5, 0.0], softmax=True)
PRICE_GRAPH = graph([2.0], [20.0], softmax=False)


def package(content: bytes, **fields: Any) -> ModelPackage:
    return ModelPackage(
        model_uri="s3://a/model.onnx",
        model_sha256=sha256(content),
        model_version="v1",
        technique="logistic_regression",
        features=FEATURES,
        validation_predictions_uri="s3://a/v.jsonl",
        parity=Parity(10, 1e-7, 1e-5),
        **{"threshold": 0.0, "validation_roc_auc": 0.85, "golden_rows": (), **fields},
    )


GRADE_PACKAGE = package(
    GRADE_GRAPH,
    framing="multiclass",
    classes=CLASSES,
    golden_rows=(GoldenRow({"acid": 0.0}, (0.2740686, 0.4518628, 0.2740686)),),
)
PRICE_PACKAGE = package(
    PRICE_GRAPH,
    framing="regression",
    shift=0.5,
    validation_explained_cost=0.6,
    constants={"mean": 20.0, "median": 19.5, "best_constant": 21.0},
    golden_rows=(GoldenRow({"acid": 0.0}, (20.0,)),),
)


def dataset(target: str, rows: int, **fields: Any) -> PreparedDataset:
    return PreparedDataset(
        "v", rows, 0, rows, 0, {}, 0, 0, "s3://a/train", "s3://a/test", "s3://a/q", FEATURES, target, **fields
    )


MEASURED = Operation(latency_ms=0.1, size_bytes=1000, largest_difference=0.0, retraining={"source wines": True})
