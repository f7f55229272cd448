"""Every page by its address below the region, and the menu."""

from __future__ import annotations

from emulator.console import (
    alarms,
    buckets,
    dashboards,
    executions,
    functions,
    jobs,
    logs,
    overview,
    queries,
    stacks,
    tables,
    trail,
)
from emulator.console.visit import View

PAGES: dict[str, View] = {
    "": overview.index,
    "stacks": stacks.index,
    "stack": stacks.one,
    "machines": executions.machines,
    "machine": executions.machine,
    "execution": executions.execution,
    "functions": functions.index,
    "function": functions.one,
    "jobs": jobs.index,
    "job": jobs.one,
    "tables": tables.index,
    "table": tables.one,
    "query": queries.query,
    "buckets": buckets.index,
    "bucket": buckets.one,
    "object": buckets.item,
    "dashboards": dashboards.index,
    "dashboard": dashboards.one,
    "alarms": alarms.index,
    "alarm": alarms.one,
    "logs": logs.index,
    "log": logs.one,
    "trail": trail.index,
}

# Pages that may be sent a form.
WITH_FORM = frozenset({"query"})

# Group, then label and address of each page with the addresses of those behind it.
MENU: tuple[tuple[str, tuple[tuple[str, str, tuple[str, ...]], ...]], ...] = (
    ("", (("Overview", "", ()), ("Stacks", "stacks", ("stack",)))),
    (
        "Run",
        (
            ("State machines", "machines", ("machine", "execution")),
            ("Functions", "functions", ("function",)),
            ("Jobs", "jobs", ("job",)),
        ),
    ),
    (
        "Data",
        (("Tables", "tables", ("table",)), ("Query", "query", ()), ("Buckets", "buckets", ("bucket", "object"))),
    ),
    (
        "Watch",
        (
            ("Dashboards", "dashboards", ("dashboard",)),
            ("Alarms", "alarms", ("alarm",)),
            ("Logs", "logs", ("log",)),
            ("Events", "trail", ()),
        ),
    ),
)
