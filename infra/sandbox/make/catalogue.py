"""The makers of every type, by Pulumi token."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from infra.sandbox.make import (
    ec2,
    iam,
    kms,
    organizations,
    s3,
    s3_settings,
    sqs,
)
from infra.sandbox.make.model import Maker

_SERVICES = (
    ec2,
    iam,
    kms,
    organizations,
    s3,
    s3_settings,
    sqs,
)

MAKERS: Mapping[str, Maker] = MappingProxyType(
    {token: maker for service in _SERVICES for token, maker in service.MAKERS.items()}
)
