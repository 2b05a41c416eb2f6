"""What every component shares: where it stands, its names, its tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pulumi
import pulumi_aws as aws

from infra.aws.model import URN_TAG
from wasl.manifest import Country


@dataclass(frozen=True)
class Place:
    """Where a tenancy stands: its country, account, region and provider."""

    country: Country
    account: pulumi.Output[str]
    provider: aws.Provider

    @property
    def prefix(self) -> str:
        """What the physical names of the tenancy start with."""
        return f"wasl-{self.country.code}"

    @property
    def region(self) -> str:
        return self.country.region

    def bucket(self, purpose: str) -> pulumi.Output[str]:
        """A bucket's name: unique in the world, since it holds the account's number."""
        return pulumi.Output.concat(self.prefix, "-", purpose, "-", self.account)

    def edge(self, token: str) -> bool:
        """Whether the country lets this type live in us-east-1, for public content."""
        edge = self.country.edge
        return edge is not None and token in edge.types

    @property
    def tags(self) -> dict[str, str]:
        """The tags that say whose a resource is."""
        country = self.country
        return {
            "country": country.code,
            "environment": country.environment,
            "partner": country.partner,
            "owner": country.contacts.owner,
            "cost-centre": country.cost_centre,
        }


class Component(pulumi.ComponentResource):
    """A part of a tenancy.

    `manifest_key` is the key of the country's manifest that it stands for, kept in the state so
    that a finding can point at its line. `classification` is what its data is at most.
    """

    manifest_key: ClassVar[str]
    classification: ClassVar[str] = "internal"

    def __init__(self, place: Place) -> None:
        name = type(self).__name__
        self.place = place
        super().__init__(
            f"wasl:tenancy:{name}",
            name.lower(),
            opts=pulumi.ResourceOptions(providers=[place.provider], transformations=[self._tagged]),
        )

    def child(self, **options: Any) -> pulumi.ResourceOptions:
        """The options of a resource of this component."""
        return pulumi.ResourceOptions(parent=self, **options)

    def done(self) -> None:
        """Say that all resources are described."""
        self.register_outputs({"manifestKey": self.manifest_key})

    def _tagged(
        self, args: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        if args.resource is self or not hasattr(type(args.resource), "tags"):
            return None
        own: Any = args.props.get("tags") or {}
        tags = {
            **self.place.tags,
            "data-classification": self.classification,
            URN_TAG: urn_tag(f"{self._type}${args.type_}", args.name),
            **own,
        }
        return pulumi.ResourceTransformationResult({**args.props, "tags": tags}, args.opts)


def urn_tag(type_chain: str, name: str) -> str:
    """A resource's URN as a tag's value.

    AWS finds a half-made resource again by it, where it gives out the id itself. Tag values may
    hold no `$`, which stands between the types of a URN.
    """
    urn = f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{type_chain}::{name}"
    return tag_value(urn)


def tag_value(urn: str) -> str:
    """A URN as AWS permits it in a tag."""
    return urn.replace("$", "+")
