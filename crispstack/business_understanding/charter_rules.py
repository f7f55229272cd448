"""Quality rules as lines of a charter's YAML, and their place in it; everything else in the file stays as it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from crispstack.artifacts import RuleDraft
from crispstack.business_understanding import charter_file
from crispstack.errors import CharterError


def lines(drafts: Sequence[RuleDraft], main_source: str) -> list[str]:
    """A line of a YAML list for each rule, its reason as a comment."""
    return [_line(draft, main_source) for draft in drafts]


def write(path: Path, drafts: Sequence[RuleDraft], main_source: str) -> None:
    """Add the rules at the end of the charter's `quality`.

    Raises:
        CharterError: the file is no valid charter, before or after; it is left as it was.
    """
    text = path.read_text(encoding="utf-8")
    charter_file.load(path)
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.write_text(_with_rules(text, lines(drafts, main_source), path), encoding="utf-8")
        charter_file.load(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _line(draft: RuleDraft, main_source: str) -> str:
    rule = "'" + draft.rule.replace("'", "''") + "'"
    source = "" if draft.source == main_source else f", source: {json.dumps(draft.source)}"
    return f"- {{rule: {rule}, severity: warn{source}}}  # {draft.reason}"


def _with_rules(text: str, added: list[str], path: Path) -> str:
    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    rules = next((value for key, value in root.value if key.value == "quality"), None)
    ending = "" if text.endswith("\n") else "\n"
    if rules is None:
        return f"{text}{ending}\nquality:\n" + "".join(f"  {line}\n" for line in added)
    if rules.flow_style or not rules.value:
        line = rules.start_mark.line + 1
        raise CharterError(f"{path}:{line}: `quality` is not written as a list of lines; begin each rule with a dash")
    kept = (text + ending).splitlines(keepends=True)
    place = _last_line(rules.value[-1]) + 1
    indent = " " * int(rules.start_mark.column)
    return "".join([*kept[:place], *(f"{indent}{line}\n" for line in added), *kept[place:]])


def _last_line(node: yaml.Node) -> int:
    """Line of the node's last character, from 0. The mark of a block lies behind the comments that follow it."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        return _last_line(node.value[-1][1])
    return int(node.end_mark.line)
