"""AWS's published resource schemas: which properties exist, and which of them cannot change in place."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_ROOT = "/properties/"
_REGION = "us-east-1"


@dataclass(frozen=True)
class Schema:
    """The schema of one resource type."""

    content: Mapping[str, Any]

    def unknown_properties(self, properties: Mapping[str, Any]) -> list[str]:
        """Dotted paths of the given properties that the type does not have."""
        return list(self._unknown(self.content, properties, ""))

    def missing_properties(self, properties: Mapping[str, Any]) -> list[str]:
        """Names of the required properties that are not given."""
        return [name for name in self.content.get("required", []) if name not in properties]

    def read_only(self, name: str) -> bool:
        """Whether a top-level property is the service's to set."""
        return _ROOT + name in self.content.get("readOnlyProperties", [])

    def tagged(self, properties: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
        """The properties with a stack's tags among their own, which win; unchanged where the type takes no tags."""
        tagging = self.content.get("tagging") or {}
        name = tagging.get("tagProperty", _ROOT + "Tags").removeprefix(_ROOT)
        node = self._target(self.content["properties"].get(name, {}))
        if not tags or not tagging.get("taggable") or not node:
            return dict(properties)
        if node.get("type") != "array":
            return {**properties, name: {**tags, **(properties.get(name) or {})}}
        given = properties.get(name) or []
        taken = {tag["Key"] for tag in given}
        added = [{"Key": key, "Value": value} for key, value in tags.items() if key not in taken]
        return {**properties, name: [*given, *added]}

    def recreation(self, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
        """Whether a change of a top-level property needs another resource: Never, Conditionally or Always."""
        for keyword, answer in (
            ("createOnlyProperties", "Always"),
            ("conditionalCreateOnlyProperties", "Conditionally"),
        ):
            for pointer in self.content.get(keyword, []):
                path = pointer.removeprefix(_ROOT).split("/")
                if path[0] == name and _at(before, path) != _at(after, path):
                    return answer
        return "Never"

    def name(self, properties: Mapping[str, Any]) -> str | None:
        """The name of its own by which a resource is identified, when it has one."""
        names = self.identifiers()
        value = properties.get(names[0]) if len(names) == 1 else None
        return value if isinstance(value, str) else None

    def named_alike(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """Whether both carry the same name of their own, so that one cannot be created beside the other."""
        names = self.identifiers()
        return bool(names) and all(name in before and before[name] == after.get(name) for name in names)

    def unordered(self, path: tuple[str, ...]) -> bool:
        """Whether the list at a path means the same in any order."""
        node: Mapping[str, Any] = self.content
        for name in path:
            while "items" in node:
                node = self._target(node["items"])
            node = self._target(node.get("properties", {}).get(name, {}))
        return node.get("insertionOrder") is False or node.get("uniqueItems") is True

    def identifiers(self) -> list[str]:
        """The names of the properties that identify a resource."""
        return [pointer.removeprefix(_ROOT) for pointer in self.content.get("primaryIdentifier", [])]

    def _target(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in node:
            name = node["$ref"].rsplit("/", 1)[-1]
            holder = "properties" if "/properties/" in node["$ref"] else "definitions"
            node = self.content[holder][name]
        return node

    def _unknown(self, node: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
        node = self._target(node)
        if isinstance(value, list) and "items" in node:
            for entry in value:
                yield from self._unknown(node["items"], entry, path)
        if not isinstance(value, dict) or "properties" not in node:
            return
        closed = node.get("additionalProperties") is False and "patternProperties" not in node
        for name, entry in value.items():
            here = f"{path}.{name}" if path else name
            if name in node["properties"]:
                yield from self._unknown(node["properties"][name], entry, here)
            elif closed:
                yield here


@functools.cache
def find(type_name: str) -> Schema | None:
    """A type's schema, or None when CloudFormation has no such type."""
    digest = _index().get(type_name)
    if digest is None:
        return None
    return Schema(json.loads(_root().joinpath("resources", f"{digest}.json").read_text("utf-8")))


@functools.cache
def _index() -> dict[str, str]:
    listing = _root().joinpath("providers", f"{_REGION}.json")
    found: dict[str, str] = json.loads(listing.read_text("utf-8"))
    return found


@functools.cache
def _root() -> Path:
    # Found, not imported: the linter brings a computer algebra system with it.
    package = find_spec("cfnlint")
    if package is None or not package.submodule_search_locations:
        raise LookupError("cfn-lint, which brings the schemas, is not installed")
    return Path(package.submodule_search_locations[0], "data", "schemas")


def _at(value: Any, path: list[str]) -> Any:
    for name in path:
        if not isinstance(value, dict):
            return value
        value = value.get(name)
    return value
