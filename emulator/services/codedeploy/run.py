"""A deployment runs: validated, shifted step by step on the clock, validated again, and taken back where it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from emulator import clock
from emulator.compute import log_stream
from emulator.identity import credentials
from emulator.identity.credentials import Credentials, RoleError
from emulator.services.codedeploy import alarms, alias_traffic, app_spec, hooks, state_events
from emulator.services.codedeploy.app_spec import AFTER, ALLOW, BEFORE, AppSpec
from emulator.services.codedeploy.deployment import (
    FAILED,
    IN_PROGRESS,
    PENDING,
    SKIPPED,
    STOPPED,
    SUCCEEDED,
    Deployment,
)
from emulator.services.codedeploy.errors import DeploymentFailedError

Register = Callable[[Deployment], None]
_ON_FAILURE, _ON_ALARM = "DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"


class Run:
    """What happens to one deployment; whoever causes it holds the deployment's lock."""

    def __init__(self, deployment: Deployment, register: Register) -> None:
        """`register` makes the deployment that takes this one back known."""
        self.deployment = deployment
        self._register = register

    def start(self) -> None:
        """Begin: what is wrong with the revision, the alias, the role or an alarm is found at once."""
        deployment = self.deployment
        deployment.status, deployment.started = IN_PROGRESS, clock.now()
        state_events.tell(deployment, "START")
        self._attempt(self._begin)

    def answer(self, execution_id: str, status: str) -> None:
        """Take a hook's answer, and go on or back.

        Raises:
            CodeDeployError: nobody waits for it.
        """
        event = hooks.answered(self.deployment, execution_id, status)
        self._cancel()
        if status == FAILED:
            event.end(FAILED, hooks.REFUSED)
            self._fail("HOOK_EXECUTION_FAILURE", hooks.REFUSED)
            return
        event.end(SUCCEEDED)
        self._attempt(self._shift if event.name == BEFORE else self._succeed)

    def look_at_alarms(self) -> None:
        """Stop when an alarm is in ALARM."""
        self._attempt(lambda: alarms.check(self.deployment, self._role()))

    def stop(self, code: str, message: str, *, roll_back: bool) -> None:
        """End before the end."""
        self._end(STOPPED, code, message, roll_back=roll_back)

    def _begin(self) -> None:
        deployment, role = self.deployment, self._role()
        with alias_traffic.allowed(deployment.group.service_role_arn, "AmazonS3"):
            spec = app_spec.read(deployment.revision, log_stream.client("s3", role))
        alias_traffic.check(self._functions(), deployment.group.service_role_arn, spec)
        deployment.spec = spec  # from now on there is something to take back
        alarms.check(deployment, role)
        self._validate(BEFORE, self._shift)

    def _validate(self, name: str, then: Callable[[], None]) -> None:
        deployment = self.deployment
        assert deployment.spec is not None  # noqa: S101 (read when it began)
        event, function = deployment.events[name], deployment.spec.hooks.get(name)
        if function is None:
            event.status = SKIPPED
            then()
            return
        hooks.call(deployment, event, function, self._functions())
        self._later([(hooks.TIMEOUT_SECONDS, partial(self._give_up, name))])

    def _give_up(self, name: str) -> None:
        message = f"{hooks.REFUSED} {name} was not answered within an hour."
        self.deployment.events[name].end(FAILED, message)
        self._fail("HOOK_EXECUTION_FAILURE", message)

    def _shift(self) -> None:
        deployment = self.deployment
        deployment.events[ALLOW].begin()
        (_, first), *rest = deployment.steps
        # The following steps first: what the first one sets off may take its time.
        self._later((seconds, partial(self._attempt, partial(self._step, percent))) for seconds, percent in rest)
        self._step(first)

    def _step(self, percent: float) -> None:
        deployment = self.deployment
        assert deployment.spec is not None  # noqa: S101 (read when it began)
        alias_traffic.shift(self._functions(), deployment.group.service_role_arn, deployment.spec, percent)
        deployment.percent = percent
        if percent >= 100:
            deployment.events[ALLOW].end(SUCCEEDED)
            self._validate(AFTER, self._succeed)

    def _succeed(self) -> None:
        self._end(SUCCEEDED, "", "", roll_back=False)

    def _fail(self, code: str, message: str) -> None:
        self._end(FAILED, code, message, roll_back=self.deployment.rolls_back_on(_ON_FAILURE))

    def _attempt(self, what: Callable[[], None]) -> None:
        try:
            what()
        except DeploymentFailedError as error:
            if error.code == "ALARM_ACTIVE":
                self.stop(error.code, error.message, roll_back=self.deployment.rolls_back_on(_ON_ALARM))
            else:
                self._fail(error.code, error.message)
        except (ClientError, BotoCoreError) as error:
            self._fail("INTERNAL_ERROR", str(error))

    def _end(self, status: str, code: str, message: str, *, roll_back: bool) -> None:
        deployment = self.deployment
        self._cancel()
        for event in deployment.events.values():
            if event.status == IN_PROGRESS:
                event.end(FAILED, message)
            elif event.status == PENDING:
                event.status = SKIPPED
        if code:
            deployment.error = {"code": code, "message": message}
        back = self._way_back(deployment.spec.back()) if roll_back and deployment.spec else None
        deployment.completed, deployment.status = clock.now(), status
        state_events.tell(deployment, {SUCCEEDED: "SUCCESS", STOPPED: "STOP"}.get(status, "FAILURE"))
        if back:
            back.go_back()
        deployment.ended.set()

    def _way_back(self, back: AppSpec) -> Run:
        """The deployment that takes this one back, which is known from now on."""
        failed = self.deployment
        made = Deployment(
            failed.group, back.revision(), failed.config_name, [(0.0, 100.0)], "codeDeployRollback", spec=back
        )
        made.rollback_info = {
            "rollbackTriggeringDeploymentId": failed.deployment_id,
            "rollbackMessage": f"Deployment {failed.deployment_id} failed. Rolling back to version {back.target}.",
        }
        failed.rollback_info = {
            "rollbackDeploymentId": made.deployment_id,
            "rollbackMessage": f"Rolled back to version {back.target} by {made.deployment_id}.",
        }
        self._register(made)
        return Run(made, self._register)

    def go_back(self) -> None:
        """Give the alias back to the version that it had, whatever its weights are, at once."""
        deployment = self.deployment
        deployment.status, deployment.started = IN_PROGRESS, clock.now()
        state_events.tell(deployment, "START")
        self._attempt(self._shift)

    def _later(self, whats: Iterable[tuple[float, Callable[[], None]]]) -> None:
        now, name = clock.now(), f"CodeDeploy {self.deployment.deployment_id}"
        self.deployment.appointments += [
            clock.at(now + timedelta(seconds=seconds), partial(self._if_active, what), name) for seconds, what in whats
        ]

    def _if_active(self, what: Callable[[], None]) -> None:
        with self.deployment.lock:
            if self.deployment.active:
                what()

    def _cancel(self) -> None:
        for appointment in self.deployment.appointments:
            appointment.cancel()
        self.deployment.appointments.clear()

    def _role(self) -> Credentials:
        deployment, arn = self.deployment, self.deployment.group.service_role_arn
        try:
            return credentials.for_role(
                arn, deployment.deployment_id, "codedeploy.amazonaws.com", source_arn=deployment.group_arn
            )
        except RoleError as error:
            raise DeploymentFailedError(
                "IAM_ROLE_MISSING", f"The deployment group's service role {arn} cannot be assumed: {error.message}"
            ) from error

    def _functions(self) -> Any:
        return log_stream.client("lambda", self._role())
