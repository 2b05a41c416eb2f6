"""Which types are listed where: wherever the state has one, and at home whatever it has.

A country's account holds nothing but its tenancy, so each type is listed there, and what keeps data
in every other region of the contract; the foundation's accounts hold more than the foundation, so
that only types of its state are.
"""

from __future__ import annotations

from collections.abc import Mapping

from infra.aws.catalogue import TYPES
from infra.aws.model import AwsType
from infra.live.eyes import Eyes
from infra.live.listing import Place
from infra.live.state import Managed, State

# The organisation is the foundation's, and regions are opted into by it.
_FOUNDATIONS = ("aws:organizations/", "aws:account/")
# Waiting for a certificate leaves no trace of its own; versions of secrets are people's.
_NO_THING = frozenset(
    {
        "aws:acm/certificateValidation:CertificateValidation",
        "aws:secretsmanager/secretVersion:SecretVersion",
    }
)
# What keeps data, whether it has a tag or not. Buckets are found in whatever region they are, and a
# trail shows itself in all of them; what it writes lies in a bucket.
_KEEPS = frozenset(token for token, kind in TYPES.items() if kind.stateful and not kind.home)
KEEPING = _KEEPS - {"aws:s3/bucket:Bucket", "aws:cloudtrail/trail:Trail"} | {"aws:sqs/queue:Queue"}


def everywhere(token: str) -> bool:
    """Whether one that no state holds is looked for."""
    return not token.startswith(_FOUNDATIONS) and token not in _NO_THING


def region(managed: Managed, eyes: Eyes) -> str:
    """Where a resource of the state stands."""
    kind = TYPES[managed.type]
    return kind.home or str(managed.inputs.get("region") or eyes.region)


def places(
    state: State,
    accounts: Mapping[str, Eyes],
    whole: bool,
    regions: frozenset[str],
    edge: frozenset[str],
    edge_region: str,
) -> list[Place]:
    """Every type and place to list.

    `regions` are those that the contract names, `edge` the types that may stand in `edge_region`.
    """
    wanted: dict[tuple[str, str, str], Place] = {}

    def add(kind: AwsType, provider: str, where: str) -> None:
        wanted.setdefault((kind.token, provider, where), (kind, accounts[provider].at(where)))

    for managed in state.resources:
        if managed.type in TYPES and managed.provider in accounts:
            eyes = accounts[managed.provider]
            add(TYPES[managed.type], managed.provider, region(managed, eyes))
    if whole:
        for provider, eyes in accounts.items():
            for token, kind in TYPES.items():
                if everywhere(token):
                    add(kind, provider, kind.home or eyes.region)
                    if token in edge and everywhere(token):
                        add(kind, provider, edge_region)
                    for other in sorted(regions) if token in KEEPING else ():
                        add(kind, provider, other)
    return list(wanted.values())
