"""A resolved charter as YAML again, without what the defaults say anyway."""

from __future__ import annotations

import dataclasses
import textwrap
from enum import Enum
from typing import Any

import yaml

from crispstack.charter import Charter


def dump(charter: Charter) -> str:
    """The charter as a file: its parts in their order, an empty line between those that have parts themselves."""
    plain = _without_defaults(charter)
    parts = {key: value for key, value in plain.items() if isinstance(value, dict | list)}
    texts = [_block({key: value for key, value in plain.items() if key not in parts}, flow=False)]
    return "\n".join([*texts, *(_block({key: value}, flow=None) for key, value in parts.items())])


def _block(part: dict[str, Any], flow: bool | None) -> str:
    """Keys on lines of their own; with `flow` None, what has no parts itself in braces and brackets."""
    if len(part) == 1:
        ((key, value),) = part.items()
        inner = yaml.safe_dump(value, default_flow_style=flow, sort_keys=False, width=114, allow_unicode=True)
        return f"{key}:\n{textwrap.indent(inner, '  ')}"
    text: str = yaml.safe_dump(part, default_flow_style=flow, sort_keys=False, width=116, allow_unicode=True)
    return text


def _without_defaults(value: Any) -> Any:
    """The value as YAML has it; of dataclasses only the fields that are not as they would be anyway."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_without_defaults(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_defaults(item) for key, item in value.items()}
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    return {
        field.name: _without_defaults(getattr(value, field.name))
        for field in dataclasses.fields(value)
        if getattr(value, field.name) != _default(field)
    }


def _default(field: dataclasses.Field[Any]) -> Any:
    """What the field is where nothing is said; no value where it must be said."""
    return field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
