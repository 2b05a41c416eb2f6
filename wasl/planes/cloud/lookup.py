"""Find in AWS what a cut-off create may have left there, with clients that cannot write.

A type that has a name of its own (`key`) is found by that, whoever its parent is being part of it;
any other by the `wasl:urn` tag or the CallerReference that its create call carried.
"""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from infra.aws.catalogue import TYPES
from infra.aws.find import made_by
from infra.aws.model import Aws, AwsType
from wasl.errors import WaslError
from wasl.planes.cloud.accounts import reader
from wasl.planes.cloud.checkpoint import Checkpoint, Pending


def found(checkpoint: Checkpoint) -> dict[str, str]:
    """The id of each pending create that AWS holds, by URN; one that is not there is left out.

    Raises WASL-RECOVER-AMBIGUOUS where AWS holds two, WASL-RECOVER-UNKNOWN-TYPE for a type that
    cannot be looked up, WASL-RECOVER-UNREADABLE where AWS cannot be asked.
    """
    places: dict[str, Aws] = {}
    result = {}
    for pending in checkpoint.pending:
        if not pending.may_exist:
            continue
        kind = TYPES.get(pending.type)
        if kind is None:
            raise _unknown_type(pending)
        try:
            ids = _ids(kind, pending, _aws(checkpoint, pending, places), _known(checkpoint))
        except (ClientError, BotoCoreError) as error:
            raise _unreadable(pending, error) from error
        if len(ids) > 1:
            raise _ambiguous(pending, ids)
        if ids:
            result[pending.urn] = ids[0]
    return result


def _ids(kind: AwsType, pending: Pending, aws: Aws, known: set[tuple[str, str]]) -> list[str]:
    place = aws.at(kind.home or pending.inputs.get("region"))
    wanted = pending.inputs
    matching = (raw for raw in kind.list(place) if made_by(kind, kind.normalise(raw), wanted))
    ids = {kind.identify(raw) for raw in matching}
    # What another resource of the state owns was not made by this create.
    return sorted(found for found in ids if (pending.type, found) not in known)


def _known(checkpoint: Checkpoint) -> set[tuple[str, str]]:
    return {(str(item["type"]), str(item.get("id"))) for item in checkpoint.resources}


def _aws(checkpoint: Checkpoint, pending: Pending, places: dict[str, Aws]) -> Aws:
    """The account and region that the resource's provider works in."""
    urn = str(pending.resource.get("provider", "")).rpartition("::")[0]
    if urn not in places:
        inputs = next((r["inputs"] for r in checkpoint.resources if r["urn"] == urn), None)
        if inputs is None:
            raise WaslError(
                "WASL-RECOVER-PROVIDER",
                "the state does not hold the provider of a resource that was being made",
                where=pending.urn,
                hint="look for it in AWS by hand, then: pulumi refresh --clear-pending-creates",
            )
        places[urn] = reader(inputs, Aws)
    return places[urn]


def _ambiguous(pending: Pending, ids: list[str]) -> WaslError:
    return WaslError(
        "WASL-RECOVER-AMBIGUOUS",
        f"an interrupted run was making one {pending.type}, and AWS holds {len(ids)}: "
        f"{', '.join(ids)}",
        where=pending.urn,
        hint="remove the one that is not wanted from AWS, then run the same command again",
    )


def _unknown_type(pending: Pending) -> WaslError:
    return WaslError(
        "WASL-RECOVER-UNKNOWN-TYPE",
        f"an interrupted run was making a {pending.type}, which wasl cannot look up",
        where=pending.urn,
        hint="look for it in AWS by hand, then: pulumi refresh --import-pending-creates or "
        "--clear-pending-creates",
    )


def _unreadable(pending: Pending, error: Exception) -> WaslError:
    return WaslError(
        "WASL-RECOVER-UNREADABLE",
        f"an interrupted run was making a {pending.type}, and AWS could not be asked: {error}",
        where=pending.urn,
        hint="check network and credentials, then run the same command again",
    )
