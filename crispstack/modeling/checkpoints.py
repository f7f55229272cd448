"""The state of a fit under way, kept so that another process can take it up where the machine was taken away.

A state is a mapping of arrays, stored as npz without pickle. Its key is made from everything the fit depends on, so a
state is found again by the same fit and by no other.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from crispstack.modeling.journal import Journal
    from crispstack.modeling.technique import Resources, Rows

State = Mapping[str, NDArray[Any]]
"""What a fit needs to go on: arrays of numbers or of one string, none of objects."""


class Interruption(BaseException):
    """The machine will be taken away and the state is saved. No error, lest what goes on after errors catch it."""


@dataclass(frozen=True)
class Checkpoints:
    """Where the fits of a job keep their states.

    `interrupted` tells whether the machine is about to be taken away; `clock` counts seconds, `seconds` is how old a
    state may become. Spot machines give two minutes of warning.
    """

    journal: Journal
    interrupted: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = time.monotonic
    seconds: float = 60.0

    def of(
        self, technique: str, rows: Rows, stop: Rows | None, parameters: Mapping[str, Any], resources: Resources
    ) -> Checkpoint:
        """The checkpoint of this fit."""
        key = f"fits/{fingerprint(technique, rows, stop, parameters, resources.seed)}.npz"
        return Checkpoint(self.journal, key, self.interrupted, self.clock, self.seconds)


class Checkpoint:
    """The state of one fit."""

    def __init__(
        self,
        journal: Journal,
        key: str,
        interrupted: Callable[[], bool],
        clock: Callable[[], float],
        seconds: float,
    ) -> None:
        self._journal = journal
        self._key = key
        self._interrupted = interrupted
        self._clock = clock
        self._seconds = seconds
        self._saved_at = clock()

    def load(self) -> dict[str, NDArray[Any]] | None:
        """The last state saved, or None where the fit begins."""
        content = self._journal.get(self._key)
        return None if content is None else from_bytes(content)

    def offer(self, state: Callable[[], State]) -> None:
        """To be called between the steps of a fit: saves the state where it is due.

        Raises:
            Interruption: the machine is about to be taken away; the state is saved.
        """
        interrupted = self._interrupted()
        if interrupted or self._clock() - self._saved_at >= self._seconds:
            self._journal.put(self._key, to_bytes(state()))
            self._saved_at = self._clock()
        if interrupted:
            raise Interruption(f"interrupted; the state is kept under {self._key}")


def to_bytes(state: State) -> bytes:
    """The arrays as npz."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **dict(state))
    return buffer.getvalue()


def from_bytes(content: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of an npz file.

    Raises:
        ValueError: it holds objects, which could bring code.
    """
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def fingerprint(technique: str, rows: Rows, stop: Rows | None, parameters: Mapping[str, Any], seed: int) -> str:
    """SHA-256 of all that a fit depends on, in hexadecimal digits."""
    digest = hashlib.sha256(json.dumps([technique, dict(parameters), seed], sort_keys=True, default=float).encode())
    for part in (rows, stop):
        for array in () if part is None else (getattr(part, field.name) for field in dataclasses.fields(part)):
            digest.update(b"-" if array is None else repr(array.shape).encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
