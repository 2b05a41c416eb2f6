"""Organizations."""

import json

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example


def _only(*regions: str) -> str:
    statement = {
        "Sid": "Residency",
        "Effect": "Deny",
        "NotAction": ["iam:*", "organizations:*", "sts:*"],
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": list(regions)}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _loosen(aws: Aws, state: Props) -> None:
    content = _only("eu-south-1", "us-east-1")
    aws.client("organizations").update_policy(PolicyId=state["id"], Content=content)


def _trust_nobody(aws: Aws, state: Props) -> None:
    aws.client("organizations").disable_policy_type(
        RootId=state["roots"][0]["id"], PolicyType="SERVICE_CONTROL_POLICY"
    )


def _move_out(aws: Aws, state: Props) -> None:
    # Out of its unit, the unit's policies no longer bind the account.
    client = aws.client("organizations")
    client.move_account(
        AccountId=state["id"],
        SourceParentId=state["parentId"],
        DestinationParentId=client.list_roots()["Roots"][0]["Id"],
    )


EXAMPLES = (
    Example(
        "aws:organizations/organization:Organization",
        lambda _: {
            "awsServiceAccessPrincipals": ["cloudtrail.amazonaws.com"],
            "enabledPolicyTypes": ["SERVICE_CONTROL_POLICY"],
        },
        change={"awsServiceAccessPrincipals": ["account.amazonaws.com"]},
        tamper=_trust_nobody,
        tampered="enabledPolicyTypes",
    ),
    Example(
        "aws:organizations/organizationalUnit:OrganizationalUnit",
        lambda made: {
            "parentId": made["Organization"]["roots"][0]["id"],
            "name": "countries",
            "tags": {"owner": "alecso"},
        },
        change={"name": "tenancies"},
        tamper=lambda aws, state: aws.client("organizations").untag_resource(
            ResourceId=state["id"], TagKeys=["owner"]
        ),
        tampered="tags",
    ),
    Example(
        "aws:organizations/organizationalUnit:OrganizationalUnit",
        lambda made: {"parentId": made["OrganizationalUnit"]["id"], "name": "jo"},
        name="unit of a unit",
    ),
    Example(
        "aws:organizations/account:Account",
        lambda made: {
            "name": "wasl-jo",
            "email": "aws+jo@example.org",
            "parentId": made["unit of a unit"]["id"],
            "roleName": "OrganizationAccountAccessRole",
            "tags": {"country": "jo"},
        },
        change={"tags": {"country": "jo", "owner": "alecso"}},
        tamper=_move_out,
        tampered="parentId",
    ),
    Example(
        "aws:organizations/policy:Policy",
        lambda _: {"name": "residency-jo", "content": _only("eu-south-1")},
        change={"description": "law 1", "tags": {"country": "jo"}},
        tamper=_loosen,
        tampered="content",
    ),
    Example(
        "aws:organizations/policyAttachment:PolicyAttachment",
        lambda made: {
            "policyId": made["Policy"]["id"],
            "targetId": made["unit of a unit"]["id"],
        },
    ),
)
