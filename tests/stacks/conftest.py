"""One synthesis for all: every template of the local environment, and of one that retains and protects."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

import pytest

# Read by the CDK's kernel when it starts, so before anything imports it.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
os.environ["CDK_VALIDATION"] = "false"

from aws_cdk.cx_api import CloudAssembly

import app
from crispstack.cli import node


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
class Synthesis:
    """The templates of an environment, by stack name."""

    templates: Mapping[str, Mapping[str, Any]]

    def resources(self, *types: str) -> list[Resource]:
        """All resources, or those of the types."""
        return [
            Resource(stack, logical_id, body["Type"], body.get("Properties", {}), body)
            for stack, template in self.templates.items()
            for logical_id, body in template.get("Resources", {}).items()
            if not types or body["Type"] in types
        ]


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Synthesizes an environment's templates."""
    os.environ.setdefault("JSII_NODE", str(node.node()))

    def synthesize_environment(name: str) -> Synthesis:
        application = app.build({"environment": name}, output=tmp_path_factory.mktemp(name))
        assembly: CloudAssembly = application.synth()
        return Synthesis({stack.stack_name: stack.template for stack in assembly.stacks})

    return synthesize_environment


@pytest.fixture(scope="session")
def local(synthesize: Any) -> Synthesis:
    """The local environment's templates."""
    return synthesize("local")
