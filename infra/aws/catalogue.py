"""Every AWS type that wasl knows, by its Pulumi token."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from infra.aws import (
    acm,
    ec2,
    elasticache,
    iam,
    kms,
    organizations,
    rds,
    route53,
    s3,
    s3_settings,
    sqs,
    wafv2,
)
from infra.aws.model import AwsType

_SERVICES = (
    acm,
    ec2,
    elasticache,
    iam,
    kms,
    organizations,
    rds,
    route53,
    s3,
    s3_settings,
    sqs,
    wafv2,
)

TYPES: Mapping[str, AwsType] = MappingProxyType(
    {kind.token: kind for service in _SERVICES for kind in service.TYPES}
)
