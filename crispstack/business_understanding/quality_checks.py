"""What must hold between a quality rule and the sources of its charter."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from crispstack.business_understanding.problem import Path, Problem
from crispstack.business_understanding.quality_rules import parse
from crispstack.business_understanding.quality_rules.filters import columns_of
from crispstack.business_understanding.quality_rules.rule import NUMERIC, Composite, Rule, leaves
from crispstack.charter import Charter, Column, Source
from crispstack.errors import CharterError

_NUMBERS = ("integer", "number")


def problems(charter: Charter) -> Iterator[Problem]:
    """Rules that cannot be read, or that name what is not there."""
    for index, declared in enumerate(charter.quality):
        path: Path = ("quality", index, "rule")
        try:
            rule = parse(declared.rule)
        except CharterError as error:
            yield Problem(path, f"{declared.rule!r} is no rule that can be checked", str(error))
            continue
        source = _source(charter, declared.source or charter.source.name)
        if source is None:
            cause = f"{declared.source!r} is no source of this charter"
            yield Problem(("quality", index, "source"), cause, _did_you_mean(declared.source, _names(charter)))
            continue
        for leaf in leaves(rule):
            yield from _rule(charter, source, leaf, path)
        if isinstance(rule, Composite) and any(leaf.threshold for leaf in leaves(rule)):
            remedy = "ask the parts by themselves, or use Completeness"
            yield Problem(path, "a threshold within a composite rule says nothing of its rows", remedy)


def _rule(charter: Charter, source: Source, rule: Rule, path: Path) -> Iterator[Problem]:
    own = [*rule.columns, *sorted(columns_of(rule.where) | columns_of(rule.selected))]
    own += [each.column for each in rule.aggregates if not each.source and each.column != "*"]
    if rule.type != "ColumnExists":
        yield from _columns(source, own, path)
    if rule.type in NUMERIC:
        yield from _numbers(source, rule.columns, path)
    yield from _numbers(source, [each.column for each in rule.aggregates if each.function in ("sum", "avg")], path)
    others: dict[str, Iterable[str]] = {each.source: [each.column] for each in rule.aggregates if each.source}
    if rule.reference:
        others[rule.reference] = rule.reference_columns
    for name, columns in others.items():
        other = _source(charter, name)
        if other is None:
            yield Problem(path, f"{name!r} is no source of this charter", _did_you_mean(name, _names(charter)))
        else:
            yield from _columns(other, columns, path)


def _columns(source: Source, names: Iterable[str], path: Path) -> Iterator[Problem]:
    known = [column.name for column in source.columns]
    for name in names:
        if name not in known:
            yield Problem(path, f"{name!r} is not a column of {source.name}", _did_you_mean(name, known))


def _numbers(source: Source, names: Iterable[str], path: Path) -> Iterator[Problem]:
    columns: dict[str, Column] = {column.name: column for column in source.columns}
    for name in names:
        if name in columns and columns[name].type not in _NUMBERS:
            remedy = "declare it a number, or ask something else"
            yield Problem(path, f"{name!r} is a {columns[name].type}, the rule needs numbers", remedy)


def _source(charter: Charter, name: str) -> Source | None:
    return next((source for source in charter.sources if source.name == name), None)


def _names(charter: Charter) -> list[str]:
    return [source.name for source in charter.sources]


def _did_you_mean(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
