"""A partner as it is described once, in `partners/<name>.yaml`.

What only the partner can know is a `Fact`: its value, whether the partner confirmed it, and where
it comes from.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from wasl.manifest.base import (
    AccountId,
    CountryCode,
    Fact,
    FileName,
    HttpsUrl,
    Line,
    Model,
    Names,
    StoreName,
)


class Scope(Model):
    """A permission that the partner's client may ask for."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{0,63}$")] = Field(
        description="The scope's name, without the resource server in front."
    )
    description: Line = Field(description="What the scope permits.")


class PartnerPlatform(Model):
    """What a tenancy must know to run the partner's platform and let it in."""

    aws_accounts: Fact[tuple[AccountId, ...]] = Field(
        description="The AWS accounts that may assume the partner role; assumed ones are trusted "
        "in the sandbox alone."
    )
    external_id_parameter: StoreName = Field(
        description="The name of the parameter that holds the external id of the partner role."
    )
    callback_urls: Fact[tuple[HttpsUrl, ...]] = Field(
        description="Where the sign-in of the app client may return to."
    )
    logout_urls: Fact[tuple[HttpsUrl, ...]] = Field(
        description="Where the app client may return to after signing out."
    )
    scopes: tuple[Scope, ...] = Field(
        min_length=1, description="The scopes that the app client may ask for."
    )
    image_repository: Fact[Line] = Field(
        description="The repository of the platform's container image, without a tag."
    )


Treatment = Literal["plain", "pseudonym"]
Fields = dict[Line, Treatment]


class RosterContract(Model):
    """Which fields of a roster the partner is given, and how. What is not listed never leaves."""

    version: Line = Field(description="The contract's version; a plan is bound to it.")
    reads: Fact[tuple[Line, ...]] = Field(
        description="The ways in which the partner's state can be read."
    )
    writes: Fact[tuple[Line, ...]] = Field(
        description="The ways in which the partner accepts records."
    )
    correlate: Fact[tuple[Line, ...]] = Field(
        description="Fields besides sourcedId that tell that two users are one, the surest first."
    )
    orgs: Fact[Fields] = Field(description="Fields of schools and what is above them.")
    # Kinds are named as OneRoster names them.
    academicSessions: Fact[Fields] = Field(description="Fields of years and terms.")  # noqa: N815
    courses: Fact[Fields] = Field(description="Fields of courses.")
    classes: Fact[Fields] = Field(description="Fields of classes.")
    users: Fact[Fields] = Field(
        description="Fields of people; `pseudonym` sends a keyed digest in a value's place."
    )
    enrollments: Fact[Fields] = Field(description="Fields of who is in which class.")
    demographics: Fact[Fields] | None = Field(
        default=None, description="Fields of demographics, if the partner needs any."
    )

    @model_validator(mode="after")
    def _sends_no_password(self) -> Self:
        if "password" in self.users.value:
            raise ValueError("users.password is never passed on")
        return self


UrlPath = Annotated[str, StringConstraints(max_length=200, pattern=r"^(/[A-Za-z0-9._-]+)+$")]


class ContentContract(Model):
    """How learning resources reach the partner."""

    packages: Fact[tuple[Literal["common-cartridge-1.3"], ...]] = Field(
        description="The kinds of package that it takes."
    )
    authorisation: Fact[Literal["jwt"]] = Field(
        description="How requests to its content interface are authorised."
    )
    algorithm: Fact[Literal["HS256"]] = Field(description="How the tokens are signed.")
    path: Fact[UrlPath] = Field(description="Where its content interface begins.")
    audiences: Fact[tuple[Literal["country", "grade", "language"], ...]] = Field(
        description="By what it is told whom a resource is for."
    )


class Partner(Model):
    """One partner: what the four planes need to know about it."""

    version: Literal[1] = Field(description="The version of this format.")
    name: FileName = Field(description="The partner's short name: the file's name.")
    names: Names = Field(description="The partner's name in Arabic, French and English.")
    kind: Literal["platform", "catalogue"] = Field(
        description="`platform` runs in the countries' tenancies; `catalogue` offers resources."
    )
    website: HttpsUrl = Field(description="The partner's public site.")
    hosting: Fact[CountryCode | None] = Field(
        description="The country where the partner keeps data of its own; null if not known."
    )
    platform: PartnerPlatform | None = Field(
        default=None,
        description="What a tenancy must know to run its platform, if it has one.",
    )
    roster: RosterContract | None = Field(
        default=None, description="What of a country's roster it is given, if anything."
    )
    content: ContentContract | None = Field(
        default=None, description="How it is given learning resources, if it takes any."
    )
