"""The role for drift checks: made of the data of the types, enough for the check, and no more."""

from __future__ import annotations

import re

from infra.aws.catalogue import TYPES
from infra.aws.cloudformation import schema
from infra.aws.permissions import BEYOND, READ_ONLY, READS

# Handlers ask for what writes, or what shows a value: never ours.
_WRITES = re.compile(r":(?!(Describe|Get|List|View|BatchGet))")
_SHOWS = frozenset(
    {
        "cognito-idp:ListUserPoolClientSecrets",
        "s3:ListBucket",
        "secretsmanager:GetSecretValue",
        "ssm:GetParameters",
    }
)
# What CloudFormation reads of a type and no property here stands for.
NOT_READ = {
    "access points": (
        "amplify:GetWebACLForResource",
        "appsync:GetWebACLForResource",
        "apprunner:DescribeWebAclForService",
        "cognito-idp:GetWebACLForResource",
        "ec2:DescribeVerifiedAccessInstanceWebAclAssociations",
        "ec2:GetVerifiedAccessInstanceWebAcl",
        "vpc-lattice:DescribeServiceNetworkVpcEndpointAssociation",
    ),
    "asked of the trail's list": ("CloudTrail:GetTrail", "CloudTrail:ListTrails"),
    "asked of the vaults' list": ("backup:DescribeBackupVault",),
    "asked with the rest": (
        "cloudfront:GetDistributionConfig",
        "guardduty:ListTagsForResource",
        "iam:ListEntitiesForPolicy",
        "iam:ListPolicies",
        "iam:ListRolePolicies",
        "s3:ListTagsForResource",
        "sns:ListSubscriptionsByTopic",
    ),
    "the emulated AWS has none, so they are not compared": (
        "application-autoscaling:ListTagsForResource",
        "backup:GetBackupVaultAccessPolicy",
        "backup:GetBackupVaultNotifications",
        "logs:GetDataProtectionPolicy",
        "sns:GetDataProtectionPolicy",
    ),
    "inputs that a tenancy does not use": (
        "CloudTrail:GetEventConfiguration",
        "CloudTrail:GetInsightSelectors",
        "application-autoscaling:DescribeScheduledActions",
        "billing:GetBillingViewData",
        "ec2:DescribeAccountAttributes",
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeVpcEncryptionControls",
        "elasticloadbalancing:DescribeCapacityReservation",
        "elasticloadbalancing:DescribeTargetHealth",
        "logs:DescribeIndexPolicies",
        "logs:DescribeResourcePolicies",
        "route53:ListQueryLoggingConfigs",
        "s3:GetAccelerateConfiguration",
        "s3:GetAnalyticsConfiguration",
        "s3:GetBucketAbac",
        "s3:GetBucketCORS",
        "s3:GetBucketMetadataTableConfiguration",
        "s3:GetBucketNotification",
        "s3:GetBucketWebsite",
        "s3:GetIntelligentTieringConfiguration",
        "s3:GetInventoryConfiguration",
        "s3:GetMetricsConfiguration",
        "ssm:GetDefaultPatchBaseline",
    ),
}


def test_every_type_of_a_country_says_what_it_reads() -> None:
    theirs = {token for token in TYPES if token.startswith(("aws:organizations/", "aws:account/"))}
    assert set(READS) == set(TYPES) - theirs


def test_nothing_that_writes_or_shows_values_is_permitted() -> None:
    assert [action for action in READ_ONLY if _WRITES.search(action)] == []
    assert _SHOWS & set(READ_ONLY) == set()
    shows = re.compile(r"s3:GetObject$|s3:ListBucket$|Decrypt|GetParameter|SecretValue|sqs:Receive")
    assert [action for action in READ_ONLY if shows.search(action)] == []


def test_cloudformations_readers_need_nothing_that_is_not_permitted_or_explained() -> None:
    permitted = {action.lower() for action in READ_ONLY}
    theirs = {
        action
        for token in READS
        for name in ("read", "list")
        for action in _handler(TYPES[token].cloudformation, name)
        if not _WRITES.search(action) and action not in _SHOWS and action.lower() not in permitted
    }
    assert theirs == {action for actions in NOT_READ.values() for action in actions}


def _handler(cloudformation: str | None, name: str) -> list[str]:
    handlers = schema(cloudformation or "").get("handlers", {})
    return list(handlers.get(name, {}).get("permissions", ()))


def test_each_operation_exists() -> None:
    import botocore.session

    session = botocore.session.Session()
    for operation in {one for many in (*READS.values(), BEYOND) for one in many}:
        service, _, name = operation.partition(":")
        assert name in session.get_service_model(service).operation_names, operation
