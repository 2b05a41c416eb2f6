"""The content bucket of a country's tenancy, found in its stack's state."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from integrations.content.mirror.bucket import Bucket
from wasl.errors import WaslError
from wasl.planes.reach import account
from wasl.result import Message

_WITHOUT: Mapping[str, str] = {
    "WASL-TARGET-NONE": "check.no-backend",
    "WASL-TENANCY-OUTPUTS": "check.no-tenancy",
}


def bucket_of(
    home: Path, code: str, environ: Mapping[str, str], *, read_only: bool
) -> tuple[Bucket | None, Message | None]:
    """The bucket; or None, and the sentence that says why everything stays on this disk."""
    try:
        entered = account(home, code, environ, "content", read_only=read_only)
    except WaslError as error:
        if error.code in _WITHOUT:
            return None, Message(_WITHOUT[error.code], {"country": code})
        raise
    return Bucket(entered.aws.client("s3"), entered.outputs.content_bucket), None
