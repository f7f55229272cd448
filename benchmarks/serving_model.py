"""One model for all servers: 30 columns, LightGBM of 200 trees, as a scikit-learn pipeline and as our graph."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crispstack.artifacts import Feature, GoldenRow, ModelPackage, Parity, sha256
from crispstack.business_understanding import charter_json
from crispstack.charter import Charter, Column, Source, Target
from crispstack.modeling.category_encoding import Categories, Dictionary, Indicators
from crispstack.modeling.encoding import Encoding
from crispstack.modeling.number_encoding import Numbers
from crispstack.modeling.onnx_export import export_graph
from crispstack.modeling.predictor import Member, Predictor
from crispstack.modeling.techniques.light_gbm import LightGbmLibrary
from crispstack.modeling.techniques.target_scale import TargetScale
from crispstack.modeling.techniques.tree_model import TreeModel
from crispstack.money import Money

INTEGERS = tuple(f"count_{number:02}" for number in range(8))
NUMBERS = tuple(f"number_{number:02}" for number in range(12))
CATEGORIES = tuple(f"category_{number:02}" for number in range(10))
TRAIN_ROWS, ASKED_ROWS = 20_000, 1_000


def frame(rows: int, seed: int) -> pd.DataFrame:
    """Eighths, which float32 holds exactly: no server's answer differs by how it rounds. Some numbers are missing."""
    generator = np.random.default_rng(seed)
    found: dict[str, Any] = {
        name: generator.integers(0, 1000 * (position + 1), rows).astype(np.float64)
        for position, name in enumerate(INTEGERS)
    }
    for position, name in enumerate(NUMBERS):
        found[name] = np.round(generator.normal(10 * position, 5 + position, rows) * 8) / 8
    for name in (*INTEGERS, *NUMBERS)[::5]:
        found[name][generator.random(rows) < 0.1] = np.nan
    for position, name in enumerate(CATEGORIES):
        found[name] = generator.choice(np.array([f"value {k}" for k in range(3 + position)], dtype=object), rows)
    return pd.DataFrame(found)


def make(folder: Path) -> None:
    """Fit, export, and write all that servers and clients take."""
    from lightgbm import LGBMClassifier  # noqa: PLC0415
    from sklearn.compose import ColumnTransformer  # noqa: PLC0415
    from sklearn.pipeline import Pipeline  # noqa: PLC0415
    from sklearn.preprocessing import OneHotEncoder  # noqa: PLC0415

    trained, asked = frame(TRAIN_ROWS, 1), frame(ASKED_ROWS, 2)
    signal = np.nan_to_num(trained["number_03"]) / 8 + 2 * (trained["category_02"] == "value 1")
    signal += np.nan_to_num(trained["count_02"]) / 1000 * (trained["category_05"] == "value 2")
    noise = np.random.default_rng(3).normal(0, 1, len(trained))
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = ColumnTransformer([("numbers", "passthrough", [*INTEGERS, *NUMBERS]), ("texts", one_hot, [*CATEGORIES])])
    pipeline = Pipeline([("columns", columns), ("model", LGBMClassifier(n_estimators=200, verbose=-1, n_jobs=1))])
    pipeline.fit(trained, (signal + noise > np.quantile(signal, 0.7)).astype(int))
    expected = pipeline.predict_proba(asked)[:, 1]
    rows = [_plain(row) for row in asked.to_dict("records")]
    graph, charter = _graph(pipeline), _charter()
    package = ModelPackage(
        model_uri="s3://models/model.onnx",
        model_sha256=sha256(graph),
        model_version="benchmark",
        technique="lightgbm",
        features=_features(),
        threshold=0.5,
        validation_roc_auc=0.0,
        validation_predictions_uri="",
        parity=Parity(0, 0.0, 1e-5),
        golden_rows=tuple(GoldenRow(rows[k], (float(expected[k]),)) for k in range(3)),
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(graph)
    (folder / "pipeline.pkl").write_bytes(pickle.dumps(pipeline))
    (folder / "charter.json").write_text(charter_json.dump(charter))
    (folder / "package.json").write_text(package.to_json())
    (folder / "rows.json").write_text(json.dumps(rows))
    (folder / "expected.json").write_text(json.dumps(expected.tolist()))


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    missing = {name: None for name in (*INTEGERS, *NUMBERS) if np.isnan(row[name])}
    return {**row, **{name: int(row[name]) for name in INTEGERS if name not in missing}, **missing}


def _features() -> tuple[Feature, ...]:
    numeric = [Feature(name, "numeric") for name in (*INTEGERS, *NUMBERS)]
    return (*numeric, *(Feature(name, "categorical") for name in CATEGORIES))


def _charter() -> Charter:
    columns = [Column(name, "integer") for name in INTEGERS] + [Column(name, "number") for name in NUMBERS]
    columns += [Column(name, "category") for name in (*CATEGORIES, "bought")]
    return Charter(
        name="serving",
        question="Who buys?",
        owner="Benchmark",
        sources=(Source("clients", "clients.csv", tuple(columns)),),
        target=Target("bought", "yes"),
        money=Money("EUR", true_positive=90.0, false_positive=-10.0),
    )


def _graph(pipeline: Any) -> bytes:
    """The pipeline's own categories and trees, as the platform exports them."""
    codes: list[dict[str, int]] = []
    places: list[tuple[int, int]] = []
    for position, known in enumerate(pipeline["columns"].named_transformers_["texts"].categories_):
        codes.append({text: len(places) + number for number, text in enumerate(known)})
        places += [(position, code) for code in codes[-1].values()]
    columns, kept = np.array(places).T
    dictionary = Dictionary(CATEGORIES, tuple(codes), len(places))
    encoding = Encoding((Numbers((*INTEGERS, *NUMBERS)), Categories(dictionary, (Indicators(columns, kept),))))
    library = LightGbmLibrary(pipeline["model"].booster_, 1)
    model = TreeModel(library, "binary", TargetScale(), {})
    return export_graph(Predictor((Member(encoding, model),)), _features())
