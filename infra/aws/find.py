"""Whether something that AWS lists is what a program wanted to make.

A create that was cut off leaves a thing without anybody who knows its id. It is found again by
the input properties that name it, by the `wasl:urn` tag of its create call or, where tags come
only after the create call, by the CallerReference of that call.
"""

from __future__ import annotations

import hashlib

from infra.aws.compare import canonical
from infra.aws.model import URN_TAG, AwsType, Props


def made_by(kind: AwsType, live: Props, inputs: Props) -> bool:
    """Whether `live`, a normalised answer, is what creating with `inputs` made."""
    if kind.key:
        left, right = canonical(kind, live), canonical(kind, inputs)
        return all(left.get(key) == right.get(key) for key in kind.key)
    urn = (inputs.get("tags") or {}).get(URN_TAG)
    if not urn:
        return False
    if "callerReference" in live and live["callerReference"] == caller_reference(inputs):
        return True
    return bool((live.get("tags") or {}).get(URN_TAG) == urn)


def caller_reference(inputs: Props) -> str | None:
    """The CallerReference of a create call that takes no tags; None where no URN is known.

    The name is part of it, since a replacement lives beside the old one for a while. At most 128
    characters, as AWS's services want it.
    """
    urn = (inputs.get("tags") or {}).get(URN_TAG)
    if not urn:
        return None
    named = f"{urn}\n{str(inputs.get('name', '')).lower().rstrip('.')}"
    return f"wasl-{hashlib.sha256(named.encode()).hexdigest()}"
