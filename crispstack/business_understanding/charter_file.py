"""The charter as a YAML file: read and validated as a whole; every error with its line, its cause and its remedy."""

from __future__ import annotations

import dataclasses
import difflib
import json
import types
import typing
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError

from crispstack.business_understanding import consistency
from crispstack.business_understanding.data_file import check_data
from crispstack.business_understanding.problem import Path as KeyPath
from crispstack.business_understanding.problem import Problem
from crispstack.charter import Charter
from crispstack.errors import CharterError

__all__ = ["check_data", "load", "load_project"]

# Only a container hands its configuration down to dataclasses of the standard library.
ADAPTER: TypeAdapter[tuple[Charter]] = TypeAdapter(
    tuple[Charter], config=ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
)


def load(path: Path) -> Charter:
    """Read a charter.

    Raises:
        CharterError: the file cannot be read, is no YAML, or says something that is not valid; the message lists every
            problem as ``file:line: cause; remedy``.
    """
    root = _compose(path)
    duplicates = list(_duplicate_keys(root, ()))
    if duplicates:
        raise _error(path, root, duplicates)
    text = json.dumps([_construct(path, root)], default=str)
    try:
        (charter,) = ADAPTER.validate_json(text)
    except ValidationError as error:
        details: list[Any] = error.errors(include_url=False)
        raise _error(path, root, list(map(_problem, details))) from error
    if found := consistency.problems(charter):
        raise _error(path, root, found)
    return charter


def load_project(path: Path) -> Charter:
    """Read the charter of a project, ``projects/<name>/charter.yaml``.

    Raises:
        CharterError: as `load`; or the charter has another name than its folder, so that two copies would be mixed up.
    """
    charter = load(path)
    folder = path.resolve().parent.name
    if charter.name != folder:
        cause = f"the charter is named {charter.name!r} and its folder {folder!r}"
        raise _error(path, _compose(path), [Problem(("name",), cause, "give both the same name")])
    return charter


def scalar(text: str) -> str:
    """The text that a value on one line says, without its quotes and comment; empty where it is none."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return ""
    return value if isinstance(value, str) else ""


def lines(path: Path, keys: Sequence[str]) -> list[int]:
    """The line of each key, ``money.volume`` or ``sources.0.license``: of the last step of it that the file holds.

    Raises:
        CharterError: the file cannot be read, or is no YAML.
    """
    root = _compose(path)
    paths = (tuple(int(step) if step.isdecimal() else step for step in key.split(".")) for key in keys)
    return [_line(root, each) for each in paths]


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "tag", None):
            problem = "aliases (*name) and tags (!name) are not supported: write the value out"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        return super().compose_node(parent, index)


def _construct(path: Path, root: yaml.Node) -> Any:
    try:
        return yaml.SafeLoader("").construct_document(root)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(path, error) from error
    except ValueError as error:  # a date that is none
        raise CharterError(f"{path}: {error}; put the value in quotes") from error


def _not_yaml(path: Path, error: yaml.MarkedYAMLError) -> CharterError:
    line = error.problem_mark.line + 1 if error.problem_mark else 1
    begun = error.context_mark.line + 1 if error.context_mark else line
    context = f" {error.context} from line {begun} on" if error.context and begun != line else ""
    return CharterError(f"{path}:{line}: not YAML: {error.problem}{context}; check indentation and quotes")


def _compose(path: Path) -> yaml.Node:
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=_Loader)
    except OSError as error:
        raise CharterError(f"{path}: cannot be read ({error.strerror}); name a charter.yaml") from error
    except UnicodeDecodeError as error:
        raise CharterError(f"{path}: not UTF-8 (byte {error.start}); save the file as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(path, error) from error
    except yaml.YAMLError as error:
        raise CharterError(f"{path}: not YAML: {error}") from error
    if not isinstance(root, yaml.MappingNode):
        raise CharterError(f"{path}:1: a charter is a mapping of keys to values; see projects/bank_marketing")
    return root


def _duplicate_keys(node: yaml.Node, path: KeyPath) -> Iterator[Problem]:
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _duplicate_keys(item, (*path, index))
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        for index, (key, value) in enumerate(node.value):
            if key.value in keys[:index]:
                yield Problem((*path, str(key.value)), f"{key.value!r} is given twice", "remove one of the two")
            yield from _duplicate_keys(value, (*path, str(key.value)))


def _problem(detail: dict[str, Any]) -> Problem:
    path: KeyPath = tuple(detail["loc"][1:])  # without the container
    name = next((step for step in reversed(path) if isinstance(step, str)), "charter")
    kind, found = detail["type"], detail["input"]
    if kind == "unexpected_keyword_argument":
        return Problem(path, f"unknown key {name!r}", _known_keys(path))
    if kind in ("missing", "missing_argument"):
        return Problem(path, f"{name!r} is missing", f"add it: {_describe(path)}")
    if isinstance(found, bool) and "string" in kind:
        return Problem(path, f"{name!r} is true or false, not text", "put the value in quotes")
    if found is None:
        return Problem(path, f"{name!r} is left empty", f"give {_expected(detail)}")
    shown = "a mapping" if isinstance(found, dict) else "a list" if isinstance(found, list) else repr(found)
    expected = _expected(detail)
    if expected.startswith("'"):
        close = difflib.get_close_matches(str(found), expected.replace("'", "").replace(" or ", ", ").split(", "), n=1)
        remedy = f"did you mean {close[0]!r}? It can be {expected}" if close else f"it can be {expected}"
        return Problem(path, f"{name!r} cannot be {shown}", remedy)
    return Problem(path, f"{name!r} cannot be {shown}", f"give {expected}")


def _expected(detail: dict[str, Any]) -> str:
    """What belongs there, in words that YAML's users know."""
    words = {
        "an object": "a mapping of keys to values",
        "a valid boolean": "true or false",
        "a valid string": "a text",
        "a valid number": "a number",
        "a valid integer": "a whole number",
        "a valid array": "a list",
    }
    expected = str(detail["msg"]).removeprefix("Input should be ")
    return words.get(expected, expected)


