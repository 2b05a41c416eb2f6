"""Every AWS type that wasl knows, by its Pulumi token."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from infra.aws import (
    account,
    acm,
    appautoscaling,
    backup,
    budgets,
    cloudtrail,
    cloudwatch,
    ec2,
    ec2_endpoints,
    ec2_routing,
    ec2_security,
    ecr,
    ecs,
    elasticache,
    guardduty,
    iam,
    kms,
    lb,
    logs,
    organizations,
    rds,
    route53,
    s3,
    s3_settings,
    scheduler,
    secretsmanager,
    sns,
    sqs,
    ssm,
)
from infra.aws.model import AwsType

_SERVICES = (
    account,
    acm,
    appautoscaling,
    backup,
    budgets,
    cloudtrail,
    cloudwatch,
    ec2,
    ec2_endpoints,
    ec2_routing,
    ec2_security,
    ecr,
    ecs,
    elasticache,
    guardduty,
    iam,
    kms,
    lb,
    logs,
    organizations,
    rds,
    route53,
    s3,
    s3_settings,
    scheduler,
    secretsmanager,
    sns,
    sqs,
    ssm,
)

TYPES: Mapping[str, AwsType] = MappingProxyType(
    {kind.token: kind for service in _SERVICES for kind in service.TYPES}
)
