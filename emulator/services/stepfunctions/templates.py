"""Payload templates of fields that moto's grammar does not have, evaluated by its interpreter all the same."""

from __future__ import annotations

import json
from typing import Any

from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

JSONATA, JSONPATH = "JSONata", "JSONPath"
_MEMBER = "value"
_parse = AmazonStateLanguageParser.parse


class Template:
    """A JSON value with expressions in it: ``{% … %}`` in JSONata, keys that end in ``.$`` in JSONPath."""

    def __init__(self, value: Any, language: str) -> None:
        """Read the template.

        Raises:
            ValueError: an expression in it cannot be read.
        """
        self._component: EvalComponent | None = None
        self._value = value
        if _has_expressions(value, language):
            self._component = _component(value, language)

    def evaluate(self, env: Any) -> Any:
        """The value in an execution's environment.

        Raises:
            FailureEventException: an expression cannot be evaluated.
            NoSuchJsonPathError: a path names nothing.
        """
        if self._component is None:
            return self._value
        env.stack.append(env.states.get_input())  # what paths start from
        self._component.eval(env)
        found = env.stack.pop()[_MEMBER]
        env.stack.pop()
        return found


def _has_expressions(value: Any, language: str) -> bool:
    if isinstance(value, dict):
        paths = language == JSONPATH and any(key.endswith(".$") for key in value)
        return paths or any(_has_expressions(item, language) for item in value.values())
    if isinstance(value, list):
        return any(_has_expressions(item, language) for item in value)
    return language == JSONATA and isinstance(value, str) and value.startswith("{%")


def _component(value: Any, language: str) -> EvalComponent:
    """The interpreter's component: that of a Pass state which would give this value."""
    field = "Output" if language == JSONATA else "Parameters"
    state = {"Type": "Pass", field: {_MEMBER: value}, "End": True}
    text = json.dumps({"QueryLanguage": language, "StartAt": "T", "States": {"T": state}})
    program: Any = _parse(text)[0]
    made = program.states.states["T"]
    found: EvalComponent = (
        made.output.jsonata_template_value if language == JSONATA else made.parameters.template_eval_component
    )
    return found
