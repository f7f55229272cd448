"""The final report: reads every artifact of a run, writes the page, the model card and the FinalReport."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from crispstack.artifacts import FinalReport, InputReference, PhaseRecord, Release
from crispstack.aws import run_costs
from crispstack.aws.artifact_store import ArtifactStore, exists, s3, split_uri
from crispstack.deployment.report import review
from crispstack.deployment.report.found import Findings
from crispstack.deployment.report.model_card import CARD, model_card
from crispstack.deployment.report.page import render
from crispstack.phases import Phase
from crispstack.settings import RunSettings

PAGE = "report.html"


def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Write ``report.html``, the model card and the FinalReport beside it; answer with their URIs."""
    settings = RunSettings.from_environment(os.environ)
    store = ArtifactStore(settings.artifacts_bucket, event["project"], event["run_id"])
    read = {
        name: store.read(kind)
        for name, (kind, in_every_run) in Findings.kinds().items()
        if in_every_run or exists(store.artifact_uri(kind))
    }
    findings: Any = Findings(**{name: artifact for name, (artifact, _) in read.items()})  # type: ignore[arg-type]
    references = tuple(reference for _, reference in read.values())
    phases = _priced(_phases(store, references, findings.release), findings)
    page = render(findings, store.project, store.run_id, phases, references)

    written = _write_page(store, page)
    card = model_card(findings, store.run_id, phases[3].ended)
    card_written = store.write_file(Phase.DEPLOYMENT, CARD, card.encode())
    report = FinalReport(
        project=store.project,
        run_id=store.run_id,
        question=findings.business_case.charter.question,
        answer=findings.decision.summary,
        phases=phases,
        report_uri=written.uri,
        model_card_uri=card_written.uri,
        pitfalls=review.pitfalls(findings),
        next_time=review.next_time(findings, store.run_id),
        inputs=(*references, written, card_written),
    )
    return {"report_uri": written.uri, "artifact_uri": store.write(report).uri}


def _write_page(store: ArtifactStore, page: str) -> InputReference:
    return store.write_file(Phase.DEPLOYMENT, PAGE, page.encode())


def _phases(store: ArtifactStore, references: tuple[InputReference, ...], release: Release) -> tuple[PhaseRecord, ...]:
    """When each phase ended is when its last file was written; it began when the one before it ended.

    An earlier phase may have been run again by itself since: then this one began, at the latest, with its first file.
    """
    times = [_times(store, phase) for phase in Phase]
    ended = [last for _, last in times]
    before = [times[0][0], *ended[:-1]]
    started = [min(previous, first) for previous, (first, _) in zip(before, times, strict=True)]
    uris = {phase: _last_uri(references, phase) for phase in Phase}
    return tuple(
        PhaseRecord(
            phase,
            began.astimezone(UTC).isoformat(timespec="seconds"),
            end.astimezone(UTC).isoformat(timespec="seconds"),
            "skipped" if phase is Phase.DEPLOYMENT and not release.released else "succeeded",
            uris[phase],
        )
        for phase, began, end in zip(Phase, started, ended, strict=True)
    )


def _priced(phases: tuple[PhaseRecord, ...], found: Findings) -> tuple[PhaseRecord, ...]:
    """The phases with what they cost."""
    return tuple(
        replace(each, dollars=run_costs.dollars(each.phase, each.seconds, found.data_profile, found.compute_plan))
        for each in phases
    )


def _times(store: ArtifactStore, phase: Phase) -> tuple[datetime, datetime]:
    bucket, prefix = split_uri(store.uri(phase, ""))
    pages = s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    written = [entry["LastModified"] for page in pages for entry in page["Contents"]]
    return min(written), max(written)


def _last_uri(references: tuple[InputReference, ...], phase: Phase) -> str:
    return [reference.uri for reference in references if f"/{phase.prefix}/" in reference.uri][-1]
