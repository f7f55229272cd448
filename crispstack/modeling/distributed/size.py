"""Whether training rows are more than one executor should hold."""

from __future__ import annotations

from dataclasses import dataclass

from crispstack.artifacts import PreparedDataset

_BYTES_PER_VALUE = 8
"""A number in float32, and the share of a category's code and text."""
_COPIES = 4
"""Columns, the encoded matrix, a fold of it, and what a library makes of that."""
_UNITS = {"k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


@dataclass(frozen=True)
class Size:
    """What the training rows take in memory, and what of an executor's they may take."""

    needed: int
    allowed: int

    @property
    def beyond_one_executor(self) -> bool:
        """Whether training has to be distributed."""
        return self.needed > self.allowed

    def in_words(self) -> str:
        """Both figures, as a sentence."""
        return (
            f"In memory the training rows take about {_gib(self.needed)}, "
            f"{'more' if self.beyond_one_executor else 'no more'} than the {_gib(self.allowed)} "
            "that they may take of an executor."
        )


def size(dataset: PreparedDataset, executor_memory: str, share: float) -> Size:
    """Compare a prepared dataset with an executor.

    Args:
        dataset: how many rows and features there are.
        executor_memory: as in Spark's ``spark.executor.memory``, for instance ``12g``.
        share: of that memory that training may take, 0 to 1.
    """
    values = dataset.train_rows * (len(dataset.features) + 2)
    return Size(values * _BYTES_PER_VALUE * _COPIES, int(share * in_bytes(executor_memory)))


def in_bytes(memory: str) -> int:
    """Bytes of a size in Spark's notation: a number with k, m, g or t and perhaps b; without one it is bytes."""
    text = memory.strip().lower().removesuffix("b")
    unit = _UNITS.get(text[-1:], 0)
    return int(float(text[:-1]) * unit) if unit else int(text)


def _gib(size: int) -> str:
    return f"{size / 2**30:.2g} GiB" if size >= 2**30 else f"{size / 2**20:.2g} MiB"
