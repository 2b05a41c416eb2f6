"""Every AWS type that wasl knows, by its Pulumi token."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from infra.aws import (
    appautoscaling,
    ec2,
    ec2_endpoints,
    ec2_routing,
    ec2_security,
    ecr,
    ecs,
    iam,
    kms,
    lb,
    logs,
    s3,
    sqs,
)
from infra.aws.model import AwsType

_SERVICES = (
    appautoscaling,
    ec2,
    ec2_endpoints,
    ec2_routing,
    ec2_security,
    ecr,
    ecs,
    iam,
    kms,
    lb,
    logs,
    s3,
    sqs,
)

TYPES: Mapping[str, AwsType] = MappingProxyType(
    {kind.token: kind for service in _SERVICES for kind in service.TYPES}
)
