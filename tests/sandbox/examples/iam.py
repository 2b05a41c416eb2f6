"""IAM."""

import json

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example


def _trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _allow(*actions: str) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _trust_anyone(aws: Aws, state: Props) -> None:
    open_door = json.loads(_trust("x"))
    open_door["Statement"][0]["Principal"] = {"AWS": "*"}
    aws.client("iam").update_assume_role_policy(
        RoleName=state["name"], PolicyDocument=json.dumps(open_door)
    )


def _allow_all(aws: Aws, state: Props) -> None:
    aws.client("iam").put_role_policy(
        RoleName=state["role"], PolicyName=state["name"], PolicyDocument=_allow("*")
    )


def _new_version(aws: Aws, state: Props) -> None:
    aws.client("iam").create_policy_version(
        PolicyArn=state["arn"], PolicyDocument=_allow("*"), SetAsDefault=True
    )


EXAMPLES = (
    Example(
        "aws:iam/policy:Policy",
        lambda _: {
            "name": "wasl-reads",
            "description": "reads queues",
            "policy": _allow("sqs:ReceiveMessage"),
            "tags": {"wasl:urn": "test/Policy"},
        },
        change={"policy": _allow("sqs:ReceiveMessage", "sqs:DeleteMessage")},
        tamper=_new_version,
        tampered="policy",
    ),
    Example(
        "aws:iam/role:Role",
        lambda made: {
            "name": "wasl-jo-task",
            "assumeRolePolicy": _trust("ecs-tasks.amazonaws.com"),
            "description": "the platform",
            "permissionsBoundary": made["Policy"]["arn"],
            "tags": {"country": "jo"},
        },
        change={"maxSessionDuration": 7200, "tags": {"owner": "x"}},
        tamper=_trust_anyone,
        tampered="assumeRolePolicy",
    ),
    Example(
        "aws:iam/rolePolicy:RolePolicy",
        lambda made: {
            "role": made["Role"]["name"],
            "name": "queues",
            "policy": _allow("sqs:SendMessage"),
        },
        change={"policy": _allow("sqs:SendMessage", "sqs:GetQueueUrl")},
        tamper=_allow_all,
        tampered="policy",
    ),
    Example(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        lambda made: {"role": made["Role"]["name"], "policyArn": made["Policy"]["arn"]},
    ),
    Example(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        lambda made: {
            "role": made["Role"]["name"],
            "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
        },
        name="AWS's own",
    ),
    Example(
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        lambda _: {
            "url": "https://token.actions.githubusercontent.com",
            "clientIdLists": ["sts.amazonaws.com"],
            "tags": {"wasl:urn": "test/OpenIdConnectProvider"},
        },
        change={"tags": {"wasl:urn": "test/OpenIdConnectProvider", "owner": "x"}},
        tamper=lambda aws, state: aws.client("iam").add_client_id_to_open_id_connect_provider(
            OpenIDConnectProviderArn=state["arn"], ClientID="somebody-else"
        ),
        tampered="clientIdLists",
    ),
)
