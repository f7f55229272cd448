"""Budgets' operations that moto does not have: changing a budget, its tags, and who is told."""

from __future__ import annotations

import json
from typing import Any

from moto.budgets.exceptions import NotFoundException
from moto.budgets.responses import BudgetsResponse
from moto.core.utils import unix_time

from emulator.replacements import Replacement

_moto_create = BudgetsResponse.create_budget


def _budget(self: Any, name: str, account: str = "") -> Any:
    account = account or self._get_param("AccountId")
    self.backend.describe_budget(account_id=account, budget_name=name)
    return self.backend.budgets[account][name]


def _create_budget(self: Any) -> str:
    answer = _moto_create(self)
    _budget(self, self._get_param("Budget")["BudgetName"]).tags = _tags(self)
    return answer


def _tags(self: Any) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in self._get_param("ResourceTags", [])}


def _tagged(self: Any) -> Any:
    """The budget of an ARN, ``arn:aws:budgets::<account>:budget/<name>``."""
    *_, account, resource = self._get_param("ResourceARN").split(":", 5)
    return _budget(self, resource.removeprefix("budget/"), account)


def _list_tags_for_resource(self: Any) -> str:
    return json.dumps({"ResourceTags": [{"Key": key, "Value": value} for key, value in _tagged(self).tags.items()]})


def _tag_resource(self: Any) -> str:
    _tagged(self).tags |= _tags(self)
    return json.dumps({})


def _untag_resource(self: Any) -> str:
    budget, gone = _tagged(self), self._get_param("ResourceTagKeys")
    budget.tags = {key: value for key, value in budget.tags.items() if key not in gone}
    return json.dumps({})


def _update_budget(self: Any) -> str:
    new = self._get_param("NewBudget")
    found = _budget(self, new["BudgetName"])
    found.budget = {"TimePeriod": found.budget["TimePeriod"], **new, "LastUpdatedTime": unix_time()}
    return json.dumps({})


def _describe_subscribers_for_notification(self: Any) -> str:
    asked = self._get_param("Notification")
    for notification in _budget(self, self._get_param("BudgetName")).notifications:
        if all(notification.details.get(name) == value for name, value in asked.items()):
            return json.dumps({"Subscribers": notification.subscribers})
    raise NotFoundException("Unable to get subscribers - the notification doesn't exist.")


_RESPONSE = "moto.budgets.responses:BudgetsResponse"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.create_budget", _create_budget, "moto keeps no tags", "ffb56b858671"),
    Replacement(f"{_RESPONSE}.list_tags_for_resource", _list_tags_for_resource, "moto keeps no tags"),
    Replacement(f"{_RESPONSE}.tag_resource", _tag_resource, "moto keeps no tags"),
    Replacement(f"{_RESPONSE}.untag_resource", _untag_resource, "moto keeps no tags"),
    Replacement(f"{_RESPONSE}.update_budget", _update_budget, "moto has no UpdateBudget"),
    Replacement(
        f"{_RESPONSE}.describe_subscribers_for_notification",
        _describe_subscribers_for_notification,
        "moto does not tell who is told",
    ),
]
