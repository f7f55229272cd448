"""What a request asks a stack to become: template, parameters, tags, checked as AWS checks them before it starts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import ClientError

from emulator import clients
from emulator.cloudformation import dependencies, imports, parameters
from emulator.cloudformation.errors import ApiError, validation_error
from emulator.cloudformation.evaluation import StackSurroundings, active, check_rules, evaluator, stored_parameter
from emulator.cloudformation.resource_types import ResourceTypes
from emulator.cloudformation.stack import Revision, Stack, Stacks
from emulator.cloudformation.stack_policy import checked
from emulator.cloudformation.template import Template, parse, read, snippet
from emulator.cloudformation.transforms import Transforms, declared

_NAMED = {
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
}
# Bytes of a template, in the request and in S3.
_MOST_GIVEN, _MOST_STORED = 51_200, 1_000_000
# Arguments without effect here, and the values that ask for none.
_HARMLESS: Mapping[str, tuple[Any, ...]] = {
    "ResourceTypes": (),
    "RollbackConfiguration": ({"RollbackTriggers": []},),
    "DeploymentConfig": ({"Mode": "STANDARD"}, {"Mode": "STANDARD", "DisableRollback": False}),
}
_IDENTITY = {*_NAMED, "AWS::IAM::Policy", "AWS::IAM::AccessKey", "AWS::IAM::UserToGroupAddition"}


def stack_policy(arguments: Mapping[str, Any], region: str, during: str = "") -> str | None:
    """The stack policy that a request gives, or None; with "DuringUpdate" the one that it gives for this update only.

    Raises:
        ApiError: it is none, or cannot be read.
    """
    document = arguments.get(f"StackPolicy{during}Body")
    if url := arguments.get(f"StackPolicy{during}URL"):
        document = _stored(url, region)
    return None if document is None else checked(document)


def template_body(arguments: Mapping[str, Any], region: str) -> str:
    """The template's text, given or fetched from S3.

    Raises:
        ApiError: neither is given, or the object cannot be read.
    """
    if "TemplateBody" in arguments:
        body: str = arguments["TemplateBody"]
        return _within(body, _MOST_GIVEN, "templateBody")
    if "TemplateURL" not in arguments:
        raise validation_error("Either Template URL or Template Body must be specified.")
    return _within(_stored(arguments["TemplateURL"], region), _MOST_STORED, "template")


def _within(body: str, most: int, name: str) -> str:
    if len(body.encode()) > most:
        raise validation_error(
            f"1 validation error detected: Value at '{name}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {most}"
        )
    return body


def _stored(url: str, region: str) -> str:
    bucket, key = _location(url)
    try:
        fetched: bytes = clients.client("s3", region).get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise validation_error(f"S3 error: {error.response['Error']['Message']}") from error
    return fetched.decode()


def checked_template(body: str, region: str, types: ResourceTypes) -> Template:
    """A template, transformed with the defaults of its parameters, whose names, order and types are sound.

    Raises:
        ApiError: says what is not sound, or which transform is not supported.
    """
    content = read(body)
    defaults = {key: facts for key, facts in (content.get("Parameters") or {}).items() if "Default" in facts}
    values = {key: parameters.typed(facts["Type"], str(facts["Default"])) for key, facts in defaults.items()}
    return _processed(body, content, values, region, types)


def _processed(
    body: str, content: Mapping[str, Any], values: Mapping[str, Any], region: str, types: ResourceTypes
) -> Template:
    transforms = Transforms(values, lambda url: snippet(_stored(url, region)))
    template = parse(body, transforms.process(content), declared(content))
    dependencies.check(template)
    types.check(template)
    return template


def revision(stacks: Stacks, stack: Stack, arguments: Mapping[str, Any], types: ResourceTypes) -> Revision:
    """The revision that a request describes.

    Raises:
        ApiError: template, parameters, capabilities or rules do not allow it.
    """
    previous = stack.revision
    for name, harmless in _HARMLESS.items():
        if arguments.get(name) and arguments[name] not in harmless:
            raise validation_error(f"{name} {json.dumps(arguments[name])} is not supported by this emulator")

    def parameter_store(name: str) -> str:
        try:
            return stored_parameter(name, stack.region)
        except ClientError as error:
            raise validation_error(
                f"Unable to fetch parameters [{name}] from parameter store for this account."
            ) from error

    kept = arguments.get("UsePreviousTemplate")
    body = previous.template.body if kept else template_body(arguments, stack.region)
    content = read(body)
    given = parameters.resolve(
        content.get("Parameters") or {}, arguments.get("Parameters", []), previous.parameters, parameter_store
    )
    values = {key: parameter.value for key, parameter in given.items()}
    template = _processed(body, content, values, stack.region, types)
    # Whoever makes a change set sees what its transforms made before it is executed.
    reviewed = "ChangeSetName" in arguments
    _check_capabilities(template, arguments.get("Capabilities", []), reviewed=reviewed)
    tags = {tag["Key"]: tag["Value"] for tag in arguments["Tags"]} if "Tags" in arguments else dict(previous.tags)
    wanted = Revision(
        template=template,
        parameters=given,
        tags=tags,
        capabilities=tuple(arguments.get("Capabilities", [])),
        role_arn=arguments.get("RoleARN", previous.role_arn),
        notification_arns=tuple(arguments.get("NotificationARNs", previous.notification_arns)),
        import_existing=bool(arguments.get("ImportExistingResources")),
        imports=imports.physical_ids(template, stack, arguments.get("ResourcesToImport", [])),
    )
    evaluate = evaluator(StackSurroundings(stacks, stack), wanted)
    check_rules(evaluate, wanted)
    active(evaluate, wanted)
    return wanted


def required_capabilities(template: Template) -> list[str]:
    """What the caller must acknowledge: that identities are created, and with names of their own."""
    identities = [declaration for declaration in template.resources.values() if declaration.type in _IDENTITY]
    if any(_NAMED.get(declaration.type, "") in declaration.properties for declaration in identities):
        return ["CAPABILITY_NAMED_IAM"]
    return ["CAPABILITY_IAM"] if identities else []


def _check_capabilities(template: Template, given: list[str], *, reviewed: bool) -> None:
    needed = required_capabilities(template)
    if template.transforms and not reviewed:
        needed.append("CAPABILITY_AUTO_EXPAND")
    accepted = {*given, *(["CAPABILITY_IAM"] if "CAPABILITY_NAMED_IAM" in given else [])}
    if not set(needed) <= accepted:
        raise ApiError("InsufficientCapabilitiesException", f"Requires capabilities : [{', '.join(needed)}]")


def _location(url: str) -> tuple[str, str]:
    """Bucket and key of an object's URL, path-style or virtual-hosted."""
    parts = urlsplit(url)
    host, path = parts.hostname or "", unquote(parts.path).lstrip("/")
    if parts.scheme == "s3":
        return host, path
    if ".s3." in host or ".s3-" in host:
        return host.split(".s3", 1)[0], path
    bucket, _, key = path.partition("/")
    if not bucket or not key:
        raise validation_error(f"TemplateURL must be a supported URL: {url}")
    return bucket, key
