"""The account of prepared rows: what each task wrote, added up."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, Self

from crispstack.json_form import from_plain

Part = Literal["train", "test", "quarantine"]
PARTS: tuple[Part, ...] = ("train", "test", "quarantine")

MOST_CATEGORIES = 1000
"""Of how many values a categorical feature is listed; more are not kept, anywhere."""
_EXAMPLES = 3


@dataclass(frozen=True)
class PreparedFile:
    """One file of a version: in which part, where, and how many rows of the part it holds."""

    part: Part
    uri: str
    rows: int
    size: int


@dataclass(frozen=True)
class JoinAccount:
    """Rows that met nothing in a join, rows that met several, and a few keys of these."""

    unmatched: int = 0
    ambiguous: int = 0
    examples: tuple[str, ...] = ()

    def plus(self, other: JoinAccount) -> JoinAccount:
        """Both together; the examples that come first in alphabetical order are kept."""
        examples = tuple(sorted({*self.examples, *other.examples})[:_EXAMPLES])
        return JoinAccount(self.unmatched + other.unmatched, self.ambiguous + other.ambiguous, examples)


@dataclass(frozen=True)
class Account:
    """What became of rows. `reasons` counts the quarantined, `positives` the rows of each part with a positive target.

    Of a target with several classes, `classes` counts the rows of each, in each part. `categories` holds the values
    that occur in training rows, at most one more than `MOST_CATEGORIES` per feature.
    """

    rows_in: int = 0
    files: tuple[PreparedFile, ...] = ()
    reasons: dict[str, int] = field(default_factory=dict)
    positives: dict[str, int] = field(default_factory=dict)
    categories: dict[str, tuple[str, ...]] = field(default_factory=dict)
    joins: dict[str, JoinAccount] = field(default_factory=dict)
    classes: dict[str, dict[str, int]] = field(default_factory=dict)

    def rows(self, part: Part) -> int:
        """Rows in the files of a part."""
        return sum(file.rows for file in self.files if file.part == part)

    def plus(self, other: Account) -> Account:
        """Both together."""
        joins = dict(self.joins)
        for name, found in other.joins.items():
            joins[name] = joins.get(name, JoinAccount()).plus(found)
        categories = dict(self.categories)
        for name, values in other.categories.items():
            categories[name] = tuple(sorted({*categories.get(name, ()), *values})[: MOST_CATEGORIES + 1])
        classes = {
            part: _added(self.classes.get(part, {}), other.classes.get(part, {}))
            for part in sorted({*self.classes, *other.classes})
        }
        return Account(
            self.rows_in + other.rows_in,
            (*self.files, *other.files),
            _added(self.reasons, other.reasons),
            _added(self.positives, other.positives),
            categories,
            joins,
            classes,
        )

    def with_files(self, files: tuple[PreparedFile, ...]) -> Account:
        """The same rows in other files."""
        return dataclasses.replace(self, files=files)

    def to_json(self) -> str:
        """JSON text, keys sorted."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ArtifactError: a field is missing, unknown or of another type.
        """
        account: Self = from_plain(cls, json.loads(text), "account")
        return account


def total(accounts: Iterable[Account]) -> Account:
    """All accounts together."""
    result = Account()
    for account in accounts:
        result = result.plus(account)
    return result


def _added(left: dict[str, int], right: dict[str, int]) -> dict[str, int]:
    return {name: left.get(name, 0) + right.get(name, 0) for name in sorted({*left, *right})}
