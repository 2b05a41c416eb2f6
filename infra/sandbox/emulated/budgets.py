"""Budgets: changing one, who is told of what, and tags."""

from __future__ import annotations

import json
from typing import Any

from infra.sandbox.emulation import answer, refusal

OPERATIONS = (
    "budgets:DescribeSubscribersForNotification",
    "budgets:ListTagsForResource",
    "budgets:TagResource",
    "budgets:UntagResource",
    "budgets:UpdateBudget",
)


def install() -> None:
    """Add the operations to moto."""
    from moto.budgets.responses import BudgetsResponse

    create = BudgetsResponse.create_budget

    def create_budget(self: Any) -> str:
        answered = create(self)
        account, name = self._get_param("AccountId"), self._get_param("Budget")["BudgetName"]
        told = self._get_param("ResourceTags", [])
        self.backend.budgets[account][name].tags = {tag["Key"]: tag["Value"] for tag in told}
        return answered

    answer(
        BudgetsResponse,
        create_budget=create_budget,
        describe_subscribers_for_notification=_subscribers,
        list_tags_for_resource=_list_tags,
        tag_resource=_tag,
        untag_resource=_untag,
        update_budget=_update,
    )


def _budget(response: Any, account: str, name: str) -> Any:
    budget = response.backend.budgets[account].get(name)
    if budget is None:
        raise refusal("NotFoundException", f"Unable to get budget: {name}")
    return budget


def _by_arn(response: Any) -> Any:
    _, _, _, _, account, name = response._get_param("ResourceARN").split(":", 5)
    return _budget(response, account, name.removeprefix("budget/"))


def _update(self: Any) -> str:
    new = self._get_param("NewBudget")
    budget = _budget(self, self._get_param("AccountId"), new["BudgetName"])
    kept = {key: budget.budget[key] for key in ("LastUpdatedTime", "TimePeriod")}
    budget.budget = {**kept, **new}
    return "{}"


def _subscribers(self: Any) -> str:
    budget = _budget(self, self._get_param("AccountId"), self._get_param("BudgetName"))
    wanted = self._get_param("Notification")
    for item in budget.notifications:
        if all(item.details.get(key) == value for key, value in wanted.items()):
            return json.dumps({"Subscribers": item.subscribers})
    raise refusal("NotFoundException", "Unable to find the notification")


def _list_tags(self: Any) -> str:
    tags = _by_arn(self).tags
    return json.dumps({"ResourceTags": [{"Key": key, "Value": tags[key]} for key in tags]})


def _tag(self: Any) -> str:
    _by_arn(self).tags.update({tag["Key"]: tag["Value"] for tag in self._get_param("ResourceTags")})
    return "{}"


def _untag(self: Any) -> str:
    tags = _by_arn(self).tags
    for key in self._get_param("ResourceTagKeys"):
        tags.pop(key, None)
    return "{}"
