"""S3: a bucket that takes TLS only takes the sandbox's calls, which come by loopback without it.

moto reads no conditions: it would refuse every object of a bucket whose policy refuses plain HTTP.
"""

from __future__ import annotations

import json
from typing import Any

OPERATIONS: tuple[str, ...] = ()  # none is added
_PLAIN_HTTP = {"Bool": {"aws:SecureTransport": "false"}}


def install() -> None:
    """Have moto judge a bucket's policy without the statements against plain HTTP."""
    from moto.s3.models import FakeBucket

    FakeBucket.get_permission = _permission  # type: ignore[method-assign,assignment]


def _permission(bucket: Any, action: str, resource: str) -> Any:
    from moto.iam.access_control import IAMPolicy, PermissionResult

    policy = _over_tls(bucket.policy)
    if policy is None:
        return PermissionResult.NEUTRAL
    return IAMPolicy(policy).is_action_permitted(action, resource)


def _over_tls(policy: bytes | None) -> str | None:
    """What a policy says to whoever comes by TLS; nothing where that is all it says."""
    if policy is None:
        return None
    told = json.loads(policy)
    said = told.get("Statement", [])
    statements = said if isinstance(said, list) else [said]
    kept = [one for one in statements if one.get("Condition") != _PLAIN_HTTP]
    return json.dumps({**told, "Statement": kept}) if kept else None
