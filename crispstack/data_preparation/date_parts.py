"""Parts of dates and times, in the proleptic Gregorian calendar and in UTC."""

from __future__ import annotations

import numpy as np

from crispstack.data_preparation.categories import Array
from crispstack.preparation_plan import DatePart

SECONDS_PER_DAY = 86_400.0


def date_part(times: Array, part: DatePart) -> Array:
    """The part of each time, float32 of shape (n,), NaN where the time is missing.

    Args:
        times: days since 1970-01-01 (float32, a date) or seconds (float64, a timestamp), of shape (n,).
        part: quarter 1 to 4, month and day from 1, weekday 1 (Monday) to 7 as in ISO 8601, day_of_year from 1,
            hour and minute from 0, is_weekend 1 on Saturdays and Sundays, else 0.
    """
    known = ~np.isnan(times)
    seconds = np.where(known, times, 0).astype(np.float64) * (1 if times.dtype == np.float64 else SECONDS_PER_DAY)
    values = _part(np.floor(seconds).astype(np.int64), part)
    return np.where(known, values, np.nan).astype(np.float32)


def days(times: Array) -> Array:
    """Dates as they are, timestamps as days with a fraction: float64 of shape (n,)."""
    return times / SECONDS_PER_DAY if times.dtype == np.float64 else times.astype(np.float64)


def _part(seconds: Array, part: DatePart) -> Array:
    day = np.floor_divide(seconds, int(SECONDS_PER_DAY))
    if part in ("hour", "minute"):
        return np.floor_divide(seconds, 3600) % 24 if part == "hour" else np.floor_divide(seconds, 60) % 60
    if not len(day) or np.ptp(day) >= len(day):
        return _calendar_part(day.astype("datetime64[D]"), part)
    # Each day between the first and the last once: there are fewer than rows.
    first = day.min()
    found: Array = _calendar_part(np.arange(first, day.max() + 1).astype("datetime64[D]"), part)[day - first]
    return found


def _calendar_part(dates: Array, part: DatePart) -> Array:
    if part in ("weekday", "is_weekend"):
        weekday = (dates.astype(np.int64) + 3) % 7 + 1  # 1970-01-01 was a Thursday
        return weekday if part == "weekday" else np.greater_equal(weekday, 6)
    months = dates.astype("datetime64[M]")
    years = dates.astype("datetime64[Y]")
    parts: dict[str, Array] = {
        "year": years.astype(np.int64) + 1970,
        "quarter": months.astype(np.int64) % 12 // 3 + 1,
        "month": months.astype(np.int64) % 12 + 1,
        "day": (dates - months).astype(np.int64) + 1,
        "day_of_year": (dates - years).astype(np.int64) + 1,
    }
    return parts[part]
