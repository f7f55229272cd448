"""AWS::IAM types. A role reports the inline and managed policies that its own template names, not those of others."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type, unless
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType

_PRINCIPALS = {"Roles": "role", "Users": "user", "Groups": "group"}


def _document(policy: Any) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy)


def _create_role(context: Context, properties: Properties) -> str:
    iam = context.client("iam")
    named = {"RoleName": context.generated_name, **properties}
    return str(iam.create_role(**to_input(iam, "create_role", named))["Role"]["RoleName"])


def _put_policies(context: Context, role: str, old: Properties, new: Properties) -> None:
    iam = context.client("iam")
    inline = {policy["PolicyName"]: policy["PolicyDocument"] for policy in new.get("Policies", [])}
    for policy in old.get("Policies", []):
        if policy["PolicyName"] not in inline:
            iam.delete_role_policy(RoleName=role, PolicyName=policy["PolicyName"])
    for name, document in inline.items():
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=_document(document))
    before, after = old.get("ManagedPolicyArns", []), new.get("ManagedPolicyArns", [])
    for arn in before:
        if arn not in after:
            iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    for arn in after:
        if arn not in before:
            iam.attach_role_policy(RoleName=role, PolicyArn=arn)


def _read_role(context: Context, name: str, properties: Properties) -> Mapping[str, Any]:
    iam = context.client("iam")
    role = iam.get_role(RoleName=name)["Role"]
    attached = [policy["PolicyArn"] for policy in _pages(iam, "list_attached_role_policies", "AttachedPolicies", name)]
    return {
        **to_properties("AWS::IAM::Role", {**role, "PermissionsBoundary": None}),
        "PermissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "ManagedPolicyArns": [arn for arn in properties.get("ManagedPolicyArns", []) if arn in attached],
        "Policies": _inline(iam, name, [policy["PolicyName"] for policy in properties.get("Policies", [])]),
        "Tags": tags.pairs(role.get("Tags")),
    }


def _inline(iam: Any, role: str, names: Iterable[str]) -> list[Properties]:
    found = (unless("NoSuchEntity", iam.get_role_policy, RoleName=role, PolicyName=name) for name in names)
    return [
        {"PolicyName": policy["PolicyName"], "PolicyDocument": policy["PolicyDocument"]} for policy in found if policy
    ]


def _pages(iam: Any, operation: str, member: str, role: str) -> list[Any]:
    pages = iam.get_paginator(operation).paginate(RoleName=role)
    return [item for page in pages for item in page[member]]


def _update_role(context: Context, name: str, old: Properties, new: Properties) -> None:
    iam = context.client("iam")
    document = _document(new["AssumeRolePolicyDocument"])
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=document)
    asked = to_input(iam, "update_role", {"Description": "", "MaxSessionDuration": 3600, **new})
    iam.update_role(**{**asked, "RoleName": name})
    if "PermissionsBoundary" in new:
        iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=new["PermissionsBoundary"])
    elif "PermissionsBoundary" in old:
        iam.delete_role_permissions_boundary(RoleName=name)
    _put_policies(context, name, old, new)
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    iam.tag_role(RoleName=name, Tags=tags.pairs(changed))
    iam.untag_role(RoleName=name, TagKeys=removed)


def _delete_role(context: Context, name: str, properties: Properties) -> None:
    """Take away what the template gave the role, then the role; IAM refuses when others gave it more."""
    iam = context.client("iam")
    for policy in _inline(iam, name, [policy["PolicyName"] for policy in properties.get("Policies", [])]):
        iam.delete_role_policy(RoleName=name, PolicyName=policy["PolicyName"])
    for policy in _pages(iam, "list_attached_role_policies", "AttachedPolicies", name):
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=name)


def _role_attributes(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    role = context.client("iam").get_role(RoleName=name)["Role"]
    return {"Arn": role["Arn"], "RoleId": role["RoleId"]}


def _holders(properties: Properties) -> set[tuple[str, str]]:
    return {(kind, str(name)) for kind in _PRINCIPALS for name in properties.get(kind, [])}


def _call(iam: Any, verb: str, kind: str, holder: str, **arguments: str) -> Any:
    """Call for instance put_role_policy(RoleName=holder, …)."""
    principal = _PRINCIPALS[kind]
    return getattr(iam, f"{verb}_{principal}_policy")(**{f"{principal.capitalize()}Name": holder, **arguments})


def _create_policy(context: Context, properties: Properties) -> str:
    _put_inline(context, properties)
    return context.generated_name


def _put_inline(context: Context, properties: Properties) -> None:
    document = _document(properties["PolicyDocument"])
    for kind, holder in sorted(_holders(properties)):
        iam = context.client("iam")
        _call(iam, "put", kind, holder, PolicyName=properties["PolicyName"], PolicyDocument=document)


def _read_policy(context: Context, _physical_id: str, properties: Properties) -> Mapping[str, Any]:
    iam, name = context.client("iam"), properties["PolicyName"]
    found: dict[tuple[str, str], Any] = {}
    for kind, holder in sorted(_holders(properties)):
        policy = unless("NoSuchEntity", _call, iam, "get", kind, holder, PolicyName=name)
        if policy:
            found[kind, holder] = policy["PolicyDocument"]
    if not found:
        raise ResourceNotFoundError(f"The policy with name {name} cannot be found.")
    documents = list(found.values())
    held = {kind: [name for name in properties.get(kind, []) if (kind, name) in found] for kind in _PRINCIPALS}
    return {
        "PolicyName": name,
        "PolicyDocument": documents[0] if all(document == documents[0] for document in documents) else None,
        **{kind: holders for kind, holders in held.items() if holders},
    }


def _update_policy(context: Context, _physical_id: str, old: Properties, new: Properties) -> None:
    _put_inline(context, new)
    renamed = old["PolicyName"] != new["PolicyName"]
    for kind, holder in sorted(_holders(old) if renamed else _holders(old) - _holders(new)):
        iam = context.client("iam")
        unless("NoSuchEntity", _call, iam, "delete", kind, holder, PolicyName=old["PolicyName"])


def _delete_policy(context: Context, _physical_id: str, properties: Properties) -> None:
    for kind, holder in sorted(_holders(properties)):
        iam = context.client("iam")
        unless("NoSuchEntity", _call, iam, "delete", kind, holder, PolicyName=properties["PolicyName"])


def _create_managed(context: Context, properties: Properties) -> str:
    iam = context.client("iam")
    named = {"PolicyName": properties.get("ManagedPolicyName", context.generated_name), **properties}
    return str(iam.create_policy(**to_input(iam, "create_policy", named))["Policy"]["Arn"])


def _attach_managed(context: Context, arn: str, old: Properties, new: Properties) -> None:
    iam = context.client("iam")
    for kind, holder in sorted(_holders(old) - _holders(new)):
        unless("NoSuchEntity", _call, iam, "detach", kind, holder, PolicyArn=arn)
    for kind, holder in sorted(_holders(new) - _holders(old)):
        _call(iam, "attach", kind, holder, PolicyArn=arn)


def _attached_to(iam: Any, arn: str) -> dict[str, list[str]]:
    entities = iam.list_entities_for_policy(PolicyArn=arn)
    return {
        kind: [entity[f"{kind[:-1]}Name"] for entity in entities[f"Policy{kind}"]]
        for kind in _PRINCIPALS
        if entities[f"Policy{kind}"]
    }


def _read_managed(context: Context, arn: str, properties: Properties) -> Mapping[str, Any]:
    iam = context.client("iam")
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    attached = _attached_to(iam, arn)
    return {
        "ManagedPolicyName": policy["PolicyName"],
        "Description": policy.get("Description"),
        "Path": policy["Path"],
        "PolicyDocument": version["Document"],
        "Tags": tags.pairs(policy.get("Tags")),
        **{kind: [name for name in properties.get(kind, []) if name in attached.get(kind, [])] for kind in _PRINCIPALS},
    }


def _update_managed(context: Context, arn: str, old: Properties, new: Properties) -> None:
    iam = context.client("iam")
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    others = [version["VersionId"] for version in versions if not version["IsDefaultVersion"]]
    if len(versions) == 5:  # IAM keeps at most five versions of a policy
        iam.delete_policy_version(PolicyArn=arn, VersionId=others[-1])
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=_document(new["PolicyDocument"]), SetAsDefault=True)
    _attach_managed(context, arn, old, new)
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    iam.tag_policy(PolicyArn=arn, Tags=tags.pairs(changed))
    iam.untag_policy(PolicyArn=arn, TagKeys=removed)


def _delete_managed(context: Context, arn: str, _properties: Properties) -> None:
    iam = context.client("iam")
    for kind, holders in _attached_to(iam, arn).items():
        for holder in holders:
            _call(iam, "detach", kind, holder, PolicyArn=arn)
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=arn)


def _managed_attributes(context: Context, arn: str, _properties: Properties) -> Mapping[str, Any]:
    return {"PolicyArn": arn, "PolicyId": context.client("iam").get_policy(PolicyArn=arn)["Policy"]["PolicyId"]}


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::IAM::Role",
        create=_create_role,
        configure=_put_policies,
        read=_read_role,
        update=_update_role,
        delete=_delete_role,
        attributes=_role_attributes,
    ),
    api_type(
        "AWS::IAM::Policy", create=_create_policy, read=_read_policy, update=_update_policy, delete=_delete_policy
    ),
    api_type(
        "AWS::IAM::ManagedPolicy",
        create=_create_managed,
        configure=_attach_managed,
        read=_read_managed,
        update=_update_managed,
        delete=_delete_managed,
        attributes=_managed_attributes,
    ),
)
