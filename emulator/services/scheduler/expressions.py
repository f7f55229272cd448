"""Schedule expressions of EventBridge, Scheduler and Glue: when ``rate(...)``, ``cron(...)`` and ``at(...)`` are due.

Source: "Schedule types in EventBridge Scheduler" of its user guide: six cron fields, one of day-of-month and
day-of-week is ``?``; Sunday is 1.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_RATE = re.compile(r"rate\(\s*([1-9]\d*)\s+(minute|minutes|hour|hours|day|days)\s*\)")
_CRON = re.compile(r"cron\((.*)\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_FIELDS = (("minutes", 0, 59), ("hours", 0, 23), ("day-of-month", 1, 31), ("month", 1, 12), ("day-of-week", 1, 7))
_YEARS = (1970, 2199)
_SEARCHED_DAYS = 366 * 30


class ScheduleError(ValueError):
    """An expression that is none."""


@dataclass(frozen=True)
class Rate:
    """Every `period` from the time at which it was set."""

    period: timedelta

    def next(self, after: datetime, start: datetime) -> datetime | None:
        """The first time later than `after` that is a multiple of the period from `start`."""
        passed = max((after - start) // self.period, 0)
        due = start + passed * self.period
        return due if due > after else due + self.period


@dataclass(frozen=True)
class At:
    """Once."""

    when: datetime

    def next(self, after: datetime, _start: datetime) -> datetime | None:
        """The time, unless it is past."""
        return self.when if self.when > after else None


@dataclass(frozen=True)
class Cron:
    """Six fields in a time zone."""

    minutes: frozenset[int]
    hours: frozenset[int]
    day_of_month: str
    months: frozenset[int]
    day_of_week: str
    years: frozenset[int]
    zone: ZoneInfo

    def next(self, after: datetime, _start: datetime) -> datetime | None:
        """The first time later than `after`; None when there is none any more.

        A wall-clock time that the change to summer time leaves out is due as much later as the clock jumped; one that
        occurs twice is due the first time.
        """
        local = after.astimezone(self.zone)
        for passed in range(_SEARCHED_DAYS):
            day = local.date() + timedelta(days=passed)
            if day.year > max(self.years):
                return None
            named = day.year in self.years and day.month in self.months
            if named and self._is_due(day) and (found := self._first_on(day, after)):
                return found
        return None

    def _first_on(self, day: date, after: datetime) -> datetime | None:
        times = (
            datetime.combine(day, time(hour, minute), self.zone).astimezone(UTC)
            for hour in sorted(self.hours)
            for minute in sorted(self.minutes)
        )
        return next((each for each in times if each > after), None)

    def _is_due(self, day: date) -> bool:
        if self.day_of_week != "?":
            return self._is_due_in_week(day)
        last = calendar.monthrange(day.year, day.month)[1]
        if self.day_of_month == "L":
            return day.day == last
        if self.day_of_month == "LW":
            return day.day == _nearest_weekday(day.year, day.month, last)
        if self.day_of_month.endswith("W"):
            return day.day == _nearest_weekday(day.year, day.month, int(self.day_of_month[:-1]))
        return day.day in _numbers(self.day_of_month, "day-of-month", 1, 31)

    def _is_due_in_week(self, day: date) -> bool:
        number = day.isoweekday() % 7 + 1
        if "#" in self.day_of_week:
            wanted, _, which = self.day_of_week.partition("#")
            return number == _number(wanted, _DAYS) and (day.day - 1) // 7 + 1 == int(which)
        if self.day_of_week.endswith("L"):
            last = calendar.monthrange(day.year, day.month)[1]
            wanted = self.day_of_week[:-1] or "7"
            return number == _number(wanted, _DAYS) and (len(self.day_of_week) == 1 or day.day + 7 > last)
        return number in _numbers(self.day_of_week, "day-of-week", 1, 7, _DAYS)


Schedule = Rate | At | Cron


def parse(expression: str, zone: str = "UTC") -> Schedule:
    """Read an expression.

    Args:
        expression: ``rate(value unit)``, ``cron(six fields)`` or ``at(yyyy-mm-ddThh:mm:ss)``.
        zone: time zone of cron and at, e.g. ``Europe/Berlin``.

    Raises:
        ScheduleError: it is none of them, or the zone does not exist.
    """
    try:
        where = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ScheduleError(f"Provided timezone {zone} is invalid.") from None
    if found := _RATE.fullmatch(expression):
        value, unit = int(found[1]), found[2]
        if (value == 1) is unit.endswith("s"):
            raise ScheduleError(f"{expression}: 1 takes a unit in the singular, other values one in the plural")
        return Rate(timedelta(seconds=value * _SECONDS[unit.removesuffix("s")]))
    if found := _CRON.fullmatch(expression):
        return _cron(found[1].split(), where, expression)
    if found := _AT.fullmatch(expression):
        return At(datetime.fromisoformat(found[1]).replace(tzinfo=where).astimezone(UTC))
    raise ScheduleError(f"{expression} is no schedule expression")


def _cron(fields: list[str], zone: ZoneInfo, expression: str) -> Cron:
    if len(fields) != 6:
        raise ScheduleError(f"{expression}: a cron expression has six fields")
    minutes, hours, day, month, weekday, year = (each.upper() for each in fields)
    if (day == "?") is (weekday == "?"):
        raise ScheduleError(f"{expression}: exactly one of day-of-month and day-of-week must be ?")
    cron = Cron(
        minutes=_numbers(minutes, *_FIELDS[0]),
        hours=_numbers(hours, *_FIELDS[1]),
        day_of_month=day,
        months=_numbers(month, *_FIELDS[3], _MONTHS),
        day_of_week=weekday,
        years=_numbers(year, "year", *_YEARS),
        zone=zone,
    )
    cron._is_due(date(2024, 2, 29))  # reads the two fields that depend on the month
    return cron


def _numbers(text: str, field: str, lowest: int, highest: int, names: dict[str, int] | None = None) -> frozenset[int]:
    """The values that a field such as ``MON-FRI``, ``0/15`` or ``1,15`` allows."""
    allowed: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if first == "*":
            start, end = lowest, highest
        else:
            start = _number(first, names)
            end = _number(last, names) if dash else (highest if step else start)
        if not lowest <= start <= highest or not lowest <= end <= highest or (step and not _number(step)):
            raise ScheduleError(f"{text} is no value of {field}")
        values = range(start, end + 1) if start <= end else (*range(start, highest + 1), *range(lowest, end + 1))
        allowed.update(list(values)[:: int(step or 1)])
    return frozenset(allowed)


def _number(text: str, names: dict[str, int] | None = None) -> int:
    if names and text in names:
        return names[text]
    if not text.isdigit():
        raise ScheduleError(f"{text} is no value of a cron expression")
    return int(text)


def _nearest_weekday(year: int, month: int, day: int) -> int:
    """The weekday (Monday to Friday) nearest to a day, in the same month."""
    last = calendar.monthrange(year, month)[1]
    day = min(day, last)
    weekday = date(year, month, day).isoweekday()
    if weekday == 6:
        return day - 1 if day > 1 else day + 2
    if weekday == 7:
        return day + 1 if day < last else day - 2
    return day
