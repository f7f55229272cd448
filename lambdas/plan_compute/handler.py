"""Before modeling: decides where it runs, and writes the plan of it."""

from __future__ import annotations

import os
from typing import Any

from crispstack.artifacts import BusinessCase
from crispstack.aws import compute_plan
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.settings import ComputeSettings


def handler(event: dict[str, Any], _: Any) -> dict[str, object]:
    """Event: ``project``, ``run_id``, and ``backend`` and ``budget_seconds`` where they replace the charter's.

    ``budgets`` is how many times the budget there is: one more each time that a no-go led back.

    Answer: ``backend``, ``longest_seconds``, ``longest_minutes``.
    """
    settings = ComputeSettings.from_environment(os.environ)
    store = ArtifactStore(settings.artifacts_bucket, event["project"], event["run_id"])
    case, reference = store.read(BusinessCase)
    asked, seconds = event["backend"] or None, int(event["budget_seconds"])
    plan = compute_plan.plan(case.charter.modeling, settings, (reference,), asked, seconds, int(event["budgets"]))
    store.write(plan)
    return {
        "backend": plan.backend,
        "longest_seconds": plan.longest_seconds,
        "longest_minutes": -(-plan.longest_seconds // 60),
    }
