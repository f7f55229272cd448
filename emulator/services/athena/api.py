"""Athena's API on moto's shell: what moto only pretends is replaced, and registered here."""

from __future__ import annotations

import json
from typing import Any

from moto.moto_api._internal import mock_random

from emulator.replacements import Replacement
from emulator.services.athena import (
    caller,
    catalog_api,
    named_queries_api,
    prepared_api,
    result_location,
    result_reuse,
    results,
    statement,
)
from emulator.services.athena.description import describe, runtime_statistics
from emulator.services.athena.errors import SyntaxRefused
from emulator.services.athena.execution import FINAL, Execution
from emulator.services.athena.session import Session

Answer = tuple[int, dict[str, Any], str] | str


def _refuse(message: str, code: str = "InvalidRequestException", **more: str) -> Answer:
    body = {"__type": code, "Message": message, "message": message, **more}
    return 400, {"status": 400}, json.dumps(body)


def start_query_execution(self: Any) -> Answer:
    """StartQueryExecution."""
    backend = self.athena_backend
    name = self._get_param("WorkGroup") or "primary"
    group = backend.work_groups.get(name)
    if group is None:
        return _refuse(f"WorkGroup {name} is not found.", AthenaErrorCode="INVALID_INPUT")
    if group.state != "ENABLED":
        return _refuse(f"WorkGroup {name} is disabled.", AthenaErrorCode="INVALID_INPUT")
    token = self._get_param("ClientRequestToken")
    if token and token in _tokens(backend):
        return json.dumps({"QueryExecutionId": _tokens(backend)[token]})
    configuration = result_location.configuration(group.configuration, self._get_param("ResultConfiguration") or {})
    text = self._get_param("QueryString")
    try:
        read = statement.read(text)
    except SyntaxRefused as error:
        return _refuse(str(error), AthenaErrorCode="MALFORMED_QUERY")
    context = self._get_param("QueryExecutionContext") or {}
    parameters = self._get_param("ExecutionParameters")
    identifier = str(mock_random.uuid4())
    session = Session(
        caller=caller.of(self.headers, self.region),
        database=str(context.get("Database") or "default").strip("`").lower(),  # awswrangler quotes it
        workgroup=name,
        query_id=identifier,
        output_location=configuration["OutputLocation"],
        put_options=result_location.put_options(configuration),
        parameters=tuple(parameters or ()),
        scan_limit=group.configuration.get("BytesScannedCutoffPerQuery"),
        prepared=prepared_api.statements(backend),
    )
    execution = Execution(identifier, text, read, session, group, context, configuration, parameters)
    reuse = self._get_param("ResultReuseConfiguration") or {}
    execution.reuse(result_reuse.earlier(backend.executions.values(), execution, reuse), reuse)
    backend.executions[identifier] = execution
    if token:
        _tokens(backend)[token] = identifier
    execution.start()
    return json.dumps({"QueryExecutionId": identifier})


def _tokens(backend: Any) -> dict[str, str]:
    tokens: dict[str, str] = backend.__dict__.setdefault("request_tokens", {})
    return tokens


def _missing(identifier: str) -> Answer:
    return _refuse(f"QueryExecution {identifier} was not found", AthenaErrorCode="INVALID_QUERY_EXECUTION_ID")


def get_query_execution(self: Any) -> Answer:
    """GetQueryExecution."""
    identifier = self._get_param("QueryExecutionId")
    execution = self.athena_backend.executions.get(identifier)
    if execution is None:
        return _missing(identifier)
    return json.dumps({"QueryExecution": describe(execution)})


def batch_get_query_execution(self: Any) -> Answer:
    """BatchGetQueryExecution."""
    asked, executions = self._get_param("QueryExecutionIds"), self.athena_backend.executions
    missing = [{"QueryExecutionId": i, "ErrorCode": "INVALID_QUERY_EXECUTION_ID"} for i in asked if i not in executions]
    found = [describe(executions[i]) for i in asked if i in executions]
    return json.dumps({"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing})


def get_query_results(self: Any) -> Answer:
    """GetQueryResults."""
    identifier = self._get_param("QueryExecutionId")
    execution = self.athena_backend.executions.get(identifier)
    if execution is None:
        return _missing(identifier)
    if execution.status not in FINAL:
        return _refuse(f"Query has not yet finished. Current state: {execution.status}")
    if execution.result is None or execution.status != "SUCCEEDED":
        return _refuse(f"Query did not finish successfully. Final query state: {execution.status}")
    size = min(int(self._get_param("MaxResults") or 1000), 1000)
    try:
        return json.dumps(results.page(execution.result, self._get_param("NextToken"), size))
    except ValueError:
        return _refuse("The pagination token is not valid")


def get_query_runtime_statistics(self: Any) -> Answer:
    """GetQueryRuntimeStatistics."""
    identifier = self._get_param("QueryExecutionId")
    execution = self.athena_backend.executions.get(identifier)
    if execution is None:
        return _missing(identifier)
    return json.dumps({"QueryRuntimeStatistics": runtime_statistics(execution)})


def stop_query_execution(self: Any) -> Answer:
    """StopQueryExecution."""
    identifier = self._get_param("QueryExecutionId")
    execution = self.athena_backend.executions.get(identifier)
    if execution is None:
        return _missing(identifier)
    execution.stop()
    return "{}"


def list_query_executions(self: Any) -> Answer:
    """ListQueryExecutions: newest first."""
    name = self._get_param("WorkGroup") or "primary"
    found = [e.id for e in self.athena_backend.executions.values() if e.workgroup.name == name]
    found.reverse()
    start, size = int(self._get_param("NextToken") or 0), int(self._get_param("MaxResults") or 50)
    answer: dict[str, Any] = {"QueryExecutionIds": found[start : start + size]}
    if start + size < len(found):
        answer["NextToken"] = str(start + size)
    return json.dumps(answer)


_RESPONSES = "moto.athena.responses:AthenaResponse"

REPLACEMENTS = [
    Replacement(f"{_RESPONSES}.start_query_execution", start_query_execution, "moto runs nothing", "8d3324e2ed77"),
    Replacement(
        f"{_RESPONSES}.get_query_execution", get_query_execution, "moto invents states and statistics", "18aaaa0f76fb"
    ),
    Replacement(f"{_RESPONSES}.batch_get_query_execution", batch_get_query_execution, "moto has none"),
    Replacement(
        f"{_RESPONSES}.get_query_results", get_query_results, "moto returns rows put in a queue", "3d9348b2e67c"
    ),
    Replacement(f"{_RESPONSES}.stop_query_execution", stop_query_execution, "moto stops nothing", "6da48595c70d"),
    Replacement(
        f"{_RESPONSES}.list_query_executions", list_query_executions, "moto lists all, unordered", "308b5b02d69a"
    ),
    Replacement(
        f"{_RESPONSES}.get_query_runtime_statistics",
        get_query_runtime_statistics,
        "moto's are constants",
        "67abd015de8b",
    ),
    *catalog_api.REPLACEMENTS,
    *named_queries_api.REPLACEMENTS,
    *prepared_api.REPLACEMENTS,
]
