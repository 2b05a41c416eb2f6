"""The content bucket of a country's tenancy, found in its stack's state."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.sandbox import home as sandbox
from infra.sandbox import lifecycle
from infra.sandbox.account import SANDBOX_KEY
from integrations.content.mirror.bucket import Bucket
from wasl import tenancy
from wasl.errors import WaslError
from wasl.result import Message
from wasl.tenancy import TenancyOutputs

BACKEND = "PULUMI_BACKEND_URL"
_NO_TENANCY = frozenset({"WASL-TENANCY-OUTPUTS", "WASL-CLOUD-NO-STACK"})


def bucket_of(
    root: Path, home: Path, code: str, environ: Mapping[str, str]
) -> tuple[Bucket | None, Message | None]:
    """The bucket; or None, and the sentence that says why everything stays on this disk."""
    running = lifecycle.status(sandbox.Home(home)).running
    if not running and not environ.get(BACKEND):
        return None, _note(code, "check.no-backend")
    try:
        outputs = _outputs(root, home, code, environ)
    except WaslError as error:
        if error.code in _NO_TENANCY:
            return None, _note(code, "check.no-tenancy")
        raise
    record = sandbox.load(sandbox.Home(home)) if running else None
    client = _client(outputs, record.endpoint if record else None)
    return Bucket(client, outputs.content_bucket), None


def _note(code: str, why: str) -> Message:
    return Message(why, {"country": code})


def _outputs(root: Path, home: Path, code: str, environ: Mapping[str, str]) -> TenancyOutputs:
    from infra.program import main
    from wasl.planes.cloud import checkpoint
    from wasl.planes.cloud.stacks import Stacks
    from wasl.planes.cloud.target import resolve

    state = checkpoint.export(Stacks(resolve(root, home, environ), main), code)
    resources = state.resources if state else []
    found: Mapping[str, Any] = next(
        (one.get("outputs") or {} for one in resources if one["type"] == "pulumi:pulumi:Stack"), {}
    )
    return tenancy.read(found, code)


def _client(outputs: TenancyOutputs, endpoint: str | None) -> Any:
    """An S3 client inside the country's account, by the role that the foundation left there."""
    from infra.aws.model import Aws, Credentials
    from infra.foundation import ROLE

    base = Credentials(SANDBOX_KEY, SANDBOX_KEY) if endpoint else None
    sts = Aws(outputs.region, base, endpoint, read_only=False).client("sts")
    role = f"arn:aws:iam::{outputs.account}:role/{ROLE}"
    given = sts.assume_role(RoleArn=role, RoleSessionName="wasl-content")["Credentials"]
    keys = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    return Aws(outputs.region, keys, endpoint, read_only=False).client("s3")
