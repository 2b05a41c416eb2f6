"""IAM: roles, what they may do, and who may take them on from outside."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags

_GONE = ("NoSuchEntity",)
_AWS_OWN = ("/aws-service-role/", "/aws-reserved/")


def _text(document: Any) -> str:
    """A policy as JSON text; botocore hands documents over parsed."""
    return document if isinstance(document, str) else json.dumps(document)


def _account(aws: Aws, key: str) -> list[Raw]:
    """One list of the account's picture, which takes a few paged calls for everything."""
    wanted = ["Role", "User", "Group", "LocalManagedPolicy"]
    return aws.pages("iam", "get_account_authorization_details", key, Filter=wanted)


def _details(aws: Aws) -> list[Raw]:
    """Every role with its tags, its inline policies and what is attached to it."""
    roles = _account(aws, "RoleDetailList")
    return [role for role in roles if not role["Path"].startswith(_AWS_OWN)]


def users(aws: Aws) -> list[Raw]:
    """Every user with what they may do. A tenancy has none."""
    return _account(aws, "UserDetailList")


def groups(aws: Aws) -> list[Raw]:
    """Every group with what its members may do. A tenancy has none."""
    return _account(aws, "GroupDetailList")


def _list_roles(aws: Aws) -> Iterable[Raw]:
    # Only together do the two lists say all: one lacks tags, the other descriptions.
    listed = {role["RoleName"]: role for role in aws.pages("iam", "list_roles", "Roles")}
    return ({**listed.get(role["RoleName"], {}), **role} for role in _details(aws))


def _read_role(aws: Aws, name: str, _state: Props) -> Raw | None:
    role: Raw | None = one(lambda: aws.client("iam").get_role(RoleName=name), *_GONE, key="Role")
    return role


def _role(raw: Raw) -> Props:
    return {
        "arn": raw["Arn"],
        "assumeRolePolicy": _text(raw["AssumeRolePolicyDocument"]),
        "createDate": raw["CreateDate"].isoformat(),
        "description": raw.get("Description", ""),
        "maxSessionDuration": raw["MaxSessionDuration"],
        "name": raw["RoleName"],
        "path": raw["Path"],
        "permissionsBoundary": raw.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "tags": tags(raw.get("Tags")),
        "uniqueId": raw["RoleId"],
    }


def _list_inline(aws: Aws) -> Iterable[Raw]:
    return (
        {"RoleName": role["RoleName"], **policy}
        for role in _details(aws)
        for policy in role.get("RolePolicyList") or ()
    )


def _read_inline(aws: Aws, resource_id: str, _state: Props) -> Raw | None:
    role, _, name = resource_id.partition(":")
    policy: Raw | None = one(
        lambda: aws.client("iam").get_role_policy(RoleName=role, PolicyName=name), *_GONE
    )
    return policy


def _list_attached(aws: Aws) -> Iterable[Raw]:
    return (
        {"RoleName": role["RoleName"], **policy}
        for role in _details(aws)
        for policy in role.get("AttachedManagedPolicies") or ()
    )


def _read_attached(aws: Aws, resource_id: str, _state: Props) -> Raw | None:
    role, _, arn = resource_id.partition("/")
    attached = one(
        lambda: aws.pages("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=role),
        *_GONE,
    )
    found = (policy for policy in attached or () if policy["PolicyArn"] == arn)
    return next(({"RoleName": role, **policy} for policy in found), None)


def _list_policies(aws: Aws) -> Iterable[Raw]:
    return aws.each(lambda policy: _whole(aws, policy), _account(aws, "Policies"))


def _whole(aws: Aws, policy: Raw) -> Raw | None:
    """The picture has a policy's documents and lacks its tags."""
    found = one(lambda: aws.client("iam").get_policy(PolicyArn=policy["Arn"]), *_GONE, key="Policy")
    versions = policy["PolicyVersionList"]
    document = next(item["Document"] for item in versions if item["IsDefaultVersion"])
    return found and {**found, "document": document}


def _read_policy(aws: Aws, arn: str, _state: Props) -> Raw | None:
    iam = aws.client("iam")
    policy = one(lambda: iam.get_policy(PolicyArn=arn), *_GONE, key="Policy")
    version = policy and one(
        lambda: iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"]),
        *_GONE,
        key="PolicyVersion",
    )
    return version and {**policy, "document": version["Document"]}


def _policy(raw: Raw) -> Props:
    return {
        "arn": raw["Arn"],
        "attachmentCount": raw.get("AttachmentCount", 0),
        "description": raw.get("Description", ""),
        "name": raw["PolicyName"],
        "path": raw["Path"],
        "policy": _text(raw["document"]),
        "policyId": raw["PolicyId"],
        "tags": tags(raw.get("Tags")),
    }


def _list_providers(aws: Aws) -> Iterable[Raw]:
    listed = aws.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    return aws.each(lambda provider: _read_provider(aws, provider["Arn"], {}), listed)


def _read_provider(aws: Aws, arn: str, _state: Props) -> Raw | None:
    provider = one(
        lambda: aws.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=arn),
        *_GONE,
    )
    return provider and {**provider, "Arn": arn}


