"""What moto's Glue drops of a job's definition, and the update of a job, which it does not have."""

from __future__ import annotations

import inspect
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores, utcnow
from moto.glue import models, responses

from emulator.replacements import Replacement

_DROPPED = ("JobMode", "JobRunQueuingEnabled", "MaintenanceWindow")

_moto_create = responses.GlueResponse.create_job
_moto_as_dict = models.FakeJob.as_dict


def _create_job(self: Any) -> ActionResult:
    answer: ActionResult = _moto_create(self)
    job = self.glue_backend.get_job(self.parameters["Name"])
    job.kept = {name: self.parameters[name] for name in _DROPPED if name in self.parameters}
    return answer


def _as_dict(self: Any) -> dict[str, Any]:
    return {**_moto_as_dict(self), "JobMode": "SCRIPT", **self.kept}


def _update_job(self: Any) -> ActionResult:
    """As in Glue, the update is a whole definition: what it leaves out goes back to its default."""
    name, update = self.parameters["JobName"], self.parameters["JobUpdate"]
    job = self.glue_backend.get_job(name)
    created, runs, kept_tags = job.created_on, job.job_runs, self.glue_backend.tagger.get_tag_dict_for_resource(job.arn)
    spelled = {camelcase_to_underscores(key): value for key, value in update.items()}
    arguments = dict.fromkeys(list(inspect.signature(models.FakeJob.__init__).parameters)[1:])
    known = {key: spelled.get(key) for key in arguments}
    job.__init__(**{**known, "name": name, "tags": kept_tags, "backend": self.glue_backend})
    job.created_on, job.last_modified_on, job.job_runs = created, utcnow(), runs
    job.kept = {key: update[key] for key in _DROPPED if key in update}
    return ActionResult({"JobName": name})


_RESPONSE = "moto.glue.responses:GlueResponse"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.create_job", _create_job, "moto drops three properties of a job", "49d334d9dad0"),
    Replacement("moto.glue.models:FakeJob.as_dict", _as_dict, "moto drops three properties of a job", "94ca48d217bb"),
    Replacement(f"{_RESPONSE}.update_job", _update_job, "moto has no UpdateJob"),
]
