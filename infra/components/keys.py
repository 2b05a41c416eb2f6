"""A key a purpose, so that who may read one kind of data cannot read another."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws

from infra.components.base import Component, Place
from infra.components.policy import account_whole, document

# Which AWS services may use a key, and under which condition.
_SERVICES: dict[str, tuple[str, ...]] = {
    "data": (),
    "content": ("cloudfront.amazonaws.com",),
    "logs": ("logs.{region}.amazonaws.com", "cloudtrail.amazonaws.com"),
    "backups": (),
    "messages": (
        "sns.amazonaws.com",
        "cloudwatch.amazonaws.com",
        "budgets.amazonaws.com",
        "scheduler.amazonaws.com",
    ),
}


class Keys(Component):
    """KMS keys, rotated each year, each with an alias that says what it is for."""

    manifest_key = "residency"
    classification = "restricted"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.data = self._key("data")
        self.content = self._key("content")
        self.logs = self._key("logs")
        self.backups = self._key("backups")
        self.messages = self._key("messages")
        self.done()

    def _key(self, purpose: str) -> aws.kms.Key:
        country = self.place.country
        key = aws.kms.Key(
            purpose,
            description=f"{self.place.prefix} {purpose}",
            enable_key_rotation=True,
            deletion_window_in_days=30 if country.production else 7,
            policy=_policy(self.place, _SERVICES[purpose]),
            opts=self.child(protect=self.place.protected),
        )
        aws.kms.Alias(
            purpose,
            name=f"alias/{self.place.prefix}-{purpose}",
            target_key_id=key.key_id,
            opts=self.child(),
        )
        return key


def _policy(place: Place, services: tuple[str, ...]) -> pulumi.Output[str]:
    return document(account_whole(place.account), *(_service(place, name) for name in services))


def _service(place: Place, name: str) -> dict[str, Any]:
    return {
        "Sid": name.split(".")[0].capitalize(),
        "Effect": "Allow",
        "Principal": {"Service": name.format(region=place.region)},
        "Action": [
            "kms:Encrypt*",
            "kms:Decrypt*",
            "kms:ReEncrypt*",
            "kms:GenerateDataKey*",
            "kms:Describe*",
        ],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": place.account}},
    }
