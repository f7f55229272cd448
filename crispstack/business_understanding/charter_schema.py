"""The JSON Schema of a charter, with which editors complete keys, tell their meaning and mark mistakes."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from crispstack.business_understanding.charter_file import ADAPTER
from crispstack.business_understanding.consistency import PROJECT_NAME

DIALECT = GenerateJsonSchema.schema_dialect
FILE = "charter.schema.json"
"""Its name, in the folder of the projects: each charter names it as ``../charter.schema.json``."""
_SECTION = re.compile(r"^## `([a-z._]+)`\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| `(\w+)` \|.*\| ([^|]+?) \|$", re.MULTILINE)
_WHOLE = "charter.yaml"


def text(reference: str) -> str:
    """The schema as a file.

    Args:
        reference: the page that lists every key with its meaning, ``docs/charter.md``.
    """
    return json.dumps(schema(reference), indent=2, ensure_ascii=False) + "\n"


def schema(reference: str) -> dict[str, Any]:
    """The schema as JSON has it, with the meanings that the reference page gives."""
    found = ADAPTER.json_schema()
    parts: dict[str, Any] = found["$defs"]
    meanings = {
        "" if section == _WHOLE else section: dict(_ROW.findall(body)) for section, body in _SECTION.findall(reference)
    }
    for part in parts.values():
        part.pop("description", None)  # the code's words
        part.pop("title", None)
        for key in part.get("properties", {}).values():
            key.pop("title", None)
    _explain(parts, "Charter", "", meanings)
    parts["Charter"]["properties"]["name"]["pattern"] = f"^{PROJECT_NAME.pattern}$"
    return {"$schema": DIALECT, "title": "Charter of a crispstack project", "$ref": "#/$defs/Charter", "$defs": parts}


def _explain(parts: dict[str, Any], name: str, path: str, meanings: dict[str, dict[str, str]]) -> None:
    """Give the keys of a part their meanings, and those of the parts within it."""
    for key, described in parts[name].get("properties", {}).items():
        if meaning := meanings.get(path, {}).get(key):
            described["description"] = _plain(meaning)
        inner = f"{path}.{key}".lstrip(".")
        for reference in _references(described):
            if "properties" in parts[reference]:
                _explain(parts, reference, inner, meanings)


def _references(value: Any) -> list[str]:
    """Names of the parts that a key's schema refers to."""
    if isinstance(value, list):
        return [name for item in value for name in _references(item)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"].rpartition("/")[2]] if "$ref" in value else []
    return own + [name for item in value.values() for name in _references(item)]


def _plain(markdown: str) -> str:
    """Words without links."""
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", markdown)
