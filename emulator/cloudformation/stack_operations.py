"""The operations on stacks, their resources, events and exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.change_set import changes_outputs, plan
from emulator.cloudformation.deletion import blocking_export, delete
from emulator.cloudformation.descriptions import (
    described_resource,
    described_stack,
    resource_summary,
    stack_summary,
)
from emulator.cloudformation.engine import Deployment
from emulator.cloudformation.errors import ApiError, validation_error
from emulator.cloudformation.revisions import revision, stack_policy
from emulator.cloudformation.rollback import roll_back
from emulator.cloudformation.service import Call, Operation, check_updatable
from emulator.cloudformation.stack import Resource, Stack


def _create_stack(call: Call) -> dict[str, Any]:
    arguments = call.arguments
    with call.stacks.lock:
        name = arguments["StackName"]
        if any(stack.name == name for stack in call.stacks.living(call.region)):
            raise ApiError("AlreadyExistsException", f"Stack [{name}] already exists")
        stack = call.new_stack()
        wanted = revision(call.stacks, stack, arguments, call.service.types)
        stack.termination_protection = arguments.get("EnableTerminationProtection", False)
        on_failure = arguments.get("OnFailure", "DO_NOTHING" if arguments.get("DisableRollback") else "ROLLBACK")
        stack.disable_rollback = on_failure == "DO_NOTHING"
        stack.retain_except_on_create = bool(arguments.get("RetainExceptOnCreate"))
        stack.policy = stack_policy(arguments, call.region)
        stack.timeout_minutes = arguments.get("TimeoutInMinutes")
        deployment = Deployment(
            call.stacks, stack, wanted, call.service.types, "CREATE", on_failure, arguments.get("ClientRequestToken")
        )
        call.stacks.add(stack)
        deployment.begin()
    call.start(deployment.run)
    return {"StackId": stack.id}


def _update_stack(call: Call) -> dict[str, Any]:
    arguments = call.arguments
    with call.stacks.lock:
        stack = call.stack()
        check_updatable(stack)
        wanted = revision(call.stacks, stack, arguments, call.service.types)
        changes = plan(call.stacks, stack, wanted, call.service.types)
        unchanged = stack.status.endswith("_COMPLETE") and wanted.tags == stack.revision.tags
        if unchanged and not changes_outputs(call.stacks, stack, wanted, changes):
            raise validation_error("No updates are to be performed.")
        stack.disable_rollback = bool(arguments.get("DisableRollback"))
        stack.retain_except_on_create = bool(arguments.get("RetainExceptOnCreate"))
        during = stack_policy(arguments, call.region, "DuringUpdate") or stack.policy
        stack.policy = stack_policy(arguments, call.region) or stack.policy
        deployment = Deployment(
            call.stacks,
            stack,
            wanted,
            call.service.types,
            "UPDATE",
            "DO_NOTHING" if stack.disable_rollback else "ROLLBACK",
            arguments.get("ClientRequestToken"),
            during,
        )
        deployment.begin()
    call.start(deployment.run)
    return {"StackId": stack.id}


def _delete_stack(call: Call) -> dict[str, Any]:
    arguments = call.arguments
    with call.stacks.lock:
        try:
            stack = call.stack()
        except ApiError:
            return {}
        if stack.status == "DELETE_COMPLETE":
            return {}
        if stack.termination_protection:
            raise validation_error(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        if stack.busy:
            raise validation_error(f"Stack:{stack.id} is in {stack.status} state and can not be deleted.")
        retained = arguments.get("RetainResources", [])
        if retained and stack.status != "DELETE_FAILED":
            raise validation_error(
                f"Invalid operation on stack [{stack.id}]. When you delete a stack, specify which resources to retain "
                "only when the stack is in the DELETE_FAILED state."
            )
        blocked = blocking_export(call.stacks, stack)
        if blocked:
            stack.tell(stack.status, blocked)
            return {}
        stack.tell("DELETE_IN_PROGRESS", "User Initiated", arguments.get("ClientRequestToken"))
    force = arguments.get("DeletionMode") == "FORCE_DELETE_STACK"
    call.start(delete, stack, call.provisioner(stack), retained, force)
    return {}


def _rollback_stack(call: Call) -> dict[str, Any]:
    with call.stacks.lock:
        stack = call.stack()
        if stack.status not in {"CREATE_FAILED", "UPDATE_FAILED"}:
            raise validation_error(f"Stack:{stack.id} is in {stack.status} state and can not be rolled back.")
        verb = stack.status.removesuffix("_FAILED")
        stack.retain_except_on_create = bool(call.arguments.get("RetainExceptOnCreate"))
        stack.status = "ROLLBACK_IN_PROGRESS" if verb == "CREATE" else "UPDATE_ROLLBACK_IN_PROGRESS"
    call.start(roll_back, stack, call.provisioner(stack), verb, "User Initiated")
    return {"StackId": stack.id}


def _continue_update_rollback(call: Call) -> dict[str, Any]:
    with call.stacks.lock:
        stack = call.stack()
        if stack.status != "UPDATE_ROLLBACK_FAILED":
            raise validation_error(f"Stack:{stack.id} is in {stack.status} state and can not continue update rollback.")
        stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    skipped = call.arguments.get("ResourcesToSkip", [])
    call.start(roll_back, stack, call.provisioner(stack), "UPDATE", "User Initiated", skipped)
    return {}


def _describe_stacks(call: Call) -> dict[str, Any]:
    stacks = [call.stack()] if "StackName" in call.arguments else call.stacks.living(call.region)
    return {"Stacks": [described_stack(stack) for stack in stacks]}


def _list_stacks(call: Call) -> dict[str, Any]:
    wanted = call.arguments.get("StackStatusFilter")
    found = [stack for stack in call.stacks.in_region(call.region) if not wanted or stack.status in wanted]
    return {"StackSummaries": [stack_summary(stack) for stack in found]}


def _describe_stack_events(call: Call) -> dict[str, Any]:
    try:
        events = list(call.stack().events)
    except ApiError as error:
        raise validation_error(f"Stack [{call.arguments['StackName']}] does not exist") from error
    return {"StackEvents": events[::-1]}


def _describe_stack_resource(call: Call) -> dict[str, Any]:
    stack, name = call.stack(), call.arguments["LogicalResourceId"]
    if name not in stack.resources:
        raise validation_error(f"Resource {name} does not exist for stack {stack.name}")
    return {"StackResourceDetail": described_resource(stack, stack.resources[name], detailed=True)}


def _describe_stack_resources(call: Call) -> dict[str, Any]:
    if "StackName" in call.arguments:
        owners = [call.stack()]
    else:
        physical_id = call.arguments.get("PhysicalResourceId")
        owners = [stack for stack in call.stacks.living(call.region) if physical_id in _physical_ids(stack)]
        if not owners:
            raise validation_error(f"Stack for {physical_id} does not exist")
    wanted = call.arguments.get("LogicalResourceId")
    return {
        "StackResources": [
            described_resource(stack, resource, detailed=False)
            for stack in owners
            for resource in _shown(stack)
            if wanted in (None, resource.logical_id)
        ]
    }


def _list_stack_resources(call: Call) -> dict[str, Any]:
    return {"StackResourceSummaries": [resource_summary(resource) for resource in _shown(call.stack())]}


def _update_termination_protection(call: Call) -> dict[str, Any]:
    stack = call.stack()
    stack.termination_protection = call.arguments["EnableTerminationProtection"]
    return {"StackId": stack.id}


def _set_stack_policy(call: Call) -> dict[str, Any]:
    call.stack().policy = stack_policy(call.arguments, call.region)
    return {}


def _get_stack_policy(call: Call) -> dict[str, Any]:
    policy = call.stack().policy
    return {} if policy is None else {"StackPolicyBody": policy}


def _list_exports(call: Call) -> dict[str, Any]:
    return {
        "Exports": [
            {"ExportingStackId": stack.id, "Name": output.export, "Value": output.value}
            for stack, output in call.stacks.exports(call.region)
        ]
    }


def _list_imports(call: Call) -> dict[str, Any]:
    name = call.arguments["ExportName"]
    if all(output.export != name for _, output in call.stacks.exports(call.region)):
        raise validation_error(f"Export '{name}' does not exist.")
    importers = call.stacks.importers(name, call.region)
    if not importers:
        raise validation_error(f"Export '{name}' is not imported by any stack.")
    return {"Imports": importers}


def _shown(stack: Stack) -> list[Resource]:
    return [resource for resource in list(stack.resources.values()) if resource.status]


def _physical_ids(stack: Stack) -> set[str]:
    return {resource.physical_id for resource in list(stack.resources.values())}


OPERATIONS: Mapping[str, Operation] = {
    "CreateStack": _create_stack,
    "UpdateStack": _update_stack,
    "DeleteStack": _delete_stack,
    "RollbackStack": _rollback_stack,
    "ContinueUpdateRollback": _continue_update_rollback,
    "DescribeStacks": _describe_stacks,
    "ListStacks": _list_stacks,
    "DescribeStackEvents": _describe_stack_events,
    "DescribeStackResource": _describe_stack_resource,
    "DescribeStackResources": _describe_stack_resources,
    "ListStackResources": _list_stack_resources,
    "UpdateTerminationProtection": _update_termination_protection,
    "SetStackPolicy": _set_stack_policy,
    "GetStackPolicy": _get_stack_policy,
    "ListExports": _list_exports,
    "ListImports": _list_imports,
}
