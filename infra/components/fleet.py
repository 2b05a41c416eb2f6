"""What the country's school computers enrol with."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pulumi_aws as aws

from infra.components.base import Component, Place
from infra.components.policy import service_only

_MOST = 1000
"""How many devices one activation takes; AWS gives out no larger one."""
_LONGEST = timedelta(days=29)
"""AWS lets an activation hold for 30 days, and for one if nothing is said."""


def expiry(today: date) -> str:
    """Until when an activation holds: the same date through each half of a month.

    So the first `up` of a half renews it, and any other leaves it as it is.
    """
    begun = today.replace(day=1 if today.day < 15 else 15)
    return f"{begun + _LONGEST}T00:00:00Z"


class Fleet(Component):
    """Parameters under one path, a patch baseline, and an activation for hybrid machines.

    Computers that have registered stay so when the activation ends; to register more of them, it
    must be younger than a month.
    """

    manifest_key = "devices"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.path = f"/wasl/{place.country.code}/fleet"
        self._parameter("time-zone", place.country.time_zone)
        self._parameter("languages", ",".join(tag.tag for tag in place.country.languages))
        self._parameter("domain", place.country.domain)
        self.baseline = self._baseline()
        self.activation = self._activation()
        self.done()

    def _parameter(self, name: str, value: str) -> None:
        aws.ssm.Parameter(
            name, name=f"{self.path}/{name}", type="String", value=value, opts=self.child()
        )

    def _baseline(self) -> aws.ssm.PatchBaseline:
        return aws.ssm.PatchBaseline(
            "debian",
            name=f"{self.place.prefix}-debian",
            description="Security updates of Debian within a week",
            operating_system="DEBIAN",
            approval_rules=[
                {
                    "approve_after_days": 7,
                    "compliance_level": "HIGH",
                    "patch_filters": [
                        {"key": "PRODUCT", "values": ["*"]},
                        {"key": "PRIORITY", "values": ["Required", "Important", "Standard"]},
                    ],
                }
            ],
            opts=self.child(),
        )

    def _activation(self) -> aws.ssm.Activation:
        role = aws.iam.Role(
            "device",
            name=f"{self.place.prefix}-device",
            assume_role_policy=service_only("ssm.amazonaws.com"),
            opts=self.child(),
        )
        attachment = aws.iam.RolePolicyAttachment(
            "device",
            role=role.name,
            policy_arn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
            opts=self.child(),
        )
        return aws.ssm.Activation(
            "devices",
            name=f"{self.place.prefix}-devices",
            description="School computers",
            iam_role=role.name,
            registration_limit=_MOST,
            expiration_date=expiry(datetime.now(UTC).date()),
            opts=self.child(depends_on=[attachment]),
        )
