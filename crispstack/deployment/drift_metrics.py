"""A drift report as a log line with metrics: what alarms watch and the dashboard shows."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crispstack.artifacts import DriftReport
from crispstack.deployment.request_metrics import PROJECT, directive

_UNITS = {
    "Drift": "Count",
    "DriftedColumns": "Count",
    "DriftRows": "Count",
    "LargestStabilityIndex": "None",
    "PredictionStabilityIndex": "None",
    "PredictionShift": "None",
    "LargestMissingShare": "None",
    "ValuePerCase": "None",
    "RocAuc": "None",
}


def metrics(report: DriftReport, now: dt.datetime) -> dict[str, Any]:
    """The line; what is not known of the window is left out."""
    indexes = [each.divergence.psi for each in report.columns if each.divergence]
    predicted = report.prediction
    found: dict[str, float | None] = {
        "Drift": int(report.drifted),
        "DriftRows": report.rows,
        "DriftedColumns": sum(bool(each.found) for each in report.columns) if report.judged else None,
        "LargestStabilityIndex": max(indexes, default=None),
        "LargestMissingShare": max((each.missing.now for each in report.columns), default=None),
        "PredictionStabilityIndex": predicted.divergence.psi if predicted and predicted.divergence else None,
        "PredictionShift": predicted.shift if predicted else None,
        "ValuePerCase": report.outcomes.value_per_case if report.outcomes else None,
        "RocAuc": report.outcomes.roc_auc if report.outcomes else None,
    }
    known = {name: value for name, value in found.items() if value is not None}
    units = {name: _UNITS[name] for name in known}
    return {
        "level": "WARN" if report.drifted else "INFO",
        "message": report.summary,
        PROJECT: report.project,
        **known,
        "_aws": directive(now, [[PROJECT]], units),
    }
