"""Prepared rows as Spark's learners take them: encoded on the executors, by the code that encodes them elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import PreparedDataset
from crispstack.data_preparation.values import AMOUNT
from crispstack.errors import DataError
from crispstack.modeling.distributed.encoding import FoldedEncoding
from crispstack.modeling.distributed.statistics import FOLD, WEIGHT, with_fold
from crispstack.modeling.training_data import TrainingData, columns_of

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

FEATURES, TARGET, TIME = "features", "target", "_time"
_STEPS = 100
"""Of how many steps a row's age is one: so many of the sample's times are compared with its own."""
_SCHEMA = f"encoded array<float>, {TARGET} double, {WEIGHT} double"


def prepared(frame: DataFrame, dataset: PreparedDataset) -> DataFrame:
    """The dataset's rows with a fold and a weight."""
    from pyspark.sql import functions  # noqa: PLC0415

    names = [feature.name for feature in dataset.features]
    weight = functions.col(WEIGHT).cast("double") if WEIGHT in frame.columns else functions.lit(1.0)
    kept = [name for name in ("_group", TIME, AMOUNT) if name in frame.columns]
    return with_fold(frame.select(*names, dataset.target, *kept, weight.alias(WEIGHT)), [*names, dataset.target])


def sample(frame: DataFrame, dataset: PreparedDataset, most_rows: int, seed: int) -> TrainingData:
    """Some of the rows, on the driver; of every class as many as it has among all.

    Raises:
        DataError: there is nothing to learn from in them.
    """
    import pyarrow as pa  # noqa: PLC0415

    share = min(1.0, most_rows / max(1, dataset.train_rows))
    some = frame.drop(FOLD).sample(withReplacement=False, fraction=share, seed=seed)
    parts = [pa.ipc.open_stream(row.part).read_all() for row in some.mapInArrow(_packed, "part binary").collect()]
    if not parts:
        raise DataError(f"there are no training rows at {dataset.train_uri}")
    return TrainingData.from_table(pa.concat_tables(parts), dataset)


def faded(frame: DataFrame, times: NDArray[np.float64], half_life: float) -> DataFrame:
    """The rows with weights that halve with age, in steps; their mean stays as it is, by the sample.

    Args:
        frame: prepared rows, with times.
        times: of the sample, shape (n,).
        half_life: share of the rows after which a row weighs half as much.
    """
    from pyspark.sql import functions  # noqa: PLC0415

    edges = np.quantile(times, (np.arange(_STEPS) + 0.5) / _STEPS)
    later = [functions.when(functions.col(TIME) < float(edge), 1).otherwise(0) for edge in edges]
    mean = np.mean(0.5 ** ((times[:, None] < edges).sum(axis=1) / _STEPS / half_life))
    age = functions.reduce(functions.array(*later), functions.lit(0), lambda sum_, one: sum_ + one) / _STEPS
    fading = functions.pow(functions.lit(0.5), age / half_life) / float(mean)
    return frame.withColumn(WEIGHT, functions.col(WEIGHT) * fading)


def _packed(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
    """Whole batches as bytes: they reach the driver without becoming Python's objects."""
    import pyarrow as pa  # noqa: PLC0415

    for batch in batches:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as stream:
            stream.write_batch(batch)
        yield pa.RecordBatch.from_arrays([pa.array([sink.getvalue().to_pybytes()], pa.binary())], ["part"])


def encoded(
    frame: DataFrame, dataset: PreparedDataset, encoding: FoldedEncoding, positions: NDArray[np.int64] | None = None
) -> DataFrame:
    """A vector of features, the target and the weight of every row, each encoded without its own fold's targets.

    With `positions` only these of the encoding's columns.
    """
    from pyspark.ml.functions import array_to_vector  # noqa: PLC0415
    from pyspark.sql.functions import col  # noqa: PLC0415

    sent = frame.sparkSession.sparkContext.broadcast((encoding, positions, dataset.features, dataset.target))
    found = frame.mapInArrow(_encoder(sent), _SCHEMA)
    return found.select(array_to_vector(col("encoded")).alias(FEATURES), TARGET, WEIGHT)


def _encoder(sent: Any) -> Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]:
    def encode(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
        encoding, positions, features, target = sent.value
        for batch in batches:
            yield _batch(batch, encoding, positions, features, target)

    return encode


def _batch(
    batch: pa.RecordBatch, encoding: FoldedEncoding, positions: Any, features: Any, target: str
) -> pa.RecordBatch:
    import pyarrow as pa  # noqa: PLC0415

    table = pa.Table.from_batches([batch])
    columns, folds = columns_of(table, features), table[FOLD].to_numpy()
    if len(encoding.of_fold) == 1:
        matrix = encoding.of_fold[0].transform(columns)
    else:
        matrix = np.empty_like(encoding.whole.transform(columns))
        for number in np.unique(folds):
            rows = folds == number
            some = {name: column[rows] for name, column in columns.items()}
            matrix[rows] = encoding.of_fold[number].transform(some)
    if positions is not None:
        matrix = np.ascontiguousarray(matrix[:, positions])
    offsets = np.arange(len(matrix) + 1, dtype=np.int32) * matrix.shape[1]
    return pa.RecordBatch.from_arrays(
        [
            pa.ListArray.from_arrays(offsets, matrix.ravel()),
            table[target].combine_chunks().cast(pa.float64()),
            table[WEIGHT].combine_chunks().cast(pa.float64()),
        ],
        ["encoded", TARGET, WEIGHT],
    )
