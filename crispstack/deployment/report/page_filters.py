"""How the report's page writes figures, names and texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from crispstack.evaluation.policy_names import titled
from crispstack.modeling.findings.words import figure, metric_name


def _number(value: float, digits: int = 0) -> str:
    text = f"{value:,.{digits}f}"
    return text if any(digit in text for digit in "123456789") else text.lstrip("-")


def _signed(value: float) -> str:
    return f"{value:+,.0f}".replace("-", "\N{MINUS SIGN}")


def _percent(value: float, digits: int = 1) -> str:
    return f"{100 * value:.{digits}f}%"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def _plain(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _coded(text: str) -> Any:
    """What stands between backticks as code; everything is escaped."""
    from markupsafe import Markup, escape  # noqa: PLC0415

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped first)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "titled": titled,
    "number": _number,
    "signed": _signed,
    "percent": _percent,
    "words": _words,
    "capitalized": _capitalized,
    "plain": _plain,
    "json": _json,
    "coded": _coded,
    "metric": metric_name,
    "figure": figure,
}
