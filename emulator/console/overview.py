"""What the region holds and what happened last, on one page."""

from __future__ import annotations

from typing import Any

from emulator.console.alarms import every
from emulator.console.executions import with_latest
from emulator.console.formats import tone
from emulator.console.jobs import latest
from emulator.console.listing import everything
from emulator.console.visit import Page, Visit

_SHOWN = 6


def index(visit: Visit) -> Page:
    """How many there are of each kind, what needs a look, and what ran last."""
    stacks = [
        each for each in everything(visit.client("cloudformation"), "list_stacks", "StackSummaries") if _lives(each)
    ]
    alarms, runs, machines = every(visit), latest(visit), with_latest(visit)
    executions = [{**run, "machine": each["name"]} for each in machines for run in each["latest"]]
    executions.sort(key=lambda each: each["startDate"], reverse=True)
    glue = visit.client("glue")
    databases = everything(glue, "get_databases", "DatabaseList")
    tables = [
        name for each in databases for name in everything(glue, "get_tables", "TableList", DatabaseName=each["Name"])
    ]
    counts = (
        ("Stacks", "stacks", len(stacks), sum(tone(each["StackStatus"]) == "bad" for each in stacks)),
        ("State machines", "machines", len(machines), 0),
        ("Functions", "functions", len(everything(visit.client("lambda"), "list_functions", "Functions")), 0),
        ("Tables", "tables", len(tables), 0),
        ("Buckets", "buckets", len(visit.client("s3").list_buckets()["Buckets"]), 0),
        ("Alarms", "alarms", len(alarms), sum(each["StateValue"] == "ALARM" for each in alarms)),
    )
    values: dict[str, Any] = {
        "counts": counts,
        "ringing": [each for each in alarms if each["StateValue"] == "ALARM"],
        "broken": [each for each in stacks if tone(each["StackStatus"]) == "bad"],
        "executions": executions[:_SHOWN],
        "runs": runs[:_SHOWN],
    }
    return Page("overview.html.j2", "Overview", values)


def _lives(stack: dict[str, Any]) -> bool:
    return bool(stack["StackStatus"] != "DELETE_COMPLETE")
