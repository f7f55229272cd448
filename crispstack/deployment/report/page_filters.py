"""How the report's page writes figures, names and texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from crispstack.artifacts import Segment
from crispstack.evaluation.policy_names import titled
from crispstack.modeling.findings.words import figure, metric_name

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~])")
CENTS_BELOW, TINY, SMALLEST_P = 100, 1e-4, 1e-3
SECONDS_BELOW, MINUTES_BELOW = 120, 7200


def _number(value: float, digits: int = 0) -> str:
    text = f"{value:,.{digits}f}"
    return text if any(digit in text for digit in "123456789") else text.lstrip("-")


def _signed(value: float) -> str:
    return f"{value:+,.0f}".replace("-", "\N{MINUS SIGN}")


def percent(value: float, digits: int = 1) -> str:
    """The share in percent."""
    return f"{100 * value:.{digits}f}%"


def money(value: float, currency: str = "") -> str:
    """The amount, with cents where they matter, and the currency where one is given."""
    digits = 2 if abs(value) < CENTS_BELOW and value != round(value) else 0
    return f"{_number(value, digits)} {currency}".strip()


def signed_money(value: float, currency: str = "") -> str:
    """As `money`, with its sign."""
    digits = 2 if abs(value) < CENTS_BELOW and value != round(value) else 0
    return f"{value:+,.{digits}f} {currency}".strip().replace("-", "\N{MINUS SIGN}")


def in_unit(value: float, unit: str) -> str:
    """A criterion's figure in its unit: shares in percent, tiny numbers with an exponent."""
    if unit == "share":
        return percent(value)
    text = f"{value:.1e}" if 0 < abs(value) < TINY else f"{value:,.0f}" if abs(value) >= CENTS_BELOW else figure(value)
    return f"{text} {_words(unit)}".strip()


def duration(seconds: float) -> str:
    """So many seconds, minutes or hours."""
    if seconds < SECONDS_BELOW:
        return f"{seconds:,.0f} s"
    return f"{seconds / 60:,.0f} min" if seconds < MINUTES_BELOW else f"{seconds / 3600:,.1f} h"


def _p_value(value: float) -> str:
    return "< 0.001" if value < SMALLEST_P else f"{value:.2g}"


def _segment(found: Segment) -> str:
    """A group of cases in words."""
    return "; ".join(f"{each.feature} {each.words}" for each in found.conditions) or "All cases"


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


def _markdown(text: object) -> str:
    """The text so that Markdown shows it as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


FILTERS: Mapping[str, Callable[..., Any]] = {
    "titled": titled,
    "number": _number,
    "signed": _signed,
    "percent": percent,
    "money": money,
    "signed_money": signed_money,
    "in_unit": in_unit,
    "duration": duration,
    "p_value": _p_value,
    "segment": _segment,
    "words": _words,
    "capitalized": _capitalized,
    "plain": _plain,
    "json": _json,
    "coded": _coded,
    "md": _markdown,
    "metric": metric_name,
    "figure": figure,
}
