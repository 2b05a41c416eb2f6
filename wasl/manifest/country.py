"""A country as it is described once, in `countries/<cc>.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from wasl.manifest.base import CountryCode, DnsName, FileName, Model, Names, Region, TagValue
from wasl.manifest.content import Content
from wasl.manifest.devices import Devices
from wasl.manifest.identity import Identity, address
from wasl.manifest.residency import Residency
from wasl.manifest.tenancy import (
    Budget,
    Cache,
    Contacts,
    Database,
    Edge,
    Network,
    Platform,
    SignIn,
)
from wasl.result import digest

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
RIGHT_TO_LEFT = frozenset({"Arab", "Hebr", "Syrc", "Thaa", "Nkoo"})


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        raise ValueError("is not in the tz database; use a name such as Africa/Tunis") from None
    return name


TimeZone = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_]+(/[A-Za-z_+-]+)+$"),
    AfterValidator(_known_time_zone),
]


class Language(Model):
    """A language of instruction and the script it is written in."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] = Field(
        description="The ISO 639 code: two letters where there are two, else three."
    )
    script: Annotated[str, StringConstraints(pattern=r"^[A-Z][a-z]{3}$")] = Field(
        description="The ISO 15924 script, such as Arab, Latn or Tfng."
    )

    @property
    def tag(self) -> str:
        """The BCP 47 tag, script included: `ar-Arab`."""
        return f"{self.code}-{self.script}"

    @property
    def direction(self) -> Literal["rtl", "ltr"]:
        """Which way its script is written."""
        return "rtl" if self.script in RIGHT_TO_LEFT else "ltr"


class SchoolWeek(Model):
    """Which days are school days."""

    weekend: tuple[Day, ...] = Field(
        min_length=1, max_length=3, description="The days without school, in order."
    )


class Country(Model):
    """One country: everything that the four planes need to know about it."""

    version: Literal[1] = Field(description="The version of this format.")
    code: CountryCode = Field(
        description="The ISO 3166-1 alpha-2 code in small letters: the file's name and the stack's."
    )
    iso3: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(
        description="The ISO 3166-1 alpha-3 code in capitals."
    )
    names: Names = Field(description="The country's name in Arabic, French and English.")
    languages: tuple[Language, ...] = Field(
        min_length=1, description="The languages of its schools, the most used first."
    )
    time_zone: TimeZone = Field(
        description="The tz database name; offsets are never written, since they change."
    )
    school_week: SchoolWeek = Field(description="Its school week: which days are free.")
    residency: Residency = Field(description="Where its data may live, by which law.")
    region: Region = Field(description="The AWS region that the tenancy runs in.")
    environment: Literal["pilot", "production"] = Field(
        description="`production` protects data; a `pilot` can be destroyed whole."
    )
    partner: FileName = Field(
        description="Whose platform it runs: the name of a file in partners/, without .yaml."
    )
    platform: Platform = Field(description="The partner's platform as it runs here.")
    domain: DnsName = Field(description="The DNS zone that the tenancy serves.")
    delegated: bool = Field(
        description="Whether the ministry has delegated that zone; until then nothing is public."
    )
    edge: Edge | None = Field(
        default=None, description="What public content may leave the permitted regions, if any."
    )
    budget: Budget = Field(description="The monthly limit, and when operations are told.")
    contacts: Contacts = Field(description="Who owns the tenancy, and where its messages go.")
    cost_centre: TagValue = Field(description="Who pays: the value of the `cost-centre` tag.")
    network: Network = Field(description="Its address range and zones.")
    database: Database = Field(description="Its PostgreSQL: size and version.")
    cache: Cache = Field(description="Its in-memory store: size and version.")
    sign_in: SignIn = Field(
        description="How the ministry's users sign in: at it, or at `identity.sso.hub`."
    )
    devices: Devices = Field(default=Devices(), description="How computers are made ready.")
    identity: Identity = Field(default=Identity(), description="Whose accounts flow, and where to.")
    content: Content = Field(default=Content(), description="Which resources flow, and where to.")

    @model_validator(mode="after")
    def _says_things_once(self) -> Self:
        for field, values in (
            ("languages", [language.code for language in self.languages]),
            ("school_week.weekend", list(self.school_week.weekend)),
        ):
            if len(set(values)) != len(values):
                raise ValueError(f"{field} names the same one twice")
        return self

    @model_validator(mode="after")
    def _asks_the_hub(self) -> Self:
        sso = self.identity.sso
        if sso and sso.hub and sso.ministry:
            asked, behind = address(self.sign_in), address(sso.ministry)
            if asked.rstrip("/") == behind.rstrip("/"):
                raise ValueError(
                    "sign_in is the ministry's own provider, and identity.sso.hub says that a hub "
                    "is between: write the hub's in sign_in"
                )
        return self

    @property
    def production(self) -> bool:
        """Whether the tenancy's data is protected from destruction."""
        return self.environment == "production"

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what the manifest says, whatever its layout and comments."""
        return digest(self.model_dump(mode="json"))
