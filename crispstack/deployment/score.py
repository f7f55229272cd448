"""A score: many rows predicted at once by one model, part by part, each input file being a part.

A score lies at ``s3://<artifacts>/<project>/scores/<score_id>/``. What it holds does not depend on how often it was
tried: a part's rows are one object, named by the part's number and put whole, and its account, put last, says that it
is done.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Literal

from crispstack.charter import Charter, Framing
from crispstack.errors import CrispError, DataError
from crispstack.json_form import from_plain

FileFormat = Literal["csv", "jsonl", "parquet"]
PARTITION = "score_id"
_BESIDE = (("source_file", "string"), ("row_number", "bigint"), ("keys", "map<string,string>"))
_PREDICTED: Mapping[Framing, tuple[tuple[str, str], ...]] = {
    "binary": (("probability", "double"), ("act", "boolean"), ("expected_value", "double")),
    "multiclass": (
        ("class", "string"),
        ("expected_value", "double"),
        ("probabilities", "map<string,double>"),
    ),
    "regression": (("prediction", "double"), ("decision", "double")),
}


def table_name(project: str) -> str:
    """The table of all scores of a project."""
    return f"{project}_scores"


def table_columns(framing: Framing) -> tuple[tuple[str, str], ...]:
    """Names and Hive types: which row, what the prediction API answers for it under the same names, by which model."""
    return (*_BESIDE, *_PREDICTED[framing], ("model_version", "string"))


@dataclass(frozen=True)
class InputFile:
    """A file to score: where this score's own copy lies, and what it was called before."""

    uri: str
    name: str


@dataclass(frozen=True)
class ScorePlan:
    """What a score is made of, fixed before it begins: the files, the model, and which columns name a row.

    `uri` is the score's own prefix, with a slash at its end; `package_uri` the model's ModelPackage.
    """

    score_id: str
    project: str
    uri: str
    package_uri: str
    model_version: str
    source: str
    files: tuple[InputFile, ...]
    format: FileFormat
    delimiter: str
    keys: tuple[str, ...]
    database: str

    @classmethod
    def from_json(cls, text: str | bytes) -> ScorePlan:
        """Read the plan.

        Raises:
            ArtifactError: it is none.
        """
        plan: ScorePlan = from_plain(cls, json.loads(text), "score plan")
        return plan

    def to_json(self) -> str:
        """The plan as its file holds it."""
        return json.dumps(asdict(self), indent=2)

    def part(self, number: int, kind: Literal["parts", "rows", "quarantine"]) -> str:
        """URI of a part's account, rows or quarantined rows."""
        suffix = {"parts": "json", "rows": "parquet", "quarantine": "jsonl.gz"}[kind]
        return f"{self.uri}{kind}/{number:06d}.{suffix}"


@dataclass(frozen=True)
class Account:
    """What became of rows: how many were read, scored and quarantined, and why the latter."""

    rows: int = 0
    scored: int = 0
    quarantined: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    @classmethod
    def from_json(cls, text: str | bytes) -> Account:
        """Read an account.

        Raises:
            ArtifactError: it is none.
        """
        account: Account = from_plain(cls, json.loads(text), "account")
        return account

    def to_json(self) -> str:
        """The account as its file holds it."""
        return json.dumps(asdict(self), sort_keys=True)

    def check(self, of: str) -> None:
        """See that no row was lost and none was made.

        Raises:
            DataError: rows in are not rows scored and rows quarantined.
        """
        if not self.rows == self.scored + self.quarantined or self.quarantined != sum(self.reasons.values()):
            raise DataError(
                f"{of}: {self.rows} rows were read, {self.scored} scored and {self.quarantined} quarantined: a defect"
            )


def total(accounts: Iterable[Account]) -> Account:
    """The account of all of them together."""
    rows = scored = quarantined = 0
    reasons: Counter[str] = Counter()
    for each in accounts:
        rows, scored, quarantined = rows + each.rows, scored + each.scored, quarantined + each.quarantined
        reasons.update(each.reasons)
    return Account(rows, scored, quarantined, dict(sorted(reasons.items())))


def fingerprint(source: str, contents: Iterable[tuple[str, str]], model_version: str, keys: Sequence[str]) -> str:
    """Eight digits that are equal where the same rows are scored by the same model, so that a score can go on.

    Args:
        source: what the user named.
        contents: name and hash of every file; nothing of a table, whose rows are known only once they are read.
        model_version: the model's.
        keys: which columns name a row.
    """
    said = json.dumps([source, sorted(contents), model_version, list(keys)])
    return hashlib.sha256(said.encode()).hexdigest()[:8]


def new_score_id(now: datetime, suffix: str, of: str) -> str:
    """An id that sorts by time, has a random suffix against collisions, and ends with the fingerprint."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{suffix}-{of}"


def check_keys(keys: Sequence[str], charter: Charter) -> None:
    """See that what is to name the rows may be kept beside their scores.

    Raises:
        CrispError: the charter does not let a key column be kept as it is.
    """
    treated = {each.column: each.treatment for each in charter.row_treatments if each.treatment != "keep"}
    if personal := [key for key in keys if key in treated]:
        raise CrispError(
            f"--key {personal[0]}: the column is personal, and the charter says {treated[personal[0]]!r} of it; "
            "choose another key, or leave --key out: rows are numbered then"
        )
