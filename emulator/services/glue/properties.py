"""What moto's Glue drops of definitions, and operations on jobs, connections and rulesets that it does not have."""

from __future__ import annotations

import inspect
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import camelcase_to_underscores, utcnow
from moto.glue import models, responses
from moto.glue.exceptions import AlreadyExistsException, EntityNotFoundException

from emulator.replacements import Replacement

_DROPPED = ("JobMode", "JobRunQueuingEnabled", "MaintenanceWindow")

_moto_create = responses.GlueResponse.create_job
_moto_as_dict = models.FakeJob.as_dict
_moto_connection = models.FakeConnection.as_dict


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


def _connection_as_dict(self: Any, hide_password: bool = False) -> dict[str, Any]:
    told: dict[str, Any] = _moto_connection(self, hide_password)
    given = told.pop("Connection")
    return {name: value for name, value in {**given, **told}.items() if value is not None}


def _update_connection(self: Any) -> ActionResult:
    backend, asked = self.glue_backend, self.parameters["ConnectionInput"]
    connection = backend.get_connection(self.parameters.get("CatalogId"), self.parameters["Name"], None)
    created, kept = connection.created_time, backend.tagger.get_tag_dict_for_resource(connection.arn)
    connection.__init__(backend, connection.catalog_id, {**asked, "Name": connection.name}, kept)
    connection.created_time = created
    return EmptyResult()


def _delete_connection(self: Any) -> ActionResult:
    backend = self.glue_backend
    connection = backend.get_connection(self.parameters.get("CatalogId"), self.parameters["ConnectionName"], None)
    backend.tagger.delete_all_tags_for_resource(connection.arn)
    key = next(key for key, kept in backend.connections.items() if kept is connection)
    del backend.connections[key]
    return EmptyResult()


def _rulesets(self: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = self.glue_backend.__dict__.setdefault("rulesets", {})
    return found


def _find_ruleset(self: Any) -> dict[str, Any]:
    try:
        return _rulesets(self)[self.parameters["Name"]]
    except KeyError:
        raise EntityNotFoundException(f"Cannot find Data Quality Ruleset {self.parameters['Name']}") from None


def _ruleset_arn(self: Any, name: str) -> str:
    return f"arn:aws:glue:{self.region}:{self.current_account}:dataQualityRuleset/{name}"


def _create_ruleset(self: Any) -> ActionResult:
    asked, now = self.parameters, utcnow()
    if asked["Name"] in _rulesets(self):
        raise AlreadyExistsException("Data Quality Ruleset")
    kept = {name: asked[name] for name in ("Name", "Description", "Ruleset", "TargetTable") if name in asked}
    _rulesets(self)[asked["Name"]] = {**kept, "CreatedOn": now, "LastModifiedOn": now}
    self.glue_backend.tag_resource(_ruleset_arn(self, asked["Name"]), asked.get("Tags") or {})
    return ActionResult({"Name": asked["Name"]})


def _update_ruleset(self: Any) -> ActionResult:
    changed = {name: self.parameters[name] for name in ("Description", "Ruleset") if name in self.parameters}
    _find_ruleset(self).update(changed, LastModifiedOn=utcnow())
    return ActionResult({name: self.parameters[name] for name in ("Name", *changed)})


def _get_ruleset(self: Any) -> ActionResult:
    return ActionResult(_find_ruleset(self))


def _list_rulesets(self: Any) -> ActionResult:
    return ActionResult({"Rulesets": list(_rulesets(self).values())})


def _delete_ruleset(self: Any) -> ActionResult:
    name = _find_ruleset(self)["Name"]
    del _rulesets(self)[name]
    self.glue_backend.tagger.delete_all_tags_for_resource(_ruleset_arn(self, name))
    return EmptyResult()


_RESPONSE = "moto.glue.responses:GlueResponse"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.create_job", _create_job, "moto drops three properties of a job", "49d334d9dad0"),
    Replacement("moto.glue.models:FakeJob.as_dict", _as_dict, "moto drops three properties of a job", "94ca48d217bb"),
    Replacement("moto.glue.models:FakeConnection.as_dict", _connection_as_dict, "moto hides a type", "e18a16e8f84a"),
    Replacement(f"{_RESPONSE}.update_job", _update_job, "moto has no UpdateJob"),
    *(
        Replacement(f"{_RESPONSE}.{name}", function, "missing in moto")
        for name, function in (
            ("update_connection", _update_connection),
            ("delete_connection", _delete_connection),
            ("create_data_quality_ruleset", _create_ruleset),
            ("update_data_quality_ruleset", _update_ruleset),
            ("get_data_quality_ruleset", _get_ruleset),
            ("list_data_quality_rulesets", _list_rulesets),
            ("delete_data_quality_ruleset", _delete_ruleset),
        )
    ),
]
