"""The JSONata query language: expressions evaluated over the execution's own values, as values."""

from __future__ import annotations

import hashlib
import json
import random
import uuid
from collections.abc import Mapping
from typing import Any, cast

from jsonata import Jsonata
from jsonata.jexception import JException
from jsonata.utils import Utils
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.intrinsic import jsonata as intrinsic

from emulator.replacements import Replacement

_PARTITION = "$partition"
_RANGE = "$range"


class EvaluationError(Exception):
    """The expression is wrong, or gives nothing or something that is not JSON."""


def _hash(value: Any, algorithm: str) -> str:
    names = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
    if algorithm not in names:
        raise EvaluationError(f"$hash: {algorithm} is none of {', '.join(names)}")
    text = value if isinstance(value, str) else json.dumps(_from_jsonata(value), separators=(",", ":"))
    return hashlib.new(names[algorithm], text.encode()).hexdigest()


def _parse(text: str) -> Any:
    try:
        return _to_jsonata(json.loads(text))
    except ValueError as error:
        raise EvaluationError(f"$parse: not JSON ({error})") from error


def _eval(*_: Any) -> Any:
    raise EvaluationError("the function $eval is not supported; use $parse for JSON")


_FUNCTIONS: Mapping[str, Any] = {
    "hash": _hash,
    "parse": _parse,
    "uuid": lambda: str(uuid.uuid4()),
    "eval": _eval,
}


def evaluate(expression: str, variables: Mapping[str, Any]) -> Any:
    """The value of a JSONata expression.

    Args:
        expression: without the delimiters ``{%`` and ``%}``.
        variables: by name, without the dollar sign; plain JSON values.

    Raises:
        EvaluationError: the expression cannot be parsed or evaluated, or its value is undefined or a function.
    """
    # The parentheses make declarations and the expression one block.
    declared = "".join(
        intrinsic.get_intrinsic_functions_declarations({name}) for name in (_PARTITION, _RANGE) if name in expression
    )
    bindings = {name: _to_jsonata(value) for name, value in variables.items()}
    try:
        result = _run(f"({declared}{expression})", bindings)
        if result is None and not _run(f"({declared}$exists({expression}))", bindings):
            raise EvaluationError("returned nothing (undefined)")
    except JException as error:
        raise EvaluationError(f"threw an error during evaluation: {error}") from error
    if callable(result) or type(result).__name__ in {"JNativeFunction", "JLambda"}:
        raise EvaluationError("returned an unsupported result type")
    return _from_jsonata(result)


def _run(expression: str, bindings: Mapping[str, Any]) -> Any:
    compiled = Jsonata(expression)
    for name, function in _FUNCTIONS.items():
        compiled.register_lambda(name, function)
    compiled.register_lambda("random", lambda seed=None: random.Random(seed).random())  # noqa: S311 (AWS's is no better)
    return compiled.evaluate(None, bindings)


def _to_jsonata(value: Any) -> Any:
    # The library takes None for "undefined" and has a value of its own for JSON's null.
    if value is None:
        return Utils.NULL_VALUE
    if isinstance(value, dict):
        return {key: _to_jsonata(item) for key, item in value.items()}
    return [_to_jsonata(item) for item in value] if isinstance(value, list) else value


def _from_jsonata(value: Any) -> Any:
    if value is Utils.NULL_VALUE:
        return None
    if isinstance(value, Mapping):
        return {str(key): _from_jsonata(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, range)):
        return [_from_jsonata(item) for item in value]
    return value


def variables_of(env: Any, *, states: bool) -> dict[str, Any]:
    """What an expression may name: the assigned variables and, in JSONata states, `$states`."""
    store = env.variable_store
    found = {**store._outer_scope, **store._inner_scope}
    if states:
        data = env.states._states_data
        # A result and an error exist only once there is one: before, naming them is an error.
        present = {key: value for key, value in data.items() if key in ("input", "context") or value is not None}
        found["states"] = json.loads(json.dumps(present, default=_iso))
    return found


def _iso(value: Any) -> str:
    return str(value.isoformat(timespec="milliseconds")).replace("+00:00", "Z")


def _evaluate_onto_stack(self: Any, env: Any, *, states: bool) -> None:
    try:
        env.stack.append(evaluate(self.expression, variables_of(env, states=states)))
    except EvaluationError as error:
        name = StatesErrorName(typ=StatesErrorNameType.StatesQueryEvaluationError)
        cause = f"The JSONata expression '{self.expression}' {error}."
        details: Any = {"error": name.error_name, "cause": cause, "state": env.next_state_name}
        raise FailureEventException(
            FailureEvent(
                env=env,
                error_name=name,
                event_type=HistoryEventType.EvaluationFailed,
                event_details=cast(Any, {"evaluationFailedEventDetails": details}),
            )
        ) from error


def _eval_expression(self: Any, env: Any) -> None:
    _evaluate_onto_stack(self, env, states=True)


def _eval_variable(self: Any, env: Any) -> None:
    _evaluate_onto_stack(self, env, states=self.query_language_mode.name == "JSONata")


_STRINGS = "moto.stepfunctions.parser.asl.component.common.string.string_expression"

REPLACEMENTS = (
    Replacement(
        target=f"{_STRINGS}:StringJSONata._eval_body",
        function=_eval_expression,
        reason="moto's evaluator needs a Java machine that is not there, and pastes values into the expression",
        fingerprint="277b6f413214",
    ),
    Replacement(
        target=f"{_STRINGS}:StringVariableSample._eval_body",
        function=_eval_variable,
        reason="same evaluator; text with a quote in it would break the expression",
        fingerprint="4aa01e616a98",
    ),
)
