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
    cloudfront,
    cloudtrail,
    cloudwatch,
    cognito,
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
    wafv2,
)
from infra.aws.model import AwsType

_SERVICES = (
    account,
    acm,
    appautoscaling,
    backup,
    budgets,
    cloudfront,
    cloudtrail,
    cloudwatch,
    cognito,
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
    wafv2,
)

TYPES: Mapping[str, AwsType] = MappingProxyType(
    {kind.token: kind for service in _SERVICES for kind in service.TYPES}
)
