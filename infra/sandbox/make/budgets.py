"""Budgets: what a country may cost, and who hears of it."""

from __future__ import annotations

from datetime import UTC, datetime

from infra.aws.model import Aws, Props
from infra.aws.shape import pascal
from infra.sandbox.make.model import Maker
from infra.sandbox.make.tagging import changed_tags, pairs

_UNKNOWN = ("autoAdjustData", "billingViewArn", "filterExpression", "metrics", "plannedLimits")
_SUBSCRIBERS = {"EMAIL": "subscriberEmailAddresses", "SNS": "subscriberSnsTopicArns"}


def _budget(props: Props) -> Props:
    for name in _UNKNOWN:
        if props.get(name):
            raise RuntimeError(f"{name}: the stand-in does not know it")
    filters = {item["name"]: item["values"] for item in props.get("costFilters") or ()}
    period = {
        "Start": _date(props.get("timePeriodStart")),
        "End": _date(props.get("timePeriodEnd")),
    }
    optional = {
        "CostFilters": filters,
        "CostTypes": pascal(props.get("costTypes") or {}),
        "TimePeriod": {key: value for key, value in period.items() if value},
    }
    return {
        "BudgetLimit": {"Amount": props["limitAmount"], "Unit": props["limitUnit"]},
        "BudgetName": props["name"],
        "BudgetType": props["budgetType"],
        "TimeUnit": props["timeUnit"],
        **{key: value for key, value in optional.items() if value},
    }


def _date(text: str | None) -> datetime | None:
    return datetime.strptime(text, "%Y-%m-%d_%H:%M").replace(tzinfo=UTC) if text else None


def _notifications(props: Props) -> list[Props]:
    return [_notification(item) for item in props.get("notifications") or ()]


def _notification(item: Props) -> Props:
    named = ("comparisonOperator", "notificationType", "threshold", "thresholdType")
    return {
        "Notification": pascal({key: item[key] for key in named}),
        "Subscribers": [
            {"SubscriptionType": kind, "Address": address}
            for kind, key in _SUBSCRIBERS.items()
            for address in sorted(item.get(key) or ())
        ],
    }


def _create(aws: Aws, props: Props) -> str:
    account = props.get("accountId") or aws.account()
    aws.client("budgets").create_budget(
        AccountId=account,
        Budget=_budget(props),
        NotificationsWithSubscribers=_notifications(props),
        ResourceTags=pairs(props),
    )
    return f"{account}:{props['name']}"


def _update(aws: Aws, resource_id: str, old: Props, new: Props) -> None:
    client = aws.client("budgets")
    account, _, name = resource_id.partition(":")
    client.update_budget(AccountId=account, NewBudget=_budget(new))
    before, after = _notifications(old), _notifications(new)
    target = {"AccountId": account, "BudgetName": name}
    for item in before:
        if item not in after:
            client.delete_notification(**target, Notification=item["Notification"])
    for item in after:
        if item not in before:
            client.create_notification(**target, **item)
    put, gone = changed_tags(old, new)
    arn = f"arn:aws:budgets::{account}:budget/{name}"
    if put:
        client.tag_resource(ResourceARN=arn, ResourceTags=pairs({"tags": put}))
    if gone:
        client.untag_resource(ResourceARN=arn, ResourceTagKeys=gone)


def _delete(aws: Aws, resource_id: str, _state: Props) -> None:
    account, _, name = resource_id.partition(":")
    aws.client("budgets").delete_budget(AccountId=account, BudgetName=name)


MAKERS = {"aws:budgets/budget:Budget": Maker(_create, _update, _delete)}
