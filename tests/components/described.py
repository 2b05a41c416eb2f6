"""What the program describes for a country, without an engine: every resource with its inputs."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import mocks

from infra.components.protection import Checker
from wasl.manifest import Country
from wasl.manifest.catalogue import load

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "111122223333"

# Policies that the SDK's own types let pass as structures are texts on the wire.
_DOCUMENTS = frozenset({"assumeRolePolicy", "policy"})


def arn(kind: str, name: str) -> str:
    """The ARN that AWS would give this resource here."""
    return f"arn:aws:{kind}:{name}"


@dataclass
class Described(mocks.Mocks):
    """Resources by type and name, as the engine would register them."""

    resources: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    offers: dict[str, Any] = field(default_factory=dict)
    """What the stack offers the other planes."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.resources[args.typ, args.name] = {
            key: json.dumps(value) if key in _DOCUMENTS and isinstance(value, dict) else value
            for key, value in args.inputs.items()
        }
        made = {
            "arn": arn(args.typ.rpartition(":")[2], args.name),
            "arnSuffix": f"app/{args.name}",
            "bucketRegionalDomainName": f"{args.inputs.get('bucket')}.example",
            "hostedZoneId": "Z2",
            "zoneId": "Z1",
            "dnsName": "d",
            "domainName": "d.example",
            "url": "u",
            "nameServers": ["ns1"],
            "masterUserSecrets": [{"secretArn": "arn:secret"}],
            "domainValidationOptions": [
                {
                    "resourceRecordName": "_x",
                    "resourceRecordType": "CNAME",
                    "resourceRecordValue": "y",
                }
            ],
        }
        return f"{args.name}-id", {**made, **args.inputs}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], None]:
        return {}, None

    def of(self, token: str) -> dict[str, dict[str, Any]]:
        """The resources of a type, by name."""
        return {name: inputs for (typ, name), inputs in self.resources.items() if typ == token}

    def one(self, token: str) -> dict[str, Any]:
        """The only resource of a type."""
        (only,) = self.of(token).values()
        return only


def country(like: str = "jo", /, **changes: Any) -> Country:
    """A country of the checkout, changed for the test and validated again."""
    found = load(ROOT).countries[like].model_dump(mode="json")
    return Country.model_validate({**found, **changes})


def described(what: Country, *, unprotected: bool = False) -> Described:
    """Run the tenancy's program for `what` against mocks."""
    from infra.components.base import Place
    from infra.target import Target
    from infra.tenancy import components

    result = Described()
    asyncio.set_event_loop(asyncio.new_event_loop())
    pulumi.runtime.set_mocks(result, project="wasl", stack=what.code, preview=False)

    def program() -> None:
        provider = Target("http://127.0.0.1:1").provider("tenancy", what.region)
        place = Place(what, pulumi.Output.from_input(ACCOUNT), provider, unprotected)
        partner = load(ROOT).partners[what.partner]
        checker = Checker(
            "arn:ci",
            "issuer.example",
            "repo:x",
            "wasl-state-1",
            "arn:aws:kms:eu-central-1:1:key/state",
        )
        offered = components(place, partner, checker)
        pulumi.export("tenancy", offered.apply(result.offers.update))

    run: Any = pulumi.runtime.test
    run(program)()
    return result
