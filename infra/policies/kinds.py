"""The resource types that the policies were written for, and where each lives.

What is not named here is refused (`reviewed-types`): a type that nobody has looked at may hold
data unencrypted, or where it must not be. To use a new one, name it here and give `encryption`,
`public` and `copies` what it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.policies.model import Resource


def _tokens(names: Mapping[str, str]) -> frozenset[str]:
    """Pulumi type tokens from class names by module."""
    return frozenset(
        f"aws:{module}/{name[0].lower()}{name[1:]}:{name}"
        for module, text in names.items()
        for name in text.split()
    )


TAGGED = _tokens(
    {
        "acm": "Certificate",
        "appautoscaling": "Target",
        "backup": "Plan Vault",
        "budgets": "Budget",
        "cloudfront": "Distribution",
        "cloudtrail": "Trail",
        "cloudwatch": "EventRule LogGroup MetricAlarm",
        "cognito": "UserPool",
        "ebs": "Volume",
        "ec2": "DefaultSecurityGroup Eip FlowLog InternetGateway NatGateway RouteTable"
        " SecurityGroup Subnet Vpc VpcEndpoint",
        "ecr": "Repository",
        "ecs": "Cluster Service TaskDefinition",
        "efs": "FileSystem",
        "elasticache": "ParameterGroup ReplicationGroup SubnetGroup",
        "guardduty": "Detector",
        "iam": "OpenIdConnectProvider Policy Role",
        "kms": "Key ReplicaKey",
        "lb": "Listener LoadBalancer TargetGroup",
        "organizations": "Account OrganizationalUnit Policy",
        "rds": "Instance ParameterGroup SubnetGroup",
        "route53": "Zone",
        "s3": "Bucket",
        "secretsmanager": "Secret",
        "sns": "Topic",
        "sqs": "Queue",
        "ssm": "Activation Parameter PatchBaseline",
        "vpc": "SecurityGroupEgressRule SecurityGroupIngressRule",
        "wafv2": "WebAcl",
    }
)
"""Types that take tags."""

UNTAGGED = _tokens(
    {
        "account": "Region",
        "acm": "CertificateValidation",
        "appautoscaling": "Policy",
        "backup": "Selection VaultPolicy",
        "cloudfront": "OriginAccessControl",
        "cloudwatch": "EventTarget LogSubscriptionFilter",
        "cognito": "IdentityProvider ResourceServer UserPoolClient UserPoolDomain",
        "ec2": "Route RouteTableAssociation SecurityGroupRule",
        "ecr": "LifecyclePolicy ReplicationConfiguration RepositoryPolicy",
        "iam": "RolePolicy RolePolicyAttachment",
        "kms": "Alias",
        "organizations": "Organization PolicyAttachment",
        "rds": "InstanceAutomatedBackupsReplication",
        "route53": "Record",
        "s3": "BucketAcl BucketLifecycleConfiguration BucketLogging BucketObjectLockConfiguration"
        " BucketOwnershipControls BucketPolicy BucketPublicAccessBlock BucketReplicationConfig"
        " BucketServerSideEncryptionConfiguration BucketVersioning",
        "scheduler": "Schedule",
        "secretsmanager": "SecretPolicy SecretVersion",
        "sns": "TopicPolicy TopicSubscription",
        "sqs": "QueuePolicy",
        "wafv2": "WebAclAssociation WebAclLoggingConfiguration",
    }
)
"""Types that take none."""

KNOWN = TAGGED | UNTAGGED

CLOUDFRONT = frozenset(token for token in KNOWN if token.startswith("aws:cloudfront/"))

GLOBAL = frozenset(
    token
    for token in KNOWN
    if token.startswith(
        ("aws:account/", "aws:budgets/", "aws:iam/", "aws:organizations/", "aws:route53/")
    )
)
"""Types of services with one place for the whole world, which hold no learner's data."""

_DEFAULT = ("primary",)
_PURPOSES: Mapping[str, tuple[str, ...]] = {
    "aws:backup/vault:Vault": ("backup",),
    "aws:backup/vaultPolicy:VaultPolicy": ("backup",),
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": ("backup",),
    "aws:cloudwatch/logGroup:LogGroup": ("logs",),
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": ("logs",),
    "aws:cloudtrail/trail:Trail": ("logs",),
    "aws:ec2/flowLog:FlowLog": ("logs",),
    "aws:kms/replicaKey:ReplicaKey": ("backup", "replicas"),
    # Keys are where what they encrypt is.
    "aws:kms/key:Key": ("primary", "backup", "logs", "replicas"),
    "aws:kms/alias:Alias": ("primary", "backup", "logs", "replicas"),
}


def purposes(resource: Resource) -> tuple[str, ...]:
    """What is kept in a resource, as `residency.regions` of the manifest divides it."""
    if resource.type.startswith("aws:s3/") or _is_replica(resource):
        return ("primary", "replicas")
    return _PURPOSES.get(resource.type, _DEFAULT)


def _is_replica(resource: Resource) -> bool:
    source: Any = resource.props.get("replicateSourceDb")
    return resource.type == "aws:rds/instance:Instance" and bool(source)
