"""What one Spark task does: prepare its rows, write them where they belong, and answer with the account of them."""

from __future__ import annotations

import contextlib
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from crispstack.charter import Charter
from crispstack.data_preparation.account import MOST_CATEGORIES, PARTS, Account, JoinAccount, Part
from crispstack.data_preparation.met_rows import join_accounts, refuse_unmatched
from crispstack.data_preparation.part_files import PartFiles
from crispstack.data_preparation.row_wise import features
from crispstack.data_preparation.rows import IS_TEST, RAW, REASON, prepare_batches
from crispstack.data_preparation.storage import Storage
from crispstack.errors import DataError

pc: Any = pyarrow.compute  # its functions are made when it is imported, so that types are not known
ACCOUNT_SCHEMA = "account string"


@dataclass(frozen=True)
class PartitionTask:
    """Callable for Spark's `mapInArrow`: batches of raw rows in, one row with an `Account` as JSON out.

    Rows leave the task only as files: what comes back is small however many there are, and counts the rows of exactly
    those attempts at tasks that Spark takes for successful.
    """

    charter: Charter
    prefixes: Mapping[Part, str]
    storage: Storage
    key: bytes = field(default=b"", repr=False)

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Prepare, write, account.

        Raises:
            DataError: preparation answered with another number of rows than it was given.
        """
        counts = _Counts(self.charter)
        with contextlib.ExitStack() as stack:
            parts = {part: stack.enter_context(PartFiles(part, self.prefixes[part], self.storage)) for part in PARTS}
            for raw, routed in self._prepared(batches):
                if raw.num_rows != routed.num_rows:
                    raise DataError(f"{raw.num_rows} rows were to be prepared, {routed.num_rows} came back: a defect")
                counts.met(raw)
                for part, rows in split(refuse_unmatched(raw, routed, self.charter, self.key)).items():
                    counts.add(part, rows)
                    parts[part].write(rows)
        account = counts.account(tuple(file for each in parts.values() for file in each.files))
        yield pa.RecordBatch.from_pydict({"account": [account.to_json()]})

    def _prepared(self, batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
        """Each batch of raw rows beside what became of it."""
        given: deque[pa.RecordBatch] = deque()

        def remembered() -> Iterator[pa.RecordBatch]:
            for batch in batches:
                given.append(batch)
                yield batch

        for routed in prepare_batches(remembered(), self.charter, self.key):
            yield given.popleft(), routed


def split(routed: pa.RecordBatch) -> dict[Part, pa.RecordBatch]:
    """The rows of each part with the columns that are kept there."""
    accepted, is_test = pc.is_null(routed.column(REASON)), pc.fill_null(routed.column(IS_TEST), False)
    kept = routed.drop_columns([IS_TEST, REASON, RAW])
    return {
        "train": kept.filter(pc.and_not(accepted, is_test)),
        "test": kept.filter(pc.and_(accepted, is_test)),
        "quarantine": routed.select([REASON, RAW]).filter(pc.invert(accepted)),
    }


class _Counts:
    def __init__(self, charter: Charter) -> None:
        self.rows_in = 0
        self._charter = charter
        self._target = charter.target.column
        self._joins: dict[str, JoinAccount] = {}
        self._reasons: Counter[str] = Counter()
        self._positives: Counter[str] = Counter()
        self._classes: dict[str, Counter[str]] = {}
        names = [feature.name for feature in features(charter) if feature.kind == "categorical"]
        self._categories: dict[str, set[str]] = {name: set() for name in names}

    def met(self, raw: pa.RecordBatch) -> None:
        self.rows_in += raw.num_rows
        for source, found in join_accounts(raw, self._charter).items():
            self._joins[source] = self._joins.get(source, JoinAccount()).plus(found)

    def add(self, part: Part, rows: pa.RecordBatch) -> None:
        if part == "quarantine":
            self._reasons.update(rows.column(REASON).to_pylist())
            return
        self._count_outcomes(part, rows.column(self._target))
        if part == "train":
            for name, values in self._categories.items():
                if len(values) <= MOST_CATEGORIES:
                    values.update(pc.unique(rows.column(name)).to_pylist())

    def _count_outcomes(self, part: Part, target: Any) -> None:
        if self._charter.framing == "binary":
            self._positives[part] += pc.sum(target).as_py() or 0
        elif self._charter.framing == "multiclass":
            counted = np.bincount(target.to_numpy(), minlength=len(self._charter.target.classes))
            found = dict(zip(self._charter.target.classes, counted.tolist(), strict=True))
            self._classes.setdefault(part, Counter()).update(found)

    def account(self, files: tuple[Any, ...]) -> Account:
        categories = {name: tuple(sorted(v)[: MOST_CATEGORIES + 1]) for name, v in self._categories.items()}
        classes = {part: dict(counted) for part, counted in self._classes.items()}
        return Account(
            self.rows_in, files, dict(self._reasons), dict(self._positives), categories, self._joins, classes
        )
