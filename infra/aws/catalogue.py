"""Every AWS type that wasl knows, by its Pulumi token."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from infra.aws import (
    account,
    ec2,
    ec2_endpoints,
    ec2_routing,
    ec2_security,
    iam,
    kms,
    logs,
    organizations,
    rds,
    s3,
    s3_settings,
    sqs,
)
from infra.aws.model import AwsType

_SERVICES = (
    account,
    ec2,
    ec2_endpoints,
    ec2_routing,
    ec2_security,
    iam,
    kms,
    logs,
    organizations,
    rds,
    s3,
    s3_settings,
    sqs,
)

TYPES: Mapping[str, AwsType] = MappingProxyType(
    {kind.token: kind for service in _SERVICES for kind in service.TYPES}
)
