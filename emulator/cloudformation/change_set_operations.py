"""The operations on change sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import imports
from emulator.cloudformation.change_set import NO_CHANGES, ChangeSet, changes_outputs, plan
from emulator.cloudformation.descriptions import change_set_summary, described_change_set
from emulator.cloudformation.engine import Deployment
from emulator.cloudformation.errors import ApiError, validation_error
from emulator.cloudformation.revisions import revision
from emulator.cloudformation.service import Call, Operation, check_updatable
from emulator.cloudformation.stack import Stack


def _create_change_set(call: Call) -> dict[str, Any]:
    arguments = call.arguments
    name, kind = arguments["ChangeSetName"], arguments.get("ChangeSetType", "UPDATE")
    if (kind == "IMPORT") != bool(arguments.get("ResourcesToImport")):
        raise validation_error("ResourcesToImport is given with the ChangeSetType IMPORT, and only with it")
    if arguments.get("DeploymentMode"):
        raise validation_error(f"DeploymentMode {arguments['DeploymentMode']} is not supported by this emulator")
    with call.stacks.lock:
        stack, is_new = _target(call, kind)
        if name in stack.change_sets:
            raise ApiError("AlreadyExistsException", f"ChangeSet {name} already exists for stack {stack.name}")
        wanted = revision(call.stacks, stack, arguments, call.service.types)
        changes = plan(call.stacks, stack, wanted, call.service.types)
        if kind == "IMPORT":
            imports.check(changes)
        change_set = ChangeSet(
            name,
            stack,
            kind,
            wanted,
            changes,
            arguments.get("Description"),
            arguments.get("OnStackFailure"),
        )
        same_tags = wanted.tags == stack.revision.tags
        settled = stack.status.endswith("_COMPLETE")
        if kind == "UPDATE" and settled and same_tags and not changes_outputs(call.stacks, stack, wanted, changes):
            change_set.status, change_set.execution_status = "FAILED", "UNAVAILABLE"
            change_set.reason = NO_CHANGES
        stack.change_sets[name] = change_set
        if is_new:
            call.stacks.add(stack)
            stack.tell("REVIEW_IN_PROGRESS", "User Initiated", arguments.get("ClientToken"))
    return {"Id": change_set.id, "StackId": stack.id}


def _target(call: Call, kind: str) -> tuple[Stack, bool]:
    """The stack that a change set is for, and whether it is new."""
    name = call.arguments["StackName"]
    try:
        stack = call.stack()
    except ApiError as error:
        if kind == "UPDATE":
            raise validation_error(f"Stack [{name}] does not exist") from error
        return call.new_stack(), True
    if kind == "CREATE" and stack.status != "REVIEW_IN_PROGRESS":
        raise validation_error(
            f"Stack [{stack.name}] already exists and cannot be created again with the changeSet "
            f"[{call.arguments['ChangeSetName']}]."
        )
    if kind == "UPDATE" or (kind == "IMPORT" and stack.status != "REVIEW_IN_PROGRESS"):
        check_updatable(stack)
    return stack, False


def _find(call: Call) -> ChangeSet:
    name = call.arguments["ChangeSetName"]
    stacks = [call.stack()] if "StackName" in call.arguments else call.stacks.in_region(call.region)
    for stack in stacks:
        for change_set in stack.change_sets.values():
            if name in (change_set.id, change_set.name):
                return change_set
    raise ApiError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)


def _describe_change_set(call: Call) -> dict[str, Any]:
    return described_change_set(_find(call), with_values=bool(call.arguments.get("IncludePropertyValues")))


def _list_change_sets(call: Call) -> dict[str, Any]:
    return {"Summaries": [change_set_summary(entry) for entry in call.stack().change_sets.values()]}


def _delete_change_set(call: Call) -> dict[str, Any]:
    with call.stacks.lock:
        try:
            change_set = _find(call)
        except ApiError as error:
            if error.code == "ChangeSetNotFound":  # AWS too is content that it is gone
                return {}
            raise
        if change_set.execution_status == "EXECUTE_IN_PROGRESS":
            raise ApiError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{change_set.id}] cannot be deleted in its current execution status of EXECUTE_IN_PROGRESS",
            )
        del change_set.stack.change_sets[change_set.name]
    return {}


def _execute_change_set(call: Call) -> dict[str, Any]:
    arguments = call.arguments
    with call.stacks.lock:
        change_set = _find(call)
        stack = change_set.stack
        if change_set.execution_status != "AVAILABLE":
            raise ApiError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{change_set.id}] cannot be executed in its current status of [{change_set.status}]",
            )
        if change_set.kind == "UPDATE":
            check_updatable(stack)
        stack.change_set_id = change_set.id
        stack.disable_rollback = bool(arguments.get("DisableRollback"))
        stack.retain_except_on_create = bool(arguments.get("RetainExceptOnCreate"))
        on_failure = "DO_NOTHING" if stack.disable_rollback else change_set.on_failure or "ROLLBACK"
        deployment = Deployment(
            call.stacks,
            stack,
            change_set.revision,
            call.service.types,
            change_set.kind,
            on_failure,
            arguments.get("ClientRequestToken"),
            stack.policy,
        )
        change_set.execution_status = "EXECUTE_IN_PROGRESS"
        # They were computed against a stack that is about to change.
        stack.change_sets = {change_set.name: change_set}
        deployment.begin()
    call.start(_execute, deployment, change_set)
    return {}


def _execute(deployment: Deployment, change_set: ChangeSet) -> None:
    deployment.run()
    succeeded = deployment.stack.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}
    change_set.execution_status = "EXECUTE_COMPLETE" if succeeded else "EXECUTE_FAILED"


OPERATIONS: Mapping[str, Operation] = {
    "CreateChangeSet": _create_change_set,
    "DescribeChangeSet": _describe_change_set,
    "ListChangeSets": _list_change_sets,
    "DeleteChangeSet": _delete_change_set,
    "ExecuteChangeSet": _execute_change_set,
}
