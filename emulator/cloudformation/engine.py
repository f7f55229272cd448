"""A deployment: resources in order, clean-up after, and the way back when something fails."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, field, replace
from time import monotonic

from emulator.cloudformation import schemas
from emulator.cloudformation.change_set import recreation
from emulator.cloudformation.comparison import same
from emulator.cloudformation.dependencies import needs
from emulator.cloudformation.errors import ApiError, validation_error
from emulator.cloudformation.evaluation import StackSurroundings, active, evaluator, outputs, properties
from emulator.cloudformation.provisioning import Provisioner, ProvisioningError
from emulator.cloudformation.resource_types import ResourceTypes
from emulator.cloudformation.rollback import roll_back
from emulator.cloudformation.stack import STACK_TYPE, Output, Resource, Revision, Stack, Stacks, Undo, now
from emulator.cloudformation.stack_policy import refusal
from emulator.cloudformation.template import Declaration

logger = logging.getLogger(__name__)


@dataclass
class Deployment:
    """Brings one stack to one revision.

    `verb` is CREATE, UPDATE or IMPORT, `on_failure` ROLLBACK, DELETE or DO_NOTHING, `policy` the stack policy to obey.
    """

    stacks: Stacks
    stack: Stack
    revision: Revision
    types: ResourceTypes
    verb: str
    on_failure: str = "ROLLBACK"
    token: str | None = None
    policy: str | None = None
    _declared: dict[str, Declaration] = field(default_factory=dict)

    def begin(self) -> None:
        """Show that the deployment started; called before the request that asked for it is answered."""
        stack = self.stack
        # Kept until success: a paused deployment that is rolled back later goes back to the last good revision.
        stack.previous = stack.previous or (stack.revision if self.verb != "CREATE" else None)
        stack.revision = self.revision
        self.stack.tell(f"{self.verb}_IN_PROGRESS", "User Initiated", self.token)
        if self.verb == "UPDATE":
            self.stack.updated = now()

    def run(self) -> None:
        """Deploy, and roll back on failure as `on_failure` says. Never raises for what the template does."""
        stack, provisioner = self.stack, Provisioner(self.stack, self.types)
        try:
            surroundings, given = self._deploy(provisioner)
        except (ApiError, ProvisioningError) as error:
            self._fail(provisioner, str(error))
            return
        except Exception as error:
            # A defect here must not leave the stack in progress for ever.
            logger.exception("%s", stack.name)
            self._fail(provisioner, f"Internal Failure: {type(error).__name__}: {error}")
            return
        stack.outputs, stack.imports = given, surroundings.imports
        self._clean_up(provisioner)
        stack.previous = None
        stack.tell(f"{self.verb}_COMPLETE", token=self.token)

    def _deploy(self, provisioner: Provisioner) -> tuple[StackSurroundings, list[Output]]:
        surroundings = StackSurroundings(self.stacks, self.stack)
        evaluate = evaluator(surroundings, self.revision)
        self._declared = active(evaluate, self.revision)
        self._check_types(provisioner)
        deadline = monotonic() + self._minutes() * 60
        for declaration in self._declared.values():
            if monotonic() > deadline:
                raise ProvisioningError("Stack creation time exceeded the specified timeout.")
            wanted = Resource(
                declaration=declaration,
                properties=properties(evaluate, self.revision, declaration),
                generated_name=self.stack.generated_name(declaration.logical_id),
                needs=needs(declaration, self._declared),
                update_policy=evaluate.resolve(dict(declaration.update_policy)),
            )
            self._apply(provisioner, wanted)
        for name, resource in self.stack.resources.items():
            if name not in self._declared:
                self._permit("Update:Delete", resource)
        given = outputs(evaluate, self.revision)
        self._check_exports(given)
        return surroundings, given

    def _minutes(self) -> float:
        return (self.verb == "CREATE" and self.stack.timeout_minutes) or math.inf

    def _check_types(self, provisioner: Provisioner) -> None:
        """Fail before anything is created when a type is not there."""
        for declaration in self._declared.values():
            if self.types.find(declaration.type) is None:
                resource = Resource(declaration, {}, "")
                try:
                    provisioner.check(resource)
                except ProvisioningError as error:
                    self.stack.tell_of(resource, "CREATE_FAILED", str(error))
                    raise

    def _apply(self, provisioner: Provisioner, wanted: Resource) -> None:
        existing = self.stack.resources.get(wanted.logical_id)
        if existing is None or not existing.physical_id:
            self._create(provisioner, None, wanted)
            return
        if existing.type != wanted.type:
            raise ProvisioningError(f"Update of resource type is not permitted: {wanted.logical_id}")
        if _as_asked(existing, wanted):
            policy = wanted.update_policy
            kept = replace(existing, declaration=wanted.declaration, needs=wanted.needs, update_policy=policy)
            self.stack.resources[wanted.logical_id] = kept
            if kept.declaration != existing.declaration:
                self.stack.journal.append(Undo(wanted.logical_id, existing, kept))
        elif self._replaces(existing, wanted):
            self._replace(provisioner, existing, wanted)
        else:
            self._permit("Update:Modify", existing)
            wanted.generated_name = existing.generated_name
            self._record(existing, wanted)
            wanted.physical_id = existing.physical_id
            provisioner.update(existing, wanted)

    def _create(self, provisioner: Provisioner, before: Resource | None, wanted: Resource) -> None:
        self._record(before, wanted)
        if wanted.logical_id in self.revision.imports:
            provisioner.take_over(wanted, self.revision.imports[wanted.logical_id])
        elif not (self.revision.import_existing and provisioner.adopt(wanted)):
            provisioner.create(wanted)

    def _replace(self, provisioner: Provisioner, existing: Resource, wanted: Resource) -> None:
        self._permit("Update:Replace", existing)
        schema = schemas.find(wanted.type)
        self.stack.tell_of(
            existing, "UPDATE_IN_PROGRESS", "Requested update requires the creation of a new physical resource"
        )
        if schema and schema.named_alike(existing.properties, wanted.properties):
            reason = (
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {existing.physical_id} and update the stack again."
            )
            self.stack.tell_of(existing, "UPDATE_FAILED", reason)
            raise ProvisioningError(reason)
        self._create(provisioner, existing, wanted)

    def _permit(self, action: str, resource: Resource) -> None:
        """See that the stack policy allows what is about to happen to a resource that is there."""
        reason = refusal(self.policy, action, resource)
        if reason:
            self.stack.tell_of(resource, "UPDATE_FAILED", reason)
            raise ProvisioningError(reason)

    def _record(self, before: Resource | None, wanted: Resource) -> None:
        """Note the step before it is taken: whatever happens in it can be undone."""
        self.stack.journal.append(Undo(wanted.logical_id, before, wanted))
        self.stack.resources[wanted.logical_id] = wanted

    def _replaces(self, existing: Resource, wanted: Resource) -> bool:
        before, after, kind = existing.properties, wanted.properties, self.types.find(wanted.type)
        return any(
            recreation(kind, wanted.type, name, before, after) == "Always"
            for name in {*before, *after}
            if not same(before.get(name), after.get(name))
        )

    def _check_exports(self, given: list[Output]) -> None:
        """Refuse to take an export away from stacks that use it, or one that another stack has.

        Raises:
            ApiError: names the export.
        """
        stack, values = self.stack, {output.export: output.value for output in given if output.export}
        for owner, output in self.stacks.exports(stack.region):
            name = output.export or ""
            if owner is not stack and name in values:
                raise validation_error(f"Export with name {name} is already exported by stack {owner.name}")
            users = self.stacks.importers(name, stack.region) if owner is stack else []
            if users and values.get(name) != output.value:
                verb = "updated" if name in values else "deleted"
                raise validation_error(f"Export {name} cannot be {verb} as it is in use by {', '.join(users)}")

    def _clean_up(self, provisioner: Provisioner) -> None:
        """Delete what was replaced or is no longer declared."""
        stack = self.stack
        old = [
            (step.before, step.after.declaration.update_replace_policy)
            for step in stack.journal
            if step.before and step.before.physical_id != step.after.physical_id
        ]
        gone = {name: resource for name, resource in stack.resources.items() if name not in self._declared}
        stack.journal.clear()
        if self.verb == "UPDATE":
            stack.tell("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        for resource, policy in reversed(old):
            _discard(provisioner, resource, policy)
        for resource in reversed(gone.values()):
            if resource.physical_id:
                _discard(provisioner, resource, resource.declaration.deletion_policy)
            del stack.resources[resource.logical_id]

    def _fail(self, provisioner: Provisioner, reason: str) -> None:
        self.stack.reason = reason
        if self.on_failure == "DO_NOTHING":
            self.stack.tell(f"{self.verb}_FAILED", reason)
            return
        roll_back(self.stack, provisioner, self.verb, reason)
        if self.on_failure == "DELETE" and self.stack.status == "ROLLBACK_COMPLETE":
            self.stack.tell("DELETE_IN_PROGRESS")
            self.stack.deleted = now()
            self.stack.tell("DELETE_COMPLETE")


def _as_asked(existing: Resource, wanted: Resource) -> bool:
    """Whether a resource needs no change. A nested stack may: its template can be another one at the same place."""
    settled = wanted.type != STACK_TYPE and not existing.status.endswith("_FAILED")
    return settled and same(existing.properties, wanted.properties)


def _discard(provisioner: Provisioner, resource: Resource, policy: str) -> None:
    """Delete what the stack no longer has; AWS too goes on when that fails, and leaves it behind."""
    if policy == "Delete":
        try:
            provisioner.delete(resource)
        except ProvisioningError:
            return
    else:
        provisioner.stack.tell_of(resource, "DELETE_SKIPPED")
