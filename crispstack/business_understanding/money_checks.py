"""What contradicts itself in the money beside the cost matrix: amounts, capacity, volume and ranges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from crispstack.business_understanding.problem import Path, Problem
from crispstack.business_understanding.target_checks import did_you_mean
from crispstack.charter import Charter, Framing, PerAmount, PerPeriod

OUTCOMES: dict[Framing, tuple[str, ...]] = {
    "binary": ("true_positive", "false_positive", "true_negative", "false_negative"),
    "multiclass": ("right", "wrong"),
    "regression": ("over_estimate", "under_estimate"),
}
_RATES = tuple(field.name for field in fields(PerAmount) if field.name not in ("column", "unit"))
_PER_AMOUNT = "amount."


def problems(charter: Charter) -> Iterator[Problem]:
    """Everything in `money` beside what each outcome is worth by itself."""
    if not charter.money.currency.strip():
        yield Problem(("money", "currency"), "no currency", "name it, for instance EUR: every figure is told in it")
    if charter.money.amount:
        yield from _amount(charter, charter.money.amount)
    yield from _capacity(charter)
    yield from _ranges(charter)


def _amount(charter: Charter, amount: PerAmount) -> Iterator[Problem]:
    path: Path = ("money", "amount")
    column = next((each for each in charter.row_columns if each.name == amount.column), None)
    if not column:
        cause = f"{amount.column!r} is not a column of the source"
        yield Problem((*path, "column"), cause, did_you_mean(amount.column, charter))
    elif column.type not in ("integer", "number"):
        cause = f"{amount.column!r} is a {column.type}, and money depends on numbers"
        yield Problem((*path, "column"), cause, "name a column of numbers")
    elif amount.column == charter.target.column:
        yield Problem((*path, "column"), "this is the target itself", "name another column")
    outcomes = OUTCOMES[charter.framing]
    if not any(getattr(amount, name) for name in outcomes):
        remedy = f"give {' or '.join(outcomes[:2])} per unit of it, or remove amount"
        yield Problem(path, f"no outcome depends on {amount.column!r}", remedy)
    for name in _RATES:
        if name not in outcomes and getattr(amount, name):
            cause = f"{name} is not an outcome where the framing is {charter.framing}"
            yield Problem((*path, name), cause, f"give {' or '.join(outcomes[:2])}")
    if charter.framing == "multiclass" and amount.column not in {each.name for each in charter.feature_columns}:
        cause = f"{amount.column!r} is not known when a class is to be chosen, which depends on it"
        yield Problem((*path, "column"), cause, "do not exclude it")
    for name in ("over_estimate", "under_estimate"):
        if getattr(amount, name) > 0:
            yield Problem((*path, name), "an error that earns something is no error", "give 0 or less")


def _capacity(charter: Charter) -> Iterator[Problem]:
    money = charter.money
    for name in ("capacity", "volume"):
        given: PerPeriod | None = getattr(money, name)
        if given and given.cases < 1:
            yield Problem(("money", name, "cases"), f"{given.cases} cases make no sense", "give 1 or more")
    if money.capacity is None:
        return
    if charter.framing != "binary":
        cause = "a capacity is for acting on cases or not, and here is nothing to act on"
        yield Problem(("money", "capacity"), cause, "remove it, or predict one of two classes")
    if money.volume is None and not charter.split.time:
        cause = "it is not known out of how many cases the capacity is for"
        remedy = "give volume, how many cases there are in a period; or split.time, by which they are counted"
        yield Problem(("money", "capacity"), cause, remedy)
    if money.volume and 0 < money.volume.per_year < money.capacity.per_year:
        cause = "there is capacity for more cases than there are"
        yield Problem(("money", "capacity"), cause, "remove it: it limits nothing")


def _ranges(charter: Charter) -> Iterator[Problem]:
    money, outcomes = charter.money, OUTCOMES[charter.framing]
    known = [*outcomes, *(f"{_PER_AMOUNT}{name}" for name in outcomes if money.amount)]
    for name, bounds in money.ranges.items():
        path: Path = ("money", "ranges", name)
        if name not in known:
            yield Problem(path, f"{name!r} is no amount of this charter", f"choose from {', '.join(known)}")
            continue
        of = money.amount if name.startswith(_PER_AMOUNT) else money
        stated = getattr(of, name.removeprefix(_PER_AMOUNT))
        if not bounds.low <= stated <= bounds.high:
            cause = f"{stated:g}, as stated, is not within {bounds.low:g} to {bounds.high:g}"
            yield Problem(path, cause, "give low and high on either side of it")
