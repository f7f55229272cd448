"""What sets rows apart in rates and pictures: the positive class, one class against all others, or a large number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crispstack.charter import Charter, Column, ColumnType
from crispstack.data_understanding import sample_columns
from crispstack.data_understanding.sample import Sample
from crispstack.data_understanding.sample_columns import SampleColumn
from crispstack.errors import DataError

MOST_CLASSES = 10
"""Each of the most frequent classes is set against the others."""


@dataclass(frozen=True)
class Contrast:
    """Rows are called positive where the condition, given in words, holds: bool (n,)."""

    condition: str
    holds: Any


def contrasts(sample: Sample, charter: Charter) -> tuple[SampleColumn, tuple[Contrast, ...]]:
    """The target as a column, and what sets its rows apart, the most telling first.

    Two classes are set apart by the charter's condition, several by each of the most frequent ones, numbers by their
    median.

    Raises:
        DataError: the sample holds rows of one outcome only.
    """
    if charter.framing == "binary":
        return _of_two(sample, charter)
    return _of_numbers(sample, charter) if charter.framing == "regression" else _of_several(sample, charter)


def outcomes(target: SampleColumn) -> list[float | None]:
    """What came true in each row: its number, or a number that stands for its class; None where it is missing."""
    values = target.numbers if target.codes is None else target.codes
    return [value if present else None for value, present in zip(values.tolist(), target.present.tolist(), strict=True)]


def _of_two(sample: Sample, charter: Charter) -> tuple[SampleColumn, tuple[Contrast, ...]]:
    import numpy as np  # noqa: PLC0415

    is_positive = sample_columns.positives(sample, charter)
    if is_positive.all() or not is_positive.any():
        raise DataError(
            f"{int(is_positive.sum())} of {len(is_positive)} rows of the sample have {charter.target.condition}: "
            "correct the target or the data, or raise sampling.rows"
        )
    column = Column(charter.target.column, "boolean")
    missing = np.zeros(len(is_positive), dtype=bool)
    target = SampleColumn(column, missing, 2, numbers=is_positive.astype(float))
    return target, (Contrast(charter.target.condition, is_positive),)


def _of_numbers(sample: Sample, charter: Charter) -> tuple[SampleColumn, tuple[Contrast, ...]]:
    import numpy as np  # noqa: PLC0415

    target = _target(sample, charter)
    numbers = target.numbers[target.present]
    if len(numbers) == 0 or numbers.min() == numbers.max():
        raise DataError(
            f"the numbers in {target.name} are all the same, or none, in {len(target.numbers)} rows of the sample: "
            "correct the target or the data, or raise sampling.rows"
        )
    median = float(np.median(numbers))
    with np.errstate(invalid="ignore"):
        above = target.numbers > median
    if above.any():
        return target, (Contrast(f"{target.name} above {median:g}, its median", above),)
    # More than half of the rows have the largest number.
    return target, (Contrast(f"{target.name} of {median:g}, its median and largest", target.numbers == median),)


def _of_several(sample: Sample, charter: Charter) -> tuple[SampleColumn, tuple[Contrast, ...]]:
    target = _target(sample, charter)
    if len(target.levels) < 2:
        held = f"only {target.levels[0]!r}" if target.levels else "nothing"
        raise DataError(
            f"{target.name} holds {held} in {len(target.codes)} rows of the sample: correct the target or the data, or "
            "raise sampling.rows"
        )
    classes = [name for name in target.levels if name != sample_columns.OTHER][:MOST_CLASSES]
    return target, tuple(
        Contrast(f"{target.name} = {name}", target.codes == place) for place, name in enumerate(classes)
    )


def _target(sample: Sample, charter: Charter) -> SampleColumn:
    """The target's column, its values taken for classes or numbers as the charter frames it."""
    names = [column.name for column in sample.columns]
    place = names.index(charter.target.column)
    kind: ColumnType = "number" if charter.framing == "regression" else "category"
    return sample_columns.column_of(sample, place, charter, kind)
