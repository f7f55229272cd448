"""How the data of two runs differs: versions, files, schema, rows, and the statistics of their profiles."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from crispstack.artifacts import ColumnProfile, DataProfile
from crispstack.charter import Charter
from crispstack.data_collection import CollectedSource, DataCollection

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class RunData:
    """What a run says of its data; `profile` is None where the run ended before it was written."""

    charter: Charter
    collection: DataCollection
    profile: DataProfile | None


@dataclass(frozen=True)
class Difference:
    """One thing that differs: `of` a source, or of a column or file of it; None where a side lacks it."""

    source: str
    of: str
    what: str
    kind: Kind
    before: str | float | None
    after: str | float | None


@dataclass(frozen=True)
class CollectionDifference:
    """Everything that differs, in the order in which one asks for it."""

    versions: tuple[Difference, ...]
    files: tuple[Difference, ...]
    schema: tuple[Difference, ...]
    statistics: tuple[Difference, ...]

    def __iter__(self) -> Iterator[Difference]:
        return itertools.chain(self.versions, self.files, self.schema, self.statistics)


def difference(before: RunData, after: RunData) -> CollectionDifference:
    """How the data of `after` differs from that of `before`."""
    sources = {source.name: source for source in before.collection.sources}
    later = {source.name: source for source in after.collection.sources}
    main = after.charter.source.name
    return CollectionDifference(
        versions=tuple(_differences(_facts(sources), _facts(later))),
        files=tuple(_differences(_files(sources.values()), _files(later.values()))),
        schema=tuple(_differences(_schema(before.charter), _schema(after.charter))),
        statistics=tuple(_differences(_statistics(main, before.profile), _statistics(main, after.profile)))
        if before.profile and after.profile
        else (),
    )


# Facts are keyed by source, column or file, and what is said of it.
_Facts = Mapping[tuple[str, str, str], str | float | None]


def _differences(before: _Facts, after: _Facts) -> Iterator[Difference]:
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        if old != new:
            kind: Kind = "added" if old is None else "removed" if new is None else "changed"
            yield Difference(*key, kind, old, new)


def _facts(sources: Mapping[str, CollectedSource]) -> _Facts:
    described = ("version", "format", "rows", "bytes", "origin", "license", "owner", "obtained")
    return {(name, "", fact): getattr(source, fact) for name, source in sources.items() for fact in described}


def _files(sources: Iterable[CollectedSource]) -> _Facts:
    return {(source.name, file.name, "sha256"): file.sha256 for source in sources for file in source.files}


def _schema(charter: Charter) -> _Facts:
    return {
        (source.name, column.name, fact): value
        for source in charter.sources
        for position, column in enumerate(source.columns, start=1)
        for fact, value in (("type", column.type), ("stored", column.stored or None), ("position", position))
    }


def _statistics(source: str, profile: DataProfile | None) -> _Facts:
    if profile is None:
        return {}
    facts: dict[tuple[str, str, str], str | float | None] = {
        (source, "", name): getattr(profile, name) for name in ("rows", "test_rows", "positives")
    }
    for column in profile.columns:
        facts |= {(source, column.name, name): value for name, value in _figures(column)}
    return facts


def _figures(column: ColumnProfile) -> Iterator[tuple[str, float | None]]:
    """The figures of a column that are single numbers, and its quantiles."""
    for field in dataclasses.fields(column):
        value = getattr(column, field.name)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            yield field.name, value
    for share, value in (column.quantiles or {}).items():
        yield f"quantile {share}", value
