"""A charter and prepared rows from the first rows of the bank's real data, for tests that really train."""

from __future__ import annotations

import csv
import itertools
import math
from pathlib import Path
from typing import Any

import pyarrow as pa

from crispstack.artifacts import PreparedDataset
from crispstack.charter import (
    Charter,
    Column,
    Derivation,
    Exclusion,
    Modeling,
    Money,
    Preparation,
    Source,
    Target,
    Technique,
)
from crispstack.data_preparation.requests import features
from crispstack.modeling.training_data import TrainingData

CSV = Path(__file__).parents[3] / "projects" / "bank_marketing" / "clients.csv"
NUMBERS = ("age", "balance", "campaign", "pdays", "previous", "duration")
CATEGORIES = ("job", "marital", "education", "housing", "loan", "contact", "month", "poutcome")


def charter(*techniques: Technique, folds: int = 2, repeats: int = 2, **modeling: Any) -> Charter:
    """Which clients to call; each technique's defaults, and no more."""
    techniques = techniques or ("logistic_regression", "naive_bayes")
    columns = [Column(name, "integer") for name in NUMBERS] + [Column(name, "category") for name in CATEGORIES]
    return Charter(
        name="bank_test",
        question="Which clients should be called?",
        owner="Test",
        sources=(Source("clients", "clients.csv", (*columns, Column("y", "category"))),),
        target=Target("y", "yes"),
        money=Money("EUR", true_positive=90.0, false_positive=-10.0),
        action="call",
        preparation=Preparation(
            missing_values=("unknown",),
            exclude=(Exclusion("duration", "known only after the call"),),
            derive=(Derivation("balance_log", "log1p", "balance"),),
        ),
        modeling=Modeling(techniques, folds=folds, repeats=repeats, **{"trials": 1 + len(techniques), **modeling}),
    )


def rows(count: int, start: int = 0) -> list[dict[str, Any]]:
    """Prepared rows: numbers as float, missing as None, target 0 or 1."""
    with CSV.open(newline="") as file:
        found = []
        for raw in itertools.islice(csv.DictReader(file), start, start + count):
            row: dict[str, Any] = {name: float(raw[name]) for name in NUMBERS if name != "duration"}
            row |= {name: None if raw[name] == "unknown" else raw[name] for name in CATEGORIES}
            row["balance_log"] = math.log1p(max(row["balance"], 0.0))
            found.append(row | {"y": int(raw["y"] == "yes")})
    return found


def dataset(
    prepared: list[dict[str, Any]], of: Charter, train_uri: str = "s3://p/train/", test_uri: str = "s3://p/test/"
) -> PreparedDataset:
    """The artifact that would describe these rows."""
    positives = sum(row["y"] for row in prepared)
    return PreparedDataset(
        version="v1",
        rows_in=len(prepared),
        train_rows=len(prepared),
        test_rows=0,
        quarantined_rows=0,
        quarantine_reasons={},
        train_positives=positives,
        test_positives=0,
        train_uri=train_uri,
        test_uri=test_uri,
        quarantine_uri="s3://p/quarantine/",
        features=features(of),
        target="y",
    )


def data(prepared: list[dict[str, Any]], of: Charter) -> TrainingData:
    """The rows as training has them."""
    return TrainingData.from_table(pa.Table.from_pylist(prepared), dataset(prepared, of))
