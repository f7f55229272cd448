"""The preparation job: raw rows in, an immutable version out, and an account of every row.

The version's rows lie at ``<prepared>/{train,test,quarantine}/<project>/<version>/``: training rows as Parquet, test
rows and quarantined rows as gzipped JSON lines. Prepared rows hold the features in the model's order (numbers as
float32, null where missing; categories as text, "__missing__" where missing) and the target as 0 or 1. Equal rows are
all kept; having one hash, they are all on the same side of the split.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

from crispstack.artifacts import InputReference, PreparedDataset
from crispstack.charter import Charter
from crispstack.data_preparation.requests import features
from crispstack.data_preparation.rows import (
    IS_TEST,
    MALFORMED,
    RAW,
    REASON,
    prepare_batches,
    prepared_schema,
    routed_schema,
)
from crispstack.data_preparation.version import version
from crispstack.data_understanding import holdout
from crispstack.errors import DataError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def prepare(
    spark: SparkSession, charter: Charter, raw: InputReference, prepared: str, inputs: tuple[InputReference, ...] = ()
) -> PreparedDataset:
    """Prepare the raw file, or take the version that was prepared from the same data by the same code.

    Args:
        spark: the session.
        charter: what to prepare.
        raw: the raw file and the hash of its content.
        prepared: URI under which versions lie, without a slash at its end.
        inputs: what else the result was made from.

    Raises:
        DataError: rows were lost, or none is left to train or to test with.
    """
    name = version(charter, raw.sha256)
    uris = {part: f"{prepared}/{part}/{charter.name}/{name}/" for part in ("train", "test", "quarantine")}
    raw_rows = _read(spark, charter, raw.uri)
    if not all(_complete(spark, uri) for uri in uris.values()):
        _write(raw_rows, charter, uris)
    dataset = _describe(spark, charter, uris)
    dataset = dataclasses.replace(dataset, version=name, rows_in=raw_rows.count(), inputs=(*inputs, raw))
    _check(dataset)
    return dataset


def _read(spark: SparkSession, charter: Charter, uri: str) -> DataFrame:
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 (customary; only the job has Spark)

    columns = [f"`{column.name}` string" for column in charter.source.columns]
    rows = spark.read.csv(
        uri,
        schema=", ".join([*columns, f"{MALFORMED} string"]),
        sep=charter.source.delimiter,
        header=True,
        mode="PERMISSIVE",
        columnNameOfCorruptRecord=MALFORMED,
        # Quotes are doubled, not escaped: as Athena and Python read them.
        escape='"',
        maxCharsPerColumn=-1,
    )
    return rows.withColumn(IS_TEST, F.expr(holdout.spark_sql(charter)))


def _write(raw_rows: DataFrame, charter: Charter, uris: dict[str, str]) -> None:
    rows = raw_rows.mapInArrow(functools.partial(prepare_batches, charter=charter), routed_schema(charter)).persist()
    accepted = rows.where(f"{REASON} IS NULL")
    unneeded = (IS_TEST, REASON, RAW)
    try:
        rows.where(f"{REASON} IS NOT NULL").select(REASON, RAW).write.json(
            uris["quarantine"], mode="overwrite", compression="gzip"
        )
        accepted.where(IS_TEST).drop(*unneeded).write.json(
            uris["test"], mode="overwrite", compression="gzip", ignoreNullFields=False
        )
        accepted.where(f"NOT {IS_TEST}").drop(*unneeded).write.parquet(uris["train"], mode="overwrite")
    finally:
        rows.unpersist()


def _complete(spark: Any, uri: str) -> bool:
    """Whether Spark finished writing there: it says so with a file of its own."""
    path = spark._jvm.org.apache.hadoop.fs.Path(f"{uri}_SUCCESS")
    exists: bool = path.getFileSystem(spark._jsc.hadoopConfiguration()).exists(path)
    return exists


def _describe(spark: SparkSession, charter: Charter, uris: dict[str, str]) -> PreparedDataset:
    """What is stored, read back: the account is of the rows that the next phases will see."""
    stored = prepared_schema(charter)
    declared, target = features(charter), charter.target.column
    categorical = [feature.name for feature in declared if feature.kind == "categorical"]
    train = _aggregate(spark.read.schema(stored).parquet(uris["train"]), target, categorical)
    test = _aggregate(spark.read.schema(stored).json(uris["test"]), target, [])
    quarantine = spark.read.schema(f"{REASON} string").json(uris["quarantine"])
    reasons = {row[REASON]: row["count"] for row in quarantine.groupBy(REASON).count().collect()}
    return PreparedDataset(
        version="",
        rows_in=0,
        train_rows=train["row_count"],
        test_rows=test["row_count"],
        quarantined_rows=sum(reasons.values()),
        quarantine_reasons=dict(sorted(reasons.items())),
        train_positives=train["positives"],
        test_positives=test["positives"],
        train_uri=uris["train"],
        test_uri=uris["test"],
        quarantine_uri=uris["quarantine"],
        features=tuple(
            dataclasses.replace(feature, categories=tuple(sorted(train.get(f"values of {feature.name}", ()))))
            for feature in declared
        ),
        target=target,
    )


def _aggregate(rows: DataFrame, target: str, categorical: list[str]) -> dict[str, Any]:
    """Rows, positive rows and the distinct values of the categorical columns, in one pass."""
    values = (f"collect_set(`{name}`) AS `values of {name}`" for name in categorical)
    (row,) = rows.selectExpr("count(*) AS row_count", f"coalesce(sum(`{target}`), 0) AS positives", *values).collect()
    return dict(row.asDict())


def _check(dataset: PreparedDataset) -> None:
    rows_out = dataset.train_rows + dataset.test_rows + dataset.quarantined_rows
    if rows_out != dataset.rows_in:
        raise DataError(f"{dataset.rows_in} rows came in, {rows_out} went out: version {dataset.version} is not usable")
    if not dataset.train_rows or not dataset.test_rows:
        reasons = "; ".join(f"{reason}: {count}" for reason, count in dataset.quarantine_reasons.items()) or "none"
        raise DataError(
            f"{dataset.train_rows} rows are left to train and {dataset.test_rows} to test with; quarantined: {reasons}"
        )
