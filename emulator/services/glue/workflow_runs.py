"""Runs of Glue's workflows, and of triggers outside of workflows: what has started, what has ended, what that fires.

A conditional trigger outside of workflows watches, as in AWS, only what another trigger started: each firing of such a
trigger is a run too, without a name.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.glue.exceptions import GlueClientError

from emulator import clock

_STARTING = ("ON_DEMAND", "SCHEDULED", "EVENT")
_STATISTICS = {
    "SUCCEEDED": "SucceededActions",
    "FAILED": "FailedActions",
    "TIMEOUT": "TimeoutActions",
    "STOPPED": "StoppedActions",
    "CANCELLED": "StoppedActions",
    "RUNNING": "RunningActions",
    "ERRORED": "ErroredActions",
}
_NO_OPTIONS = (
    "allocated_capacity", "max_capacity", "worker_type", "number_of_workers", "previous_run_id"
)  # fmt: skip
_runs: dict[str, Run] = {}
_lock = threading.RLock()


@dataclass
class Activity:
    """One action that a trigger started: a "job" or "crawler", its name, the run's or crawl's id, and its state."""

    kind: str
    name: str
    trigger: str
    identifier: str
    state: str = "RUNNING"


class Run:
    """A workflow's run as GetWorkflowRun shows it; `workflow` is None for triggers that belong to none."""

    def __init__(
        self, backend: Any, workflow: Any, properties: Mapping[str, str], batch: Mapping[str, int] | None = None
    ) -> None:
        """A run that has started, with its properties; `batch` is that of the events that started it."""
        self.backend = backend
        self.workflow = workflow
        self.run_id = f"wr_{uuid.uuid4().hex}{uuid.uuid4().hex}"
        self.properties = dict(properties)
        self.batch = batch
        self.previous_run_id = next(reversed(workflow.runs), None) if workflow else None
        self.status = "RUNNING"
        self.error = ""
        self.started_on = clock.now()
        self.completed_on: datetime | None = None
        self.activities: list[Activity] = []
        self.fired: set[str] = set()

    def triggers(self) -> list[Any]:
        """Moto's triggers that can fire in this run."""
        name = self.workflow.name if self.workflow else None
        return [each for each in self.backend.triggers.values() if (each.workflow_name or None) == name]

    def fire(self, trigger: Any) -> None:
        """Start a trigger's actions."""
        self.fired.add(trigger.name)
        for action in trigger.actions:
            kind, name = ("job", action.job_name) if action.job_name else ("crawler", action.crawler_name)
            activity = Activity(kind, name, trigger.name, "")
            self.activities.append(activity)
            try:
                activity.identifier = self._start(action, trigger)
            except JsonRESTError as error:
                activity.state = "ERRORED"
                self.error = f"{kind} {name} could not be started: {error.message}"

    def _start(self, action: Any, trigger: Any) -> str:
        if action.crawler_name:
            crawl: str = self.backend.get_crawler(action.crawler_name).start_crawler(self.run_id)
            return crawl
        arguments = dict(action.arguments or {})
        if self.workflow:
            arguments |= {"--WORKFLOW_NAME": self.workflow.name, "--WORKFLOW_RUN_ID": self.run_id}
        started: str = self.backend.get_job(action.job_name).start_job_run(
            **dict.fromkeys(_NO_OPTIONS),
            arguments=arguments,
            timeout=action.timeout,
            security_configuration=action.security_configuration,
            notification_property=action.notification_property,
            workflow_run=self.run_id,
            trigger=trigger.name,
        )
        return started

    def note(self, kind: str, name: str, state: str) -> None:
        """Take in that an activity has ended, and fire what waited for it."""
        activity = next(
            each for each in reversed(self.activities) if (each.kind, each.name, each.state) == (kind, name, "RUNNING")
        )
        activity.state = state
        if self.status == "RUNNING":
            for trigger in self.triggers():
                waits = trigger.trigger_type == "CONDITIONAL" and trigger.state == "ACTIVATED"
                if waits and trigger.name not in self.fired and self._holds(trigger.predicate.as_dict()):
                    self.fire(trigger)
        self.settle()

    def _holds(self, predicate: Mapping[str, Any]) -> bool:
        states = {(each.kind, each.name): each.state for each in self.activities}
        met = [
            states.get(("job", each["JobName"])) == each["State"]
            if "JobName" in each
            else states.get(("crawler", each["CrawlerName"])) == each["CrawlState"]
            for each in predicate["Conditions"]
        ]
        return any(met) if predicate.get("Logical") == "ANY" else all(met)

    def settle(self) -> None:
        """End, when nothing runs any more."""
        if self.completed_on or any(each.state == "RUNNING" for each in self.activities):
            return
        self.completed_on = clock.now()
        errored = any(each.state == "ERRORED" for each in self.activities)
        self.status = "STOPPED" if self.status == "STOPPING" else "ERROR" if errored else "COMPLETED"
        _runs.pop(self.run_id, None)

    def stop(self) -> None:
        """Stop what runs.

        Raises:
            GlueClientError: the run is not running.
        """
        if self.status != "RUNNING":
            raise GlueClientError("IllegalWorkflowStateException", f"Workflow run {self.run_id} is {self.status}")
        self.status = "STOPPING"
        for each in [each for each in self.activities if each.state == "RUNNING"]:
            if each.kind == "crawler":
                self.backend.get_crawler(each.name).stop_crawler()
            else:
                run = self.backend.get_job(each.name).get_job_run(each.identifier)
                run.move("STOPPING")
                run.work.end("stopped")
        self.settle()

    def as_dict(self) -> dict[str, Any]:
        """GetWorkflowRun's Run, without its graph."""
        shown = {
            "Name": self.workflow.name,
            "WorkflowRunId": self.run_id,
            "PreviousRunId": self.previous_run_id,
            "WorkflowRunProperties": self.properties,
            "StartedOn": self.started_on,
            "CompletedOn": self.completed_on,
            "Status": self.status,
            "ErrorMessage": self.error or None,
            "Statistics": self._statistics(),
            "StartingEventBatchCondition": self.batch,
        }
        return {name: value for name, value in shown.items() if value is not None}

    def _statistics(self) -> dict[str, int]:
        counts = {name: 0 for name in (*_STATISTICS.values(), "WaitingActions")}  # noqa: C420
        for each in self.activities:
            counts[_STATISTICS[each.state]] += 1
        return {"TotalActions": sum(len(trigger.actions) for trigger in self.triggers()), **counts}

    def graph(self) -> dict[str, Any]:
        """The run's graph: triggers, jobs and crawlers, what happened to each, and what leads to what."""
        nodes, edges = dict[tuple[str, str], dict[str, Any]](), list[dict[str, str]]()
        for trigger in self.triggers():
            node = {"Type": "TRIGGER", "Name": trigger.name, "TriggerDetails": {"Trigger": trigger.as_dict()}}
            nodes["trigger", trigger.name] = node
        for trigger in self.triggers():
            for kind, name in _watched(trigger):
                edges.append({"SourceId": f"{kind}:{name}", "DestinationId": f"trigger:{trigger.name}"})
            for action in trigger.actions:
                kind, name = ("job", action.job_name) if action.job_name else ("crawler", action.crawler_name)
                nodes[kind, name] = {"Type": kind.upper(), "Name": name, **self._details(kind, name)}
                edges.append({"SourceId": f"trigger:{trigger.name}", "DestinationId": f"{kind}:{name}"})
        listed = [{**node, "UniqueId": f"{kind}:{name}"} for (kind, name), node in nodes.items()]
        return {"Nodes": listed, "Edges": edges}

    def _details(self, kind: str, name: str) -> dict[str, Any]:
        own = [each.identifier for each in self.activities if (each.kind, each.name) == (kind, name)]
        if kind == "job":
            runs = self.backend.jobs[name].job_runs if name in self.backend.jobs else []
            return {"JobDetails": {"JobRuns": [run.as_dict() for run in runs if run.job_run_id in own]}}
        crawls = self.backend.crawlers[name].crawls if name in self.backend.crawlers else []
        shown = [each.as_dict() for each in crawls if each.crawl_id in own]
        kept = ("State", "StartedOn", "CompletedOn", "ErrorMessage", "LogGroup", "LogStream")
        renamed = [{**each, "StartedOn": each["StartTime"], "CompletedOn": each.get("EndTime")} for each in shown]
        return {"CrawlerDetails": {"Crawls": [{name: each.get(name) for name in kept} for each in renamed]}}


