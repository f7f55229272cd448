"""Glue's workflows and triggers: what is accepted of them, and what starts their runs: calls, the clock, events."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.glue import models
from moto.glue.exceptions import AlreadyExistsException, EntityNotFoundException, GlueClientError
from moto.glue.utils import Action, Predicate

from emulator import clock, settings
from emulator.replacements import Replacement
from emulator.services.glue import workflow_runs as runs
from emulator.services.glue.refusals import cron, invalid
from emulator.services.scheduler import clock as scheduler_clock

if TYPE_CHECKING:
    from emulator.services.events.targets import Delivery

_TYPES = ("SCHEDULED", "CONDITIONAL", "ON_DEMAND", "EVENT")
_WINDOW_SECONDS = 900
_lock = threading.Lock()

_moto_predicate = Predicate.__init__
_moto_create = models.GlueBackend.create_trigger
_moto_create_workflow = models.GlueBackend.create_workflow


def notify(delivery: Delivery) -> None:
    """Take an event for a workflow whose starting trigger waits for events, with the right of the target's role.

    Raises:
        DeliveryError: the role may not.
        GlueClientError: the workflow is not there, or waits for no events.
    """
    delivery.demand("glue:notifyEvent")
    here = settings.current()
    backend = models.glue_backends[here.account][here.region]
    name = delivery.arn.rsplit("/", 1)[1]
    workflow = _workflow(backend, name)
    triggers = [each for each in backend.triggers.values() if each.workflow_name == name]
    trigger = next((each for each in triggers if each.trigger_type == "EVENT"), None)
    if trigger is None:
        raise GlueClientError("InvalidInputException", f"Workflow {name} has no trigger of type EVENT")
    _collect(backend, workflow, trigger, str(delivery.event["id"]))


def _collect(backend: Any, workflow: Any, trigger: Any, event_id: str) -> None:
    """Start the workflow when enough events came, or the time for more is over."""
    condition = trigger.event_batching_condition or {"BatchSize": 1}
    with _lock:
        waiting: list[str] = trigger.__dict__.setdefault("events", [])
        waiting.append(event_id)
        first, full = len(waiting) == 1, len(waiting) >= condition["BatchSize"]
        trigger.batch = object() if first else trigger.batch
        batch = trigger.batch
    if full:
        _start_with_events(backend, workflow, trigger, batch)
    elif first:
        window = condition.get("BatchWindow", _WINDOW_SECONDS)
        clock.after(window, lambda: _start_with_events(backend, workflow, trigger, batch), trigger.arn)


def _start_with_events(backend: Any, workflow: Any, trigger: Any, batch: object) -> None:
    with _lock:
        if trigger.batch is not batch or not trigger.events:
            return
        events, trigger.events = trigger.events, []
    condition = {"BatchSize": len(events), "BatchWindow": 0}
    runs.start(backend, workflow, {"aws:eventIds": ",".join(events)}, condition)


def _create_trigger(self: Any, name: str, **definition: Any) -> None:
    if name in self.triggers:
        raise AlreadyExistsException("Trigger")
    _check(self, definition)
    _moto_create(self, name=name, **definition)
    trigger = self.triggers[name]
    if trigger.trigger_type == "ON_DEMAND":
        trigger.state = "CREATED"  # it is never active: it fires when it is asked to
    _follow(self, trigger)


def _check(backend: Any, definition: Mapping[str, Any]) -> None:
    kind, workflow = definition["trigger_type"], definition["workflow_name"]
    if kind not in _TYPES:
        raise invalid(f"Trigger type {kind} is not one of {', '.join(_TYPES)}")
    if kind == "EVENT" and not workflow:
        raise invalid("A trigger of type EVENT must belong to a workflow")
    if kind == "ON_DEMAND" and definition["start_on_creation"]:
        raise invalid("Cannot set StartOnCreation to true for ON_DEMAND trigger")
    if kind == "SCHEDULED":
        cron(definition["schedule"] or "")
    if not definition["actions"]:
        raise invalid("Actions cannot be null or empty")
    if workflow:
        _workflow(backend, workflow)
        _check_single_start(backend, kind, workflow)
    _check_actions(backend, definition["actions"])


def _check_single_start(backend: Any, kind: str, workflow: str) -> None:
    starting = [t for t in backend.triggers.values() if t.workflow_name == workflow and t.trigger_type != "CONDITIONAL"]
    if kind != "CONDITIONAL" and starting:
        raise invalid(f"Workflow {workflow} already has a starting trigger: {starting[0].name}")


def _check_actions(backend: Any, actions: list[Action]) -> None:
    for action in actions:
        if action.job_name:
            backend.get_job(action.job_name)
        elif action.crawler_name:
            backend.get_crawler(action.crawler_name)
        else:
            raise invalid("An action names a job or a crawler")


def _init_predicate(self: Any, inputs: dict[str, Any]) -> None:
    _moto_predicate(self, {"Logical": "AND", **inputs})


def _update_trigger(self: Any) -> ActionResult:
    backend, update = self.glue_backend, self.parameters["TriggerUpdate"]
    trigger = backend.get_trigger(self.parameters["Name"])
    actions = [Action(each) for each in update.get("Actions") or []]
    _check_actions(backend, actions)
    if "Schedule" in update:
        cron(update["Schedule"])
        trigger.schedule = update["Schedule"]
    trigger.actions = actions or trigger.actions
    trigger.description = update.get("Description", trigger.description)
    trigger.predicate = Predicate(update["Predicate"]) if update.get("Predicate") else trigger.predicate
    trigger.event_batching_condition = update.get("EventBatchingCondition", trigger.event_batching_condition)
    _follow(backend, trigger)
    return ActionResult({"Trigger": trigger.as_dict()})


def _start_trigger(self: Any) -> None:
    if self.trigger_type == "ON_DEMAND":
        if self.workflow_name:
            runs.start(self.backend, _workflow(self.backend, self.workflow_name), {})
        else:
            runs.fire(self.backend, self)
        return
    self.state = "ACTIVATED"
    _follow(self.backend, self)


def _delete_trigger(self: Any, name: str) -> None:
    trigger = self.triggers.pop(name, None)  # as in AWS, deleting what is not there is no error
    if trigger:
        self.tagger.delete_all_tags_for_resource(trigger.arn)


def _follow(backend: Any, trigger: Any) -> None:
    """Fire a scheduled trigger at its times, as long as it is there, active, and has this schedule."""
    if trigger.trigger_type != "SCHEDULED" or trigger.state != "ACTIVATED":
        return
    expression, trigger.following = trigger.schedule, object()
    following = trigger.following

    def due(_when: Any) -> bool:
        current = backend.triggers.get(trigger.name) is trigger and trigger.following is following
        if not current or trigger.state != "ACTIVATED":
            return False
        if trigger.workflow_name in backend.workflows:
            runs.start(backend, backend.workflows[trigger.workflow_name], {})
        elif not trigger.workflow_name:
            runs.fire(backend, trigger)
        return True

    scheduler_clock.follow(cron(expression), due, trigger.arn)


def _create_workflow(self: Any, name: str, *arguments: Any) -> str:
    if name in self.workflows:
        raise AlreadyExistsException("Workflow")
    created: str = _moto_create_workflow(self, name, *arguments)
    return created


def _start_run(self: Any, workflow_name: str, properties: dict[str, str] | None) -> str:
    return runs.start(self, _workflow(self, workflow_name), properties or {}).run_id


def _stop_run(self: Any, run_id: str) -> None:
    self.get_run(run_id).stop()


def _get_run(self: Any) -> ActionResult:
    workflow = _workflow(self.glue_backend, self._get_param("Name"))
    run = workflow.get_run(self._get_param("RunId"))
    graph = {"Graph": run.graph()} if self._get_param("IncludeGraph") else {}
    return ActionResult({"Run": {**run.as_dict(), **graph}})


def _workflow(backend: Any, name: str) -> Any:
    try:
        return backend.workflows[name]
    except KeyError:
        raise EntityNotFoundException(f"Workflow {name} not found") from None


_BACKEND = "moto.glue.models:GlueBackend"
_RESPONSE = "moto.glue.responses:GlueResponse"
REPLACEMENTS = [
    Replacement(
        f"{_BACKEND}.create_trigger", _create_trigger, "moto takes triggers that can never fire", "93275a27e205"
    ),
    Replacement(
        f"{_BACKEND}.delete_trigger", _delete_trigger, "moto keeps the tags of what is deleted", "c14434f0dcf9"
    ),
    Replacement(
        "moto.glue.models:FakeTrigger.start_trigger", _start_trigger, "moto's triggers start nothing", "e5bedb8f9203"
    ),
    Replacement("moto.glue.utils:Predicate.__init__", _init_predicate, "moto fails without Logical", "0146dae55141"),
    Replacement(f"{_RESPONSE}.update_trigger", _update_trigger, "missing in moto"),
    Replacement(f"{_BACKEND}.create_workflow", _create_workflow, "moto replaces what exists", "b92edbbecd70"),
    Replacement(f"{_BACKEND}.start_workflow_run", _start_run, "moto's runs never end", "9b840a396cb9"),
    Replacement("moto.glue.models:FakeWorkflow.stop_run", _stop_run, "moto stops nothing", "65aa1b21dec2"),
    Replacement(f"{_RESPONSE}.get_workflow_run", _get_run, "moto has no graph", "ab37df0ac1fc"),
]
