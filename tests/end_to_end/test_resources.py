"""What the templates say is what the services have; what is changed changes, and what is destroyed is gone."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

from crispstack.cli import node
from tests.end_to_end.conftest import Checkout
from tests.end_to_end.descriptions import DESCRIBE, INSTRUCTIONS
from tests.end_to_end.inventory import inventory
from tests.end_to_end.templates import ANYTHING, Resource, deployed

# Kinds of what outlives its stack.
KINDS = {"AWS::S3::Bucket": "bucket", "AWS::KMS::Key": "key"}
# Kept by its stack, but gone with its function.
GONE = {"AWS::Lambda::Version"}


def pairs(value: Any) -> Any:
    """Tags by their keys, however they are written; anything else as it is."""
    if not value or not isinstance(value, list):
        return value
    if not all(isinstance(each, dict) and set(each) == {"Key", "Value"} for each in value):
        return value
    return {each["Key"]: each["Value"] for each in value}


def differences(wanted: Any, found: Any, path: str) -> Iterator[str]:
    """What of `wanted` the service does not have. Lists of a service may be in another order."""
    wanted, found = pairs(wanted), pairs(found)
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        # Some services begin their names with a small letter.
        spelled = {key.lower(): value for key, value in found.items()}
        for key, value in wanted.items():
            yield from differences(value, spelled.get(key.lower()), f"{path}.{key}")
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        rest = list(found)
        for number, value in enumerate(wanted):
            match = next((each for each in rest if not list(differences(value, each, ""))), None)
            if match is None:
                yield f"{path}[{number}]: wanted {value!r}, found {rest!r}"
            else:
                rest.remove(match)
    elif not same(wanted, found):
        yield f"{path}: wanted {wanted!r}, found {found!r}"


def same(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, str) and ANYTHING in wanted:
        pattern = ".*".join(re.escape(part) for part in wanted.split(ANYTHING))
        return isinstance(found, str) and re.fullmatch(pattern, found, re.DOTALL) is not None
    if isinstance(wanted, bool) or isinstance(found, bool):
        return str(wanted).lower() == str(found).lower()
    if isinstance(wanted, int | float) and isinstance(found, int | float):
        return wanted == found
    return type(wanted) is type(found) and wanted == found


def undescribed(checkout: Checkout, resource: Resource) -> list[str]:
    """Where a service says something else of a resource than its template."""
    properties = without(resource.properties, INSTRUCTIONS.get(resource.type, set()))
    return list(differences(properties, DESCRIBE[resource.type](checkout, resource), str(resource)))


def without(properties: Mapping[str, Any], paths: set[str]) -> dict[str, Any]:
    """The properties but those at dotted paths."""
    below = {
        name: {path.removeprefix(f"{name}.") for path in paths if path.startswith(f"{name}.")} for name in properties
    }
    return {
        name: without(value, below[name]) if below[name] else value
        for name, value in properties.items()
        if name not in paths
    }


def test_every_property_of_every_template_is_what_its_service_says(checkout: Checkout) -> None:
    resources = list(deployed(checkout))
    assert {resource.type for resource in resources} == set(DESCRIBE)
    assert [line for resource in resources for line in undescribed(checkout, resource)] == []


def test_a_property_changed_behind_the_templates_back_is_noticed(checkout: Checkout) -> None:
    client, name = checkout.client("lambda"), checkout.resource("evaluation", "EvaluateFunction")
    (resource,) = [each for each in deployed(checkout) if each.physical_id == name]
    client.update_function_configuration(FunctionName=name, MemorySize=1025)
    try:
        assert undescribed(checkout, resource) == [f"{resource}.MemorySize: wanted 1024, found 1025"]
    finally:
        client.update_function_configuration(FunctionName=name, MemorySize=1024)


def functions(checkout: Checkout) -> dict[str, tuple[int, str, str]]:
    """Memory, hash and time of the last change of every function."""
    return {
        each["FunctionName"]: (each["MemorySize"], each["CodeSha256"], each["LastModified"])
        for each in checkout.client("lambda").list_functions()["Functions"]
    }


def test_a_changed_stack_changes_what_it_says_and_nothing_else(checkout: Checkout) -> None:
    """Near the end: what was changed stays so until it is destroyed."""
    name, path = checkout.resource("evaluation", "EvaluateFunction"), checkout.root / "stacks" / "evaluation.py"
    # After a release, the first deployment tells the function which model the next version of its code will have.
    checkout.crisp("deploy")
    before, source = functions(checkout), path.read_text()
    assert source.count("memory_mib=1024") == 1
    path.write_text(source.replace("memory_mib=1024", "memory_mib=1280"))
    try:
        stacks = checkout.json("deploy")["stacks"]
    finally:
        path.write_text(source)
    assert [stack["name"] for stack in stacks if stack["changed"]] == [checkout.environment.stack("evaluation")]
    after = functions(checkout)
    assert after.pop(name)[:2] == (1280, before.pop(name)[1])
    assert after == before


def test_what_was_deployed_is_gone_after_it_was_destroyed_but_for_the_data(checkout: Checkout) -> None:
    """The last test: nothing is deployed after it."""
    retained = {
        (KINDS[each.type], each.physical_id) for each in deployed(checkout) if each.retained and each.type not in GONE
    }
    environment = checkout.environment.variables({**os.environ, **node.environment()})
    done = subprocess.run(
        [str(node.node()), "node_modules/aws-cdk/bin/cdk", "destroy", "--all", "--force"],
        cwd=checkout.root, env=environment, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr

    listed = inventory(checkout.client)
    assert checkout.empty <= listed
    # Made at run time, by Glue, SageMaker, Batch, and the registry of models.
    by_services = ("/aws-glue/", "/aws/sagemaker/", "AWSServiceRoleFor")
    models = ("model package group", f"{checkout.environment.prefix}-")
    of_runs = {each for each in listed if each[1].startswith(by_services)}
    of_runs |= {each for each in listed if each[0] == models[0] and each[1].startswith(models[1])}
    assert models[0] in {kind for kind, _ in of_runs}
    assert listed - checkout.empty - toolkit(checkout) - of_runs == retained


def toolkit(checkout: Checkout) -> set[tuple[str, str]]:
    """The CDK's own stack, which other applications may use: it stays."""
    resources = checkout.client("cloudformation").list_stack_resources(StackName="CDKToolkit")["StackResourceSummaries"]
    names = {"CDKToolkit", *(each["PhysicalResourceId"] for each in resources)}
    listed = inventory(checkout.client)
    return {(kind, name) for kind, name in listed if name in names or name.startswith("CdkBootstrap-")}
