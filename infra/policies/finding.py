"""A violation that the engine tells of, as the house's `Finding`."""

from __future__ import annotations

from infra.policies.catalogue import SEVERITIES
from infra.policies.words import read
from wasl.result import Environment, Finding, Kind, Location, Message, Severity


def finding(
    policy: str,
    message: str,
    urn: str,
    enforcement: str = "mandatory",
    *,
    environment: Environment = "",
    location: Location | None = None,
) -> Finding:
    """What the engine's policy event says: policy's name, its text, the URN, the enforcement.

    `property` starts with the policy's name, so that two policies that refuse the same property
    stay two findings. `location` is the line of the manifest that the resource's component names.
    """
    said = read(message)
    stack, token, name = _parts(urn)
    severity = SEVERITIES.get(policy, Severity.HIGH)
    return Finding(
        plane="policy",
        country=stack,
        target=urn,
        kind=Kind.POLICY,
        severity=severity if enforcement != "advisory" else Severity.LOW,
        type=token,
        property=f"{policy}.{said.property}" if said.property else policy,
        environment=environment,
        location=location,
        message=Message(
            "cloud.policy",
            {"type": token, "name": name, "policy": policy, "reason": said.what},
        ),
        remedy=said.next,
    )


def _parts(urn: str) -> tuple[str, str, str]:
    """Stack, type and name; empty where there is none."""
    parts = urn.split("::", 3)
    if len(parts) != 4:
        return "", "", ""
    return parts[0].rpartition(":")[2], parts[2].rpartition("$")[2], parts[3]
