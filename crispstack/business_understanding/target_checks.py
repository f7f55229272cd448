"""What is to be predicted, what each outcome is worth, and whether the two fit each other."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable, Iterator

from crispstack.business_understanding.problem import Problem
from crispstack.charter import Charter, Column, Framing, Money, PerAmount

MOST_CLASSES = 100
_NUMBERS = ("integer", "number")
_OF_FRAMING: dict[Framing, tuple[str, ...]] = {
    "binary": ("true_positive", "false_positive", "true_negative", "false_negative"),
    "multiclass": ("right", "wrong", "values"),
    "regression": ("over_estimate", "under_estimate"),
}
_IN_WORDS: dict[Framing, str] = {
    "binary": "one of two classes",
    "multiclass": "one of several classes",
    "regression": "a number",
}


def problems(charter: Charter) -> Iterator[Problem]:
    """What contradicts itself in target, money and the column of weights."""
    yield from _column(charter)
    yield from _FRAMINGS[charter.framing](charter)
    yield from _foreign_money(charter)
    yield from _beside(charter)


def _column(charter: Charter) -> Iterator[Problem]:
    found = _declared(charter, charter.target.column)
    path = ("target", "column")
    if not found:
        cause = f"{charter.target.column!r} is not a column of the source"
        yield Problem(path, cause, did_you_mean(charter.target.column, charter))
    elif charter.framing != "binary" and found.type in ("date", "timestamp"):
        remedy = "derive a number of days or a class from it where the data is made, and predict that"
        yield Problem(path, f"{found.name!r} is a {found.type}, which cannot be predicted", remedy)


def _binary(charter: Charter) -> Iterator[Problem]:
    target, column = charter.target, _declared(charter, charter.target.column)
    if target.at_least is None and target.positive.strip(" ") in {"", *charter.preparation.missing_values}:
        remedy = "name the value that counts as positive, or from which number on with at_least"
        yield Problem(("target", "positive"), f"{target.positive!r} means missing", remedy)
    if target.at_least is not None and target.positive:
        yield Problem(("target", "at_least"), "positive and at_least are two answers to one question", "remove one")
    if target.at_least is not None and column and column.type not in _NUMBERS:
        cause = f"{target.column!r} is a {column.type}, and at_least compares numbers"
        yield Problem(("target", "at_least"), cause, "name the value that counts as positive")
    if target.classes:
        yield Problem(("target", "classes"), "two classes are told by positive or at_least", "remove classes")
    yield from _binary_money(charter.money)


def _binary_money(money: Money) -> Iterator[Problem]:
    rates = money.amount or PerAmount("")
    # Per case, and per unit of an amount, which is never negative: large enough, the latter decides.
    if_positive = [of.true_positive - of.false_negative for of in (money, rates)]
    if_negative = [of.false_positive - of.true_negative for of in (money, rates)]
    shown = f"({if_positive[0]:+g} and {if_negative[0]:+g})"
    remedy = "a model can only help where acting pays on positives and costs on negatives"
    if max(*if_positive, *if_negative) <= 0:
        yield Problem(("money",), f"acting never pays {shown}", remedy)
    elif min(*if_positive, *if_negative) >= 0:
        yield Problem(("money",), f"acting always pays {shown}", remedy)
    elif max(if_positive) <= 0:
        yield Problem(("money",), "acting pays on negatives and costs on positives", "swap the outcomes; " + remedy)


def _multiclass(charter: Charter) -> Iterator[Problem]:
    target, money = charter.target, charter.money
    yield from _no_positive(charter)
    if len(set(target.classes)) < len(target.classes):
        yield Problem(("target", "classes"), "a class is named twice", "name each once")
    if len(target.classes) == 1 or len(target.classes) > MOST_CLASSES:
        cause = f"{len(target.classes)} classes cannot be told apart"
        yield Problem(("target", "classes"), cause, f"name 2 to {MOST_CLASSES}, or none for those in the data")
    if missing := sorted({"", *charter.preparation.missing_values} & {each.strip(" ") for each in target.classes}):
        yield Problem(("target", "classes"), f"{missing[0]!r} means missing and is no class", "remove it")
    if target.classes:
        for name in _named(money.values):
            if name not in target.classes:
                close = difflib.get_close_matches(name, target.classes, n=1)
                remedy = f"did you mean {close[0]!r}?" if close else f"the classes are {', '.join(target.classes)}"
                yield Problem(("money", "values"), f"{name!r} is no class of the target", remedy)
    # Classes that the money does not name are all alike: two of them stand for all.
    classes = target.classes or (*sorted(set(_named(money.values))), "any other class", "yet another class")
    if best := next((each for each in classes if _never_worse(money, each, classes)), ""):
        cause = f"taking every case for {best!r} earns at least as much as any other prediction"
        remedy = "give right and wrong, or values by actual and predicted class, so that it matters what a case is"
        yield Problem(("money",), cause, remedy)


def _never_worse(money: Money, one: str, classes: Iterable[str]) -> bool:
    pairs = itertools.product(classes, classes)
    return all(money.value(actual, one) >= money.value(actual, other) for actual, other in pairs)


def _named(values: dict[str, dict[str, float]]) -> Iterator[str]:
    for actual, row in values.items():
        yield actual
        yield from row


def _regression(charter: Charter) -> Iterator[Problem]:
    target, column = charter.target, _declared(charter, charter.target.column)
    yield from _no_positive(charter)
    if column and column.type not in _NUMBERS:
        cause = f"{target.column!r} is a {column.type}, and regression predicts numbers"
        yield Problem(("target", "framing"), cause, "declare it as number or integer, or predict classes")
    if target.classes:
        yield Problem(("target", "classes"), "a number has no classes", "remove them, or set framing: multiclass")
    money, rates = charter.money, charter.money.amount
    costs = [name for name in _OF_FRAMING["regression"] if getattr(money, name) or (rates and getattr(rates, name))]
    if not costs:
        remedy = "give what one unit too high and too low earns: less than 0, for instance over_estimate: -1"
        yield Problem(("money",), "no error costs anything", remedy)
    for name, direction in (("over_estimate", "high"), ("under_estimate", "low")):
        if (value := getattr(money, name)) > 0:
            cause = f"a prediction that is too {direction} earns something ({value:+g} per unit)"
            remedy = f"give what one unit too {direction} costs: less than 0, for instance {name}: -1, or 0 if nothing"
            yield Problem(("money", name), cause, remedy)


def _no_positive(charter: Charter) -> Iterator[Problem]:
    target = charter.target
    for name in ("positive", "at_least"):
        if getattr(target, name) not in ("", None):
            cause = f"{name} divides {target.column!r} into two classes, and the framing is {charter.framing}"
            yield Problem(("target", name), cause, f"remove {name}, or set framing: binary")


_FRAMINGS = {"binary": _binary, "multiclass": _multiclass, "regression": _regression}


def _foreign_money(charter: Charter) -> Iterator[Problem]:
    """Amounts that nothing would read: they belong to another kind of target."""
    framing = charter.framing
    for other, names in _OF_FRAMING.items():
        for name in names if other != framing else ():
            if getattr(charter.money, name):
                cause = f"{name} is for a target that is {_IN_WORDS[other]}; this one is {_IN_WORDS[framing]}"
                remedy = f"give {' and '.join(_OF_FRAMING[framing][:2])} instead, or say target.framing: {other}"
                yield Problem(("money", name), cause, remedy)


def _beside(charter: Charter) -> Iterator[Problem]:
    """The columns that are used, but not to predict from: weights, and what is predicted today."""
    weight, today = charter.modeling.weight, charter.target.today
    for path, name in ((("modeling", "weight"), weight), (("target", "today"), today)):
        if not name:
            continue
        column = _declared(charter, name)
        if not column:
            yield Problem(path, f"{name!r} is not a column of the source", did_you_mean(name, charter))
        elif name == charter.target.column:
            yield Problem(path, "this is the target itself", "name another column, or none")
        elif path[-1] == "weight" and column.type not in _NUMBERS:
            yield Problem(path, f"{name!r} is a {column.type}, and weights are numbers", "name a column of numbers")


def did_you_mean(name: str, charter: Charter) -> str:
    """The column of the source that is spelled most alike, or all of them, as a remedy."""
    names = [column.name for column in charter.source.columns]
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"the columns are {', '.join(names)}"


def _declared(charter: Charter, name: str) -> Column | None:
    return next((column for column in charter.row_columns if column.name == name), None)
