"""Evaluation's end: every model that reached it is registered, and whether the best may be released is recorded."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any, Literal

from crispstack.artifacts import (
    Approval,
    BusinessCase,
    Decision,
    Leaderboard,
    ModelPackage,
    PreparedDataset,
    Registration,
)
from crispstack.aws import registry
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.aws.registry import Model
from crispstack.charter import Charter
from crispstack.data_collection import DataCollection
from crispstack.errors import ReleaseError
from crispstack.evaluation.lineage import lineage
from crispstack.settings import RegistrySettings

_SECONDS_A_DAY = 86_400


def register(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Register every model of the Decision and say who is to approve the best.

    Event: ``project``, ``run_id``, ``attempt``. Answer: ``approval``; for ``person`` how many ``seconds`` there are to
    answer and what there is to approve, else the ``answer`` that nobody is asked for.
    """
    settings = RegistrySettings.from_environment(os.environ)
    store = ArtifactStore(settings.artifacts_bucket, event["project"], event["run_id"])
    case, case_reference = store.read(BusinessCase)
    collection, collection_reference = store.read(DataCollection)
    prepared, prepared_reference = store.read(PreparedDataset)
    leaderboard, leaderboard_reference = store.read(Leaderboard)
    package, package_reference = store.read(ModelPackage)
    decision, decision_reference = store.read(Decision)
    references = (
        case_reference, collection_reference, prepared_reference,
        leaderboard_reference, package_reference, decision_reference,
    )  # fmt: skip
    made_from = lineage(collection, prepared, package, references)
    group = registry.group_name(settings.package_group_prefix, store.project)
    registry.make_group(group, store.project)
    rejected = decision.verdict == "no_go"
    models = tuple(
        registry.register(
            group,
            model,
            f"{model.name} of run {store.run_id}. {decision.summary}",
            made_from,
            decision_reference,
            event["attempt"],
            "PendingManualApproval" if model.chosen and not rejected else "Rejected",
        )
        for model in _models(package, leaderboard.winner)
    )
    approval: Literal["automatic", "person", "none"] = "none" if rejected else case.charter.approval.by
    registration = Registration(group, models, approval, made_from, references)
    store.write(registration)
    return _asked(case.charter, decision, registration)


def _models(package: ModelPackage, winner: str) -> list[Model]:
    """The model itself and the shortlist that it was compared with."""
    others = [Model(each.name, each.uri, each.sha256, each.sha256[:12], False) for each in package.shortlist]
    return [Model(winner, package.model_uri, package.model_sha256, package.model_version, True), *others]


def _asked(charter: Charter, decision: Decision, registration: Registration) -> dict[str, Any]:
    if registration.approval == "person":
        return {
            "approval": "person",
            "seconds": round(charter.approval.within_days * _SECONDS_A_DAY),
            "days": charter.approval.within_days,
            "package_arn": registration.chosen.package_arn,
            "summary": decision.summary,
        }
    answer = {"approved": decision.verdict != "no_go", "by": "charter", "reason": decision.summary}
    return {"approval": registration.approval, "answer": answer}


def conclude(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Tell the registry who approved or rejected the model and why, and write the Approval.

    Event: ``project``, ``run_id``, ``answer`` with ``approved``, ``by`` and ``reason``.

    Raises:
        ReleaseError: the answer is not one.
    """
    settings = RegistrySettings.from_environment(os.environ)
    store = ArtifactStore(settings.artifacts_bucket, event["project"], event["run_id"])
    registration, reference = store.read(Registration)
    answer = event["answer"]
    approved, by, reason = (answer.get(name) for name in ("approved", "by", "reason"))
    if not (isinstance(approved, bool) and isinstance(by, str) and isinstance(reason, str) and reason.strip()):
        raise ReleaseError(f"the approval was answered with {answer}; answer with `crisp approve` or `crisp reject`")
    if approved and not by:
        raise ReleaseError("the approval does not say who approves; answer with `crisp approve`")
    arn = registration.chosen.package_arn
    registry.conclude(arn, approved, by, reason)
    decided = datetime.now(UTC).isoformat(timespec="seconds")
    written = store.write(Approval(approved, by, reason, decided, arn, (reference,)))
    return {"approved": approved, "artifact_uri": written.uri}
