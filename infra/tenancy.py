"""A country's tenancy: its components in the order in which they build on each other."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pulumi

from infra.components.balancer import Balancer
from infra.components.base import Place
from infra.components.data import Data
from infra.components.edge import Edge
from infra.components.feeds import Feeds
from infra.components.fleet import Fleet
from infra.components.identity import Identity
from infra.components.keys import Keys
from infra.components.names import Names
from infra.components.network import Network
from infra.components.platform import Platform
from infra.components.protection import Checker, Protection
from infra.components.storage import Storage
from infra.foundation import STACK as FOUNDATION
from infra.target import refuse_expired, refuse_forbidden, refuse_unsettled, target
from wasl.errors import WaslError
from wasl.manifest import Partner
from wasl.manifest.catalogue import load_country
from wasl.tenancy import OUTPUT, VERSION, TenancyOutputs


def tenancy(root: Path, code: str) -> None:
    """Describe the tenancy of the country `code`."""
    catalogue = load_country(root, code)
    country, partner = catalogue.countries[code], catalogue.partner(code)
    where = target()
    leaving = pulumi.Config("wasl").get_bool("unprotect") or False
    refuse_unsettled(country, where)
    refuse_forbidden(catalogue, code)
    if not leaving:  # what may no longer stay can still be removed
        refuse_expired(catalogue, code, where, datetime.now(UTC).date())
    foundation = _foundation()
    home = foundation.get_output("accounts").apply(lambda accounts: _account(accounts, code))
    provider = where.provider("tenancy", country.region, role=home["role"], account=home["account"])
    place = Place(country, home["account"], provider, unprotected=leaving)
    checker = Checker(
        home["ci_provider"],
        pulumi.Config("wasl").require("ciIssuer"),
        pulumi.Config("wasl").require("ciSubject"),
        foundation.get_output("stateBucket"),
        foundation.get_output("stateKey"),
    )
    pulumi.export(OUTPUT, components(place, partner, checker))


def _foundation() -> pulumi.StackReference:
    """What `foundation` made for all countries, and for each: its account, role, CI provider."""
    organization = pulumi.get_organization()
    return pulumi.StackReference(f"{organization}/{pulumi.get_project()}/{FOUNDATION}")


def _account(accounts: Any, code: str) -> Any:
    if not accounts or code not in accounts:
        raise WaslError(
            "WASL-FOUNDATION",
            f"the foundation has no account for {code}",
            where=f"stack {FOUNDATION}",
            hint=f"wasl up {FOUNDATION}",
        )
    return accounts[code]


def components(place: Place, partner: Partner, checker: Checker) -> pulumi.Output[Any]:
    """Make every component; what the tenancy offers the other planes."""
    keys = Keys(place)
    network = Network(place, keys)
    storage = Storage(place, keys)
    data = Data(place, network, keys)
    names = Names(place)
    balancer = Balancer(place, network, storage, names, keys)
    Platform(place, network, data, balancer, storage, keys)
    edge = Edge(place, storage, names)
    identity = Identity(place, partner, keys)
    feeds = Feeds(place, partner, storage, keys)
    fleet = Fleet(place)
    protection = Protection(place, storage, data, balancer, feeds, keys, checker)
    return _outputs(
        place,
        account=place.account,
        content_bucket=storage.content.bucket,
        backups_bucket=storage.backups.bucket,
        content_key=keys.content.arn,
        content_host=edge.distribution.domain_name if edge.distribution else "",
        roster_queue=feeds.roster.url,
        content_queue=feeds.content.url,
        partner_role=feeds.partner_role.arn,
        partner_secret=feeds.credentials.arn,
        drift_role=protection.drift_role.arn,
        user_pool=identity.pool.id,
        user_pool_client=identity.client.id,
        sign_in_domain=identity.domain.domain,
        fleet_path=fleet.path,
        platform_host=balancer.host,
        name_servers=names.zone.name_servers,
    )


def _outputs(place: Place, **parts: pulumi.Input[Any]) -> pulumi.Output[Any]:
    """The stack's output; checked against its model as soon as every part is known.

    A run that lifts protection applies no manifest: until the next `up` all checks say so.
    """
    country = place.country
    facts = {
        "version": VERSION,
        "country": country.code,
        "region": country.region,
        "manifest_digest": "" if place.unprotected else country.digest,
    }
    return pulumi.Output.all(**parts).apply(
        lambda known: TenancyOutputs.model_validate({**facts, **known}).model_dump(mode="json")
    )
