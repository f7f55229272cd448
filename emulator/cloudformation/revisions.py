"""What a request asks a stack to become: template, parameters, tags, checked as AWS checks them before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import ClientError

from emulator import clients
from emulator.cloudformation import dependencies, parameters
from emulator.cloudformation.errors import ApiError, validation_error
from emulator.cloudformation.evaluation import StackSurroundings, active, check_rules, evaluator, stored_parameter
from emulator.cloudformation.resource_types import ResourceTypes
from emulator.cloudformation.stack import Revision, Stack, Stacks
from emulator.cloudformation.template import Template, parse

_NAMED = {
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
}
_IDENTITY = {*_NAMED, "AWS::IAM::Policy", "AWS::IAM::AccessKey", "AWS::IAM::UserToGroupAddition"}


def template_body(arguments: Mapping[str, Any], region: str) -> str:
    """The template's text, given or fetched from S3.

    Raises:
        ApiError: neither is given, or the object cannot be read.
    """
    if "TemplateBody" in arguments:
        body: str = arguments["TemplateBody"]
        return body
    if "TemplateURL" not in arguments:
        raise validation_error("Either Template URL or Template Body must be specified.")
    bucket, key = _location(arguments["TemplateURL"])
    try:
        fetched: bytes = clients.client("s3", region).get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise validation_error(f"S3 error: {error.response['Error']['Message']}") from error
    return fetched.decode()


def checked_template(body: str, types: ResourceTypes) -> Template:
    """A template whose names, order and types are sound.

    Raises:
        ApiError: says what is not.
    """
    template = parse(body)
    dependencies.check(template)
    types.check(template)
    return template


def revision(stacks: Stacks, stack: Stack, arguments: Mapping[str, Any], types: ResourceTypes) -> Revision:
    """The revision that a request describes.

    Raises:
        ApiError: template, parameters, capabilities or rules do not allow it.
    """
    previous = stack.revision
    if arguments.get("UsePreviousTemplate"):
        template = previous.template
    else:
        template = checked_template(template_body(arguments, stack.region), types)
    for unsupported in ("ResourcesToImport", "ResourceTypes", "RollbackConfiguration"):
        given = arguments.get(unsupported)
        if given and given != {"RollbackTriggers": []}:
            raise validation_error(f"{unsupported} is not supported by this emulator")
    _check_capabilities(template, arguments.get("Capabilities", []))

    def parameter_store(name: str) -> str:
        try:
            return stored_parameter(name, stack.region)
        except ClientError as error:
            raise validation_error(
                f"Unable to fetch parameters [{name}] from parameter store for this account."
            ) from error

    tags = {tag["Key"]: tag["Value"] for tag in arguments["Tags"]} if "Tags" in arguments else dict(previous.tags)
    wanted = Revision(
        template=template,
        parameters=parameters.resolve(template, arguments.get("Parameters", []), previous.parameters, parameter_store),
        tags=tags,
        capabilities=tuple(arguments.get("Capabilities", [])),
        role_arn=arguments.get("RoleARN", previous.role_arn),
        notification_arns=tuple(arguments.get("NotificationARNs", previous.notification_arns)),
        import_existing=bool(arguments.get("ImportExistingResources")),
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


def _check_capabilities(template: Template, given: list[str]) -> None:
    needed = required_capabilities(template)
    accepted = {*given, *(["CAPABILITY_IAM"] if "CAPABILITY_NAMED_IAM" in given else [])}
    if not set(needed) <= accepted:
        raise ApiError("InsufficientCapabilitiesException", f"Requires capabilities : [{', '.join(needed)}]")


def _location(url: str) -> tuple[str, str]:
    """Bucket and key of an object's URL, path-style or virtual-hosted."""
    parts = urlsplit(url)
    host, path = parts.hostname or "", unquote(parts.path).lstrip("/")
    if ".s3." in host or ".s3-" in host:
        return host.split(".s3", 1)[0], path
    bucket, _, key = path.partition("/")
    if not bucket or not key:
        raise validation_error(f"TemplateURL must be a supported URL: {url}")
    return bucket, key
