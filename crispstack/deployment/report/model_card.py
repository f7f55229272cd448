"""The model card beside the report: what the model is for, what it was judged by, and what to beware of.

Its sections are those of Mitchell and others, Model cards for model reporting, FAT* (2019).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from crispstack.business_understanding.question_review import framing_in_words
from crispstack.deployment.report import evaluation_section, findings_section, monitoring, summary
from crispstack.deployment.report.found import Findings
from crispstack.deployment.report.page_filters import percent, signed_money
from crispstack.deployment.report.templates import template
from crispstack.modeling.findings.words import metric_name

CARD = "model_card.md"


def model_card(found: Findings, run_id: str, made: str) -> str:
    """The card, in Markdown; what comes from data is escaped.

    Args:
        found: the run's artifacts.
        run_id: the run.
        made: when the model was made, ISO 8601.
    """
    importances = found.model_findings.importances
    page = template("model_card.md.j2", autoescape=False)
    text: str = page.render(
        **{name: getattr(found, attribute) for name, attribute in _ARTIFACTS.items()},
        run_id=run_id,
        made=made[:10],
        answered=summary.VERDICTS[found.decision.verdict],
        sentence=summary.sentence(found.decision),
        framing=framing_in_words(found.charter),
        leans_on=findings_section.importances_in_words(importances, metric_name(found.model_findings.metric))
        if importances
        else "",
        monitoring=monitoring.plan(found),
        shown_slices=evaluation_section.shown_slices(found.decision),
        **_words(found),
    )
    return re.sub(r"\n{3,}", "\n\n", text)


_ARTIFACTS = {
    "charter": "charter",
    "package": "model_package",
    "board": "leaderboard",
    "release": "release",
    "approval": "approval",
    "decision": "decision",
    "dataset": "prepared_dataset",
}


def _words(found: Findings) -> dict[str, Any]:
    charter, decision = found.charter, found.decision
    split = charter.split
    how = {
        "random": "at random by a hash of their key",
        "grouped": f"by groups of {', '.join(split.group)}",
        "time": f"by time, from {split.test_from or 'the last ones'} on",
    }[split.method]
    return {
        "columns": list(dict.fromkeys(each.column for each in decision.slices)),
        "figures": tuple(_figures(found)),
        "measures": f"What counts is money: {charter.money.reasoning or 'the charter gives no reasoning'}",
        "split": how,
        "sources": "; ".join(
            f"{each.name} ({each.origin or 'no origin stated'}, {each.license or 'no license stated'})"
            for each in charter.sources
        ),
        "personal": _personal(found),
        "duties": tuple(
            f"{name.replace('_', ' ').capitalize()}: {answer}"
            for name, answer in vars(charter.duties).items()
            if answer
        ),
    }


def _figures(found: Findings) -> Iterator[tuple[str, str]]:
    decision = found.decision
    interval = f"{signed_money(decision.advantage_low)} to {signed_money(decision.advantage_high, decision.currency)}"
    yield "Advantage over the best simple policy", signed_money(decision.advantage, decision.currency)
    yield f"Its {percent(decision.confidence, 0)} interval", interval
    for name, value in (("ROC AUC", decision.roc_auc), ("Average precision", decision.average_precision),
                        ("Brier score", decision.brier_score)):  # fmt: skip
        if value is not None:
            yield name, f"{value:.4f}"
    for name, figure in decision.figures.items():
        yield name.replace("_", " ").capitalize(), f"{figure:,.4g}"


def _personal(found: Findings) -> list[str]:
    """Personal columns among the model's inputs, and what is done to them."""
    inputs = {feature.name for feature in found.model_package.features}
    return [
        f"{each.column}, {f'{each.treatment.treatment}: {each.treatment.reason}' if each.treatment else 'not treated'}"
        for each in found.privacy_report.columns
        if each.column in inputs
    ]
