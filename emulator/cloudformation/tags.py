"""Tags in the spellings that APIs have: a map, and lists of pairs whose keys are named in several ways."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def mapping(tags: Mapping[str, str] | Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """Tags of any spelling as a map from key to value."""
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    return dict(_pair(tag) for tag in tags or ())


def _pair(tag: Mapping[str, str]) -> tuple[str, str]:
    lowered = {name.lower().removeprefix("tag"): value for name, value in tag.items()}
    return lowered["key"], str(lowered.get("value", ""))


def pairs(tags: Any, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags of any spelling as a list of pairs, whose members are named as given."""
    return [{key: name, value: text} for name, text in mapping(tags).items()]


def change(old: Any, new: Any) -> tuple[dict[str, str], list[str]]:
    """What to set and which keys to remove, to come from the old tags to the new ones."""
    before, after = mapping(old), mapping(new)
    changed = {name: text for name, text in after.items() if before.get(name) != text}
    return changed, [name for name in before if name not in after]
