"""What one Spark task of a score does: fetch a file, score its rows, put the result and then its account."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crispstack.aws.artifact_store import s3, split_uri
from crispstack.aws.serving import load_model
from crispstack.deployment.score import ScorePlan
from crispstack.deployment.score_files import ScoreFile
from crispstack.deployment.scored_rows import score_file
from crispstack.deployment.serving import Champion

PARTS_SCHEMA = "part bigint"


@functools.cache
def _model(uri: str, pseudonym_key: str, lookup_table: str) -> Champion:
    """Loaded once per process, for all of its tasks."""
    return load_model(uri, pseudonym_key, lookup_table)


@dataclass(frozen=True)
class ScoringTask:
    """Callable for Spark's `mapInArrow`: positions in `pending` in, the parts that are done out.

    `plan` is the plan as JSON; `pending` are the parts to score.
    """

    plan: str
    pending: tuple[int, ...]
    pseudonym_key: str
    lookup_table: str

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Score the parts, one after the other.

        Raises:
            DataError: a file cannot be read, lacks a column, or a row was lost.
            ArtifactError: the model, or what it looks up, is not there any more.
        """
        import pyarrow as pa  # noqa: PLC0415 (the command line reads this module's neighbors without it)

        plan = ScorePlan.from_json(self.plan)
        model = _model(plan.package_uri, self.pseudonym_key, self.lookup_table)
        for batch in batches:
            done = [self.pending[position] for position in batch.column(0).to_pylist()]
            for part in done:
                score_part(plan, part, model)
            yield pa.RecordBatch.from_pydict({"part": done})


def score_part(plan: ScorePlan, part: int, model: Champion) -> None:
    """Score one file. The account comes last: who finds it finds everything else."""
    file = plan.files[part]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / f"input{''.join(Path(file.uri).suffixes[-2:])}"
        bucket, key = split_uri(file.uri)
        s3().download_file(bucket, key, str(path))
        found = score_file(model, ScoreFile(path, file.name, plan.format, plan.delimiter), plan.keys, folder)
        if found.rows:
            s3().upload_file(str(found.rows), *split_uri(plan.part(part, "rows")))
        if found.quarantine:
            s3().upload_file(str(found.quarantine), *split_uri(plan.part(part, "quarantine")))
    bucket, key = split_uri(plan.part(part, "parts"))
    s3().put_object(Bucket=bucket, Key=key, Body=found.account.to_json().encode(), ContentType="application/json")
