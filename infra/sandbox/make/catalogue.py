"""The makers of every type, by Pulumi token."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from infra.sandbox.make import (
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
from infra.sandbox.make.model import Maker

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

MAKERS: Mapping[str, Maker] = MappingProxyType(
    {token: maker for service in _SERVICES for token, maker in service.MAKERS.items()}
)
