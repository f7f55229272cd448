"""The serving core: raw JSON rows in, predictions and decisions out. numpy and ONNX Runtime, nothing of AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import ModelPackage, sha256
from crispstack.charter import Charter
from crispstack.data_preparation.lookups import looked_up
from crispstack.data_preparation.requests import feature_arrays
from crispstack.data_preparation.row_completion import LookupReader, completed
from crispstack.errors import ArtifactError, RequestError
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.modeling.value import best_classes, class_values

MAXIMUM_ROWS = 1000
MAXIMUM_BYTES = 1_000_000


@dataclass(frozen=True)
class Champion:
    """The model that serves: its charter, package and graph, the project's key and look-ups, ready to answer."""

    charter: Charter
    package: ModelPackage
    graph: OnnxGraph
    key: bytes = field(default=b"", repr=False)
    reader: LookupReader | None = None

    @classmethod
    def load(
        cls,
        charter: Charter,
        package: ModelPackage,
        graph: bytes,
        key: bytes = b"",
        reader: LookupReader | None = None,
    ) -> Champion:
        """Make the graph ready. A charter that hashes columns takes the key with which its data was prepared.

        Without a reader nothing is looked up, and requests have to bring every field.

        Raises:
            ArtifactError: the graph is not the one that the package names.
        """
        if sha256(graph) != package.model_sha256:
            raise ArtifactError(f"{package.model_uri} is not the graph that was released: its hash differs")
        return cls(charter, package, OnnxGraph(graph), key, reader)

    def predict(self, rows: Sequence[Mapping[str, object]]) -> dict[str, Any]:
        """The answer to each row, and what to do: see `predictions`.

        Raises:
            RequestError: a row does not fit the charter; the message names the row and the field.
            ArtifactError: what is to be looked up is not there any more.
        """
        if self.reader:
            rows = completed(rows, self.charter, self.reader)
        found = self.graph.scores(feature_arrays(rows, self.charter, self.key))
        return {
            "model_version": self.package.model_version,
            "action": self.charter.action,
            **({"threshold": self.package.threshold} if self.package.framing == "binary" else {}),
            "predictions": predictions(found, self.charter, self.package),
        }

    def describe(self) -> dict[str, Any]:
        """What serves and what it takes: version, technique, threshold, and the fields of a row."""
        columns = self.charter.feature_columns
        optional = looked_up(self.charter) if self.reader else frozenset()
        return {
            "model_version": self.package.model_version,
            "technique": self.package.technique,
            "project": self.charter.name,
            "question": self.charter.question,
            "action": self.charter.action,
            **_described(self.package),
            "fields": [
                {"name": c.name, "type": c.type, "description": c.description, "required": c.name not in optional}
                for c in columns
            ],
            "example": example_row(self.charter, self.package),
        }


def predictions(found: NDArray[np.float32], charter: Charter, package: ModelPackage) -> list[dict[str, Any]]:
    """What the graph's scores mean, row by row.

    Of two classes: the probability, and whether to act, which is where it reaches the threshold that earned most. Of
    several: the class of highest expected value, and the probability of each. Of a number: the number, and what to act
    on, which is shifted by what earned most on validation.

    Args:
        found: scores of shape (n,), or (n, k) for k classes.
        charter: its money.
        package: threshold, classes or shift.
    """
    if package.framing == "regression":
        return [{"prediction": value, "decision": value + package.shift} for value in found.tolist()]
    if package.framing == "binary":
        return [{"probability": value, "act": value >= package.threshold} for value in found.tolist()]
    chosen = best_classes(class_values(charter.money, package.classes), found.astype(np.float64))
    return [
        {"class": package.classes[index], "probabilities": dict(zip(package.classes, row, strict=True))}
        for index, row in zip(chosen, found.tolist(), strict=True)
    ]


def _described(package: ModelPackage) -> dict[str, Any]:
    """What turns scores into decisions, and how good they were in validation."""
    if package.framing == "regression":
        return {"shift": package.shift, "validation_explained_cost": package.validation_explained_cost}
    decides: dict[str, Any] = {"threshold": package.threshold} if package.framing == "binary" else {}
    if package.framing == "multiclass":
        decides["classes"] = list(package.classes)
    return {**decides, "validation_roc_auc": package.validation_roc_auc}


def example_row(charter: Charter, package: ModelPackage) -> dict[str, Any]:
    """A request that the model was proven on, without what is looked up."""
    optional = looked_up(charter)
    return {name: value for name, value in package.golden_rows[0].row.items() if name not in optional}


def request_rows(body: str) -> list[Mapping[str, object]]:
    """The rows of a request: ``{"rows": [{...}, ...]}``, or one row by itself.

    Raises:
        RequestError: too large, not JSON, not an object, no rows or too many.
    """
    if len(body.encode()) > MAXIMUM_BYTES:
        raise RequestError(f"the request is larger than {MAXIMUM_BYTES:,} bytes: send fewer rows")
    try:
        content = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"the request is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise RequestError('the request must be an object: one row, or {"rows": [...]}')
    if not content:
        raise RequestError('the request is empty: send one row, or {"rows": [...]}')
    rows = content["rows"] if list(content) == ["rows"] else [content]
    if not isinstance(rows, list):
        raise RequestError(f'field "rows": expected a list of rows, found {type(rows).__name__}')
    if len(rows) > MAXIMUM_ROWS:
        raise RequestError(f'field "rows": {len(rows):,} rows; at most {MAXIMUM_ROWS:,} fit one request')
    return rows


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number; send null for a missing value")
