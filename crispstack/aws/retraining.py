"""A run that nobody asked for: the champion's charter once more, on the data that is there now."""

from __future__ import annotations

import json

from crispstack.aws.artifact_store import CONTENT_TYPES, read_bytes, s3
from crispstack.aws.champion import CHARTER, champion_uri
from crispstack.aws.runs import states
from crispstack.phases import Phase
from crispstack.settings import RetrainingSettings


def start(settings: RetrainingSettings, run_id: str) -> bool:
    """Start a whole run, in which the champion is the bar. False where there is no champion to be retrained.

    An alarm fires once when drift begins, and looks for it are hours apart: runs do not pile up.
    """
    uri = champion_uri(settings.champion_parameter)
    if uri is None:
        return False
    charter = read_bytes(f"{uri.rpartition('/')[0]}/{CHARTER}")
    key = f"{settings.project}/runs/{run_id}/charter.json"
    s3().put_object(Bucket=settings.artifacts_bucket, Key=key, Body=charter, ContentType=CONTENT_TYPES[".json"])
    given = {"project": settings.project, "run_id": run_id, "from_phase": Phase.BUSINESS_UNDERSTANDING.value}
    states().start_execution(
        stateMachineArn=settings.state_machine, name=f"{settings.project}-{run_id}-1", input=json.dumps(given)
    )
    return True
