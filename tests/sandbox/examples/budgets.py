"""Budgets."""

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example


def _alert(threshold: int, *addresses: str) -> Props:
    return {
        "comparisonOperator": "GREATER_THAN",
        "notificationType": "ACTUAL",
        "threshold": threshold,
        "thresholdType": "PERCENTAGE",
        "subscriberEmailAddresses": list(addresses),
    }


def _raise(aws: Aws, state: Props) -> None:
    client, account = aws.client("budgets"), state["accountId"]
    budget = client.describe_budget(AccountId=account, BudgetName=state["name"])["Budget"]
    budget["BudgetLimit"]["Amount"] = "1000000"
    kept = ("BudgetLimit", "BudgetName", "BudgetType", "CostFilters", "TimeUnit")
    client.update_budget(AccountId=account, NewBudget={name: budget[name] for name in kept})


EXAMPLES = (
    Example(
        "aws:budgets/budget:Budget",
        lambda _: {
            "name": "wasl-jo",
            "budgetType": "COST",
            "limitAmount": "1500",
            "limitUnit": "USD",
            "timeUnit": "MONTHLY",
            "timePeriodStart": "2026-01-01_00:00",
            "costFilters": [{"name": "TagKeyValue", "values": ["user:country$jo"]}],
            "notifications": [_alert(80, "ops@example.org")],
            "tags": {"country": "jo"},
        },
        change={
            "limitAmount": "2000",
            "notifications": [
                _alert(80, "ops@example.org", "cfo@example.org"),
                _alert(100, "a@b.c"),
            ],
            "tags": {"country": "jo", "owner": "x"},
        },
        tamper=_raise,
        tampered="limitAmount",
    ),
)
