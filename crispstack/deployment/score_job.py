"""What a deployed project says of its scoring jobs: what they run, as whom, and where scores lie."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from crispstack.json_form import from_plain


@dataclass(frozen=True)
class ScoreJob:
    """Rendered by the project's stack into a parameter, read by whoever starts a job.

    `inputs_uri` is where the files to score are copied to, `scores_uri` where scores lie; both end with a slash.
    """

    application: str
    role: str
    script: str
    spark_parameters: str
    log_group: str
    inputs_uri: str
    scores_uri: str
    pseudonym_key: str
    lookup_table: str

    @classmethod
    def from_json(cls, text: str) -> ScoreJob:
        """Read the parameter.

        Raises:
            ArtifactError: another version of the stack wrote it.
        """
        job: ScoreJob = from_plain(cls, json.loads(text), "scoring parameter")
        return job

    def to_plain(self) -> dict[str, str]:
        """As JSON holds it."""
        return asdict(self)
