"""AWS::IAM types of those who act: users, groups, access keys, instance profiles, identity providers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType

_NAMES = {"user": "UserName", "group": "GroupName"}


def _create(kind: str, context: Context, properties: Properties) -> str:
    iam, name = context.client("iam"), _NAMES[kind]
    asked = to_input(iam, f"create_{kind}", {name: context.generated_name, **properties})
    getattr(iam, f"create_{kind}")(**asked)
    return str(asked[name])


def _policies(kind: str, context: Context, holder: str, old: Properties, new: Properties) -> None:
    """Put, attach and take away what differs between the properties."""
    iam, me = context.client("iam"), {_NAMES[kind]: holder}
    kept = {policy["PolicyName"] for policy in new.get("Policies", [])}
    for policy in old.get("Policies", []):
        if policy["PolicyName"] not in kept:
            getattr(iam, f"delete_{kind}_policy")(**me, PolicyName=policy["PolicyName"])
    for policy in new.get("Policies", []):
        document = policy["PolicyDocument"]
        text = document if isinstance(document, str) else json.dumps(document)
        getattr(iam, f"put_{kind}_policy")(**me, PolicyName=policy["PolicyName"], PolicyDocument=text)
    before, after = set(old.get("ManagedPolicyArns", [])), set(new.get("ManagedPolicyArns", []))
    for arn in sorted(before - after):
        getattr(iam, f"detach_{kind}_policy")(**me, PolicyArn=arn)
    for arn in sorted(after - before):
        getattr(iam, f"attach_{kind}_policy")(**me, PolicyArn=arn)


def _held(kind: str, iam: Any, holder: str) -> Properties:
    me = {_NAMES[kind]: holder}
    names = getattr(iam, f"list_{kind}_policies")(**me)["PolicyNames"]
    documents = {name: getattr(iam, f"get_{kind}_policy")(**me, PolicyName=name)["PolicyDocument"] for name in names}
    attached = getattr(iam, f"list_attached_{kind}_policies")(**me)["AttachedPolicies"]
    return {
        "Policies": [{"PolicyName": name, "PolicyDocument": document} for name, document in documents.items()],
        "ManagedPolicyArns": [policy["PolicyArn"] for policy in attached],
    }


def _create_user(context: Context, properties: Properties) -> str:
    return _create("user", context, properties)


def _change_user(context: Context, user: str, old: Properties, new: Properties) -> None:
    iam = context.client("iam")
    _policies("user", context, user, old, new)
    before, after = set(old.get("Groups", [])), set(new.get("Groups", []))
    for group in sorted(before - after):
        iam.remove_user_from_group(UserName=user, GroupName=group)
    for group in sorted(after - before):
        iam.add_user_to_group(UserName=user, GroupName=group)
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    if changed:
        iam.tag_user(UserName=user, Tags=tags.pairs(changed))
    if removed:
        iam.untag_user(UserName=user, TagKeys=removed)


def _read_user(context: Context, user: str, _properties: Properties) -> Mapping[str, Any]:
    iam = context.client("iam")
    found = iam.get_user(UserName=user)["User"]
    return {
        "UserName": user,
        "Path": found["Path"],
        "PermissionsBoundary": found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "Groups": [group["GroupName"] for group in iam.list_groups_for_user(UserName=user)["Groups"]],
        "Tags": tags.pairs(iam.list_user_tags(UserName=user)["Tags"]),
        **_held("user", iam, user),
    }


def _delete_user(context: Context, user: str, properties: Properties) -> None:
    emptied: Properties = {name: [] for name in ("Policies", "ManagedPolicyArns", "Groups")}
    _change_user(context, user, properties, {**properties, **emptied})
    context.client("iam").delete_user(UserName=user)


def _create_group(context: Context, properties: Properties) -> str:
    return _create("group", context, properties)


def _change_group(context: Context, group: str, old: Properties, new: Properties) -> None:
    _policies("group", context, group, old, new)


def _read_group(context: Context, group: str, _properties: Properties) -> Mapping[str, Any]:
    iam = context.client("iam")
    found = iam.get_group(GroupName=group)["Group"]
    return {"GroupName": group, "Path": found["Path"], **_held("group", iam, group)}


def _delete_group(context: Context, group: str, properties: Properties) -> None:
    _change_group(context, group, properties, {})
    context.client("iam").delete_group(GroupName=group)


def _join(context: Context, properties: Properties) -> str:
    for user in properties["Users"]:
        context.client("iam").add_user_to_group(GroupName=properties["GroupName"], UserName=user)
    return context.generated_name


def _members(context: Context, _physical_id: str, properties: Properties) -> Mapping[str, Any]:
    group = properties["GroupName"]
    found = {user["UserName"] for user in context.client("iam").get_group(GroupName=group)["Users"]}
    users = [user for user in properties["Users"] if user in found]
    if not users:
        raise ResourceNotFoundError(f"None of the users is in {group}")
    return {"GroupName": group, "Users": users}


def _rejoin(context: Context, physical_id: str, old: Properties, new: Properties) -> None:
    _leave(context, physical_id, old)
    _join(context, new)


def _leave(context: Context, _physical_id: str, properties: Properties) -> None:
    for user in properties["Users"]:
        context.client("iam").remove_user_from_group(GroupName=properties["GroupName"], UserName=user)


def _create_key(context: Context, properties: Properties) -> str:
    iam, user = context.client("iam"), properties["UserName"]
    key = str(iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"])
    iam.update_access_key(UserName=user, AccessKeyId=key, Status=properties.get("Status", "Active"))
    return key


def _read_key(context: Context, key: str, properties: Properties) -> Mapping[str, Any]:
    for found in context.client("iam").list_access_keys(UserName=properties["UserName"])["AccessKeyMetadata"]:
        if found["AccessKeyId"] == key:
            return {"UserName": found["UserName"], "Status": found["Status"]}
    raise ResourceNotFoundError(f"The Access Key with id {key} cannot be found.")


def _update_key(context: Context, key: str, _old: Properties, new: Properties) -> None:
    status = new.get("Status", "Active")
    context.client("iam").update_access_key(UserName=new["UserName"], AccessKeyId=key, Status=status)


def _delete_key(context: Context, key: str, properties: Properties) -> None:
    context.client("iam").delete_access_key(UserName=properties["UserName"], AccessKeyId=key)


def _create_profile(context: Context, properties: Properties) -> str:
    iam = context.client("iam")
    named = {"InstanceProfileName": context.generated_name, **properties}
    iam.create_instance_profile(**to_input(iam, "create_instance_profile", named))
    return str(named["InstanceProfileName"])


def _profile_roles(context: Context, profile: str, old: Properties, new: Properties) -> None:
    iam = context.client("iam")
    for role in old.get("Roles", []):
        iam.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=role)
    for role in new.get("Roles", []):
        iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=role)


def _profile(context: Context, profile: str) -> dict[str, Any]:
    return dict(context.client("iam").get_instance_profile(InstanceProfileName=profile)["InstanceProfile"])


def _read_profile(context: Context, profile: str, _properties: Properties) -> Mapping[str, Any]:
    found = _profile(context, profile)
    roles = [role["RoleName"] for role in found["Roles"]]
    return {"InstanceProfileName": profile, "Path": found["Path"], "Roles": roles}


def _delete_profile(context: Context, profile: str, properties: Properties) -> None:
    _profile_roles(context, profile, properties, {})
    context.client("iam").delete_instance_profile(InstanceProfileName=profile)


def _create_provider(context: Context, properties: Properties) -> str:
    iam = context.client("iam")
    asked = to_input(iam, "create_open_id_connect_provider", {"ThumbprintList": [], **properties})
    return str(iam.create_open_id_connect_provider(**asked)["OpenIDConnectProviderArn"])


def _read_provider(context: Context, arn: str, properties: Properties) -> Mapping[str, Any]:
    found = context.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    asked = str(properties.get("Url", ""))
    # IAM keeps the address without its scheme.
    url = asked if asked.removeprefix("https://") == found["Url"].removeprefix("https://") else found["Url"]
    kept = to_properties("AWS::IAM::OIDCProvider", {**found, "ClientIdList": found.get("ClientIDList", [])})
    return {**kept, "Url": url}


def _delete_provider(context: Context, arn: str, _properties: Properties) -> None:
    context.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::IAM::User",
        create=_create_user,
        configure=_change_user,
        read=_read_user,
        update=_change_user,
        delete=_delete_user,
        attributes=lambda context, user, _: {"Arn": context.client("iam").get_user(UserName=user)["User"]["Arn"]},
    ),
    api_type(
        "AWS::IAM::Group",
        create=_create_group,
        configure=_change_group,
        read=_read_group,
        update=_change_group,
        delete=_delete_group,
        attributes=lambda context, group, _: {"Arn": context.client("iam").get_group(GroupName=group)["Group"]["Arn"]},
    ),
    api_type("AWS::IAM::UserToGroupAddition", create=_join, read=_members, update=_rejoin, delete=_leave),
    api_type("AWS::IAM::AccessKey", create=_create_key, read=_read_key, update=_update_key, delete=_delete_key),
    api_type(
        "AWS::IAM::InstanceProfile",
        create=_create_profile,
        configure=_profile_roles,
        read=_read_profile,
        update=_profile_roles,
        delete=_delete_profile,
        attributes=lambda context, profile, _: {"Arn": _profile(context, profile)["Arn"]},
    ),
    api_type(
        "AWS::IAM::OIDCProvider",
        create=_create_provider,
        read=_read_provider,
        delete=_delete_provider,
        attributes=lambda _context, arn, _properties: {"Arn": arn},
        recorded={"Url": "no provider can be reached from here"},
    ),
)
