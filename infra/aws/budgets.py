"""Budgets: what a country may cost, and who hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from infra.aws.model import Aws, AwsType, Props, Raw, lower_camel, one, tags
from infra.aws.shape import camel

_GONE = ("NotFoundException",)


def _list_budgets(aws: Aws) -> Iterator[Raw]:
    account = aws.account()  # this API wants it in each call
    budgets = aws.pages("budgets", "describe_budgets", "Budgets", AccountId=account)
    return aws.each(lambda budget: _whole(aws, account, budget), budgets)


def _read_budget(aws: Aws, resource_id: str, _state: Props) -> Raw | None:
    account, _, name = resource_id.partition(":")
    budget = one(
        lambda: aws.client("budgets").describe_budget(AccountId=account, BudgetName=name),
        *_GONE,
        key="Budget",
    )
    return budget and _whole(aws, account, budget)


def _whole(aws: Aws, account: str, budget: Raw) -> Raw | None:
    name = budget["BudgetName"]
    notifications = one(
        lambda: aws.pages(
            "budgets",
            "describe_notifications_for_budget",
            "Notifications",
            AccountId=account,
            BudgetName=name,
        ),
        *_GONE,
    )
    if notifications is None:
        return None
    arn = f"arn:aws:budgets::{account}:budget/{name}"
    told = aws.client("budgets").list_tags_for_resource(ResourceARN=arn)
    return {
        **budget,
        "account": account,
        "arn": arn,
        "notifications": list(
            aws.each(
                lambda item: {**item, "subscribers": _subscribers(aws, account, name, item)},
                notifications,
            )
        ),
        "tags": told.get("ResourceTags"),
    }


def notification(raw: Raw) -> Props:
    """What names a notification."""
    names = ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")
    return {name: raw[name] for name in names if name in raw}


def _subscribers(aws: Aws, account: str, name: str, raw: Raw) -> list[Raw]:
    return aws.pages(
        "budgets",
        "describe_subscribers_for_notification",
        "Subscribers",
        AccountId=account,
        BudgetName=name,
        Notification=notification(raw),
    )


def _date(value: datetime | None) -> str:
    return value.strftime("%Y-%m-%d_%H:%M") if value else ""


def _budget(raw: Raw) -> Props:
    limit, period = raw.get("BudgetLimit") or {}, raw.get("TimePeriod") or {}
    filters = raw.get("CostFilters") or {}
    return {
        "accountId": raw["account"],
        "arn": raw["arn"],
        "budgetType": raw["BudgetType"],
        "costFilters": [{"name": name, "values": found} for name, found in filters.items()],
        "costTypes": camel(raw.get("CostTypes") or {}),
        # AWS answers "100.0" where 100 was asked for.
        "limitAmount": f"{Decimal(limit['Amount']).normalize():f}" if limit else "",
        "limitUnit": limit.get("Unit", ""),
        "name": raw["BudgetName"],
        "notifications": [_notification(item) for item in raw["notifications"]],
        "tags": tags(raw["tags"]),
        "timePeriodEnd": _date(period.get("End")),
        "timePeriodStart": _date(period.get("Start")),
        "timeUnit": raw["TimeUnit"],
    }


def _notification(raw: Raw) -> Props:
    def addresses(kind: str) -> list[str]:
        return [item["Address"] for item in raw["subscribers"] if item["SubscriptionType"] == kind]

    return {
        **{lower_camel(name): value for name, value in notification(raw).items()},
        "subscriberEmailAddresses": addresses("EMAIL"),
        "subscriberSnsTopicArns": addresses("SNS"),
    }


TYPES = (
    AwsType(
        token="aws:budgets/budget:Budget",
        service="budgets",
        cloudformation="AWS::Budgets::Budget",
        list=_list_budgets,
        read=_read_budget,
        identify=lambda raw: f"{raw['account']}:{raw['BudgetName']}",
        normalise=_budget,
        key=("name",),
        replace=frozenset({"accountId", "name", "namePrefix"}),
        replace_source={
            "accountId": "Terraform's documentation; CloudFormation has no such property",
            "notifications": "changed in place by Terraform, create-only in CloudFormation",
        },
        computed=frozenset(
            {"accountId", "billingViewArn", "costTypes", "timePeriodEnd", "timePeriodStart"}
        ),
        unordered=frozenset(
            {
                "costFilters",
                "costFilters.values",
                "notifications",
                "notifications.subscriberEmailAddresses",
                "notifications.subscriberSnsTopicArns",
            }
        ),
        # The maker refuses them.
        write_only=frozenset({"autoAdjustData", "filterExpression", "plannedLimits"}),
        home="us-east-1",
    ),
)
