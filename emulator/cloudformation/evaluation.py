"""What a stack's expressions see: its resources, other stacks' exports, the parameter and secret stores."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from emulator import clients
from emulator.cloudformation import schemas
from emulator.cloudformation.dependencies import needs, order
from emulator.cloudformation.errors import validation_error
from emulator.cloudformation.intrinsics import KNOWN_AFTER_APPLY, Evaluator, text
from emulator.cloudformation.resource_type import Properties
from emulator.cloudformation.resource_types import is_custom
from emulator.cloudformation.stack import Output, Revision, Stack, Stacks
from emulator.cloudformation.template import Declaration
from emulator.cloudformation.wait_conditions import WAIT_CONDITION

_DYNAMIC = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}")


@dataclass(frozen=True)
class StackSurroundings:
    """What one stack's expressions can see.

    `unknown` are the resources whose values only the deployment will know. `imports` gathers the exports used.
    """

    stacks: Stacks
    stack: Stack
    unknown: frozenset[str] = frozenset()
    imports: set[str] = field(default_factory=set)

    def reference(self, logical_id: str) -> Any:
        """A resource's physical id."""
        if logical_id in self.unknown:
            return KNOWN_AFTER_APPLY
        resource = self.stack.resources.get(logical_id)
        if resource is None or not resource.physical_id:
            raise validation_error(f"Unresolved resource dependencies [{logical_id}] in the template")
        return resource.physical_id

    def attribute(self, logical_id: str, name: str) -> Any:
        """A resource's attribute, by its dotted name."""
        if logical_id in self.unknown:
            return KNOWN_AFTER_APPLY
        self.reference(logical_id)
        resource = self.stack.resources[logical_id]
        value: Any = resource.attributes
        if name in value:
            return value[name]
        for part in name.split("."):
            if not isinstance(value, dict) or part not in value:
                raise validation_error(
                    f"Template error: resource {logical_id} of type {resource.type} does not support attribute {name}"
                )
            value = value[part]
        return value

    def exported(self, name: str) -> Any:
        """Another stack's export."""
        for stack, output in self.stacks.exports(self.stack.region):
            if output.export == name and stack is not self.stack:
                self.imports.add(name)
                return output.value
        raise validation_error(f"No export named {name} found.")

    def stack_output(self, stack_name: str, output: str, region: str | None) -> Any:
        """Another stack's output."""
        other = self.stacks.find(stack_name, region or self.stack.region)
        for entry in other.outputs:
            if entry.key == output:
                return entry.value
        raise validation_error(f"Stack {stack_name} has no output {output}")

    def availability_zones(self, region: str) -> list[str]:
        """The names of a region's zones."""
        zones = clients.client("ec2", region).describe_availability_zones()["AvailabilityZones"]
        return [zone["ZoneName"] for zone in zones]

    def dynamic(self, value: str) -> str:
        """The text with its dynamic references resolved."""
        return _DYNAMIC.sub(lambda match: self._dynamic(match.group(1), match.group(2)), value)

    def _dynamic(self, service: str, reference: str) -> str:
        if KNOWN_AFTER_APPLY in reference:
            return KNOWN_AFTER_APPLY
        try:
            if service == "secretsmanager":
                return secret(reference, self.stack.region)
            return stored_parameter(reference, self.stack.region)
        except ClientError as error:
            raise validation_error(
                f"Could not resolve {{{{resolve:{service}:{reference}}}}}: {error.response['Error']['Message']}"
            ) from error


def stored_parameter(name: str, region: str) -> str:
    """The value of a parameter in Parameter Store, `name` or `name:version`."""
    value: str = clients.client("ssm", region).get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    return value


