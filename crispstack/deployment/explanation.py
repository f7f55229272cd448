"""Why a prediction is what it is: how far each field moved it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crispstack.errors import RequestError

Row = Mapping[str, object]
_SHOWN = 10


def explained(
    row: Row,
    prediction: Mapping[str, Any],
    background: Sequence[Row],
    predict: Callable[[Sequence[Row]], list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    """The fields that moved the row's answer most: ``{"field": name, "effect": number}``, the largest first.

    A field's effect is the answer less the mean answer with the field as it is in other rows, all else being equal
    (Breiman, Random forests, Machine Learning 45 (2001), for a single row): of the probability, of the probability of
    the class that is told, or of the number. Effects do not add up where fields matter together.

    Args:
        row: with every field.
        prediction: of the row.
        background: other rows, with every field.
        predict: predictions of rows.
    """
    score = _score_of(prediction)
    told = score(prediction)
    effects: list[tuple[str, float]] = []
    for name in row:
        others = [{**row, name: other[name]} for other in background if name in other]
        try:
            found = predict(others) if others else []
        except RequestError:  # with another row's value it is of a kind that training left out
            continue
        if found:
            effects.append((name, told - sum(map(score, found)) / len(found)))
    largest = sorted(effects, key=lambda each: -abs(each[1]))[:_SHOWN]
    return [{"field": name, "effect": effect} for name, effect in largest]


def _score_of(prediction: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], float]:
    """What is explained of a prediction like this one."""
    if "class" in prediction:
        name = prediction["class"]
        return lambda each: float(each["probabilities"][name])
    key = "probability" if "probability" in prediction else "prediction"
    return lambda each: float(each[key])
