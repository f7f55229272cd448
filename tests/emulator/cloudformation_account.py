"""CloudFormation in memory: the service over types whose backend can be told to refuse, forget or hold on."""

from __future__ import annotations

import json
import time
from typing import Any

from emulator.cloudformation.custom_resources import CustomResources
from emulator.cloudformation.resource_type import (
    Context,
    Properties,
    ResourceError,
    ResourceNotFoundError,
    ResourceType,
)
from emulator.cloudformation.resource_types import ResourceTypes
from emulator.cloudformation.service import CloudFormation

QUEUE, PARAMETER, REPOSITORY = "AWS::SQS::Queue", "AWS::SSM::Parameter", "AWS::ECR::Repository"


class Backend:
    """A service that keeps what it is told, unless a property tells it otherwise."""

    def __init__(self) -> None:
        self.kept: dict[str, Properties] = {}
        self.calls: list[tuple[str, str]] = []
        self.held: set[str] = set()

    def type(self, name: str, naming: str) -> ResourceType:
        def create(context: Context, properties: Properties) -> str:
            physical_id = properties.get(naming, context.generated_name)
            if physical_id in self.kept:
                raise ResourceError(f"{physical_id} already exists")
            self._keep("create", physical_id, properties)
            return str(physical_id)

        def update(_context: Context, physical_id: str, _before: Properties, after: Properties) -> None:
            self._keep("update", physical_id, after)

        def read(_context: Context, physical_id: str, _properties: Properties) -> Properties:
            return self._found(physical_id)

        def delete(_context: Context, physical_id: str, _properties: Properties) -> None:
            self._found(physical_id)
            if physical_id in self.held:
                raise ResourceError(f"{physical_id} is not empty")
            self.calls.append(("delete", physical_id))
            del self.kept[physical_id]

        return ResourceType(
            name=name,
            create=create,
            read=read,
            delete=delete,
            update=update,
            attributes=lambda _context, physical_id, _properties: {"Arn": f"arn:{physical_id}"},
            recorded={"Description": "nobody reads it", "Tags.team": "teams bear no cost"} if name == PARAMETER else {},
        )

    def _found(self, physical_id: str) -> Properties:
        if physical_id not in self.kept:
            raise ResourceNotFoundError(physical_id)
        return self.kept[physical_id]

    def _keep(self, call: str, physical_id: str, properties: Properties) -> None:
        self.calls.append((call, physical_id))
        if properties.get("Value") == "refused":
            raise ResourceError("the value is refused")
        forgotten = {"DelaySeconds"} if properties.get("DelaySeconds") == 13 else set()
        self.kept[physical_id] = {key: value for key, value in properties.items() if key not in forgotten}


class Account:
    """The service under test, called as boto3 would."""

    def __init__(self) -> None:
        self.backend = Backend()
        naming = {QUEUE: "QueueName", PARAMETER: "Name", REPOSITORY: "RepositoryName"}
        types = {name: self.backend.type(name, key) for name, key in naming.items()}
        self.service = CloudFormation(ResourceTypes(types, CustomResources()), "123456789012")

    def __call__(self, operation: str, **arguments: Any) -> dict[str, Any]:
        return self.service.call(operation, arguments, "us-east-1")

    def settled(self, name: str) -> str:
        """The stack's status once nothing is in progress."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            stack = next(s for s in self.service.stacks.in_region("us-east-1") if name in (s.id, s.name))
            if not stack.busy:
                return stack.status
            time.sleep(0.005)
        raise AssertionError(f"{name} is still {stack.status}")

    def create(self, name: str, template: dict[str, Any], **arguments: Any) -> str:
        self("CreateStack", StackName=name, TemplateBody=json.dumps(template), **arguments)
        return self.settled(name)

    def update(self, name: str, template: dict[str, Any], **arguments: Any) -> str:
        self("UpdateStack", StackName=name, TemplateBody=json.dumps(template), **arguments)
        return self.settled(name)

    def delete(self, name: str, **arguments: Any) -> str:
        stack_id = self("DescribeStacks", StackName=name)["Stacks"][0]["StackId"]
        self("DeleteStack", StackName=name, **arguments)
        return self.settled(stack_id)

    def events(self, name: str) -> list[tuple[str, str]]:
        found = self("DescribeStackEvents", StackName=name)["StackEvents"][::-1]
        return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in found]

    def reasons(self, name: str, status: str) -> list[str]:
        found = self("DescribeStackEvents", StackName=name)["StackEvents"]
        return [event.get("ResourceStatusReason", "") for event in found if event["ResourceStatus"] == status]

    def outputs(self, name: str) -> dict[str, str]:
        (stack,) = self("DescribeStacks", StackName=name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def queue(name: str | None = None, **properties: Any) -> dict[str, Any]:
    return {"Type": QUEUE, "Properties": {**({"QueueName": name} if name else {}), **properties}}


def parameter(name: str, value: Any, **attributes: Any) -> dict[str, Any]:
    return {"Type": PARAMETER, "Properties": {"Name": name, "Type": "String", "Value": value}, **attributes}


def template(outputs: dict[str, Any] | None = None, **resources: Any) -> dict[str, Any]:
    return {"Resources": resources, "Outputs": outputs or {}}


PAIR = template(
    {"Arn": {"Value": {"Fn::GetAtt": ["Jobs", "Arn"]}, "Export": {"Name": "jobs"}}},
    Where=parameter("/where", {"Fn::GetAtt": ["Jobs", "Arn"]}),
    Jobs=queue("jobs"),
)
