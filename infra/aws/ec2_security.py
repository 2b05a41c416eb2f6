"""EC2: security groups and their rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.aws.ec2 import arn, default_vpcs, every, named
from infra.aws.model import Aws, AwsType, Props, Raw, tags

EVERY_PROTOCOL = "-1"


def _list_groups(aws: Aws) -> Iterable[Raw]:
    """Each VPC's default group comes with it and is a type of its own."""
    groups = every(aws, "describe_security_groups", "SecurityGroups")
    return (group for group in groups if group["GroupName"] != "default")


def _list_defaults(aws: Aws) -> Iterable[Raw]:
    theirs = default_vpcs(aws)
    for group in every(aws, "describe_security_groups", "SecurityGroups"):
        if group["GroupName"] == "default" and group.get("VpcId") not in theirs:
            yield group


def _read_group(aws: Aws, group_id: str, _state: Props) -> Raw | None:
    code = "InvalidGroup.NotFound"
    return named(aws, "describe_security_groups", "SecurityGroups", "GroupIds", group_id, code)


def _group(raw: Raw) -> Props:
    group_id = raw["GroupId"]
    return {
        "arn": raw.get("SecurityGroupArn") or arn(raw, "security-group", group_id),
        "description": raw["Description"],
        "egress": list(_inline(group_id, raw["IpPermissionsEgress"])),
        "ingress": list(_inline(group_id, raw["IpPermissions"])),
        "name": raw["GroupName"],
        "ownerId": raw["OwnerId"],
        "tags": tags(raw.get("Tags")),
        "vpcId": raw.get("VpcId", ""),
    }


def _inline(group_id: str, permissions: Iterable[Mapping[str, Any]]) -> Iterator[Props]:
    """Rules as blocks of the group: AWS groups them by ports, Pulumi by description as well."""
    for permission in permissions:
        texts: dict[str, Props] = {}
        for name, value, text in _sources(group_id, permission):
            block = texts.setdefault(text, {"description": text, **_ports(permission)})
            if name == "self":
                block["self"] = True
            else:
                block.setdefault(name, []).append(value)
        yield from texts.values()


def _ports(permission: Mapping[str, Any]) -> Props:
    ports = (permission.get("FromPort", 0), permission.get("ToPort", 0))
    protocol = permission["IpProtocol"]
    first, last = (0, 0) if protocol == EVERY_PROTOCOL else ports
    return {"protocol": protocol, "fromPort": first, "toPort": last}


def _sources(group_id: str, permission: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Each source or destination of a permission: Pulumi's property, value, description."""
    kinds = (
        ("IpRanges", "CidrIp", "cidrBlocks"),
        ("Ipv6Ranges", "CidrIpv6", "ipv6CidrBlocks"),
        ("PrefixListIds", "PrefixListId", "prefixListIds"),
        ("UserIdGroupPairs", "GroupId", "securityGroups"),
    )
    for theirs, field, ours in kinds:
        for item in permission.get(theirs) or ():
            own = field == "GroupId" and item[field] == group_id
            yield ("self" if own else ours), item[field], item.get("Description", "")


def _list_rules(aws: Aws, *, egress: bool) -> Iterator[Raw]:
    """Rules of the default groups are the groups' own: emptied with them, not one by one."""
    defaults = {
        group["GroupId"]
        for group in every(aws, "describe_security_groups", "SecurityGroups")
        if group["GroupName"] == "default"
    }
    for rule in every(aws, "describe_security_group_rules", "SecurityGroupRules"):
        if rule["IsEgress"] == egress and rule["GroupId"] not in defaults:
            yield rule


def _read_rule(aws: Aws, rule_id: str, _state: Props) -> Raw | None:
    return named(
        aws,
        "describe_security_group_rules",
        "SecurityGroupRules",
        "SecurityGroupRuleIds",
        rule_id,
        "InvalidSecurityGroupRuleId.NotFound",
        "InvalidGroup.NotFound",
    )


def _rule(raw: Raw) -> Props:
    # AWS says -1 for the ports of a rule for every protocol, which nobody can ask for.
    ported = raw["IpProtocol"] != EVERY_PROTOCOL
    ports = {"fromPort": raw.get("FromPort"), "toPort": raw.get("ToPort")} if ported else {}
    return {
        "arn": raw.get("SecurityGroupRuleArn", ""),
        "cidrIpv4": raw.get("CidrIpv4", ""),
        "cidrIpv6": raw.get("CidrIpv6", ""),
        "description": raw.get("Description", ""),
        "ipProtocol": raw["IpProtocol"],
        "prefixListId": raw.get("PrefixListId", ""),
        "referencedSecurityGroupId": raw.get("ReferencedGroupInfo", {}).get("GroupId", ""),
        "securityGroupId": raw["GroupId"],
        "securityGroupRuleId": raw["SecurityGroupRuleId"],
        "tags": tags(raw.get("Tags")),
        **ports,
    }


_BLOCKS = frozenset({"egress", "ingress"})
_UNORDERED = _BLOCKS | {
    f"{block}.{name}"
    for block in _BLOCKS
    for name in ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups")
}


def _rule_type(name: str, *, egress: bool) -> AwsType:
    return AwsType(
        token=f"aws:vpc/{name[0].lower()}{name[1:]}:{name}",
        service="ec2",
        parent="securityGroupId",
        cloudformation=f"AWS::EC2::SecurityGroup{'Egress' if egress else 'Ingress'}",
        list=lambda aws: _list_rules(aws, egress=egress),
        read=_read_rule,
        identify=lambda raw: str(raw["SecurityGroupRuleId"]),
        normalise=_rule,
        # CloudFormation replaces for all but the description; the API, and so Terraform, changes
        # all in place but the group and the kind of source.
        replace=frozenset({"securityGroupId"}),
        replace_on_presence=frozenset(
            {"cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"}
        ),
    )


TYPES = (
    AwsType(
        token="aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        service="ec2",
        parent="vpcId",
        list=_list_defaults,
        read=_read_group,
        identify=lambda raw: str(raw["GroupId"]),
        normalise=_group,
        key=("vpcId",),
        replace=frozenset({"vpcId"}),
        replace_source={"vpcId": "Terraform: it is adopted, and each VPC has its own"},
        defaults={"revokeRulesOnDelete": False},
        # Rules are not `computed`, as in a group of ours: one that nobody declared is drift.
        unordered=_UNORDERED,
        write_only=frozenset({"revokeRulesOnDelete"}),
    ),
    AwsType(
        token="aws:ec2/securityGroup:SecurityGroup",
        service="ec2",
        parent="vpcId",
        cloudformation="AWS::EC2::SecurityGroup",
        list=_list_groups,
        read=_read_group,
        identify=lambda raw: str(raw["GroupId"]),
        normalise=_group,
        key=("name", "vpcId"),
        replace=frozenset({"description", "name", "namePrefix", "vpcId"}),
        defaults={"description": "Managed by Pulumi", "revokeRulesOnDelete": False},
        # Rules are resources of their own unless the group declares them.
        computed=_BLOCKS,
        # AWS lets a new group reach everything, and only the call after the first takes that back.
        several_calls=True,
        unordered=_UNORDERED,
        write_only=frozenset({"revokeRulesOnDelete"}),
    ),
    _rule_type("SecurityGroupEgressRule", egress=True),
    _rule_type("SecurityGroupIngressRule", egress=False),
)
