"""The input of an API operation, by its members' names, whichever protocol carried it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any, cast

from botocore.parsers import RpcV2CBORParser

from emulator.identity.request import Request

# Names that the query protocol puts between a list or a map and its members.
_WRAPPERS = ("member", "entry")
_SUFFIXES = ("Input", "Update", "Configuration", "Request")


def of_form(form: Mapping[str, str]) -> dict[str, Any]:
    """The query protocol's ``Tags.member.1.Key=a`` as ``{"Tags": [{"Key": "a"}]}``."""
    root: dict[str, Any] = {}
    for name, value in form.items():
        parts = [part for part in name.split(".") if part not in _WRAPPERS]
        place: Any = root
        for part in parts[:-1]:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):  # "a=1&a.b=2" names no input
                break
        else:
            place[parts[-1]] = value
    return {name: _lists(value) for name, value in root.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdigit() for name in value):
        return [_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _lists(each) for name, each in value.items()}


def of_cbor(request: Request) -> dict[str, Any]:
    """The input that a body in CBOR holds; empty where there is none, or it cannot be read."""
    body = request.body.read()
    if not body:
        return {}
    # botocore reads CBOR, but only as part of an answer: the shape of what is read is not needed here.
    parser = RpcV2CBORParser()
    try:
        read = parser.parse_data_item(cast(Any, io.BufferedReader(cast(Any, io.BytesIO(body)))))
    except Exception:  # noqa: BLE001 (botocore raises whatever its reading of broken bytes runs into)
        return {}
    return read if isinstance(read, dict) else {}


class Values:
    """The texts in an input, found by name: a nested member by its own name and by that of what holds it.

    ``{"TableInput": {"Name": "t"}, "Names": ["a", "b"]}`` has ``tablename`` and ``names`` (and its singular ``name``).
    """

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self._found: dict[str, list[str]] = {}
        self.arns: list[str] = []
        for name, value in parameters.items():
            self._add(name, value)
        nested = [(name, value) for name, value in parameters.items() if isinstance(value, dict | list)]
        for name, value in nested:
            for holder, leaf, text in _leaves(name, value):
                self._add_missing(holder + leaf, text)
                self._add_missing(leaf, text)

    def get(self, name: str) -> list[str]:
        """All texts of this name (in lower case)."""
        return self._found.get(name, [])

    def items(self) -> Iterator[tuple[str, list[str]]]:
        """Names and texts, in the order in which they were sent."""
        yield from self._found.items()

    def _add(self, name: str, value: Any) -> None:
        texts = [text for each in (value if isinstance(value, list) else [value]) if (text := _text(each))]
        if not texts:
            return
        key = name.lower()
        self._found[key] = texts
        if isinstance(value, list) and key.endswith("s"):
            self._found.setdefault(key[:-1], texts)
        self._note_arns(texts)

    def _add_missing(self, name: str, text: str) -> None:
        known = self._found.setdefault(name.lower(), [])
        if text not in known:
            known.append(text)
        self._note_arns([text])

    def _note_arns(self, texts: list[str]) -> None:
        self.arns += [text for text in texts if text.startswith("arn:") and text not in self.arns]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int) else ""


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str, str]]:
    """Noun of the holder, name and text of what is nested one level or more below a member."""
    holder = name
    for suffix in _SUFFIXES:
        holder = holder.removesuffix(suffix)
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, Mapping):
            continue
        for leaf, inner in each.items():
            if isinstance(inner, str):
                yield holder, str(leaf), inner
            elif isinstance(inner, dict | list):
                yield from _leaves(str(leaf), inner)
