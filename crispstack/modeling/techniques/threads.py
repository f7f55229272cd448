"""How many threads numerical libraries may use while a model is fitted."""

from __future__ import annotations

from typing import Any


def limited(threads: int) -> Any:
    """A context in which BLAS and OpenMP use at most so many threads."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # noqa: PLC0415 (comes with scikit-learn)

    return threadpool_limits(threads)
