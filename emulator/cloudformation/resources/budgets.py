"""AWS::Budgets types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceType


def _budget(context: Context, name: str, properties: Properties) -> dict[str, Any]:
    return {"AccountId": context.account, "Budget": {**properties["Budget"], "BudgetName": name}}


def _create(context: Context, properties: Properties) -> str:
    budgets = context.client("budgets")
    name = properties["Budget"].get("BudgetName", context.generated_name)
    asked = {**_budget(context, name, properties)}
    asked["NotificationsWithSubscribers"] = properties.get("NotificationsWithSubscribers", [])
    asked["ResourceTags"] = tags.pairs(properties.get("ResourceTags"))
    budgets.create_budget(**to_input(budgets, "create_budget", asked))
    return str(name)


def _told(budgets: Any, me: Mapping[str, str]) -> list[dict[str, Any]]:
    notifications = budgets.describe_notifications_for_budget(**me)["Notifications"]
    subscribers = (budgets.describe_subscribers_for_notification(**me, Notification=each) for each in notifications)
    return [
        {"Notification": notification, "Subscribers": told["Subscribers"]}
        for notification, told in zip(notifications, subscribers, strict=True)
    ]


def _read(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    budgets, me = context.client("budgets"), {"AccountId": context.account, "BudgetName": name}
    kept = to_properties("AWS::Budgets::Budget", {"Budget": budgets.describe_budget(**me)["Budget"]})
    tagged = budgets.list_tags_for_resource(ResourceARN=_arn(context, name))["ResourceTags"]
    return {**kept, "NotificationsWithSubscribers": _told(budgets, me), "ResourceTags": tagged}


def _update(context: Context, name: str, old: Properties, new: Properties) -> None:
    budgets, me = context.client("budgets"), {"AccountId": context.account, "BudgetName": name}
    asked = {"AccountId": context.account, "NewBudget": _budget(context, name, new)["Budget"]}
    budgets.update_budget(**to_input(budgets, "update_budget", asked))
    before, after = (each.get("NotificationsWithSubscribers", []) for each in (old, new))
    for each in (each for each in before if each not in after):
        gone = {**me, "Notification": each["Notification"]}
        budgets.delete_notification(**to_input(budgets, "delete_notification", gone))
    for each in (each for each in after if each not in before):
        budgets.create_notification(**to_input(budgets, "create_notification", {**me, **each}))

    changed, removed = tags.change(old.get("ResourceTags"), new.get("ResourceTags"))
    if changed:
        budgets.tag_resource(ResourceARN=_arn(context, name), ResourceTags=tags.pairs(changed))
    if removed:
        budgets.untag_resource(ResourceARN=_arn(context, name), ResourceTagKeys=removed)


def _arn(context: Context, name: str) -> str:
    return f"arn:aws:budgets::{context.account}:budget/{name}"


def _delete(context: Context, name: str, _properties: Properties) -> None:
    context.client("budgets").delete_budget(AccountId=context.account, BudgetName=name)


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::Budgets::Budget",
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        attributes=lambda _context, name, _properties: {"Id": name},
        recorded={"NotificationsWithSubscribers": "nothing costs anything here, so nobody is told"},
    ),
)
