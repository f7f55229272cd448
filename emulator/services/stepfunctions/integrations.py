"""Task states: optimized and AWS SDK integrations, with `.sync` for the jobs of `jobs.py`."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import HeartbeatTimeoutError

from emulator.identity.credentials import RoleError
from emulator.services.stepfunctions import calls, failures, optimized
from emulator.services.stepfunctions.jobs import JOBS, Job, at
from emulator.services.stepfunctions.optimized import SYNC, SYNC_2, WAIT

_POLL_SECONDS = 0.2
_LOG = logging.getLogger(__name__)


class StoppedError(Exception):
    """The execution was stopped, or the state timed out, while its job ran."""


class Integration(StateTaskServiceCallback):
    """A task state that calls a service. What it calls is checked when the machine is created."""

    def __init__(self) -> None:
        super().__init__(supported_integration_patterns=set())

    @property
    def is_sdk(self) -> bool:
        """Whether this is an AWS SDK integration."""
        return bool(self.resource.service_name == "aws-sdk")

    @property
    def boto_service(self) -> str:
        """Boto's name of the service that is called."""
        name = self.resource.api_name
        return (
            str(optimized.sdk_service(name)) if self.is_sdk else optimized.OPTIMIZED[self.resource.service_name].service
        )

    def _get_sfn_resource_type(self) -> str:
        return f"aws-sdk:{self.resource.api_name}" if self.is_sdk else str(self.resource.service_name)

    def _validate_service_integration_is_supported(self) -> None:
        arn, action = self.resource.resource_arn, self.resource.api_action
        if self.is_sdk:
            service = optimized.sdk_service(self.resource.api_name)
            patterns: tuple[str, ...] = (WAIT,)
        else:
            known = optimized.OPTIMIZED.get(self.resource.service_name)
            service = known.service if known and action in known.patterns else None
            patterns = known.patterns.get(action, ()) if known else ()
        condition: Any = self.resource.condition
        if service is None or calls.operation_model(service, action) is None or condition not in (None, *patterns):
            raise ValueError(f"The resource {arn} is not supported by this emulator's Step Functions")
        if self.credentials is not None:
            raise ValueError("The field Credentials is not supported by this emulator's Step Functions")
        if condition is not None:
            self._supported_integration_patterns.add(condition)

    def _eval_state_credentials(self, env: Any) -> Any:
        return calls.principal_of(env)

    def _eval_service_task(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: dict[str, Any], state_credentials: Any
    ) -> None:
        client = calls.client_of_role(resource_runtime_part.region, self.boto_service, state_credentials)
        env.stack.append(self._call(client, self.resource.api_action, normalised_parameters))

    def _call(self, client: Any, action: str, parameters: dict[str, Any]) -> dict[str, Any]:
        operation = calls.operation_model(self.boto_service, action)
        if operation is None:
            raise ValueError(f"{self.boto_service} has no operation {action}")
        response = calls.call(client, operation, parameters)
        shown: dict[str, Any] = calls.from_response(response, operation.output_shape, iso_times=self.is_sdk)
        return shown

    def _after_eval_execution(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: dict[str, Any], state_credentials: Any
    ) -> None:
        if self.resource.condition not in (SYNC, SYNC_2):
            super()._after_eval_execution(env, resource_runtime_part, normalised_parameters, state_credentials)
            return
        started = env.stack.pop()
        submitted: Any = {
            "taskSubmittedEventDetails": {
                "resource": self._get_sfn_resource(),
                "resourceType": self._get_sfn_resource_type(),
                "output": json.dumps(started),
                "outputDetails": {"truncated": False},
            }
        }
        env.event_manager.add_event(
            context=env.event_history_context, event_type=HistoryEventType.TaskSubmitted, event_details=submitted
        )
        client = calls.client_of_role(resource_runtime_part.region, self.boto_service, state_credentials)
        env.stack.append(self._follow(env, client, normalised_parameters, started))
        StateTaskService._after_eval_execution(
            self, env, resource_runtime_part, normalised_parameters, state_credentials
        )

    def _follow(self, env: Any, client: Any, request: dict[str, Any], started: dict[str, Any]) -> Any:
        """Wait for the job and give its description; stop it when the execution is stopped or the state times out."""
        job = JOBS[self.resource.service_name, self.resource.api_action]
        identity = job.identify(request, started)
        while env.is_running():
            description = self._call(client, job.describe, identity)
            state = at(description, job.state)
            if state in job.succeeded or state in job.failed:
                return self._outcome(env, job, state, at(description, job.result))
            time.sleep(_POLL_SECONDS)
        try:
            self._call(client, job.stop, job.stop_parameters(request, started))
        except (ClientError, BotoCoreError) as error:  # as in AWS, stopping the job is the best effort
            _LOG.warning("%s could not be stopped: %s", self.resource.resource_arn, error)
        raise StoppedError

    def _outcome(self, env: Any, job: Job, state: str, result: dict[str, Any]) -> dict[str, Any]:
        if self.resource.condition == SYNC_2:
            result = {
                key: json.loads(value) if key in ("Input", "Output") and isinstance(value, str) else value
                for key, value in result.items()
            }
        if state in job.failed:
            raise FailureEventException(self._failure(env, failures.TASK_FAILED, json.dumps(result)))
        return result

    def _evaluate_with_timeout(self, env: Any) -> None:
        try:
            super()._evaluate_with_timeout(env)
        except Exception:
            # What fails after the execution was stopped is neither reported, retried nor caught.
            if env.is_running():
                raise

    def _failure(self, env: Any, error: str, cause: str) -> FailureEvent:
        details: Any = {
            "taskFailedEventDetails": {
                "resource": self._get_sfn_resource(),
                "resourceType": self._get_sfn_resource_type(),
                "error": error,
                "cause": cause,
            }
        }
        return FailureEvent(
            env=env,
            error_name=failures.error_name(error),
            event_type=HistoryEventType.TaskFailed,
            event_details=details,
        )

    def _timed_out(self, env: Any, error: str) -> FailureEvent:
        details: Any = {
            "taskTimedOutEventDetails": {
                "resource": self._get_sfn_resource(),
                "resourceType": self._get_sfn_resource_type(),
                "error": error,
            }
        }
        return FailureEvent(
            env=env,
            error_name=failures.error_name(error),
            event_type=HistoryEventType.TaskTimedOut,
            event_details=details,
        )

    def _from_error(self, env: Any, ex: Exception) -> FailureEvent:
        if isinstance(ex, ClientError):
            return self._failure(env, *self._error_of_client(ex))
        if isinstance(ex, HeartbeatTimeoutError):
            return self._timed_out(env, failures.HEARTBEAT_TIMEOUT)
        if isinstance(ex, (BotoCoreError, RoleError)):
            return self._failure(env, failures.RUNTIME, str(ex))
        return super()._from_error(env=env, ex=ex)

    def _error_of_client(self, error: ClientError) -> tuple[str, str]:
        metadata, modeled = error.response["ResponseMetadata"], calls.modeled_error(error, self.boto_service)
        status, request, message = metadata["HTTPStatusCode"], metadata.get("RequestId"), calls.message_of(error)
        if self.is_sdk:
            prefix = optimized.sdk_error_prefix(self.boto_service)
            cause = f"{message} (Service: {prefix}, Status Code: {status}, Request ID: {request})"
            return f"{prefix}.{modeled or f'{prefix}Exception'}", cause
        known = optimized.OPTIMIZED[self.resource.service_name]
        cause = (
            f"{message} (Service: {known.unmodeled.removesuffix('Exception')}; Status Code: {status}; "
            f"Error Code: {error.response['Error']['Code']}; Request ID: {request}; Proxy: null)"
        )
        return f"{known.prefix}.{modeled or known.unmodeled}", cause
