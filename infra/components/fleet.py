"""What the country's school computers enrol with."""

from __future__ import annotations

import pulumi_aws as aws

from infra.components.base import Component, Place
from infra.components.policy import service_only

_MOST = 1000
"""How many devices one activation takes; AWS gives out no larger one."""


class Fleet(Component):
    """Parameters under one path, a patch baseline, and an activation for hybrid machines."""

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
            opts=self.child(depends_on=[attachment]),
        )
