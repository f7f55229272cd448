"""The classes of the target: those that the charter names, or those that occur in training rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute

from crispstack.business_understanding.target_checks import MOST_CLASSES
from crispstack.charter import Charter
from crispstack.data_preparation import raw_rows
from crispstack.data_preparation.account import Account
from crispstack.data_preparation.raw_rows import RawTable
from crispstack.data_preparation.rows import MALFORMED
from crispstack.data_preparation.split_rows import in_test_set
from crispstack.errors import DataError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pc: Any = pyarrow.compute  # its functions are made when it is imported, so that types are not known


def with_classes(spark: SparkSession, charter: Charter, table: RawTable) -> Charter:
    """The charter with its target's classes written out, where it is framed as several; else as it is.

    The session's SQL settings must be those of preparation.

    Raises:
        DataError: the training rows hold fewer than two classes, or more than can be told apart.
    """
    if charter.framing != "multiclass" or charter.target.classes:
        return charter
    name = charter.target.column
    missing = charter.preparation.missing_words(name)
    rows = raw_rows.read(spark, table, table.uris).where(f"{MALFORMED} IS NULL")
    values = rows.mapInArrow(_TrainingTargets(charter), "value string").distinct()
    found = [row["value"] for row in values.limit(MOST_CLASSES + len(missing) + 1).collect()]
    classes = ordered(value for value in found if value not in missing)
    if len(classes) > MOST_CLASSES:
        remedy = "name those to predict in target.classes, or predict a number with target.framing: regression"
        raise DataError(f"{name} has more than {MOST_CLASSES} different values in training rows; {remedy}")
    if len(classes) < 2:
        held = f"only {classes[0]!r}" if classes else "no value"
        raise DataError(f"{name} has {held} in training rows, so that nothing can be told apart; correct the target")
    return dataclasses.replace(charter, target=dataclasses.replace(charter.target, classes=classes))


@dataclasses.dataclass(frozen=True)
class _TrainingTargets:
    """Callable for Spark's `mapInArrow`: batches of raw rows in, the different targets of their training rows out."""

    charter: Charter

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            is_training = pc.invert(in_test_set(batch, self.charter))
            values = pc.fill_null(batch.column(self.charter.target.column).filter(is_training), "")
            yield pa.RecordBatch.from_pydict({"value": pc.unique(pc.utf8_trim(values, " "))})


def ordered(values: Iterable[str]) -> tuple[str, ...]:
    """By size where all are numbers, else in alphabetical order."""
    found = sorted(values)
    try:
        return tuple(sorted(found, key=float))
    except ValueError:
        return tuple(found)


def check_classes(charter: Charter, account: Account) -> None:
    """Make sure that a model can learn every class.

    Raises:
        DataError: no training row of a class is left.
    """
    counted = account.classes.get("train", {})
    if absent := [name for name in charter.target.classes if not counted.get(name)]:
        others = [name for name in charter.target.classes if name not in absent]
        raise DataError(
            f"no training row of class {absent[0]!r} is left, so that no model can learn it; name the others in "
            f"target.classes: {others}"
        )
