"""What AWS or another plane makes by itself in an account, which no state holds: type and id."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from infra.aws.model import Props

_ROLE = "aws:iam/role:Role"
OWN: Mapping[str, str] = {
    # Made with a member account, for its organisation: all rights, by the one policy or the other.
    _ROLE: r"OrganizationAccountAccessRole",
    "aws:iam/rolePolicy:RolePolicy": r"OrganizationAccountAccessRole:AdministratorAccess",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
        r"OrganizationAccountAccessRole/arn:aws:iam::aws:policy/AdministratorAccess"
    ),
    # Written by a service where nobody made the group before.
    "aws:cloudwatch/logGroup:LogGroup": r"/aws/(rds|ecs/containerinsights)/.*|RDSOSMetrics",
    # GuardDuty watches by endpoints and groups of its own.
    "aws:ec2/securityGroup:SecurityGroup": r"GuardDutyManagedSecurityGroup-.*",
    # A device that the ministry took into its fleet (`wasl devices enrol`).
    "aws:ssm/parameter:Parameter": r"/wasl/[a-z]{2}/fleet/devices/[0-9a-z-]+",
}
_NAMED_BY = {"aws:ec2/securityGroup:SecurityGroup": "name"}


def own(token: str, resource_id: str, live: Props, management: str) -> bool:
    """Whether AWS itself, or another plane, made this one.

    `management` is the number of the organisation's management account, empty where nobody knows
    it: then nobody knows either whom the organisation's role lets in, and it is not taken as AWS's.
    """
    named = str(live.get(_NAMED_BY[token], "")) if token in _NAMED_BY else resource_id
    if token not in OWN or not re.fullmatch(OWN[token], named):
        return False
    return token != _ROLE or _lets_in_only(live, f"arn:aws:iam::{management}:root")


def _lets_in_only(role: Props, principal: str) -> bool:
    """Whether whatever a role's trust says is about this one."""
    said = json.loads(role["assumeRolePolicy"])["Statement"]
    return all(
        one.get("Principal") in ({"AWS": principal}, {"AWS": [principal]})
        for one in ([said] if isinstance(said, dict) else said)
    )
