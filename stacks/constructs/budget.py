"""What an environment may cost a month, and who is told before it does."""

from __future__ import annotations

from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.environment import Environment

ENVIRONMENT_TAG = "crispstack:environment"
# Kind of cost, percent of the budget.
_TOLD = (("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))


class Budget(Construct):
    """`monthly_budget_usd` US dollars for all that carries the environment's tag; the topic is told at each limit.

    Costs carry the tag once it is activated as a cost allocation tag, in the account that pays.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, topic: sns.Topic) -> None:
        super().__init__(scope, construct_id)
        subscriber = budgets.CfnBudget.SubscriberProperty(address=topic.topic_arn, subscription_type="SNS")
        budget = budgets.CfnBudget(
            self,
            "Resource",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=f"{environment.prefix}-monthly",
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=environment.monthly_budget_usd, unit="USD"),
                cost_filters={"TagKeyValue": [f"user:{ENVIRONMENT_TAG}${environment.name}"]},
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        notification_type=kind,
                        comparison_operator="GREATER_THAN",
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[subscriber],
                )
                for kind, percent in _TOLD
            ],
        )
        # Budgets tries the topic when the budget is made.
        budget.node.add_dependency(topic)
