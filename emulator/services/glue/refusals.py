"""What Glue refuses of jobs, crawlers, workflows and triggers alike."""

from __future__ import annotations

from moto.glue.exceptions import GlueClientError

from emulator.services.scheduler import expressions
from emulator.services.scheduler.expressions import Cron, ScheduleError


def invalid(message: str) -> GlueClientError:
    """The error of a request that Glue does not take."""
    return GlueClientError("InvalidInputException", message)


def cron(expression: str) -> Cron:
    """A schedule of Glue's.

    Raises:
        GlueClientError: InvalidInputException, it is no cron expression.
    """
    try:
        found = expressions.parse(expression)
    except ScheduleError:
        found = None
    if not isinstance(found, Cron):
        raise invalid(f"Invalid schedule expression: {expression}")
    return found