def _watched(trigger: Any) -> Iterable[tuple[str, str]]:
    for each in trigger.predicate.as_dict().get("Conditions", []) if trigger.predicate else []:
        yield ("job", each["JobName"]) if "JobName" in each else ("crawler", each["CrawlerName"])


def start(backend: Any, workflow: Any, properties: Mapping[str, str], batch: Mapping[str, int] | None = None) -> Run:
    """Start a run of a workflow with its starting trigger.

    Raises:
        GlueClientError: as many runs as the workflow allows are running, or nothing starts it.
    """
    with _lock:
        active = sum(not run.completed_on for run in workflow.runs.values())
        if workflow.max_concurrent_runs and active >= workflow.max_concurrent_runs:
            raise GlueClientError(
                "ConcurrentRunsExceededException", f"Concurrent runs exceeded for workflow {workflow.name}"
            )
        run = Run(backend, workflow, {**(workflow.default_run_properties or {}), **properties}, batch)
        starting = next((each for each in run.triggers() if each.trigger_type in _STARTING), None)
        if starting is None:
            raise GlueClientError("InvalidInputException", f"Workflow {workflow.name} has no starting trigger")
        workflow.runs[run.run_id] = run
        _begin(run, starting)
        return run


def fire(backend: Any, trigger: Any) -> None:
    """Fire a trigger that belongs to no workflow."""
    with _lock:
        _begin(Run(backend, None, {}), trigger)


def _begin(run: Run, trigger: Any) -> None:
    _runs[run.run_id] = run
    run.fire(trigger)
    run.settle()


def ended(run_id: str | None, kind: str, name: str, state: str) -> None:
    """A job run ("job") or crawl ("crawler") ended in a state, that of a trigger's condition."""
    with _lock:
        run = _runs.get(run_id or "")
        if run:
            run.note(kind, name, state)
