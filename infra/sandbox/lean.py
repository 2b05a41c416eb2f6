"""What moto does anew for each account and call, and the sandbox needs once or never.

It was two thirds of the emulated AWS's processor time.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

_PARTITION = "aws"


def lean() -> None:
    """Take it out of moto."""
    from moto import backends
    from moto.core import responses
    from moto.iam.models import IAMBackend
    from moto.kms import models as kms

    # It looks for a key's account in every partition, and so makes all of them.
    _replace(IAMBackend, "_init_aws_policies", lambda _: _managed_policies)
    # A symmetric key signs nothing.
    _replace(kms, "generate_private_key", _key_pair)
    _replace(responses, "method_names_from_class", cache)
    # It lists its own folder at every call.
    _replace(backends, "list_of_moto_modules", lambda listed: cache(lambda: tuple(listed())))


def _replace(owner: Any, name: str, by: Callable[[Any], Any]) -> None:
    setattr(owner, name, by(getattr(owner, name)))


def _key_pair(make: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda spec: None if spec == "SYMMETRIC_DEFAULT" else make(spec)


def _managed_policies(backend: Any) -> list[Any]:
    from moto.iam.models import AWSManagedPolicy

    if backend.partition != _PARTITION:
        return []
    number, region = backend.account_id, backend.region_name
    return [
        AWSManagedPolicy.from_data(name, number, region, said) for name, said in _said().items()
    ]


@cache
def _said() -> dict[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    said: dict[str, Any] = json.loads(aws_managed_policies_data)
    return said
