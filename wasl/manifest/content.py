"""The content section of a manifest: which learning resources flow, and where to."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from wasl.manifest.base import CheckoutPath, FileName, Line, Model, StoreName
from wasl.manifest.identity import Endpoint

LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
LicenceName = Annotated[
    str, StringConstraints(max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9.+-]*$")
]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=500)]
FeedUrl = Annotated[
    str, StringConstraints(max_length=2000, pattern=r"^https?://[^\s/?#@]+([/?#][^\s]*)?$")
]


MayWithdraw = Annotated[
    int,
    Field(
        ge=0,
        description="How many records it may withdraw at once by listing them no more, where that "
        "is more than half of them: a list that was cut off withdraws nothing.",
    ),
]


class OaiFeed(Model):
    """A catalogue that is harvested by OAI-PMH 2.0."""

    kind: Literal["oai"] = Field(description="`oai`: an OAI-PMH 2.0 provider.")
    name: FileName = Field(description="The feed's short name; its records are kept under it.")
    url: FeedUrl = Field(description="The provider's base URL.")
    format: Literal["oai_dc", "lom"] = Field(
        default="oai_dc", description="The metadata format that is asked for."
    )
    prefix: Line | None = Field(
        default=None, description="The provider's own metadataPrefix for it, such as oai_lom."
    )
    set: Line | None = Field(default=None, description="The setSpec to harvest; all without it.")
    allow_private: bool = Field(
        default=False,
        description="Whether it may stand on, or send us to, a private or loopback address.",
    )
    may_withdraw: MayWithdraw = 0


class FolderFeed(Model):
    """Files in a folder, with their metadata in a spreadsheet (CSV or XLSX)."""

    kind: Literal["folder"] = Field(description="`folder`: files with metadata beside them.")
    name: FileName = Field(description="The feed's short name; its resources are kept under it.")
    path: CheckoutPath = Field(description="The folder, relative to the checkout's root.")
    may_withdraw: MayWithdraw = 0


Feed = Annotated[OaiFeed | FolderFeed, Field(discriminator="kind")]


class PartnerInterface(Model):
    """Where the country's own content interface at the partner is, and who we are there."""

    url: Endpoint = Field(description="What comes before the path that the partner's file names.")
    client: Line = Field(description="Our name there: the issuer of the tokens.")
    secret_name: StoreName = Field(
        description="The name of the secret that tokens are signed with, in the key store."
    )


class Exclusion(Model):
    """A resource that is left out by decision, and why."""

    resource: Identifier = Field(description="The resource's identifier as its feed gives it.")
    reason: Line = Field(description="Why it is left out: shown in every plan.")


class Content(Model):
    """Which learning resources flow, and where to."""

    feeds: tuple[Feed, ...] = Field(
        default=(), description="Where resources come from; the first that has one provides it."
    )
    languages: tuple[LanguageCode, ...] = Field(
        default=(), description="ISO 639 codes that are wanted; the country's own when left out."
    )
    levels: tuple[Line, ...] = Field(
        default=(), description="The grades that are wanted, by their codes; all when left out."
    )
    subjects: tuple[FileName, ...] = Field(
        default=(), description="The subjects that are wanted, by their ids; all when left out."
    )
    unclassified: Literal["deliver", "hold"] = Field(
        default="deliver",
        description="What happens to a resource that names no level or subject where some are "
        "asked for.",
    )
    licences: tuple[LicenceName, ...] = Field(
        default=("CC0-1.0", "CC-BY", "CC-BY-SA", "CC-PDM-1.0"),
        description="What may be passed on: SPDX ids, or one without its version for all of them.",
    )
    largest_file_mb: int = Field(
        default=500, ge=1, le=20_000, description="Larger files are not fetched (in 10^6 bytes)."
    )
    device_budget_mb: int = Field(
        default=20_000,
        ge=1,
        le=2_000_000,
        description="How much of a school computer the resources may fill (in 10^6 bytes).",
    )
    destinations: tuple[Literal["devices", "partner"], ...] = Field(
        default=("devices",), description="Where resources are delivered."
    )
    partner: PartnerInterface | None = Field(
        default=None, description="The partner's content interface, if it is a destination."
    )
    exclusions: tuple[Exclusion, ...] = Field(
        default=(), description="Resources that are left out by decision."
    )

    @model_validator(mode="after")
    def _says_things_once(self) -> Self:
        for field, values in (
            ("feeds", [feed.name for feed in self.feeds]),
            ("exclusions", [exclusion.resource for exclusion in self.exclusions]),
            ("languages", list(self.languages)),
            ("destinations", list(self.destinations)),
        ):
            if len(set(values)) != len(values):
                raise ValueError(f"{field} names the same one twice")
        if "partner" in self.destinations and self.partner is None:
            raise ValueError("partner is a destination: say where it is, under content.partner")
        return self
