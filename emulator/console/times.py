"""Times as browsers send them, and spans as dashboards name them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

# Label and hours.
SPANS: dict[str, int] = {"1 h": 1, "3 h": 3, "12 h": 12, "1 d": 24, "3 d": 72, "1 w": 168, "4 w": 672}


def in_utc(text: str) -> datetime:
    """A time in ISO's form, taken for UTC where it names no zone.

    Raises:
        ValueError: it is none.
    """
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text}” is no time such as 2026-11-23T08:00.") from None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def span(hours: str, default: int) -> timedelta:
    """A span of so many hours; the default where that is no number of hours between one and a year."""
    return timedelta(hours=int(hours) if hours.isdecimal() and 1 <= int(hours) <= 8784 else default)


def period_for(length: timedelta) -> int:
    """The seconds of a period with which a span has some 180 points, of those that CloudWatch has."""
    wanted = length.total_seconds() / 180
    return next((each for each in (60, 300, 900, 3600, 21_600) if each >= wanted), 86_400)
