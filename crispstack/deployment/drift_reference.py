"""What the rows of training were like: cells that cover each column's values, and how many rows lie in each.

Made from the profile, the package and the predictions of validation; nothing is counted again.
"""

from __future__ import annotations

import bisect
import itertools
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from crispstack.artifacts import ColumnProfile, DataProfile, ModelPackage
from crispstack.charter import Charter, Column
from crispstack.data_understanding.column_types import plain_number
from crispstack.deployment.capture import columns
from crispstack.modeling.value import best_classes, class_rates, class_values

_LEAST_SHARE = 0.025
"""Of a cell: rarer values are put together, because their shares vary too much to tell anything."""
_ATOM = 0.05
"""A single number with so large a share is a cell of its own."""
_CELLS_OF_PREDICTIONS = 10
_DISTRIBUTED = ("integer", "number", "boolean", "category")


@dataclass(frozen=True)
class Reference:
    """A column in training: `rows`, of which `missing`; and how many of the others lie in each cell.

    Of numbers, the cells are `atoms`, then those up to each of the `edges`, then the rest. Of categories, `values`,
    then the rest. No counts, no cells: only what is missing can be compared. `seen` are all categories that training
    saw, where they are known. Mean and standard deviation are of predictions alone.
    """

    column: Column
    rows: int
    missing: int
    counts: tuple[float, ...] = ()
    atoms: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()
    values: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    mean: float = 0.0
    deviation: float = 0.0


def references(charter: Charter, profile: DataProfile, package: ModelPackage) -> tuple[Reference, ...]:
    """The kept inputs that training had, too: those of the source whose rows are predicted."""
    profiled = {each.name: each for each in profile.columns}
    treated = {each.column for each in charter.row_treatments if each.treatment != "keep"}
    inputs = [column for column in columns(charter) if column.name in profiled]
    return tuple(
        _missing_alone(column, profiled[column.name])
        if column.name in treated or profiled[column.name].identifier_like or column.type not in _DISTRIBUTED
        else _reference(charter, column, profiled[column.name], package)
        for column in inputs
    )


def of_validation(charter: Charter, package: ModelPackage, lines: Iterable[Mapping[str, Any]]) -> Reference:
    """What the model predicted of rows that it had not seen: probabilities, numbers, or the classes decided for.

    `lines` are those of the package's validation predictions; where validation was repeated, the first time counts.
    """
    scores = [line["predicted"] for line in lines if line["repeat"] == 0]
    if package.framing != "multiclass":
        return of_predictions([float(score) for (score,) in scores])
    if charter.money.amount:  # then decisions depend on amounts, too
        return Reference(Column("", "category"), len(scores), 0)
    values, rates = class_values(charter.money, package.classes), class_rates(charter.money, package.classes)
    chosen = Counter(best_classes(values, np.array(scores), rates, None).tolist())
    frequent = [index for index, count in chosen.most_common() if count >= _LEAST_SHARE * len(scores)]
    counts = [float(chosen[index]) for index in frequent]
    return Reference(
        Column("", "category"),
        len(scores),
        0,
        (*counts, len(scores) - sum(counts)),
        values=tuple(package.classes[index] for index in frequent),
    )


def of_predictions(predicted: Sequence[float]) -> Reference:
    """Numbers that were predicted, in cells of equal numbers of rows."""
    ordered, count = sorted(predicted), len(predicted)
    edges = sorted({ordered[count * each // _CELLS_OF_PREDICTIONS] for each in range(1, _CELLS_OF_PREDICTIONS)})
    up_to = [0, *(bisect.bisect_right(ordered, edge) for edge in edges), count]
    counts = tuple(float(b - a) for a, b in itertools.pairwise(up_to))
    made = Reference(Column("", "number"), count, 0, counts, edges=tuple(edges))
    return replace(_merged(made), mean=statistics.fmean(ordered), deviation=statistics.pstdev(ordered))


def _missing_alone(column: Column, profile: ColumnProfile) -> Reference:
    return Reference(column, profile.count, profile.nulls)


def _reference(charter: Charter, column: Column, profile: ColumnProfile, package: ModelPackage) -> Reference:
    if column.type == "category":
        return _of_category(charter, column, profile, package)
    present = profile.count - profile.nulls - profile.unparsable
    if column.type == "boolean" and profile.mean is not None:
        counts = (present * (1 - profile.mean), present * profile.mean)
        return Reference(column, profile.count, profile.nulls, counts, edges=(0.5,))
    return _merged(_of_number(column, profile, present))


def _of_category(charter: Charter, column: Column, profile: ColumnProfile, package: ModelPackage) -> Reference:
    present = profile.count - profile.nulls
    frequent = [each for each in profile.top_values if each.count >= _LEAST_SHARE * max(present, 1)]
    rest = present - sum(each.count for each in frequent)
    cleaning = charter.preparation.cleaning(column.name)
    feature = next((each for each in package.features if each.name == column.name), None)
    # Cleaned texts are other ones than those that requests bring.
    known = feature is not None and not (feature.more_categories or cleaning.text or cleaning.maximum_length)
    return Reference(
        column,
        profile.count,
        profile.nulls,
        (*(float(each.count) for each in frequent), float(rest)),
        values=tuple(each.value for each in frequent),
        seen=feature.categories if feature and known else (),
    )


def _of_number(column: Column, profile: ColumnProfile, present: int) -> Reference:
    """Numbers with a large share by themselves; the others between the quantiles that the profile knows."""
    atoms = _atoms(column, profile, present)
    quantiles: dict[float, float] = {}
    for share, value in sorted((float(share), value) for share, value in (profile.quantiles or {}).items()):
        if value not in atoms:
            quantiles[value] = share  # of several shares of one value, the largest
    edges = sorted(quantiles)
    counts, below = [], 0.0
    for low, high in zip([None, *edges], [*edges, None], strict=True):
        within = sum(n for atom, n in atoms.items() if (low is None or atom > low) and (high is None or atom <= high))
        up_to = present * quantiles[high] if high is not None else float(present)
        counts.append(max(up_to - below - within, 0.0))
        below = up_to
    counts = [*atoms.values(), *counts]
    return Reference(column, profile.count, profile.nulls, tuple(counts), tuple(atoms), tuple(edges))


def _atoms(column: Column, profile: ColumnProfile, present: int) -> Mapping[float, float]:
    found: dict[float, float] = {}
    for each in profile.top_values:
        plain = plain_number(each.value, column.decimal, column.thousands)
        if plain is not None and each.count >= _ATOM * max(present, 1):
            found[float(plain)] = found.get(float(plain), 0.0) + each.count
    return dict(sorted(found.items()))


def _merged(reference: Reference) -> Reference:
    """Neighboring intervals put together until each holds its least share of the rows that are not missing."""
    least = _LEAST_SHARE * sum(reference.counts)
    atoms, intervals = reference.counts[: len(reference.atoms)], list(reference.counts[len(reference.atoms) :])
    edges = list(reference.edges)
    while edges and (small := min(intervals)) < least:
        place = intervals.index(small)
        if place == len(edges):  # the last one goes to the one before it
            place -= 1
        intervals[place : place + 2] = [intervals[place] + intervals[place + 1]]
        del edges[place]
    return Reference(
        reference.column,
        reference.rows,
        reference.missing,
        (*atoms, *intervals),
        reference.atoms,
        tuple(edges),
    )
