"""One synthesis for all: every template of the local environment, and what the validators said of it."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

# Read by the CDK's kernel when it starts, so before anything imports it.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")

import aws_cdk as cdk
import cdk_nag

import app
from crispstack.cli import node
from stacks import packages
from stacks.packages import Target


@dataclasses.dataclass(frozen=True)
class Resource:
    """A resource of a template."""

    stack: str
    logical_id: str
    type: str
    properties: Mapping[str, Any]
    body: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.stack}.{self.logical_id}"


@dataclasses.dataclass(frozen=True)
class Finding:
    """What a validator holds against a construct."""

    validator: str
    rule: str
    path: str


@dataclasses.dataclass(frozen=True)
class Synthesis:
    """The templates of an environment, by stack name, and the validators' findings."""

    templates: Mapping[str, Mapping[str, Any]]
    findings: tuple[Finding, ...] = ()

    def resources(self, *types: str) -> list[Resource]:
        """All resources, or those of the types."""
        return [
            Resource(stack, logical_id, body["Type"], body.get("Properties", {}), body)
            for stack, template in self.templates.items()
            for logical_id, body in template.get("Resources", {}).items()
            if not types or body["Type"] in types
        ]


def readable(value: Any) -> str:
    """A property as text, with what it refers to by name."""
    if isinstance(value, str):
        return value
    [(intrinsic, argument)] = value.items()
    if intrinsic == "Fn::Join":
        return str(argument[0]).join(readable(part) for part in argument[1])
    return f"<{argument if isinstance(argument, str) else '.'.join(argument)}>"


def findings_of(assembly: Path) -> tuple[Finding, ...]:
    """What stands in the assembly's validation report."""
    report = json.loads((assembly / "validation-report.json").read_text())
    return tuple(
        Finding(plugin["pluginName"], violation["ruleName"], construct.get("constructPath", ""))
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    )


def _list_instead_of_installing(requirements: list[str], folder: Path, target: Target) -> None:
    folder.mkdir()
    (folder / "requirements.txt").write_text("\n".join((repr(target), *requirements)))


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Synthesis]:
    """Synthesizes an environment's templates; its packages list their wheels and hold none, so no network is needed."""
    os.environ.setdefault("JSII_NODE", str(node.node()))

    def synthesize_environment(name: str) -> Synthesis:
        output = tmp_path_factory.mktemp(name)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(packages, "BUILD", tmp_path_factory.mktemp("packages"))
            patch.setattr(packages, "_install", _list_instead_of_installing)
            patch.setattr(platform, "machine", lambda: "x86_64")
            application = app.build(
                {"environment": name, "@aws-cdk/core:failSynthOnValidationErrors": False}, output=output
            )
        cdk.Validations.of(application).add_plugins(cdk_nag.AwsSolutionsChecks(application))
        assembly = application.synth()
        return Synthesis({stack.stack_name: stack.template for stack in assembly.stacks}, findings_of(output))

    return synthesize_environment


@pytest.fixture(scope="session")
def local(synthesize: Callable[[str], Synthesis]) -> Synthesis:
    """The local environment's templates."""
    return synthesize("local")
