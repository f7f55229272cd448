"""The preparation job: raw rows in, an immutable version out, and an account of every row.

Training rows lie as Parquet, test rows and quarantined rows as gzipped JSON lines. Prepared rows hold the features in
the model's order (numbers as float32, null where missing; categories as text, "__missing__" where missing) and the
target; beside them what else is known of a row: see `target_values` and `row_context`. Equal rows are all kept; having
one hash, they are all on the same side of the split.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from crispstack.artifacts import Feature, InputReference, JoinResult, PreparedDataset
from crispstack.charter import Charter
from crispstack.data_preparation import raw_rows
from crispstack.data_preparation.account import MOST_CATEGORIES, PARTS, Account, total
from crispstack.data_preparation.classes import check_classes, with_classes
from crispstack.data_preparation.joins import with_joins
from crispstack.data_preparation.partition_task import ACCOUNT_SCHEMA, PartitionTask
from crispstack.data_preparation.prepared_version import Attempt, Version
from crispstack.data_preparation.raw_rows import RawPart, RawTable
from crispstack.data_preparation.row_wise import features
from crispstack.data_preparation.storage import Storage
from crispstack.data_preparation.version import prepared_part, version
from crispstack.data_preparation.windows import with_windows
from crispstack.errors import DataError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Raw text becomes a third to a fifth as Parquet: what a task reads at most leaves files of 64 MiB and more.
_TASK_BYTES = 512 * 2**20
_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.adaptive.skewJoin.enabled": "true",
    "spark.sql.files.maxPartitionBytes": str(_TASK_BYTES),
    "spark.sql.adaptive.advisoryPartitionSizeInBytes": str(_TASK_BYTES // 2),
    "spark.sql.execution.arrow.maxRecordsPerBatch": "20000",
}


@dataclasses.dataclass(frozen=True)
class Destination:
    """Where versions lie (a URI without a slash at its end), and the name under which this attempt writes."""

    prepared: str
    attempt: str
    storage: Storage


def prepare(
    spark: SparkSession,
    charter: Charter,
    tables: tuple[RawTable, ...],
    rows: int,
    destination: Destination,
    inputs: tuple[InputReference, ...] = (),
    key: bytes = b"",
) -> PreparedDataset:
    """Prepare the raw data, or take the version that was prepared from the same data by the same code.

    Args:
        spark: the session; its SQL settings are changed.
        charter: what to prepare.
        tables: the sources' raw data, in the charter's order.
        rows: how many rows the first source has, as data understanding counted them.
        destination: where to write.
        inputs: what the result was made from.
        key: the project's secret, where the charter hashes columns.

    Raises:
        DataError: rows were lost or meet several rows of a joined source, none is left to train or to test with, or
            the target's classes cannot be told apart.
    """
    for name, value in _SETTINGS.items():
        spark.conf.set(name, value)
    charter = with_classes(spark, charter, tables[0])
    job = _Job(spark, charter, tables, key)
    parts = job.parts()
    attempt = Attempt(destination.prepared, charter.name, version(parts), destination.attempt, destination.storage)
    committed = attempt.committed()
    if not committed:
        account = total(job.account(name, part, attempt, keep=len(parts) > 1) for name, part in parts.items())
        _check(account, rows, attempt.version)
        committed = attempt.commit(account)
    _check(committed.account, rows, committed.name)
    check_classes(charter, committed.account)
    return _describe(charter, committed, attempt, inputs)


@dataclasses.dataclass(frozen=True)
class _Job:
    spark: SparkSession
    charter: Charter
    tables: tuple[RawTable, ...]
    key: bytes

    def parts(self) -> dict[str, RawPart]:
        """What can be prepared by itself, by the name of the result: partitions, unless rows look at other rows."""
        main, *others = self.tables
        joined = [part.sha256 for table in others for part in table.parts]
        if not self.charter.preparation.windows:
            return {prepared_part(self.charter, [part.sha256, *joined], self.key): part for part in main.parts}
        hashes = tuple(part.sha256 for part in main.parts)
        return {
            prepared_part(self.charter, [*hashes, *joined], self.key): RawPart(main.uris, "".join(hashes), main.size)
        }

    def account(self, name: str, part: RawPart, attempt: Attempt, *, keep: bool) -> Account:
        """Prepare a part, unless an attempt has finished it before."""
        account = attempt.reuse(name)
        if account is None:
            task = PartitionTask(
                self.charter, {each: attempt.prefix(each) for each in PARTS}, attempt.storage, self.key
            )
            written = self._rows(part).mapInArrow(task, ACCOUNT_SCHEMA).collect()
            account = total(Account.from_json(row["account"]) for row in written)
            _check_joins(account)
            if keep:
                attempt.keep(name, account)
        return account

    def _rows(self, part: RawPart) -> DataFrame:
        rows = raw_rows.read(self.spark, self.tables[0], part.uris)
        return with_windows(with_joins(self.spark, rows, self.charter, self.tables), self.charter)


def _check_joins(account: Account) -> None:
    for source, found in account.joins.items():
        if found.ambiguous:
            raise DataError(
                f"{found.ambiguous} rows meet several rows of {source}, for instance by {'; '.join(found.examples)}: "
                "make its keys unique, join by more columns, or say in preparation.joins which row counts (latest_by)"
            )


def _check(account: Account, rows: int, name: str) -> None:
    train, test, quarantined = (account.rows(part) for part in PARTS)
    if not rows == account.rows_in == train + test + quarantined:
        raise DataError(
            f"{rows} rows came in, {account.rows_in} were read, {train + test + quarantined} went out: version {name} "
            "is not usable"
        )
    if not train or not test:
        reasons = "; ".join(f"{reason}: {count}" for reason, count in account.reasons.items()) or "none"
        raise DataError(f"{train} rows are left to train and {test} to test with; quarantined: {reasons}")


def _describe(
    charter: Charter, version: Version, attempt: Attempt, inputs: tuple[InputReference, ...]
) -> PreparedDataset:
    account = version.account
    uris = {part: attempt.prefix(part, version.attempt) for part in PARTS}
    return PreparedDataset(
        version=version.name,
        rows_in=account.rows_in,
        train_rows=account.rows("train"),
        test_rows=account.rows("test"),
        quarantined_rows=account.rows("quarantine"),
        quarantine_reasons=account.reasons,
        train_positives=account.positives.get("train", 0),
        test_positives=account.positives.get("test", 0),
        train_uri=uris["train"],
        test_uri=uris["test"],
        quarantine_uri=uris["quarantine"],
        features=tuple(_feature(feature, account) for feature in features(charter)),
        target=charter.target.column,
        joins=tuple(
            JoinResult(join.source, account.joins[join.source].unmatched, join.unmatched)
            for join in charter.preparation.joins
        ),
        preparation=charter.preparation,
        framing=charter.framing,
        classes=charter.target.classes,
        train_classes=account.classes.get("train", {}),
        test_classes=account.classes.get("test", {}),
        inputs=inputs,
    )


def _feature(feature: Feature, account: Account) -> Feature:
    values = account.categories.get(feature.name, ())
    return dataclasses.replace(
        feature, categories=values[:MOST_CATEGORIES], more_categories=len(values) > MOST_CATEGORIES
    )
