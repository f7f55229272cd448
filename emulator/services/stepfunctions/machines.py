"""State machines: what is checked when one is created or changed."""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import AWSError
from moto.stepfunctions.exceptions import StateMachineDoesNotExist
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser, ASLParserException
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from emulator.replacements import Replacement
from emulator.services.stepfunctions import arguments, execution_log, managed_rules, transitions
from emulator.services.stepfunctions.transitions import TransitionError

_create = StepFunctionsParserBackend.create_state_machine
_update = StepFunctionsParserBackend.update_state_machine


class InvalidDefinitionError(AWSError):
    """The definition cannot be read, or uses what is not supported."""

    TYPE = "InvalidDefinition"
    STATUS = 400


class InvalidLoggingConfigurationError(AWSError):
    """The machine's executions could not be logged."""

    TYPE = "InvalidLoggingConfiguration"
    STATUS = 400


class StateMachineAlreadyExistsError(AWSError):
    """A machine of this name has another definition or configuration."""

    TYPE = "StateMachineAlreadyExists"
    STATUS = 400


def validate_definition(definition: str, kind: str = "STANDARD", *, whole: bool = True) -> None:
    """Read the definition as an execution would.

    Args:
        definition: in the states language.
        kind: of the machine, "STANDARD" or "EXPRESS".
        whole: whether it is a machine's, and not of a state that is tried alone.

    Raises:
        InvalidDefinitionError: naming what is wrong.
    """
    try:
        AmazonStateLanguageParser.parse(definition)
        arguments.check(json.loads(definition), express=kind == "EXPRESS")
        if whole:
            transitions.check(json.loads(definition))
    except TransitionError as error:
        raise InvalidDefinitionError(f"Invalid State Machine Definition: '{error}'") from error
    except Exception as error:  # the parser reports what a state refuses by whatever it raised
        reason = repr(error) if isinstance(error, ASLParserException) else str(error)
        raise InvalidDefinitionError(
            f"Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: {reason}'"
        ) from error


def _check_logging(configuration: dict[str, Any] | None) -> None:
    try:
        execution_log.destination_of(configuration)
    except execution_log.LoggingConfigurationError as error:
        raise InvalidLoggingConfigurationError(f"Invalid Logging Configuration: {error}") from error


def _create_state_machine(self: Any, name: str, definition: str, **options: Any) -> Any:
    _check_logging(options.get("loggingConfiguration"))
    if options.get("sm_type") == "EXPRESS":
        validate_definition(definition, "EXPRESS")
    arn = f"arn:{self.partition}:states:{self.region_name}:{self.account_id}:stateMachine:{name}"
    try:
        existing = self.describe_state_machine(arn)
    except StateMachineDoesNotExist:
        _check_rules(definition, options.get("roleArn"), arn)
        machine = _create(self, name=name, definition=definition, **options)
        machine.sm_type = machine.type
        return machine
    same = existing.definition == definition and existing.type == (options.get("sm_type") or "STANDARD")
    for field in ("loggingConfiguration", "tracingConfiguration", "encryptionConfiguration"):
        same = same and options.get(field) in (None, getattr(existing, field))
    if not same:
        raise StateMachineAlreadyExistsError(f"State Machine Already Exists: '{arn}'")
    return existing


def _update_state_machine(self: Any, arn: str, **options: Any) -> Any:
    _check_logging(options.get("logging_configuration"))
    if options.get("definition") and self.describe_state_machine(arn).type == "EXPRESS":
        validate_definition(options["definition"], "EXPRESS")
    existing = self.describe_state_machine(arn)
    _check_rules(options.get("definition") or existing.definition, options.get("role_arn") or existing.roleArn, arn)
    return _update(self, arn, **options)


def _check_rules(definition: str, role_arn: str | None, machine_arn: str) -> None:
    """What `.sync` needs, of a definition that can be read."""
    if ".sync" in definition and role_arn:
        validate_definition(definition)
        managed_rules.check(definition, role_arn, machine_arn)


def _visit_state_machine(self: Any, ctx: Any) -> Any:
    self._query_language_per_scope = []
    return self.visit(ctx.program_decl())


_BACKEND = "moto.stepfunctions.parser.models:StepFunctionsParserBackend"

REPLACEMENTS = (
    Replacement(
        target="moto.stepfunctions.parser.asl.parse.preprocessor:Preprocessor.visitState_machine",
        function=_visit_state_machine,
        reason="moto's readers share one stack of query languages: one that fails spoils the next",
        fingerprint="eb197a6066e6",
    ),
    Replacement(
        target=f"{_BACKEND}._validate_definition",
        function=staticmethod(validate_definition),
        reason="moto's message repeats the whole definition and hides what is wrong with it",
        fingerprint="a5921e3d3b46",
    ),
    Replacement(
        target=f"{_BACKEND}.create_state_machine",
        function=_create_state_machine,
        reason="moto answers with an existing machine even where it differs, and takes any logging configuration",
        fingerprint="dc56ec54216f",
    ),
    Replacement(
        target=f"{_BACKEND}.update_state_machine",
        function=_update_state_machine,
        reason="moto takes any logging configuration",
        fingerprint="03b6b2ec8ffd",
    ),
)
