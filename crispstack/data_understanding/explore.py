"""The exploration of a sample: every pair, the suspects, what is missing and repeated, the rows in two dimensions."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from crispstack.artifacts import InputReference
from crispstack.charter import Charter
from crispstack.data_understanding import (
    associations,
    duplicates,
    missingness,
    projection,
    sample_columns,
    suspects,
    target_associations,
    timelines,
)
from crispstack.data_understanding.contrasts import Contrast, contrasts, outcomes
from crispstack.data_understanding.exploration import Exploration, SampleSummary, TargetAssociation
from crispstack.data_understanding.sample import Sample
from crispstack.data_understanding.sample_columns import SampleColumn

MOST_COLUMNS = 100
"""Pairs are looked at among the columns that say most about the target; their number grows with the square."""
_OF_TIME = ("date", "timestamp")


def explore(
    sample: Sample, charter: Charter, withheld: Collection[str] = (), inputs: tuple[InputReference, ...] = ()
) -> Exploration:
    """Everything that is found on the sample.

    Args:
        sample: the rows.
        charter: what the columns are.
        withheld: columns whose values must not be shown.
        inputs: what the sample was made from.

    Raises:
        DataError: the sample holds rows of one outcome only.
    """
    target_column, found = contrasts(sample, charter)
    is_positive = found[0].holds
    every = sample_columns.columns(sample, charter)
    left_out = _left_out(every, charter)
    looked_at = [column for column in every if column.name not in left_out and column.name != charter.target.column]
    of_target = [
        target_associations.strongest_association(each, target_column, found, charter, withheld) for each in looked_at
    ]
    of_target.sort(key=lambda each: (-each.roc_auc, each.column))
    kept = _strongest(looked_at, of_target, left_out)
    pairs = associations.pairs([target_column, *kept])
    order = associations.clustered(pairs, charter.target.column)
    identifiers = {column.name for column in every if suspects.is_identifier(column)}
    features = [column for column in looked_at if column.name not in identifiers | charter.excluded]
    dates = [column for column in every if column.column.type in _OF_TIME and column.name not in withheld]
    return Exploration(
        sample=_summary(sample, found[0], charter, left_out),
        target=tuple(of_target),
        pairs=tuple(pair for pair in pairs if pair.first in order and pair.second in order),
        order=order,
        redundant=tuple(associations.redundant(pairs)),
        suspects=tuple(suspects.suspects(of_target, every, charter)),
        missing=tuple(missingness.missing_columns(every, is_positive)),
        missing_together=tuple(missingness.missing_together(every)),
        duplicates=duplicates.duplicates(sample, outcomes(target_column), identifiers, charter.target.column),
        timelines=tuple(line for column in dates if (line := timelines.timeline(column, is_positive))),
        projection=projection.projection(features, is_positive, charter.sampling.seed),
        inputs=inputs,
    )


def _left_out(columns: Sequence[SampleColumn], charter: Charter) -> dict[str, str]:
    """Columns of which no pairs can be looked at, with the reason."""
    drawn = {column.name for column in columns}
    reasons = {name.name: "personal, dropped" for name in charter.source.columns if name.name not in drawn}
    for column in columns:
        if not column.present.any():
            reasons[column.name] = "no value"
        elif column.column.type == "text" and column.distinct > sample_columns.LEVELS:
            reasons[column.name] = "free text"
        elif column.distinct == 1 and not column.missing.any():
            reasons[column.name] = "one value only"
    return reasons


def _strongest(
    columns: Sequence[SampleColumn], of_target: Sequence[TargetAssociation], left_out: dict[str, str]
) -> list[SampleColumn]:
    """The columns among which pairs are looked at; adds the others to `left_out`."""
    ranked = [each.column for each in of_target][:MOST_COLUMNS]
    weaker = f"not among the {MOST_COLUMNS} that say most about the target"
    left_out.update({column.name: weaker for column in columns if column.name not in ranked})
    return [column for column in columns if column.name in ranked]


def _summary(sample: Sample, contrast: Contrast, charter: Charter, left_out: dict[str, str]) -> SampleSummary:
    distinct = len(set(sample.cells))
    return SampleSummary(
        rows=len(sample.cells),
        distinct_rows=distinct,
        positives=int(contrast.holds.sum()),
        condition=contrast.condition,
        complete=sample.complete,
        correlation_error=0.0 if sample.complete else 1 / math.sqrt(max(distinct - 1, 1)),
        share_error=0.0 if sample.complete else 1 / (2 * math.sqrt(distinct)),
        seed=charter.sampling.seed,
        left_out=left_out,
    )