def _known_keys(path: KeyPath) -> str:
    fields = [field.name for field in dataclasses.fields(_dataclass_at(path[:-1]))]
    close = difflib.get_close_matches(str(path[-1]), fields, n=1)
    return f"did you mean {close[0]!r}?" if close else f"the keys here are {', '.join(fields)}"


def _describe(path: KeyPath) -> str:
    hint = typing.get_type_hints(_dataclass_at(path[:-1]))[str(path[-1])]
    name = getattr(hint, "__name__", str(hint))
    return {"str": "a text", "float": "a number", "int": "a whole number", "tuple": "a list"}.get(name, "a mapping")


def _dataclass_at(path: KeyPath) -> Any:
    """The part of the charter that lies at the path: a dataclass, where its keys were looked at."""
    current: Any = Charter
    for step in path:
        origin = typing.get_origin(current)
        if origin is tuple:
            hint = typing.get_args(current)[0]
        elif origin is dict:
            hint = typing.get_args(current)[1]
        else:
            hint = typing.get_type_hints(current)[str(step)]
        current = _given(hint)
    return current


def _given(hint: Any) -> Any:
    """Of a type that may be left out, what it is otherwise."""
    if typing.get_origin(hint) not in (typing.Union, types.UnionType):
        return hint
    return next(each for each in typing.get_args(hint) if each is not type(None))


def _error(path: Path, root: yaml.Node, found: list[Problem]) -> CharterError:
    located = sorted((_line(root, problem.path), problem.cause, problem.remedy) for problem in found)
    return CharterError("\n".join(f"{path}:{line}: {cause}; {remedy}" for line, cause, remedy in located))


def _line(root: yaml.Node, path: KeyPath) -> int:
    """Line of the last step of the path that the file holds, from 1."""
    node, line = root, 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            entry = [(key, value) for key, value in node.value if key.value == step]
            if not entry:
                break
            line, node = entry[-1][0].start_mark.line + 1, entry[-1][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line
