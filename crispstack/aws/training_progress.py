"""How far a training job is: told by the job in a file of its run, and in its log."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from typing import Any

from crispstack.aws.artifact_store import ArtifactStore, read_bytes
from crispstack.errors import ArtifactError
from crispstack.phases import Phase

_NAME = "progress.json"
_SECONDS_BETWEEN = 2.0


class TrainingProgress:
    """Writes what it is told into the run's ``4_modeling/progress.json``, every two seconds at most."""

    def __init__(self, store: ArtifactStore, clock: Callable[[], float]) -> None:
        self._store, self._clock = store, clock
        self._due = clock()

    def __call__(self, progress: Any) -> None:
        """Tell where the search stands: a dataclass of plain values, `said` among them for the log."""
        print(f"{progress.seconds:.0f} s, {progress.trials} candidates: {progress.said}", file=sys.stderr, flush=True)  # noqa: T201
        if self._clock() >= self._due:
            content = json.dumps(dataclasses.asdict(progress)).encode()
            self._store.write_file(Phase.MODELING, _NAME, content)
            self._due = self._clock() + _SECONDS_BETWEEN


def read(store: ArtifactStore) -> dict[str, Any] | None:
    """What the run's training job told last; None as long as it has told nothing."""
    try:
        content = read_bytes(store.uri(Phase.MODELING, _NAME))
    except ArtifactError:
        return None
    found: dict[str, Any] = json.loads(content)
    return found
