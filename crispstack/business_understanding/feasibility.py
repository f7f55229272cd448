"""Is this a question for machine learning, and worth it? The review of a charter before anything is built."""

from __future__ import annotations

from crispstack.artifacts import Check
from crispstack.business_understanding import data_review, plan_review, question_review
from crispstack.business_understanding.data_file import ClassCounts
from crispstack.business_understanding.evidence import Evidence
from crispstack.charter import Charter


def review(charter: Charter, counts: ClassCounts | None = None, evidence: Evidence | None = None) -> tuple[Check, ...]:
    """The questions and their answers.

    Args:
        charter: a valid charter.
        counts: rows and outcomes of the data; without them nothing is asked about rows.
        evidence: what the rows say; without it nothing is asked about rules and the performance that pays.
    """
    return (
        *question_review.checks(charter),
        *plan_review.checks(charter),
        *(data_review.of_counts(charter, counts) if counts else ()),
        *(data_review.of_evidence(charter, evidence) if evidence else ()),
    )
