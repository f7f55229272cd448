"""Which classes are taken for which, on held-out rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import ClassErrors, Confusion

MOST_CLASSES = 20


def confusion(actual: NDArray[np.int64], decided: NDArray[np.int64], classes: tuple[str, ...], rule: str) -> Confusion:
    """Counts by class, with precision and recall of each.

    Args:
        actual: index of each row's class, shape (n,).
        decided: index of the class that was decided for, shape (n,).
        classes: their names. Of more than `MOST_CLASSES`, the most frequent are told and the others put together.
        rule: how scores become decisions, in words.
    """
    if len(classes) > MOST_CLASSES:
        actual, decided, classes = _together(actual, decided, classes)
    size = len(classes)
    counts = np.bincount(actual * size + decided, minlength=size * size).reshape(size, size)
    of_class, for_class, right = counts.sum(axis=1), counts.sum(axis=0), counts.diagonal()
    return Confusion(
        rule=rule,
        classes=tuple(
            ClassErrors(
                name=name,
                actual=int(of_class[at]),
                decided=int(for_class[at]),
                right=int(right[at]),
                precision=float(right[at] / for_class[at]) if for_class[at] else None,
                recall=float(right[at] / of_class[at]) if of_class[at] else None,
            )
            for at, name in enumerate(classes)
        ),
        counts=tuple(tuple(int(each) for each in row) for row in counts),
    )


def _together(
    actual: NDArray[np.int64], decided: NDArray[np.int64], classes: tuple[str, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[str, ...]]:
    frequent = np.argsort(-np.bincount(actual, minlength=len(classes)), kind="stable")[: MOST_CLASSES - 1]
    place = np.full(len(classes), len(frequent))
    place[frequent] = np.arange(len(frequent))
    names = (*(classes[at] for at in frequent), f"{len(classes) - len(frequent)} others")
    return place[actual], place[decided], names
