"""Look-ups in a folder: one file per task, so that executors can write side by side."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crispstack.data_preparation.row_completion import Row, Wanted


@dataclass(frozen=True)
class LocalItems:
    """Writes a version's items, and reads them back."""

    folder: Path

    def is_complete(self, version: str) -> bool:
        return (self.folder / version).exists()

    def write(self, version: str, lookup: str, items: Iterable[tuple[str, str]]) -> None:
        lines = [json.dumps([lookup, *item]) + "\n" for item in items]
        (self.folder / f"{version}-{uuid.uuid4().hex}.jsonl").write_text("".join(lines))

    def complete(self, version: str) -> None:
        (self.folder / version).touch()

    def items(self, version: str) -> dict[Wanted, Row]:
        lines = [line for file in self.folder.glob(f"{version}-*") for line in file.read_text().splitlines()]
        found = {(lookup, key): json.loads(values) for lookup, key, values in map(json.loads, lines)}
        assert len(found) == len(lines), "an item was written twice"
        return found

    def read(self, wanted: set[Wanted]) -> Mapping[Wanted, Row]:
        (version,) = (file.name for file in self.folder.glob("*") if not file.suffix)
        return {key: values for key, values in self.items(version).items() if key in wanted}