def secret(reference: str, region: str) -> str:
    """The value that `secret-id:SecretString:json-key:version-stage:version-id` names; all but the id may be empty."""
    parts = reference.split(":")
    length = 7 if parts[0] == "arn" else 1
    name, rest = ":".join(parts[:length]), [*parts[length:], "", "", "", ""]
    query = {"SecretId": name, "VersionStage": rest[2], "VersionId": rest[3]}
    found = clients.client("secretsmanager", region).get_secret_value(**{k: v for k, v in query.items() if v})
    value: str = found["SecretString"]
    if not rest[1]:
        return value
    entries = json.loads(value)
    if rest[1] not in entries:
        raise validation_error(f"Could not find a value associated with JSONKey in SecretString of {name}")
    return text(entries[rest[1]])


def evaluator(surroundings: StackSurroundings, revision: Revision) -> Evaluator:
    """An evaluator of a revision's template with its parameters and the pseudo parameters."""
    stack = surroundings.stack
    pseudo = {
        "AWS::AccountId": stack.account,
        "AWS::Region": stack.region,
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
        "AWS::StackId": stack.id,
        "AWS::StackName": stack.name,
        "AWS::NotificationARNs": list(revision.notification_arns),
    }
    return Evaluator(
        parameters={key: parameter.value for key, parameter in revision.parameters.items()} | pseudo,
        mappings=revision.template.section("Mappings"),
        conditions=revision.template.section("Conditions"),
        surroundings=surroundings,
    )


def active(evaluate: Evaluator, revision: Revision) -> dict[str, Declaration]:
    """The resources whose condition holds, each after those it needs."""
    chosen = {
        name: declaration
        for name, declaration in revision.template.resources.items()
        if declaration.condition is None or evaluate.condition(declaration.condition)
    }
    # A wait condition stands still until others, which need not depend on it, have signaled.
    waiting = [name for name, entry in chosen.items() if entry.type == WAIT_CONDITION]
    graph = {name: needs(entry, chosen) for name, entry in chosen.items()}
    return {name: chosen[name] for name in order(graph, waiting)}


def properties(evaluate: Evaluator, revision: Revision, declaration: Declaration) -> Properties:
    """A resource's properties, the stack's tags among them where its type takes tags.

    Raises:
        ApiError: a value cannot be evaluated.
    """
    evaluated: Properties = evaluate.resolve(dict(declaration.properties))
    schema = None if is_custom(declaration.type) else schemas.find(declaration.type)
    return schema.tagged(evaluated, revision.tags) if schema else evaluated


def outputs(evaluate: Evaluator, revision: Revision) -> list[Output]:
    """The outputs whose condition holds.

    Raises:
        ApiError: a value cannot be evaluated.
    """
    return [
        Output(
            key=key,
            value=text(evaluate.resolve(facts["Value"])),
            description=facts.get("Description"),
            export=text(evaluate.resolve(facts["Export"]["Name"])) if "Export" in facts else None,
        )
        for key, facts in revision.template.section("Outputs").items()
        if "Condition" not in facts or evaluate.condition(facts["Condition"])
    ]


def check_rules(evaluate: Evaluator, revision: Revision) -> None:
    """See that the template's rules hold.

    Raises:
        ApiError: an assertion does not hold; the text is the assertion's own.
    """
    for name, rule in revision.template.section("Rules").items():
        if "RuleCondition" in rule and not _rule(evaluate, rule["RuleCondition"]):
            continue
        for assertion in rule["Assertions"]:
            if not _rule(evaluate, assertion["Assert"]):
                described = assertion.get("AssertDescription", "assertion failed")
                raise validation_error(f"Template error: Rule {name}: {described}")


def _rule(evaluate: Evaluator, value: Any) -> bool:
    """A condition in which Fn::Contains may be used too, as rules allow."""
    (name, argument), *_ = value.items()
    if name == "Fn::Contains":
        entries, wanted = map(evaluate.resolve, argument)
        return wanted in entries
    if name == "Fn::Not":
        return not _rule(evaluate, argument[0])
    if name in {"Fn::And", "Fn::Or"}:
        parts: Iterable[bool] = (_rule(evaluate, entry) for entry in argument)
        return all(parts) if name == "Fn::And" else any(parts)
    return evaluate.condition(value)
