"""What one Spark task of a score does: fetch a file, score its rows, put the result and then its account."""

from __future__ import annotations

import functools
import tempfile
from dataclasses import dataclass
from pathlib import Path

from crispstack.aws.artifact_store import s3, split_uri
from crispstack.aws.serving import load_model
from crispstack.deployment.score import ScorePlan
from crispstack.deployment.score_files import ScoreFile
from crispstack.deployment.scored_rows import score_file
from crispstack.deployment.serving import Champion


@functools.cache
def _model(uri: str, pseudonym_key: str, lookup_table: str) -> Champion:
    """Loaded once per process, for all of its tasks."""
    return load_model(uri, pseudonym_key, lookup_table)


@dataclass(frozen=True)
class ScoringTask:
    """Callable for Spark's `foreach` over parts. `plan` is the plan as JSON.

    Rows never pass through Spark: an executor reads them from S3 and writes their scores there.
    """

    plan: str
    pseudonym_key: str
    lookup_table: str

    def __call__(self, part: int) -> None:
        """Score the part.

        Raises:
            DataError: its file cannot be read, lacks a column, or a row was lost.
            ArtifactError: the model, or what it looks up, is not there any more.
        """
        plan = ScorePlan.from_json(self.plan)
        score_part(plan, part, _model(plan.package_uri, self.pseudonym_key, self.lookup_table))


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
