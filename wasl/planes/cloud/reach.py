"""The way into a country's account, for planes that use what its tenancy offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.aws.model import Aws, Credentials, assumed
from infra.foundation import ROLE
from infra.program import main
from infra.sandbox import home as sandbox
from infra.sandbox.account import SANDBOX_KEY
from wasl import tenancy
from wasl.planes.cloud import checkpoint
from wasl.planes.cloud.stacks import Stacks
from wasl.planes.cloud.target import resolve
from wasl.tenancy import TenancyOutputs


@dataclass(frozen=True)
class Account:
    """A tenancy, and clients that act in its account."""

    outputs: TenancyOutputs
    aws: Aws


def account(root: Path, home: Path, code: str, environ: Mapping[str, str], who: str) -> Account:
    """The country's account, entered by the role that the foundation left there; `who` signs in.

    Raises WASL-TARGET-NONE (neither sandbox nor backend), WASL-CLOUD-NO-STACK and
    WASL-TENANCY-OUTPUTS (the tenancy is not up).
    """
    target = resolve(root, home, environ)
    state = checkpoint.export(Stacks(target, main), code)
    outputs = tenancy.read(state.outputs if state else {}, code)
    record = sandbox.load(sandbox.Home(home)) if target.sandbox else None
    endpoint = record.endpoint if record else None
    base = Credentials(SANDBOX_KEY, SANDBOX_KEY) if endpoint else None
    outside = Aws(outputs.region, base, endpoint, read_only=False)
    role = f"arn:aws:iam::{outputs.account}:role/{ROLE}"
    keys = assumed(outside, role, f"wasl-{who}")
    return Account(outputs, Aws(outputs.region, keys, endpoint, read_only=False))