def _provider(raw: Raw) -> Props:
    return {
        "arn": raw["Arn"],
        "clientIdLists": raw.get("ClientIDList", []),
        "tags": tags(raw.get("Tags")),
        "thumbprintLists": raw.get("ThumbprintList", []),
        # AWS keeps the host and path only.
        "url": f"https://{raw['Url'].removeprefix('https://')}",
    }


TYPES = (
    AwsType(
        token="aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        service="iam",
        cloudformation="AWS::IAM::OIDCProvider",
        list=_list_providers,
        read=_read_provider,
        identify=lambda raw: str(raw["Arn"]),
        normalise=_provider,
        key=("url",),
        replace=frozenset({"url"}),
        computed=frozenset({"thumbprintLists"}),
        unordered=frozenset({"clientIdLists"}),
        home="us-east-1",
    ),
    AwsType(
        token="aws:iam/policy:Policy",
        service="iam",
        cloudformation="AWS::IAM::ManagedPolicy",
        list=_list_policies,
        read=_read_policy,
        identify=lambda raw: str(raw["Arn"]),
        normalise=_policy,
        key=("name",),
        replace=frozenset({"description", "name", "namePrefix", "path"}),
        defaults={"path": "/"},
        documents=frozenset({"policy"}),
        write_only=frozenset({"delayAfterPolicyCreationInMs"}),
        home="us-east-1",
    ),
    AwsType(
        token="aws:iam/role:Role",
        service="iam",
        cloudformation="AWS::IAM::Role",
        list=_list_roles,
        read=_read_role,
        identify=lambda raw: str(raw["RoleName"]),
        normalise=_role,
        key=("name",),
        replace=frozenset({"name", "namePrefix", "path"}),
        defaults={"forceDetachPolicies": False, "maxSessionDuration": 3600, "path": "/"},
        documents=frozenset({"assumeRolePolicy"}),
        # The maker refuses the last two: RolePolicy and RolePolicyAttachment stand for them.
        write_only=frozenset({"forceDetachPolicies", "inlinePolicies", "managedPolicyArns"}),
        home="us-east-1",
    ),
    AwsType(
        token="aws:iam/rolePolicy:RolePolicy",
        service="iam",
        parent="role",
        cloudformation="AWS::IAM::RolePolicy",
        list=_list_inline,
        read=_read_inline,
        identify=lambda raw: f"{raw['RoleName']}:{raw['PolicyName']}",
        normalise=lambda raw: {
            "name": raw["PolicyName"],
            "policy": _text(raw["PolicyDocument"]),
            "role": raw["RoleName"],
        },
        key=("role", "name"),
        replace=frozenset({"name", "namePrefix", "role"}),
        documents=frozenset({"policy"}),
        home="us-east-1",
    ),
    AwsType(
        token="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        service="iam",
        parent="role",
        list=_list_attached,
        read=_read_attached,
        identify=lambda raw: f"{raw['RoleName']}/{raw['PolicyArn']}",
        normalise=lambda raw: {"policyArn": raw["PolicyArn"], "role": raw["RoleName"]},
        key=("role", "policyArn"),
        replace=frozenset({"policyArn", "role"}),
        home="us-east-1",
    ),
)
