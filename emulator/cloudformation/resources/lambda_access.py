"""AWS::Lambda types that belong to a function: versions, aliases, permissions and asynchronous invocation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.api_type import api_type, unless
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import (
    Context,
    Properties,
    ResourceError,
    ResourceNotFoundError,
    ResourceType,
)


def _named_as_asked(arn: str, properties: Properties) -> str:
    """A function as the template names it, given its ARN: by name, or by the ARN without or with a qualifier."""
    asked = str(properties.get("FunctionName", ""))
    parts = arn.split(":")
    spellings = (parts[6], ":".join(parts[6:]), ":".join(parts[:7]), arn)
    return asked if asked in spellings else arn


def _create_version(context: Context, properties: Properties) -> str:
    functions, name = context.client("lambda"), properties["FunctionName"]
    before = {version["Version"] for version in functions.list_versions_by_function(FunctionName=name)["Versions"]}
    published = functions.publish_version(**to_input(functions, "publish_version", properties))
    if published["Version"] in before:
        raise ResourceError(
            f"A version for this Lambda function exists ( {published['Version']} ). "
            "Modify the function to create a new version."
        )
    arn: str = published["FunctionArn"]
    return arn if arn.endswith(f":{published['Version']}") else f"{arn}:{published['Version']}"


def _read_version(context: Context, arn: str, properties: Properties) -> Mapping[str, Any]:
    function, _, version = arn.rpartition(":")
    functions = context.client("lambda")
    found = functions.get_function_configuration(FunctionName=function, Qualifier=version)
    return {
        **to_properties("AWS::Lambda::Version", found),
        "FunctionName": _named_as_asked(function, properties),
        **_provisioned(context, arn),
    }


def _provision(context: Context, arn: str, old: Properties, new: Properties) -> None:
    """Keep the provisioned concurrency of a version or alias as the template has it."""
    functions, key = context.client("lambda"), "ProvisionedConcurrencyConfig"
    function, _, qualifier = arn.rpartition(":")
    if key in new:
        count = int(new[key]["ProvisionedConcurrentExecutions"])
        functions.put_provisioned_concurrency_config(
            FunctionName=function, Qualifier=qualifier, ProvisionedConcurrentExecutions=count
        )
    elif key in old:
        functions.delete_provisioned_concurrency_config(FunctionName=function, Qualifier=qualifier)


def _provisioned(context: Context, arn: str) -> Properties:
    function, _, qualifier = arn.rpartition(":")
    found = unless(
        "ProvisionedConcurrencyConfigNotFoundException",
        context.client("lambda").get_provisioned_concurrency_config,
        FunctionName=function,
        Qualifier=qualifier,
    )
    if found is None:
        return {}
    count = found["RequestedProvisionedConcurrentExecutions"]
    return {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": count}}


def _delete_version(context: Context, arn: str, _properties: Properties) -> None:
    function, _, version = arn.rpartition(":")
    context.client("lambda").delete_function(FunctionName=function, Qualifier=version)


def _version_attributes(_context: Context, arn: str, _properties: Properties) -> Mapping[str, Any]:
    return {"FunctionArn": arn, "Version": arn.rpartition(":")[2]}


def _alias(properties: Properties) -> Properties:
    """An alias as the API has it: the weights of further versions are a map there, pairs here."""
    spelled = {**properties, "FunctionVersion": str(properties["FunctionVersion"])}
    weights = properties.get("RoutingConfig", {}).get("AdditionalVersionWeights", [])
    pairs = {str(weight["FunctionVersion"]): float(weight["FunctionWeight"]) for weight in weights}
    return {**spelled, "RoutingConfig": {"AdditionalVersionWeights": pairs}}


def _create_alias(context: Context, properties: Properties) -> str:
    functions = context.client("lambda")
    return str(functions.create_alias(**to_input(functions, "create_alias", _alias(properties)))["AliasArn"])


def _read_alias(context: Context, arn: str, properties: Properties) -> Mapping[str, Any]:
    function, _, name = arn.rpartition(":")
    found = context.client("lambda").get_alias(FunctionName=function, Name=name)
    weights = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    pairs = [{"FunctionVersion": version, "FunctionWeight": weight} for version, weight in weights.items()]
    return {
        **to_properties("AWS::Lambda::Alias", {**found, "RoutingConfig": None}),
        "RoutingConfig": {"AdditionalVersionWeights": pairs} if pairs else None,
        "FunctionName": _named_as_asked(function, properties),
        **_provisioned(context, arn),
    }


def _update_alias(context: Context, arn: str, old: Properties, new: Properties) -> None:
    functions = context.client("lambda")
    if policy := context.update_policy.get("CodeDeployLambdaAliasUpdate"):
        from emulator.cloudformation import lambda_release  # noqa: PLC0415 (CodeDeploy, loaded by those who release)

        lambda_release.release(context, arn, str(new["FunctionVersion"]), policy)
    functions.update_alias(**{"Description": "", **to_input(functions, "update_alias", _alias(new))})
    _provision(context, arn, old, new)


def _delete_alias(context: Context, arn: str, _properties: Properties) -> None:
    function, _, name = arn.rpartition(":")
    context.client("lambda").delete_alias(FunctionName=function, Name=name)


def _alias_attributes(_context: Context, arn: str, _properties: Properties) -> Mapping[str, Any]:
    return {"AliasArn": arn}


def _qualified(properties: Properties) -> Properties:
    """Function and qualifier of a name such as ``predict:live`` or an ARN with a qualifier."""
    name = str(properties["FunctionName"])
    parts = name.split(":")
    if name.startswith("arn:") and len(parts) == 8:
        return {"FunctionName": ":".join(parts[:7]), "Qualifier": parts[7]}
    if len(parts) == 2:
        return {"FunctionName": parts[0], "Qualifier": parts[1]}
    return {"FunctionName": name}


def _create_permission(context: Context, properties: Properties) -> str:
    functions, statement = context.client("lambda"), context.generated_name[-100:]
    asked = to_input(functions, "add_permission", properties)
    functions.add_permission(**{**asked, **_qualified(properties), "StatementId": statement})
    return statement


def _read_permission(context: Context, statement: str, properties: Properties) -> Mapping[str, Any]:
    policy = json.loads(context.client("lambda").get_policy(**_qualified(properties))["Policy"])
    for found in policy["Statement"]:
        if found["Sid"] == statement:
            return _permission(found, properties)
    raise ResourceNotFoundError(f"Statement {statement} is not found in the policy of the function.")


def _permission(statement: Mapping[str, Any], properties: Properties) -> Mapping[str, Any]:
    principal = statement["Principal"]
    condition = statement.get("Condition", {})
    equal, like = condition.get("StringEquals", {}), condition.get("ArnLike", {})
    return {
        "Action": statement["Action"],
        "FunctionName": _named_as_asked(statement["Resource"], properties),
        "Principal": next(iter(principal.values())) if isinstance(principal, Mapping) else principal,
        "SourceArn": like.get("AWS:SourceArn"),
        "SourceAccount": equal.get("AWS:SourceAccount"),
        "FunctionUrlAuthType": equal.get("lambda:FunctionUrlAuthType"),
        "PrincipalOrgID": equal.get("aws:PrincipalOrgID"),
        "EventSourceToken": equal.get("lambda:EventSourceToken"),
    }


def _delete_permission(context: Context, statement: str, properties: Properties) -> None:
    context.client("lambda").remove_permission(**_qualified(properties), StatementId=statement)


def _put_invocation(context: Context, properties: Properties) -> str:
    functions = context.client("lambda")
    functions.put_function_event_invoke_config(**to_input(functions, "put_function_event_invoke_config", properties))
    return context.generated_name


def _read_invocation(context: Context, _physical_id: str, properties: Properties) -> Mapping[str, Any]:
    functions = context.client("lambda")
    asked = {"FunctionName": properties["FunctionName"], "Qualifier": properties.get("Qualifier", "$LATEST")}
    found = functions.get_function_event_invoke_config(**asked)
    parts = found["FunctionArn"].split(":")
    return {
        **to_properties("AWS::Lambda::EventInvokeConfig", found),
        "FunctionName": _named_as_asked(":".join(parts[:7]), properties),
        "Qualifier": parts[7] if len(parts) == 8 else "$LATEST",
    }


def _update_invocation(context: Context, physical_id: str, _old: Properties, new: Properties) -> None:
    _delete_invocation(context, physical_id, new)
    _put_invocation(context, new)


def _delete_invocation(context: Context, _physical_id: str, properties: Properties) -> None:
    asked = {"FunctionName": properties["FunctionName"], "Qualifier": properties.get("Qualifier", "$LATEST")}
    context.client("lambda").delete_function_event_invoke_config(**asked)


_PROVISIONED = {"ProvisionedConcurrencyConfig": "processes start with the first events here, and stay warm"}
TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::Lambda::Version",
        create=_create_version,
        configure=_provision,
        read=_read_version,
        delete=_delete_version,
        attributes=_version_attributes,
        recorded=_PROVISIONED,
    ),
    api_type(
        "AWS::Lambda::Alias",
        create=_create_alias,
        configure=_provision,
        read=_read_alias,
        update=_update_alias,
        delete=_delete_alias,
        attributes=_alias_attributes,
        recorded=_PROVISIONED,
    ),
    api_type("AWS::Lambda::Permission", create=_create_permission, read=_read_permission, delete=_delete_permission),
    api_type(
        "AWS::Lambda::EventInvokeConfig",
        create=_put_invocation,
        read=_read_invocation,
        update=_update_invocation,
        delete=_delete_invocation,
    ),
)
