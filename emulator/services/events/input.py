"""What a target gets of an event: all of it, a part, a constant, or a text with parts of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']+)'\]|\[\"([^\"]+)\"\]")
_VARIABLE = re.compile(r"<([^<>\s]+)>")
_ABSENT = object()


def is_path(path: str) -> bool:
    """Whether this is a path that EventBridge takes: ``$``, and names and indexes after it."""
    return path.startswith("$") and _STEP.sub("", path[1:]) == ""


def select(path: str, event: Any) -> Any:
    """The part of an event at a path such as ``$.detail.items[0].name``; None when it is not there."""
    found = _select(path, event)
    return None if found is _ABSENT else found


def payload(target: Mapping[str, Any], event: Mapping[str, Any], reserved: Mapping[str, Any]) -> str:
    """The text that is sent to a target.

    Args:
        target: one of PutTargets' targets; at most one of its Input, InputPath and InputTransformer is there.
        event: the event.
        reserved: values of the variables whose names begin with ``aws.events.``.
    """
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath"):
        return _json(select(target["InputPath"], event))
    transformer = target.get("InputTransformer")
    if transformer:
        paths = transformer.get("InputPathsMap") or {}
        values = {name: _select(path, event) for name, path in paths.items()}
        return _fill(transformer["InputTemplate"], {**values, **reserved})
    return _json(event)


def _select(path: str, event: Any) -> Any:
    found = event
    for name, index, *quoted in _STEP.findall(path.removeprefix("$")):
        key: Any = int(index) if index else next(each for each in (name, *quoted) if each)
        try:
            found = found[key]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return found


def _fill(template: str, values: Mapping[str, Any]) -> str:
    """The template with its variables: as they are within quotes, as JSON elsewhere, nothing for absent ones."""

    def text(found: re.Match[str]) -> str:
        if found[1] not in values:
            return found[0]
        value = values[found[1]]
        if value is _ABSENT:
            return ""
        quoted = template[: found.start()].replace('\\"', "").count('"') % 2 == 1
        if not quoted:
            return _json(value)
        return json.dumps(value if isinstance(value, str) else _json(value), ensure_ascii=False)[1:-1]

    return _VARIABLE.sub(text, template)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
