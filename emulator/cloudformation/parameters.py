"""Parameters: what the caller gave, what the stack had, what the template says of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cloudformation.errors import validation_error
from emulator.cloudformation.template_format import check_parameter

_SSM_VALUE = re.compile(r"AWS::SSM::Parameter::Value<(.+)>$")
_MASK = "****"


@dataclass(frozen=True)
class Parameter:
    """One parameter of one deployment: the text given for it, and the value that Ref gives."""

    key: str
    text: str
    value: Any
    no_echo: bool
    from_parameter_store: bool

    def description(self) -> dict[str, Any]:
        """As the API shows it."""
        shown: dict[str, Any] = {"ParameterKey": self.key, "ParameterValue": _MASK if self.no_echo else self.text}
        if self.from_parameter_store:
            shown["ResolvedValue"] = self.value if isinstance(self.value, str) else ",".join(self.value)
        return shown


def resolve(
    declared: Mapping[str, Mapping[str, Any]],
    given: list[dict[str, Any]],
    previous: Mapping[str, Parameter],
    parameter_store: Callable[[str], str],
) -> dict[str, Parameter]:
    """Every parameter that a template declares, with its value.

    Raises:
        ApiError: a value is missing, not declared or breaks a constraint.
    """
    for key, facts in declared.items():
        check_parameter(key, facts)
    texts = {entry["ParameterKey"]: entry.get("ParameterValue", "") for entry in given}
    kept = {entry["ParameterKey"] for entry in given if entry.get("UsePreviousValue")}
    unknown = [key for key in texts if key not in declared]
    if unknown:
        raise validation_error(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    for key in kept:
        if key not in previous:
            raise validation_error(f"Invalid value for UsePreviousValue: parameter {key} has no previous value")
        texts[key] = previous[key].text
    missing = [key for key, facts in declared.items() if key not in texts and "Default" not in facts]
    if missing:
        raise validation_error(f"Parameters: [{', '.join(missing)}] must have values")
    return {
        key: _parameter(key, facts, _text(texts[key] if key in texts else facts["Default"]), parameter_store)
        for key, facts in declared.items()
    }


def _parameter(key: str, facts: Mapping[str, Any], text: str, parameter_store: Callable[[str], str]) -> Parameter:
    _check(key, facts, text)
    no_echo = _text(facts.get("NoEcho", False)) == "true"
    stored = _SSM_VALUE.match(facts["Type"])
    if stored:
        return Parameter(key, text, typed(stored.group(1), parameter_store(text)), no_echo, True)
    return Parameter(key, text, typed(facts["Type"], text), no_echo, False)


def typed(kind: str, text: str) -> Any:
    """The value that Ref gives for a parameter of a type: text, or a list of it."""
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [part.strip() for part in text.split(",")]
    return text


def _check(key: str, facts: Mapping[str, Any], text: str) -> None:
    allowed = [_text(value) for value in facts.get("AllowedValues", [])]
    entries = typed(facts["Type"], text) if facts["Type"].startswith(("Comma", "List<")) else [text]
    if allowed and any(entry not in allowed for entry in entries):
        raise validation_error(f"Parameter '{key}' must be one of AllowedValues")
    pattern = facts.get("AllowedPattern")
    if pattern and not all(re.fullmatch(pattern, entry) for entry in entries):
        explained = facts.get("ConstraintDescription")
        raise validation_error(
            f"Parameter {key} failed to satisfy constraint: {explained}"
            if explained
            else f"Parameter '{key}' must match pattern {pattern}"
        )
    if len(text) < int(facts.get("MinLength", 0)):
        raise validation_error(f"Parameter '{key}' must contain at least {facts['MinLength']} characters")
    if "MaxLength" in facts and len(text) > int(facts["MaxLength"]):
        raise validation_error(f"Parameter '{key}' must contain at most {facts['MaxLength']} characters")
    if facts["Type"] in {"Number", "List<Number>"}:
        for entry in entries:
            _check_number(key, facts, entry)


def _check_number(key: str, facts: Mapping[str, Any], text: str) -> None:
    try:
        number = float(text)
    except ValueError as error:
        raise validation_error(f"Parameter '{key}' must be a number.") from error
    if "MinValue" in facts and number < float(facts["MinValue"]):
        raise validation_error(f"Parameter '{key}' must be a number not less than {facts['MinValue']}")
    if "MaxValue" in facts and number > float(facts["MaxValue"]):
        raise validation_error(f"Parameter '{key}' must be a number not greater than {facts['MaxValue']}")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
