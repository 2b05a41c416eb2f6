"""The content bucket of a country's tenancy, found in its stack's state."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from infra.sandbox import home as sandbox
from infra.sandbox import lifecycle
from integrations.content.mirror.bucket import Bucket
from wasl.errors import WaslError
from wasl.result import Message

BACKEND = "PULUMI_BACKEND_URL"
_NO_TENANCY = frozenset({"WASL-TENANCY-OUTPUTS", "WASL-CLOUD-NO-STACK"})


def bucket_of(
    root: Path, home: Path, code: str, environ: Mapping[str, str]
) -> tuple[Bucket | None, Message | None]:
    """The bucket; or None, and the sentence that says why everything stays on this disk."""
    running = lifecycle.status(sandbox.Home(home)).running
    if not running and not environ.get(BACKEND):
        return None, _note(code, "check.no-backend")
    from wasl.planes.cloud.reach import account

    try:
        entered = account(root, home, code, environ, "content")
    except WaslError as error:
        if error.code in _NO_TENANCY:
            return None, _note(code, "check.no-tenancy")
        raise
    return Bucket(entered.aws.client("s3"), entered.outputs.content_bucket), None


def _note(code: str, why: str) -> Message:
    return Message(why, {"country": code})
