"""The serving core: raw rows in, predictions and decisions out. numpy and ONNX Runtime, nothing of AWS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crispstack.artifacts import ModelPackage, sha256
from crispstack.charter import Charter
from crispstack.data_preparation.lookups import looked_up
from crispstack.data_preparation.request_reader import RequestReader
from crispstack.data_preparation.row_completion import LookupReader, completed
from crispstack.deployment.explanation import explained
from crispstack.deployment.predictions import Prediction, Predictions
from crispstack.errors import ArtifactError
from crispstack.modeling.onnx_graph import OnnxGraph

Row = Mapping[str, object]
MOST_EXPLAINED = 10
"""An explanation takes as long as some hundred predictions."""


class Champion:
    """The model that serves: its charter, package and graph, the project's key and look-ups, ready to answer."""

    def __init__(
        self,
        charter: Charter,
        package: ModelPackage,
        graph: bytes,
        key: bytes = b"",
        lookups: LookupReader | None = None,
    ) -> None:
        """Make the graph ready. A charter that hashes columns takes the key with which its data was prepared.

        Without a reader of look-ups nothing is looked up, and requests have to bring every field.

        Raises:
            ArtifactError: the graph is not the one that the package names, or takes other features than requests make.
        """
        if sha256(graph) != package.model_sha256:
            raise ArtifactError(f"{package.model_uri} is not the graph that was released: its hash differs")
        self.charter, self.package, self.key = charter, package, key
        self._graph, self._lookups = OnnxGraph(graph), lookups
        self._requests = RequestReader(charter, key)
        self._predictions = Predictions(charter, package)
        if (self._graph.numbers, self._graph.texts) != (self._requests.numbers, self._requests.texts):
            raise ArtifactError(f"{package.model_uri} takes other features than requests are made into: train again")

    def predict(self, rows: Sequence[Row]) -> list[Prediction]:
        """What the model says of each row, and what to do: see `Predictions.of`.

        Raises:
            RequestError: a row does not fit the charter; the message names the row and the field.
            ArtifactError: what is to be looked up is not there any more.
        """
        return self._predict(completed(rows, self.charter, self._lookups) if self._lookups else rows)

    def explain(self, rows: Sequence[Row]) -> list[Prediction]:
        """As `predict`, the first `MOST_EXPLAINED` with an ``explanation``: see `explained`."""
        known = completed(rows, self.charter, self._lookups) if self._lookups else rows
        found = self._predict(known)
        background = [golden.row for golden in self.package.golden_rows]
        return [
            {**prediction, "explanation": explained(row, prediction, background, self._predict)}
            for row, prediction in zip(known[:MOST_EXPLAINED], found, strict=False)
        ] + found[MOST_EXPLAINED:]

    def answer(self, predictions: list[Prediction]) -> dict[str, Any]:
        """An answer with these predictions: which model made them, and what to do where they say so."""
        return {
            "model_version": self.package.model_version,
            "action": self.charter.action,
            "currency": self.charter.money.currency,
            **({"threshold": self.package.threshold} if self.package.framing == "binary" else {}),
            "predictions": predictions,
        }

    @property
    def optional_fields(self) -> frozenset[str]:
        """Fields that a row need not bring: they are looked up."""
        return looked_up(self.charter) if self._lookups else frozenset()

    def describe(self) -> dict[str, Any]:
        """What serves and what it takes: version, technique, threshold, and the fields of a row."""
        optional = self.optional_fields
        return {
            "model_version": self.package.model_version,
            "technique": self.package.technique,
            "project": self.charter.name,
            "question": self.charter.question,
            "owner": self.charter.owner,
            "action": self.charter.action,
            "currency": self.charter.money.currency,
            "target": self.charter.target.column,
            "prepared_version": self.package.prepared_version,
            **_described(self.package),
            "fields": [
                {"name": c.name, "type": c.type, "description": c.description, "required": c.name not in optional}
                for c in self.charter.feature_columns
            ],
            "example": example_row(self.charter, self.package),
        }

    def _predict(self, rows: Sequence[Row]) -> list[Prediction]:
        inputs = self._requests.read(rows)
        return self._predictions.of(self._graph.run(inputs.numbers, inputs.texts), inputs.amount)


def _described(package: ModelPackage) -> dict[str, Any]:
    """What turns scores into decisions, and how good they were in validation."""
    if package.framing == "regression":
        return {"shift": package.shift, "validation_explained_cost": package.validation_explained_cost}
    decides: dict[str, Any] = {}
    if package.framing == "binary":
        decides = {"threshold": package.threshold, "decides_by": package.decides_by}
    if package.framing == "multiclass":
        decides["classes"] = list(package.classes)
    return {**decides, "validation_roc_auc": package.validation_roc_auc}


def example_row(charter: Charter, package: ModelPackage) -> dict[str, Any]:
    """A request that the model was proven on, without what is looked up."""
    optional = looked_up(charter)
    return {name: value for name, value in package.golden_rows[0].row.items() if name not in optional}
