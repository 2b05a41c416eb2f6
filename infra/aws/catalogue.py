"""Every AWS type that wasl knows, by its Pulumi token."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from infra.aws import (
    ec2,
    iam,
    kms,
    organizations,
    s3,
    s3_settings,
    sqs,
)
from infra.aws.model import AwsType

_SERVICES = (
    ec2,
    iam,
    kms,
    organizations,
    s3,
    s3_settings,
    sqs,
)

TYPES: Mapping[str, AwsType] = MappingProxyType(
    {kind.token: kind for service in _SERVICES for kind in service.TYPES}
)
