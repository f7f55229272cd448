"""Parsed JSON as frozen dataclasses, checked field by field, with the standard library alone."""

from __future__ import annotations

import contextlib
import dataclasses
import types
import typing
from enum import Enum
from typing import Any, Literal

from crispstack.errors import ArtifactError


def from_plain(annotation: Any, value: Any, path: str) -> Any:
    """Build a value of the annotated type from parsed JSON.

    Raises:
        ArtifactError: a field is missing, unknown or of another type; the message names its path.
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if dataclasses.is_dataclass(annotation):
        return _dataclass_from_plain(typing.cast(type[Any], annotation), value, path)
    if origin is tuple:
        if not isinstance(value, list):
            raise ArtifactError(f"{path}: expected a list, found {type(value).__name__}")
        return tuple(from_plain(arguments[0], item, f"{path}[{index}]") for index, item in enumerate(value))
    if origin is dict:
        if not isinstance(value, dict):
            raise ArtifactError(f"{path}: expected an object, found {type(value).__name__}")
        return {key: from_plain(arguments[1], item, f"{path}.{key}") for key, item in value.items()}
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        return _union_from_plain([argument for argument in arguments if argument is not type(None)], value, path)
    return _scalar_from_plain(annotation, value, path)


def _union_from_plain(annotations: list[Any], value: Any, path: str) -> Any:
    """The value as the first of these types that it fits."""
    for annotation in annotations[:-1]:
        with contextlib.suppress(ArtifactError):
            return from_plain(annotation, value, path)
    return from_plain(annotations[-1], value, path)


def _scalar_from_plain(annotation: Any, value: Any, path: str) -> Any:
    if annotation is Any:
        return value
    if typing.get_origin(annotation) is Literal:
        if value not in typing.get_args(annotation):
            raise ArtifactError(f"{path}: {value!r} is none of {', '.join(map(repr, typing.get_args(annotation)))}")
        return value
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        if value not in [member.value for member in annotation]:
            raise ArtifactError(f"{path}: {value!r} is no {annotation.__name__}")
        return annotation(value)
    if annotation is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, annotation) or (annotation is int and isinstance(value, bool)):
        raise ArtifactError(f"{path}: expected {annotation.__name__}, found {value!r}")
    return value


def _dataclass_from_plain(cls: type[Any], value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise ArtifactError(f"{path}: expected an object, found {type(value).__name__}")
    fields = {field.name: field for field in dataclasses.fields(cls)}
    hints = typing.get_type_hints(cls)
    if unknown := sorted(set(value) - set(fields)):
        raise ArtifactError(f"{path}: unknown field {', '.join(unknown)}")
    arguments = {}
    for name, field in fields.items():
        if name in value:
            arguments[name] = from_plain(hints[name], value[name], f"{path}.{name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise ArtifactError(f"{path}: field {name} is missing")
    return cls(**arguments)
