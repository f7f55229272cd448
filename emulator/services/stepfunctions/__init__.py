"""AWS Step Functions: moto's interpreter of the states language, with real integrations, roles, logs and JSONata."""

from __future__ import annotations

from emulator.services.stepfunctions import executions, integrations, jsonata, jsonpath, machines

REPLACEMENTS = (
    *machines.REPLACEMENTS,
    *executions.REPLACEMENTS,
    *integrations.REPLACEMENTS,
    *jsonata.REPLACEMENTS,
    *jsonpath.REPLACEMENTS,
)
