"""The rules of the web application firewall, as data."""

from __future__ import annotations

from typing import Any

_MANAGED = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
)
REQUESTS_PER_FIVE_MINUTES = 10_000
"""A whole school often comes from one address."""


def visible(name: str) -> Any:
    """Metrics and samples under `name`."""
    return {
        "cloudwatch_metrics_enabled": True,
        "metric_name": name,
        "sampled_requests_enabled": True,
    }


def rules() -> list[Any]:
    """AWS's managed rule groups, then a limit by address."""
    managed: list[Any] = [
        {
            "name": name,
            "priority": priority,
            "override_action": {"none": {}},
            "statement": {"managed_rule_group_statement": {"name": name, "vendor_name": "AWS"}},
            "visibility_config": visible(name),
        }
        for priority, name in enumerate(_MANAGED)
    ]
    limit = {
        "name": "limit",
        "priority": len(_MANAGED),
        "action": {"block": {}},
        "statement": {
            "rate_based_statement": {
                "limit": REQUESTS_PER_FIVE_MINUTES,
                "aggregate_key_type": "IP",
            }
        },
        "visibility_config": visible("limit"),
    }
    return [*managed, limit]
