"""The end of a stack: its resources in reverse order, those to be kept skipped."""

from __future__ import annotations

from collections.abc import Collection

from emulator.cloudformation.dependencies import order
from emulator.cloudformation.provisioning import Provisioner, ProvisioningError
from emulator.cloudformation.stack import Stack, Stacks, now


def blocking_export(stacks: Stacks, stack: Stack) -> str | None:
    """Why a stack cannot be deleted yet: other stacks use what it exports."""
    for output in stack.outputs:
        users = stacks.importers(output.export, stack.region) if output.export else []
        if users:
            return f"Delete canceled. Cannot delete export {output.export} as it is in use by {', '.join(users)}."
    return None


def delete(stack: Stack, provisioner: Provisioner, retained: Collection[str] = (), force: bool = False) -> None:
    """Delete every resource that nothing left standing needs.

    `retained` are logical ids to leave where they are; `force` leaves those that cannot be deleted.
    """
    stack.journal.clear()
    standing: dict[str, bool] = {}
    graph = {
        name: [other for other, entry in stack.resources.items() if name in entry.needs] for name in stack.resources
    }
    for name in order(graph):
        resource = stack.resources[name]
        if any(other in standing for other in graph[name]):
            standing[name] = False
        elif not resource.physical_id or resource.status in {"DELETE_COMPLETE", "DELETE_SKIPPED"}:
            del stack.resources[name]
        elif name in retained or resource.declaration.deletion_policy != "Delete":
            stack.tell_of(resource, "DELETE_SKIPPED")
            del stack.resources[name]
        else:
            try:
                provisioner.delete(resource)
                del stack.resources[name]
            except ProvisioningError:
                standing[name] = True
    failed = [name for name, refused in standing.items() if refused]
    if failed and not force:
        stack.tell("DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")
        return
    stack.outputs, stack.imports, stack.deleted = [], set(), now()
    stack.tell("DELETE_COMPLETE")
