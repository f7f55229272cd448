"""The way back: undo the steps of an unfinished deployment, last one first."""

from __future__ import annotations

from collections.abc import Collection

from emulator.cloudformation.provisioning import Provisioner, ProvisioningError
from emulator.cloudformation.stack import Resource, Stack, Undo


def roll_back(
    stack: Stack, provisioner: Provisioner, verb: str, reason: str = "", skipped: Collection[str] = ()
) -> None:
    """Undo the stack's journal. Steps that cannot be undone stay in it, so that it can be continued.

    `verb` says what is rolled back, CREATE, UPDATE or IMPORT. `skipped` are logical ids to leave as they are.
    """
    prefix = "ROLLBACK" if verb == "CREATE" else f"{verb}_ROLLBACK"
    stack.tell(f"{prefix}_IN_PROGRESS", reason)
    discarded: list[Resource] = []
    while stack.journal:
        step = stack.journal[-1]
        try:
            if step.logical_id not in skipped:
                _undo(stack, provisioner, step, discarded)
        except ProvisioningError as error:
            stack.tell(f"{prefix}_FAILED", f"The following resource(s) failed to roll back: {step.logical_id}: {error}")
            return
        stack.journal.pop()
    if verb == "UPDATE":
        stack.tell("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    if verb != "CREATE":
        stack.revision, stack.previous = stack.previous or stack.revision, None
    failed = _delete(provisioner, discarded)
    if failed and verb == "CREATE":
        stack.tell("ROLLBACK_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")
        return
    stack.tell(f"{prefix}_COMPLETE")


def _undo(stack: Stack, provisioner: Provisioner, step: Undo, discarded: list[Resource]) -> None:
    before, after = step.before, step.after
    if before is None and step.logical_id in stack.revision.imports:
        stack.resources.pop(step.logical_id)  # it was there before, and stays
        return
    if before is None:
        if after.physical_id and (after.declaration.deletion_policy != "Retain" or stack.retain_except_on_create):
            discarded.append(after)
        elif after.physical_id:
            stack.tell_of(after, "DELETE_SKIPPED")
        if stack.status != "ROLLBACK_IN_PROGRESS":  # a stack that failed to be created goes on showing what it was
            stack.resources.pop(step.logical_id, None)
        return
    if before.physical_id != after.physical_id:
        if after.physical_id:
            discarded.append(after)
    elif before.properties != after.properties:
        provisioner.update(after, before)
    if before.status.endswith(("_FAILED", "_IN_PROGRESS")):
        stack.tell_of(before, "UPDATE_COMPLETE")
    stack.resources[step.logical_id] = before


def _delete(provisioner: Provisioner, resources: list[Resource]) -> list[str]:
    """Delete resources, last one first; the logical ids of those left standing, because refused or still needed."""
    standing: list[Resource] = []
    for resource in resources:
        try:
            if any(resource.logical_id in other.needs for other in standing):
                standing.append(resource)
            else:
                provisioner.delete(resource)
        except ProvisioningError:
            standing.append(resource)
    return [resource.logical_id for resource in standing]
