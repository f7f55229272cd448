"""States that fail in the interpreter without a name, under the names that AWS gives their failures."""

from __future__ import annotations

from typing import Any

from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringIntrinsicFunction
from moto.stepfunctions.parser.asl.component.state.choice.state_choice import StateChoice
from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError

from emulator.replacements import Replacement
from emulator.services.stepfunctions import failures

_choose: Any = StateChoice._eval_state
_call: Any = StringIntrinsicFunction._eval_body


def _choice(self: Any, env: Any) -> None:
    try:
        _choose(self, env)
    except RuntimeError as error:
        if self.default_state is not None:
            raise
        entered = env.event_history_context.source_event_id
        cause = (
            f"An error occurred while executing the state '{self.name}' (entered at the event id #{entered}). "
            "Failed to transition out of the state. The state does not point to a next state."
        )
        raise failures.execution_failed(env, failures.NO_CHOICE_MATCHED, cause) from error


def _intrinsic(self: Any, env: Any) -> None:
    try:
        _call(self, env)
    except (FailureEventException, NoSuchJsonPathError):
        raise
    except Exception as error:
        cause = f"The function '{self.intrinsic_function_derivation}' had the following error: {error}"
        raise failures.intrinsic_failed(env, cause) from error


class _InheritedErrorName(ErrorName):
    """The name of an error of a state within, which may be one of the states' own: the outer state fails by it."""


_NESTED = "moto.stepfunctions.parser.asl.component.state.exec"

REPLACEMENTS = (
    *(
        Replacement(
            target=f"{_NESTED}.{module}:{CustomErrorName.__name__}",
            function=_InheritedErrorName,
            reason="moto fails at the name of an error where a state of a Map or a Parallel fails by States.TaskFailed",
            fingerprint="40a96f8ab369",
        )
        for module in ("state_map.iteration.iteration_worker", "state_parallel.branches_decl")
    ),
    Replacement(
        target="moto.stepfunctions.parser.asl.component.state.choice.state_choice:StateChoice._eval_state",
        function=_choice,
        reason="moto has no name for a choice that does not match",
        fingerprint="47c01743c893",
    ),
    Replacement(
        target=(
            "moto.stepfunctions.parser.asl.component.common.string.string_expression:StringIntrinsicFunction._eval_body"
        ),
        function=_intrinsic,
        reason="moto has no name for the failure of an intrinsic function",
        fingerprint="be8691229e2d",
    ),
)
