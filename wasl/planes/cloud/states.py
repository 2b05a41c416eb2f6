"""Stacks' states, read from where the backend keeps them: no engine, no program, no passphrase."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.live.state import State, parsed
from wasl.errors import WaslError
from wasl.planes.cloud.buckets import Bucket, bucket, state_of
from wasl.tenancy import OUTPUT


@dataclass(frozen=True)
class Held:
    """A stack's state: where it lies, its SHA-256, and what it says."""

    name: str
    digest: str
    state: State

    @property
    def manifest(self) -> str:
        """The digest of the manifest that was applied last; empty before, and while unprotected."""
        return str(self._tenancy.get("manifest_digest", ""))

    @property
    def unprotected(self) -> bool:
        """Whether the last run lifted protection, to destroy what still stands."""
        return self._tenancy.get("manifest_digest") == ""

    @property
    def _tenancy(self) -> Mapping[str, Any]:
        tenancy = self.state.outputs.get(OUTPUT)
        return tenancy if isinstance(tenancy, Mapping) else {}

    @property
    def size(self) -> int:
        """How many things it manages in the cloud."""
        return len(self.state.resources)


def read(backend: str, environ: Mapping[str, str], stack: str) -> Held | None:
    """The state of a stack; None where there is no such stack.

    Raises WASL-BACKEND, WASL-STATE-TORN, and WASL-LIVE-BACKEND for a backend of another kind.
    """
    blobs = bucket(backend, environ)
    if blobs is None:
        raise WaslError(
            "WASL-LIVE-BACKEND",
            "states are read in files and in S3, and this backend is neither",
            where=backend,
            hint="keep the states in S3; or look at the cloud alone: wasl drift --plane cloud "
            "--engine pulumi",
        )
    return held(blobs, stack, f"{backend}: ")


def held(blobs: Bucket, stack: str, shown: str = "") -> Held | None:
    """The same, of states at hand; `shown` is how people are told where they are."""
    found = state_of(blobs, stack)
    if found is None:
        return None
    name, data = found
    return Held(f"{shown}{name}", hashlib.sha256(data).hexdigest(), parsed(data, f"{shown}{name}"))
