"""Regular expressions that mean the same to DuckDB as to Java, which DuckDB then matches much faster."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena.casts import Typed, coerce
from emulator.services.athena.scope import literal
from emulator.services.athena.types import BOOLEAN, VARCHAR

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions

# Plain characters, escaped signs, classes of characters and ranges, groups, alternatives, anchors and quantifiers.
_SHARED = re.compile(
    r"""(?: [^\\\[\](){}.*+?^$|]
          | \\[!-/:-@\[-`{-~]
          | \[\^?(?:[^\\\[\]&~|^-]|\\[.+*?()-])(?:[^\\\[\]&~|^]|\\[.+*?()-])*\]
          | \((?!\?) | \(\?: | \) | \| | \^ | \$
          | [*+?](?![*+?]) | \{[0-9]{1,3}(?:,[0-9]{0,3})?\}(?![*+?])
        )*""",
    re.VERBOSE,
)
_PARTS = re.compile(r"(\\.|\[[^\]]*\]|\$)", re.DOTALL)


def regexp_like(self: Expressions, nodes: list[Any], _: Any) -> Typed | None:
    """``regexp_like`` with a constant pattern of the common part of both languages."""
    if len(nodes) != 2 or not isinstance(nodes[1], exp.Literal) or not nodes[1].is_string:
        return None
    pattern = shared(nodes[1].this)
    if pattern is None:
        return None
    return Typed(f"regexp_matches({coerce(self.compile(nodes[0]), VARCHAR).sql}, {literal(pattern)})", BOOLEAN)


def shared(pattern: str) -> str | None:
    """The pattern as DuckDB takes it; None where it may mean something else, or is none."""
    if not _SHARED.fullmatch(pattern):
        return None
    try:
        re.compile(pattern)
    except re.error:
        return None
    # Java's $ stands before a last line break, too.
    return _PARTS.sub(lambda found: r"(?:\n?\z)" if found[0] == "$" else found[0], pattern)
