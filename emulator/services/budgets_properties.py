"""Budgets' operations that moto does not have: changing a budget, and who is told."""

from __future__ import annotations

import json
from typing import Any

from moto.budgets.exceptions import NotFoundException
from moto.core.utils import unix_time

from emulator.replacements import Replacement


def _budget(self: Any, name: str) -> Any:
    self.backend.describe_budget(account_id=self._get_param("AccountId"), budget_name=name)
    return self.backend.budgets[self._get_param("AccountId")][name]


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
    Replacement(f"{_RESPONSE}.update_budget", _update_budget, "moto has no UpdateBudget"),
    Replacement(
        f"{_RESPONSE}.describe_subscribers_for_notification",
        _describe_subscribers_for_notification,
        "moto does not tell who is told",
    ),
]
