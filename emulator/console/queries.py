"""Athena: a box for a statement, what it gave, and the statements before."""

from __future__ import annotations

from typing import Any

from emulator.console.listing import Listing, everything, listing
from emulator.console.visit import Moved, Page, Visit

_LATEST = 20
_ROWS = 100
_NUMERIC = frozenset({"tinyint", "smallint", "integer", "bigint", "float", "double", "decimal"})


def query(visit: Visit) -> Page | Moved:
    """The box, with the execution that the address names; a form that is sent starts one."""
    client = visit.client("athena")
    if visit.posted:
        return _started(visit, client)
    groups = client.list_work_groups()["WorkGroups"]
    execution = (
        client.get_query_execution(QueryExecutionId=visit.asked("id"))["QueryExecution"] if visit.asked("id") else {}
    )
    group = execution.get("WorkGroup") or visit.asked("group") or groups[0]["Name"]
    columns, rows = _result(client, execution, visit.asked("from"))
    values = {
        "groups": groups,
        "databases": [each["Name"] for each in everything(visit.client("glue"), "get_databases", "DatabaseList")],
        "execution": execution,
        "statement": execution.get("Query") or visit.asked("statement"),
        "group": group,
        "database": execution.get("QueryExecutionContext", {}).get("Database") or visit.asked("database"),
        "numeric": _NUMERIC,
        "columns": columns,
        "rows": rows,
        "latest": _latest(client, group),
    }
    return Page("query.html.j2", "Query", values)


def _started(visit: Visit, client: Any) -> Moved:
    context = {"QueryExecutionContext": {"Database": visit.asked("database")}} if visit.asked("database") else {}
    begun = client.start_query_execution(
        QueryString=visit.required("statement"), WorkGroup=visit.required("group"), **context
    )
    return Moved("query", {"id": begun["QueryExecutionId"]})


def _result(client: Any, execution: dict[str, Any], start: str) -> tuple[list[dict[str, Any]], Listing]:
    """The columns and a page of the rows. The first row of a SELECT repeats the columns' names."""
    if execution.get("Status", {}).get("State") != "SUCCEEDED":
        return [], Listing([])
    asked = {"QueryExecutionId": execution["QueryExecutionId"], "MaxResults": _ROWS}
    found = client.get_query_results(**asked, **({"NextToken": start} if start else {}))
    columns = found["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    rows = [[value.get("VarCharValue") for value in row.get("Data", [])] for row in found["ResultSet"]["Rows"]]
    if not start and rows and rows[0] == [each["Name"] for each in columns]:
        rows = rows[1:]
    return columns, Listing(rows, found.get("NextToken", ""))


def _latest(client: Any, group: str) -> list[dict[str, Any]]:
    found = listing(client, "list_query_executions", "QueryExecutionIds", size=_LATEST, WorkGroup=group).items
    return client.batch_get_query_execution(QueryExecutionIds=found)["QueryExecutions"] if found else []
