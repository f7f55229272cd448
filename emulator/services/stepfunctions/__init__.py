"""AWS Step Functions: moto's interpreter of the states language, with real integrations, roles, logs and JSONata."""

from __future__ import annotations

import logging

from emulator.services.stepfunctions import (
    activities,
    callbacks,
    definitions,
    descriptions,
    error_matching,
    executions,
    jsonata,
    jsonpath,
    machines,
    map_fields,
    map_runs,
    named_failures,
    redrive,
    sync_executions,
    tasks,
    versions,
)

# The interpreter writes each failed state's whole syntax tree to its log; the history says what failed.
logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)

REPLACEMENTS = (
    *machines.REPLACEMENTS,
    *executions.REPLACEMENTS,
    *tasks.REPLACEMENTS,
    *jsonata.REPLACEMENTS,
    *jsonpath.REPLACEMENTS,
    *map_fields.REPLACEMENTS,
    *map_runs.REPLACEMENTS,
    *named_failures.REPLACEMENTS,
    *activities.REPLACEMENTS,
    *callbacks.REPLACEMENTS,
    *definitions.REPLACEMENTS,
    *descriptions.REPLACEMENTS,
    *error_matching.REPLACEMENTS,
    *redrive.REPLACEMENTS,
    *sync_executions.REPLACEMENTS,
    *versions.REPLACEMENTS,
)
