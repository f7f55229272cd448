"""Transforms: what CloudFormation makes of a template before it reads its resources."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cloudformation.errors import validation_error

LANGUAGE_EXTENSIONS, INCLUDE = "AWS::LanguageExtensions", "AWS::Include"
_LOOP = "Fn::ForEach::"
# Functions that exist only with the language extensions.
_EXTENSIONS = ("Fn::Length", "Fn::ToJsonString", _LOOP)
_LOOPING_SECTIONS = ("Conditions", "Resources", "Outputs")


@dataclass(frozen=True)
class Transforms:
    """Processes one template, whose parameters have these values. `included` reads an object of S3 as a snippet."""

    parameters: Mapping[str, Any]
    included: Callable[[str], Any]

    def process(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """The template without transforms, loops and inclusions.

        Raises:
            ApiError: a transform is not supported, or a loop, an inclusion or a function of theirs is malformed.
        """
        names = declared(content)
        for name in names:
            if name not in {LANGUAGE_EXTENSIONS, INCLUDE}:
                raise validation_error(f"Transform {name} is not supported by this emulator")
        asked = [entry for entry in _listed(content.get("Transform")) if isinstance(entry, dict)]
        plain = {key: value for key, value in content.items() if key != "Transform"}
        for entry in asked:
            plain |= self._inclusion(entry)
        processed: dict[str, Any] = self._included(plain)
        if LANGUAGE_EXTENSIONS not in names:
            _refuse_extensions(processed)
            return processed
        looped = {key: self._looped(processed[key], {}) for key in _LOOPING_SECTIONS if key in processed}
        return {**processed, **looped, "Resources": self._with_policies(looped.get("Resources"))}

    def _included(self, value: Any) -> Any:
        """The value with every Fn::Transform in it replaced by what it includes."""
        if isinstance(value, list):
            return [self._included(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        own = {key: self._included(entry) for key, entry in value.items() if key != "Fn::Transform"}
        for entry in _listed(value.get("Fn::Transform")):
            own |= self._inclusion(entry)
        return own

    def _inclusion(self, call: Mapping[str, Any]) -> dict[str, Any]:
        name, arguments = call.get("Name"), call.get("Parameters") or {}
        if name != INCLUDE:
            raise validation_error(f"Transform {name} is not supported by this emulator")
        location = self._referred(arguments.get("Location"))
        if not isinstance(location, str):
            raise validation_error(f"Transform {INCLUDE} failed with: The Location parameter must be a string")
        snippet = self.included(location)
        if not isinstance(snippet, dict):
            raise validation_error(f"Transform {INCLUDE} failed with: The specified S3 object's content is no object")
        return dict(self._included(snippet))

    def _looped(self, value: Any, names: Mapping[str, str]) -> Any:
        """The value with loops unrolled and the loops' identifiers replaced."""
        if isinstance(value, str):
            return _substituted(value, names)
        if isinstance(value, list):
            return [self._looped(entry, names) for entry in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Ref"} and value["Ref"] in names:
            return names[value["Ref"]]
        unrolled: dict[str, Any] = {}
        for key, entry in value.items():
            if key.startswith(_LOOP):
                for name, made in self._turns(key, entry, names):
                    if name in unrolled:
                        raise validation_error(f"Template format error: {key} gives {name} twice")
                    unrolled[name] = made
            else:
                unrolled[_substituted(key, names)] = self._looped(entry, names)
        return unrolled

    def _turns(self, key: str, loop: Any, names: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
        if not (isinstance(loop, list) and len(loop) == 3 and isinstance(loop[0], str) and isinstance(loop[2], dict)):
            raise validation_error(f"Template format error: {key} needs an identifier, a collection and an object")
        identifier, given, made = loop
        collection = self._looped(self._referred(given), names)
        if not isinstance(collection, list) or not all(isinstance(entry, str) for entry in collection):
            raise validation_error(f"Template format error: the collection of {key} must be a list of strings")
        for entry in collection:
            yield from self._looped(made, {**names, identifier: entry}).items()

    def _referred(self, value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"Ref"} and value["Ref"] in self.parameters:
            return self.parameters[value["Ref"]]
        if isinstance(value, list):
            return [self._referred(entry) for entry in value]
        return value

    def _with_policies(self, resources: Any) -> Any:
        """The resources with their policies of deletion and replacement, which may then be parameters, as text."""
        if not isinstance(resources, dict):
            return resources
        policies = ("DeletionPolicy", "UpdateReplacePolicy")
        return {
            name: {key: self._referred(entry) if key in policies else entry for key, entry in declaration.items()}
            if isinstance(declaration, dict)
            else declaration
            for name, declaration in resources.items()
        }


def declared(content: Mapping[str, Any]) -> list[str]:
    """Names of the transforms that a template declares for itself, and of those that it calls within."""
    own = [entry["Name"] if isinstance(entry, dict) else str(entry) for entry in _listed(content.get("Transform"))]
    return list(dict.fromkeys([*own, *_called(content)]))


def _called(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for entry in value:
            yield from _called(entry)
    elif isinstance(value, dict):
        for key, entry in value.items():
            if key == "Fn::Transform":
                yield from (str(call.get("Name")) for call in _listed(entry) if isinstance(call, dict))
            else:
                yield from _called(entry)


def _refuse_extensions(value: Any) -> None:
    if isinstance(value, list):
        for entry in value:
            _refuse_extensions(entry)
    elif isinstance(value, dict):
        for key, entry in value.items():
            if isinstance(key, str) and key.startswith(_EXTENSIONS):
                raise validation_error(
                    f"Template format error: Encountered unsupported function: {key}. "
                    f"It needs the transform {LANGUAGE_EXTENSIONS}"
                )
            _refuse_extensions(entry)


def _substituted(value: str, names: Mapping[str, str]) -> str:
    """``${Name}`` as what a loop gives Name, ``&{Name}`` the same without what is no letter or digit."""
    for name, given in names.items():
        value = value.replace(f"${{{name}}}", given)
        value = value.replace(f"&{{{name}}}", re.sub(r"[^0-9A-Za-z]", "", given))
    return value


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
