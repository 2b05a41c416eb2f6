"""The way into a country's tenancy, for planes and verbs that use what it offers.

The stack's state says where that is and by which role it is entered; no engine is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wasl import tenancy
from wasl.errors import WaslError
from wasl.planes.cloud.target import backend
from wasl.tenancy import TenancyOutputs

if TYPE_CHECKING:
    from infra.aws.model import Aws


@dataclass(frozen=True)
class Account:
    """A tenancy, and clients that act in its account."""

    outputs: TenancyOutputs
    aws: Aws


def account(
    home: Path, code: str, environ: Mapping[str, str], who: str, *, read_only: bool = False
) -> Account:
    """The country's account; `who` signs in. With `read_only` its clients refuse to write.

    Raises WASL-TARGET-NONE (neither sandbox nor backend), WASL-BACKEND and WASL-LIVE-BACKEND (the
    state cannot be read), WASL-TENANCY-OUTPUTS (the tenancy is not up), WASL-LIVE-ACCOUNT.
    """
    place = backend(home, environ)
    # Where there is no tenancy, AWS's SDK is not paid for.
    from infra.aws.model import Aws
    from wasl.planes.cloud.accounts import entered
    from wasl.planes.cloud.states import read

    held = read(place, environ, code)
    outputs = tenancy.read(held.state.outputs if held else {}, code)
    assert held is not None  # what offers a tenancy has a state
    provider = next(
        (one for one in held.state.providers.values() if one.get("region") == outputs.region), None
    )
    if provider is None:
        raise WaslError(
            "WASL-LIVE-ACCOUNT",
            "the state does not say how its account is entered",
            where=held.name,
            hint=f"wasl up {code}",
        )
    aws = entered(provider, Aws, f"stack {code}", session=f"wasl-{who}", read_only=read_only)
    return Account(outputs, aws)
