"""Reuse of a young result of the same query."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from emulator.services.athena import results
from emulator.services.athena.execution import Execution

_DEFAULT_AGE = 60  # minutes


def earlier(executions: Iterable[Execution], wanted: Execution, asked: dict[str, Any]) -> Execution | None:
    """The newest successful execution whose result may stand for the wanted one's; None where reuse was not asked for.

    The same caller asked for the same text, parameters and database in the same workgroup.
    """
    by_age = (asked or {}).get("ResultReuseByAgeConfiguration") or {}
    if not by_age.get("Enabled") or wanted.statement.substatement != "SELECT":
        return None
    oldest = results.now() - timedelta(minutes=by_age.get("MaxAgeInMinutes", _DEFAULT_AGE))
    found = [e for e in executions if e.status == "SUCCEEDED" and not e.reused and _same(e, wanted)]
    young = [e for e in found if e.completed is not None and e.completed >= oldest]
    return max(young, key=lambda e: e.submitted, default=None)


def _same(one: Execution, other: Execution) -> bool:
    return all(
        a == b
        for a, b in (
            (one.query, other.query),
            (one.execution_parameters, other.execution_parameters),
            (one.session.database, other.session.database),
            (one.session.caller, other.session.caller),
            (one.workgroup.name, other.workgroup.name),
            (one.session.output_location, other.session.output_location),
        )
    )
