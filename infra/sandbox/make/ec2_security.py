"""EC2: security groups and their rules."""

from __future__ import annotations

from typing import Any

from infra.aws.ec2_security import EVERY_PROTOCOL
from infra.aws.model import Aws, Props, tags
from infra.sandbox.make.ec2 import retag, tagged
from infra.sandbox.make.model import Maker, nothing

_RANGES = (
    ("cidrBlocks", "IpRanges", "CidrIp"),
    ("ipv6CidrBlocks", "Ipv6Ranges", "CidrIpv6"),
    ("prefixListIds", "PrefixListIds", "PrefixListId"),
    ("securityGroups", "UserIdGroupPairs", "GroupId"),
)


def _create_group(aws: Aws, props: Props) -> str:
    created = aws.client("ec2").create_security_group(
        GroupName=props["name"],
        Description=props["description"],
        VpcId=props["vpcId"],
        TagSpecifications=tagged("security-group", props),
    )
    group_id = str(created["GroupId"])
    # AWS lets a new group reach everything; the real provider takes that back.
    _revoke_all(aws, group_id)
    _rules(aws, group_id, {}, props)
    return group_id


def _update_group(aws: Aws, group_id: str, old: Props, new: Props) -> None:
    _rules(aws, group_id, old, {**{block: old.get(block) for block in _CALLS}, **new})
    retag(aws, group_id, old, new)


def _adopt_default(aws: Aws, props: Props) -> str:
    """Take over the group that came with the VPC: that is what the type is for."""
    wanted = {"vpc-id": props["vpcId"], "group-name": "default"}
    groups = aws.client("ec2").describe_security_groups(
        Filters=[{"Name": name, "Values": [value]} for name, value in wanted.items()]
    )["SecurityGroups"]
    if not groups:
        raise RuntimeError(f"{props['vpcId']} has no default security group")
    group_id = str(groups[0]["GroupId"])
    _revoke_all(aws, group_id)
    _rules(aws, group_id, {}, props)
    retag(aws, group_id, {"tags": tags(groups[0].get("Tags"))}, props)
    return group_id


def _update_default(aws: Aws, group_id: str, old: Props, new: Props) -> None:
    _rules(aws, group_id, old, new)
    retag(aws, group_id, old, new)


def _revoke_all(aws: Aws, group_id: str) -> None:
    only = [{"Name": "group-id", "Values": [group_id]}]
    rules = aws.pages("ec2", "describe_security_group_rules", "SecurityGroupRules", Filters=only)
    for block in _CALLS:
        ids = [
            rule["SecurityGroupRuleId"] for rule in rules if rule["IsEgress"] == (block == "egress")
        ]
        if ids:
            _call(aws, "revoke", block)(GroupId=group_id, SecurityGroupRuleIds=ids)


_CALLS = ("egress", "ingress")


def _call(aws: Aws, verb: str, block: str) -> Any:
    return getattr(aws.client("ec2"), f"{verb}_security_group_{block}")


def _rules(aws: Aws, group_id: str, old: Props, new: Props) -> None:
    """Bring the rules that the group itself declares from `old` to `new`."""
    for block in _CALLS:
        before = [_permission(group_id, rule) for rule in old.get(block) or ()]
        after = [_permission(group_id, rule) for rule in new.get(block) or ()]
        gone = [rule for rule in before if rule not in after]
        added = [rule for rule in after if rule not in before]
        if gone:
            _call(aws, "revoke", block)(GroupId=group_id, IpPermissions=gone)
        if added:
            _call(aws, "authorize", block)(GroupId=group_id, IpPermissions=added)


def _permission(group_id: str, rule: Props) -> Props:
    text = {"Description": rule["description"]} if rule.get("description") else {}
    permission: Props = {"IpProtocol": str(rule["protocol"])}
    if permission["IpProtocol"] != EVERY_PROTOCOL:
        permission |= {"FromPort": rule["fromPort"], "ToPort": rule["toPort"]}
    for ours, theirs, name in _RANGES:
        values = sorted(rule.get(ours) or ())
        if ours == "securityGroups" and rule.get("self"):
            values.append(group_id)
        if values:
            permission[theirs] = [{name: value, **text} for value in values]
    return permission


def _create_rule(aws: Aws, block: str, props: Props) -> str:
    made = _call(aws, "authorize", block)(
        GroupId=props["securityGroupId"],
        IpPermissions=[_permission(props["securityGroupId"], _as_block(props))],
        TagSpecifications=tagged("security-group-rule", props),
    )["SecurityGroupRules"][0]
    rule_id = str(made["SecurityGroupRuleId"])
    if made.get("Description", "") != props.get("description", ""):
        # moto forgets it where the rule names a group, but not on a change.
        _modify_rule(aws, rule_id, props)
    return rule_id


def _as_block(props: Props) -> Props:
    lists = {
        "cidrBlocks": "cidrIpv4",
        "ipv6CidrBlocks": "cidrIpv6",
        "prefixListIds": "prefixListId",
        "securityGroups": "referencedSecurityGroupId",
    }
    return {
        "protocol": props["ipProtocol"],
        "fromPort": props.get("fromPort", -1),
        "toPort": props.get("toPort", -1),
        "description": props.get("description", ""),
        **{block: [props[name]] for block, name in lists.items() if props.get(name)},
    }


def _modify_rule(aws: Aws, rule_id: str, props: Props) -> None:
    names = {
        "cidrIpv4": "CidrIpv4",
        "cidrIpv6": "CidrIpv6",
        "prefixListId": "PrefixListId",
        "referencedSecurityGroupId": "ReferencedGroupId",
    }
    rule = {theirs: props[ours] for ours, theirs in names.items() if props.get(ours)}
    rule |= {
        "IpProtocol": props["ipProtocol"],
        "FromPort": props.get("fromPort", -1),
        "ToPort": props.get("toPort", -1),
        "Description": props.get("description", ""),
    }
    aws.client("ec2").modify_security_group_rules(
        GroupId=props["securityGroupId"],
        SecurityGroupRules=[{"SecurityGroupRuleId": rule_id, "SecurityGroupRule": rule}],
    )


def _update_rule(aws: Aws, rule_id: str, old: Props, new: Props) -> None:
    if {**old, "tags": 0, "tagsAll": 0} != {**new, "tags": 0, "tagsAll": 0}:
        _modify_rule(aws, rule_id, new)
    retag(aws, rule_id, old, new)


def _rule_maker(block: str) -> Maker:
    return Maker(
        lambda aws, props: _create_rule(aws, block, props),
        _update_rule,
        lambda aws, rule_id, state: _call(aws, "revoke", block)(
            GroupId=state["securityGroupId"], SecurityGroupRuleIds=[rule_id]
        ),
    )


MAKERS = {
    # It cannot be deleted before its VPC: it is let go as it stands, like the real provider does.
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Maker(
        _adopt_default, _update_default, nothing
    ),
    "aws:ec2/securityGroup:SecurityGroup": Maker(
        _create_group,
        _update_group,
        lambda aws, id, _: aws.client("ec2").delete_security_group(GroupId=id),
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _rule_maker("egress"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rule_maker("ingress"),
}
