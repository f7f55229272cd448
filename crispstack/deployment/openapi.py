"""The API as an OpenAPI 3.1 document, made from the charter and the package: what a row holds, what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crispstack.artifacts import ModelPackage
from crispstack.charter import Charter, Column
from crispstack.data_understanding.column_types import FALSE, LARGEST, TRUE
from crispstack.deployment.request_body import MAXIMUM_ROWS
from crispstack.deployment.routes import HEALTH, MODEL, OPENAPI, PREDICT
from crispstack.deployment.serving import MOST_EXPLAINED, Champion, example_row

Schema = dict[str, Any]
_NUMBER: Schema = {"type": "number"}


def _any_case(words: tuple[str, ...]) -> str:
    """A pattern of these words, in capitals or not."""
    spelled = ("".join(f"[{c.upper()}{c}]" if c.isalpha() else c for c in word) for word in words)
    return f"^({'|'.join(spelled)})$"


_TYPES: Mapping[str, list[Schema]] = {
    # Of integers this large, no two neighbors are told apart: a bound would not be kept exactly.
    "integer": [{"type": "integer"}],
    "number": [{"type": "number", "minimum": -LARGEST, "maximum": LARGEST}],
    "boolean": [{"type": "boolean"}, {"type": "string", "pattern": _any_case(TRUE + FALSE)}],
    "date": [{"type": "string", "format": "date"}],
    "timestamp": [{"type": "string", "format": "date-time"}],
}
_TEXT: list[Schema] = [{"type": "string"}]
_ANYTHING: Mapping[str, list[Schema]] = {
    "integer": [_NUMBER],
    "number": [_NUMBER],
    "boolean": [{"type": "boolean"}, *_TEXT],
    "date": _TEXT,
    "timestamp": _TEXT,
}
"""Where the plan takes for missing what is not of the column's type, numbers and texts are still told apart."""
_REFUSALS = {
    "400": "The request is not valid; the message names row and field.",
    "413": "The request, or its answer, is larger than Lambda takes.",
    "415": "The request is not JSON.",
    "422": "The Idempotency-Key came with another request before.",
}
_UNAVAILABLE = {"503": "No model was released yet, or what it looks up has expired."}


def document(champion: Champion) -> dict[str, Any]:
    """The document. Its schemas accept what the service accepts, but for rows of a kind that training left out."""
    charter, package = champion.charter, champion.package
    row = _row_schema(charter, champion.optional_fields)
    schemas = {
        "Row": row,
        "Rows": _object(
            {"rows": {"type": "array", "items": _reference("Row"), "minItems": 1, "maxItems": MAXIMUM_ROWS}}
        ),
        "Prediction": _prediction_schema(package),
        "Answer": _answer_schema(package),
        "Error": _object({"error": {"type": "string"}, "message": {"type": "string"}}),
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": charter.name,
            "summary": charter.question,
            "version": package.model_version,
            "contact": {"name": charter.owner},
        },
        "paths": {
            _path(PREDICT): {"post": _predict_operation(charter, package)},
            _path(MODEL): {"get": _get_operation("describeModel", "What serves, and which fields a row has")},
            _path(OPENAPI): {"get": _get_operation("describeApi", "This document")},
            _path(HEALTH): {"get": _get_operation("checkHealth", "Whether a model is ready to answer")},
        },
        "components": {"schemas": schemas},
    }


def _predict_operation(charter: Charter, package: ModelPackage) -> dict[str, Any]:
    content = {
        "schema": {"oneOf": [_reference("Row"), _reference("Rows")]},
        "example": example_row(charter, package),
    }
    return {
        "operationId": "predict",
        "summary": f"Predict {charter.target.column} of one row or of several",
        "parameters": [
            {
                "name": "explain",
                "in": "query",
                "description": f"Which fields moved the answers most, of the first {MOST_EXPLAINED} rows",
                "schema": {"type": "string", "enum": ["true", "false"]},
            },
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "Sent again under the same key, a request is answered as it was before",
                "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
            },
        ],
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {"200": _response("Predictions, in the order of the rows", _reference("Answer"))}
        | {status: _response(said, _reference("Error")) for status, said in (_REFUSALS | _UNAVAILABLE).items()},
    }


def _get_operation(name: str, summary: str) -> dict[str, Any]:
    refusals = {status: _response(said, _reference("Error")) for status, said in _UNAVAILABLE.items()}
    return {
        "operationId": name,
        "summary": summary,
        "responses": {"200": _response(summary, {"type": "object"})} | refusals,
    }


def _row_schema(charter: Charter, optional: frozenset[str]) -> Schema:
    fields = {column.name: _field_schema(column, charter) for column in charter.feature_columns}
    return _object(fields, [name for name in fields if name not in optional])


def _field_schema(column: Column, charter: Charter) -> Schema:
    """What a field may be: a value of its type, null, or a text that means missing."""
    kinds: list[Schema] = [{"type": "null"}]
    if column.type in ("category", "text"):
        kinds.append({"type": "string"})
    else:
        missing = sorted(charter.preparation.missing_words(column.name))
        as_missing = charter.preparation.cleaning(column.name).invalid == "missing"
        kinds += [*(_ANYTHING if as_missing else _TYPES)[column.type], {"type": "string", "enum": missing}]
    described = {"description": column.description} if column.description else {}
    return {**described, "anyOf": kinds}


def _prediction_schema(package: ModelPackage) -> Schema:
    explanation = _object({"field": {"type": "string"}, "effect": _NUMBER})
    optional: dict[str, Schema] = {"explanation": {"type": "array", "items": explanation}}
    probability: Schema = {"type": "number", "minimum": 0, "maximum": 1}
    if package.framing == "regression":
        required: dict[str, Schema] = {"prediction": _NUMBER, "decision": _NUMBER}
    elif package.framing == "binary":
        required = {"probability": probability, "act": {"type": "boolean"}, "expected_value": _NUMBER}
    else:
        each = _object(dict.fromkeys(package.classes, probability))
        required = {"class": {"enum": list(package.classes)}, "expected_value": _NUMBER, "probabilities": each}
    return _object(required | optional, list(required))


def _answer_schema(package: ModelPackage) -> Schema:
    text: Schema = {"type": "string"}
    fields = {"model_version": text, "action": text, "currency": text}
    if package.framing == "binary":
        fields["threshold"] = _NUMBER
    return _object(fields | {"predictions": {"type": "array", "items": _reference("Prediction")}})


def _object(properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    named = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": named, "additionalProperties": False}


def _response(said: str, schema: Schema) -> dict[str, Any]:
    return {"description": said, "content": {"application/json": {"schema": schema}}}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _path(route: str) -> str:
    return route.partition(" ")[2]
