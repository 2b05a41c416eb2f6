"""IAM: roles, policies and identity providers."""

from __future__ import annotations

from typing import Any

from infra.aws.iam import TYPES
from infra.aws.model import Aws, Props
from infra.sandbox.make.model import Maker
from infra.sandbox.make.tagging import changed_tags, pairs

_READ = {kind.token: kind.read for kind in TYPES}
_VERSIONS = 5  # IAM keeps no more of one policy


def _some(**arguments: Any) -> Props:
    """The arguments that have a value: IAM refuses empty ones."""
    return {key: value for key, value in arguments.items() if value not in (None, "", [])}


def _retag(aws: Aws, noun: str, name: Props, old: Props, new: Props) -> None:
    put, gone = changed_tags(old, new)
    iam = aws.client("iam")
    if put:
        getattr(iam, f"tag_{noun}")(**name, Tags=pairs({"tags": put}))
    if gone:
        getattr(iam, f"untag_{noun}")(**name, TagKeys=gone)


def _create_role(aws: Aws, props: Props) -> str:
    for name in ("inlinePolicies", "managedPolicyArns"):
        if props.get(name):
            raise RuntimeError(f"{name} is deprecated: use RolePolicy and RolePolicyAttachment")
    aws.client("iam").create_role(
        RoleName=props["name"],
        AssumeRolePolicyDocument=props["assumeRolePolicy"],
        Path=props["path"],
        MaxSessionDuration=props["maxSessionDuration"],
        Tags=pairs(props),
        **_some(
            Description=props.get("description"),
            PermissionsBoundary=props.get("permissionsBoundary"),
        ),
    )
    return str(props["name"])


def _update_role(aws: Aws, name: str, old: Props, new: Props) -> None:
    iam = aws.client("iam")
    if new["assumeRolePolicy"] != old.get("assumeRolePolicy"):
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=new["assumeRolePolicy"])
    iam.update_role(
        RoleName=name,
        Description=new.get("description", ""),
        MaxSessionDuration=new["maxSessionDuration"],
    )
    boundary = new.get("permissionsBoundary")
    if boundary and boundary != old.get("permissionsBoundary"):
        iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
    if old.get("permissionsBoundary") and not boundary:
        iam.delete_role_permissions_boundary(RoleName=name)
    _retag(aws, "role", {"RoleName": name}, old, new)


def _delete_role(aws: Aws, name: str, state: Props) -> None:
    iam = aws.client("iam")
    if state.get("forceDetachPolicies"):
        for policy in aws.pages("iam", "list_role_policies", "PolicyNames", RoleName=name):
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        attached = aws.pages(
            "iam", "list_attached_role_policies", "AttachedPolicies", RoleName=name
        )
        for policy in attached:
            iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=name)


def _refuse_existing(aws: Aws, token: str, resource_id: str) -> None:
    """The API would overwrite or do nothing."""
    if _READ[token](aws, resource_id, {}) is not None:
        raise RuntimeError(f"{resource_id} exists already: import it")


def _create_inline(aws: Aws, props: Props) -> str:
    resource_id = f"{props['role']}:{props['name']}"
    _refuse_existing(aws, "aws:iam/rolePolicy:RolePolicy", resource_id)
    _put_inline(aws, resource_id, {}, props)
    return resource_id


def _put_inline(aws: Aws, resource_id: str, _old: Props, new: Props) -> None:
    role, _, name = resource_id.partition(":")
    aws.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=new["policy"])


def _delete_inline(aws: Aws, resource_id: str, _state: Props) -> None:
    role, _, name = resource_id.partition(":")
    aws.client("iam").delete_role_policy(RoleName=role, PolicyName=name)


def _attach(aws: Aws, props: Props) -> str:
    resource_id = f"{props['role']}/{props['policyArn']}"
    _refuse_existing(aws, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", resource_id)
    aws.client("iam").attach_role_policy(RoleName=props["role"], PolicyArn=props["policyArn"])
    return resource_id


def _detach(aws: Aws, resource_id: str, _state: Props) -> None:
    role, _, arn = resource_id.partition("/")
    aws.client("iam").detach_role_policy(RoleName=role, PolicyArn=arn)


def _create_policy(aws: Aws, props: Props) -> str:
    created = aws.client("iam").create_policy(
        PolicyName=props["name"],
        PolicyDocument=props["policy"],
        Path=props["path"],
        Tags=pairs(props),
        **_some(Description=props.get("description")),
    )
    return str(created["Policy"]["Arn"])


def _versions(aws: Aws, arn: str) -> list[str]:
    """The versions of a policy that are not in force, the oldest first."""
    versions = aws.pages("iam", "list_policy_versions", "Versions", PolicyArn=arn)
    old = [version["VersionId"] for version in versions if not version["IsDefaultVersion"]]
    return sorted(old, key=lambda version: int(version.removeprefix("v")))


def _update_policy(aws: Aws, arn: str, old: Props, new: Props) -> None:
    iam = aws.client("iam")
    if new["policy"] != old.get("policy"):
        versions = _versions(aws, arn)
        if len(versions) >= _VERSIONS - 1:
            iam.delete_policy_version(PolicyArn=arn, VersionId=versions[0])
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=new["policy"], SetAsDefault=True)
    _retag(aws, "policy", {"PolicyArn": arn}, old, new)


def _delete_policy(aws: Aws, arn: str, _state: Props) -> None:
    for version in _versions(aws, arn):
        aws.client("iam").delete_policy_version(PolicyArn=arn, VersionId=version)
    aws.client("iam").delete_policy(PolicyArn=arn)


def _create_provider(aws: Aws, props: Props) -> str:
    created = aws.client("iam").create_open_id_connect_provider(
        Url=props["url"],
        ClientIDList=props["clientIdLists"],
        Tags=pairs(props),
        **_some(ThumbprintList=props.get("thumbprintLists")),
    )
    return str(created["OpenIDConnectProviderArn"])


def _update_provider(aws: Aws, arn: str, old: Props, new: Props) -> None:
    iam, name = aws.client("iam"), {"OpenIDConnectProviderArn": arn}
    before, after = set(old.get("clientIdLists") or ()), set(new["clientIdLists"])
    for client_id in sorted(after - before):
        iam.add_client_id_to_open_id_connect_provider(**name, ClientID=client_id)
    for client_id in sorted(before - after):
        iam.remove_client_id_from_open_id_connect_provider(**name, ClientID=client_id)
    prints = new.get("thumbprintLists")
    if prints and prints != old.get("thumbprintLists"):
        iam.update_open_id_connect_provider_thumbprint(**name, ThumbprintList=prints)
    _retag(aws, "open_id_connect_provider", name, old, new)


MAKERS = {
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Maker(
        _create_provider,
        _update_provider,
        lambda aws, arn, _: aws.client("iam").delete_open_id_connect_provider(
            OpenIDConnectProviderArn=arn
        ),
    ),
    "aws:iam/policy:Policy": Maker(_create_policy, _update_policy, _delete_policy),
    "aws:iam/role:Role": Maker(_create_role, _update_role, _delete_role),
    "aws:iam/rolePolicy:RolePolicy": Maker(_create_inline, _put_inline, _delete_inline),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Maker(_attach, None, _detach),
}
