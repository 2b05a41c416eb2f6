"""What AWS or another plane makes by itself in an account, which no state holds: type and id."""

from __future__ import annotations

import re
from collections.abc import Mapping

from infra.aws.model import Props

OWN: Mapping[str, str] = {
    # Made with a member account, for its organisation.
    "aws:iam/role:Role": r"OrganizationAccountAccessRole",
    "aws:iam/rolePolicy:RolePolicy": r"OrganizationAccountAccessRole:.*",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": r"OrganizationAccountAccessRole/.*",
    # Written by a service where nobody made the group before.
    "aws:cloudwatch/logGroup:LogGroup": r"/aws/(rds|ecs/containerinsights)/.*|RDSOSMetrics",
    # GuardDuty watches by endpoints and groups of its own.
    "aws:ec2/securityGroup:SecurityGroup": r"GuardDutyManagedSecurityGroup-.*",
    # A device that the ministry took into its fleet (`wasl devices enrol`).
    "aws:ssm/parameter:Parameter": r"/wasl/[a-z]{2}/fleet/devices/[0-9a-z-]+",
}
_NAMED_BY = {"aws:ec2/securityGroup:SecurityGroup": "name"}


def own(token: str, resource_id: str, live: Props) -> bool:
    """Whether AWS itself, or another plane, made this one."""
    named = str(live.get(_NAMED_BY[token], "")) if token in _NAMED_BY else resource_id
    return token in OWN and re.fullmatch(OWN[token], named) is not None
