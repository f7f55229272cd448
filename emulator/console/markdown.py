"""The Markdown of dashboards' text widgets as HTML: headings, lists, links, emphasis, code, rules, tables are lines.

Everything is escaped first; nothing of the text becomes a tag but what is written here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from markupsafe import Markup, escape

_SPANS = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![*\w])\*([^*]+)\*(?!\w)"), r"<em>\1</em>"),
    # Only addresses of pages: no scheme that a browser would execute.
    (re.compile(r"\[([^\]]+)\]\(((?:https?://|/|#)[^)\s]*)\)"), r'<a href="\2" rel="noreferrer">\1</a>'),
)
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_ITEM = re.compile(r"\s*[-*+]\s+(.*)")
_NUMBERED = re.compile(r"\s*\d+[.)]\s+(.*)")
_RULE = re.compile(r"\s*([-*_])(\s*\1){2,}\s*")


def html(text: str) -> Markup:
    """The text as HTML. Headings begin a level down, for they stand in a page that has its own."""
    lines = str(escape(text)).splitlines()
    return Markup("".join(part for kind, group in groupby(lines, _kind) for part in _block(kind, list(group))))  # noqa: S704


def _kind(line: str) -> str:
    for kind, pattern in (("rule", _RULE), ("heading", _HEADING), ("ul", _ITEM), ("ol", _NUMBERED)):
        if pattern.fullmatch(line):
            return kind
    return "p" if line.strip() else ""


def _block(kind: str, lines: list[str]) -> Iterator[str]:
    match kind:
        case "rule":
            yield "<hr>"
        case "heading":
            for line in lines:
                found = _HEADING.fullmatch(line)
                level = min(len(found[1]) + 1, 6) if found else 2
                yield f"<h{level}>{_spans(found[2] if found else line)}</h{level}>"
        case "ul" | "ol":
            pattern = _ITEM if kind == "ul" else _NUMBERED
            items = "".join(f"<li>{_spans(found[1])}</li>" for found in map(pattern.fullmatch, lines) if found)
            yield f"<{kind}>{items}</{kind}>"
        case "p":
            yield f"<p>{'<br>'.join(map(_spans, lines))}</p>"


def _spans(text: str) -> str:
    for pattern, written in _SPANS:
        text = pattern.sub(written, text)
    return text
