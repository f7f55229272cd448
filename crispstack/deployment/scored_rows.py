"""Rows of a file become scores, or go to the quarantine with the reason: what one task of a score does."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crispstack.data_preparation.privacy import WITHHELD, treated_line
from crispstack.deployment import score_files
from crispstack.deployment.predictions import Prediction
from crispstack.deployment.score import Account, table_columns
from crispstack.deployment.score_files import FileRow, RequestMaker, ScoreFile
from crispstack.deployment.serving import Champion
from crispstack.errors import RequestError

_TOGETHER = 5_000
_PLACE = re.compile(r"^row \d+(, |: )")


@dataclass(frozen=True)
class ScoredFile:
    """What was made of a file: Parquet of scores, gzipped JSON lines of the quarantine; None where there are none."""

    account: Account
    rows: Path | None
    quarantine: Path | None


def score_file(champion: Champion, file: ScoreFile, keys: Sequence[str], folder: Path) -> ScoredFile:
    """Score every row of the file with the champion, and keep the result in the folder.

    Args:
        champion: what answers, as it answers requests.
        file: what to read.
        keys: columns that name a row; they are kept beside its score.
        folder: an empty folder for the result.

    Raises:
        DataError: the file cannot be read, lacks a column, or a row was lost.
        ArtifactError: what the model looks up is not there any more.
    """
    charter = champion.charter
    fields = [column.name for column in charter.feature_columns]
    needed = [*dict.fromkeys([*(name for name in fields if name not in champion.optional_fields), *keys])]
    requests, result = RequestMaker(charter), _Result(champion, file.name, keys, folder)
    with result:
        for batch in score_files.batches(file, needed, sorted(champion.optional_fields), _TOGETHER):
            sound = [row for row in batch if not row.problem]
            made = predicted(champion, [requests.request(row.fields) for row in sound])
            answers = iter(made)
            result.add([(row, row.problem or next(answers)) for row in batch])
    scored = result.scored_file()
    scored.account.check(file.name)
    return scored


def predicted(champion: Champion, rows: Sequence[Mapping[str, object]]) -> list[Prediction | str]:
    """The prediction of each row, or why it has none: a row that is refused takes no other one with it."""
    if not rows:
        return []
    try:
        return [*champion.predict(rows)]
    except RequestError as error:
        if len(rows) == 1:
            return [_PLACE.sub("", str(error))]
    half = len(rows) // 2
    return predicted(champion, rows[:half]) + predicted(champion, rows[half:])


class _Result:
    """Two files that grow, and the account of what went into them."""

    def __init__(self, champion: Champion, name: str, keys: Sequence[str], folder: Path) -> None:
        self._name, self._keys, self._charter = name, keys, champion.charter
        self._version = champion.package.model_version
        self._columns = table_columns(champion.package.framing)
        self._withheld = {t.column for t in champion.charter.row_treatments if t.treatment != "keep"}
        self._rows_path, self._quarantine_path = folder / "rows.parquet", folder / "quarantine.jsonl.gz"
        self._parquet: Any = None
        self._lines: gzip.GzipFile | None = None
        self._rows = self._scored = 0
        self._reasons: Counter[str] = Counter()

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        for each in (self._parquet, self._lines):
            if each is not None:
                each.close()

    def add(self, judged: Sequence[tuple[FileRow, Prediction | str]]) -> None:
        """Append rows, each with its prediction or the reason why it has none."""
        self._rows += len(judged)
        self._add_scores([(row, found) for row, found in judged if not isinstance(found, str)])
        self._add_quarantined([(row, found) for row, found in judged if isinstance(found, str)])

    def scored_file(self) -> ScoredFile:
        """What there is in the end."""
        account = Account(self._rows, self._scored, sum(self._reasons.values()), dict(self._reasons))
        return ScoredFile(
            account,
            self._rows_path if self._parquet is not None else None,
            self._quarantine_path if self._lines is not None else None,
        )

    def _add_scores(self, scored: Sequence[tuple[FileRow, Prediction]]) -> None:
        import pyarrow as pa  # noqa: PLC0415 (tables name their columns without it)
        import pyarrow.parquet as pq  # noqa: PLC0415

        if not scored:
            return
        table = pa.Table.from_pylist([self._record(*each) for each in scored], schema=_schema(self._columns))
        if self._parquet is None:
            self._parquet = pq.ParquetWriter(self._rows_path, table.schema, compression="zstd")
        self._parquet.write_table(table)
        self._scored += table.num_rows

    def _record(self, row: FileRow, prediction: Prediction) -> dict[str, Any]:
        maps = {name: [*value.items()] for name, value in prediction.items() if isinstance(value, dict)}
        return {
            "source_file": self._name,
            "row_number": row.number,
            "keys": [(key, _text(row.fields.get(key))) for key in self._keys],
            **prediction,
            **maps,
            "model_version": self._version,
        }

    def _add_quarantined(self, refused: Sequence[tuple[FileRow, str]]) -> None:
        if not refused:
            return
        if self._lines is None:
            self._lines = gzip.GzipFile(self._quarantine_path, "wb", mtime=0)
        for row, reason in refused:
            self._reasons[reason.partition(", found")[0]] += 1
            record = {"source_file": self._name, "row_number": row.number, "reason": reason, "raw": self._raw(row)}
            self._lines.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")

    def _raw(self, row: FileRow) -> str:
        """The row as people may see it."""
        if row.problem:
            return treated_line(row.line, self._charter)
        shown = {name: WITHHELD if name in self._withheld else value for name, value in row.fields.items()}
        return json.dumps(shown, default=str, ensure_ascii=False)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _schema(columns: Sequence[tuple[str, str]]) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    text, number = pa.string(), pa.float64()
    kinds = {
        "string": text,
        "bigint": pa.int64(),
        "double": number,
        "boolean": pa.bool_(),
        "map<string,string>": pa.map_(text, text),
        "map<string,double>": pa.map_(text, number),
    }
    return pa.schema([(name, kinds[kind]) for name, kind in columns])
