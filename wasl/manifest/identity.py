"""The identity section of a manifest: whose accounts flow, from where, where to, and what stops it.

Nothing here is a secret: keys are named, and found in the key store under that name.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from wasl.manifest.base import DnsName, FileName, Line, Model, StoreName, Text
from wasl.manifest.tenancy import SignIn

Kind = Literal[
    "orgs",
    "academicSessions",
    "courses",
    "classes",
    "users",
    "enrollments",
    "demographics",
]
RosterPath = Annotated[str, StringConstraints(max_length=400, pattern=r"^[^\x00-\x1f]+$")]
# Plain HTTP is for loopback alone: the sandbox and the tests.
Endpoint = Annotated[
    str,
    StringConstraints(
        max_length=2000,
        pattern=r"^(https://[^\s/?#@]+|http://(127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]+)?)(/[^\s?#]*)?$",
    ),
]
Ed25519Key = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
AgeRecipient = Annotated[str, StringConstraints(pattern=r"^age1[02-9ac-hj-np-z]{58}$")]
Year = Annotated[str, StringConstraints(pattern=r"^(19|20)[0-9]{2}$")]


class Scope(Model):
    """What the roster speaks for: absence from it means removal only inside this.

    The period it speaks for is `school_year`.
    """

    schools: tuple[Line, ...] | None = Field(
        default=None,
        description="The schools' sourcedIds; all of the country's if left out.",
    )
    kinds: tuple[Kind, ...] = Field(
        default=(
            "orgs",
            "academicSessions",
            "courses",
            "classes",
            "users",
            "enrollments",
        ),
        min_length=1,
        description="The kinds of record that flow.",
    )


class OneRosterSource(Model):
    """The ministry delivers OneRoster CSV, a folder or a zip."""

    kind: Literal["oneroster"] = Field(description="OneRoster CSV 1.1 or 1.2.")
    path: RosterPath | None = Field(
        default=None,
        description="Where it lies, from the checkout's root; or give --roster.",
    )
    scope: Scope = Field(default=Scope(), description="What the roster speaks for.")


class Sheet(Model):
    """One table of the ministry's own, and which of its columns is which of OneRoster 1.1's."""

    file: RosterPath = Field(description="The file inside the roster's folder, .csv or .xlsx.")
    sheet: Line | None = Field(default=None, description="The worksheet; the first if left out.")
    kind: Kind = Field(description="The kind of record that each row becomes.")
    columns: dict[Line, Line] = Field(
        min_length=1,
        description="OneRoster column: the ministry's header, in any spelling, or several as in "
        "`{school}-{class}`.",
    )
    distinct: bool = Field(
        default=False, description="Whether rows that come out the same are one record."
    )
    constants: dict[Line, Line] = Field(
        default={}, description="OneRoster column: one value for all rows."
    )
    values: dict[Line, dict[Line, Line]] = Field(
        default={},
        description="OneRoster column: the ministry's word and what it becomes.",
    )
    encoding: Literal["utf-8", "windows-1256"] = Field(
        default="utf-8", description="How a .csv file is encoded."
    )


class SpreadsheetSource(Model):
    """The ministry delivers spreadsheets of its own."""

    kind: Literal["spreadsheet"] = Field(description="Tables read by a map of columns.")
    path: RosterPath | None = Field(
        default=None,
        description="The folder, from the checkout's root; or give --roster.",
    )
    sheets: tuple[Sheet, ...] = Field(min_length=1, description="The tables.")
    scope: Scope = Field(default=Scope(), description="What the roster speaks for.")


Source = Annotated[OneRosterSource | SpreadsheetSource, Field(discriminator="kind")]


FeedPrefix = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9/-]{0,79}/$")]


class RestTarget(Model):
    """The partner's OneRoster REST 1.1."""

    kind: Literal["oneroster-rest"] = Field(description="OneRoster REST 1.1, read and PUT.")
    name: FileName = Field(description="What reports call it.")
    url: Endpoint = Field(description="Where its `/ims/oneroster/v1p1` begins; none in the path.")
    auth: Literal["bearer", "oauth1"] = Field(description="How requests are authorised.")
    secret_name: StoreName = Field(
        description="The name of the secret: a token, or `key:secret` for OAuth 1.0a."
    )
    reads: Literal["rest", "csv"] = Field(
        default="rest",
        description="How what it has is read: by REST, or from the CSV that it uploads to the "
        "tenancy's content bucket.",
    )
    prefix: FeedPrefix = Field(
        default="feeds/roster/", description="Where in the bucket it uploads, for `csv`."
    )
    requests_per_second: int = Field(
        default=50,
        ge=1,
        le=10_000,
        description="The most requests a second that are sent.",
    )


class FeedTarget(Model):
    """The tenancy's content bucket and roster queue, that the partner takes CSV 1.1 from.

    Where they are is read from the tenancy's own outputs.
    """

    kind: Literal["oneroster-feed"] = Field(description="CSV 1.1 by bucket and queue.")
    name: FileName = Field(description="What reports call it.")
    prefix: FeedPrefix = Field(
        default="feeds/roster/", description="Where in the bucket the partner looks."
    )
    receipt_minutes: int = Field(
        default=10,
        ge=0,
        le=1440,
        description="How long to wait for the partner's receipt.",
    )


class ScimTarget(Model):
    """An identity system that speaks SCIM 2.0."""

    kind: Literal["scim"] = Field(description="SCIM 2.0: users, and schools and classes as groups.")
    name: FileName = Field(description="What reports call it.")
    url: Endpoint = Field(description="The base URL that /Users follows.")
    secret_name: StoreName | None = Field(
        default=None,
        description="The name of the bearer token; none if it asks for none.",
    )
    requests_per_second: int = Field(
        default=50,
        ge=1,
        le=10_000,
        description="The most requests a second that are sent.",
    )


Target = Annotated[RestTarget | FeedTarget | ScimTarget, Field(discriminator="kind")]


class Guard(Model):
    """How much may be disabled or removed without a signature."""

    percent: float = Field(ge=0, le=100, description="The largest share of what is there now.")
    count: int = Field(ge=0, description="The largest number, whatever its share.")
    few: int = Field(default=3, ge=0, description="So few never stop a plan by their share alone.")


class Guards(Model):
    """What stops a plan until someone signs that very plan."""

    country: Guard = Field(
        default=Guard(percent=5, count=20_000), description="Over the whole country."
    )
    school: Guard = Field(default=Guard(percent=25, count=300), description="In any one school.")
    kinds: dict[Kind, Guard] = Field(
        default={"orgs": Guard(percent=2, count=5)},
        description="Over one kind of record.",
    )


class SchoolYear(Model):
    """The year that the roster is about: what the target holds of other years is not removed."""

    code: Year = Field(description="OneRoster's schoolYear: the calendar year in which it ends.")
    starts: date = Field(
        description="Its first day: a year at the target that ended by then is rolled over."
    )
    ends: date = Field(
        description="Its last day: an enrolment at the target that begins later is another year's."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts >= self.ends:
            raise ValueError("starts must be before ends")
        return self


class Approver(Model):
    """Someone who may sign a plan that a guard stopped."""

    name: Line = Field(description="The office or person.")
    public_key: Ed25519Key = Field(description="Their Ed25519 public key, 64 hex digits.")


class Keys(Model):
    """The names of the keys, and the public ones themselves."""

    pseudonym: StoreName = Field(
        default="identity/pseudonym",
        description="The secret behind pseudonyms and digests; each partner's key derives from it.",
    )
    planner: StoreName = Field(
        default="identity/planner", description="The Ed25519 key that signs plans."
    )
    planner_key: Ed25519Key | None = Field(
        default=None,
        description="Its public key, 64 hex digits, as `plan -o` says it; with it, `approve` takes "
        "no plan that another key signed.",
    )
    plan: StoreName = Field(
        default="identity/plan",
        description="The age key that plan files are sealed to, for an audit.",
    )
    rejects: AgeRecipient | None = Field(
        default=None,
        description="The ministry's age recipient, for rows that were refused.",
    )
    approvers: tuple[Approver, ...] = Field(
        default=(),
        description="Who may approve what a guard stopped; never the planner.",
    )


HttpsAddress = Annotated[
    str, StringConstraints(max_length=2000, pattern=r"^https://[^\s/?#@]+[^\s#]*$")
]


class OidcProvider(Model):
    """Somebody else's sign-in over OpenID Connect, such as a hub's."""

    protocol: Literal["oidc"] = Field(description="It speaks OpenID Connect.")
    name: FileName = Field(description="What reports call it.")
    issuer: HttpsAddress = Field(description="Its issuer URL, exactly as its tokens state it.")


class SamlProvider(Model):
    """Somebody else's sign-in over SAML 2.0."""

    protocol: Literal["saml"] = Field(description="It speaks SAML 2.0.")
    name: FileName = Field(description="What reports call it.")
    metadata_url: HttpsAddress = Field(description="Where it publishes its metadata.")


Provider = Annotated[OidcProvider | SamlProvider, Field(discriminator="protocol")]
CheckoutPath = Annotated[
    str,
    StringConstraints(max_length=200, pattern=r"^[a-z0-9_-]+(/[a-z0-9_-]+)*\.(json|xml)$"),
]


class OwnMetadata(Model):
    """What the provider of `sign_in` registers of the tenancy, made in its protocol."""

    file: CheckoutPath = Field(description="Where it is kept, from the checkout's root.")
    host: DnsName = Field(description="The host name at which the tenancy's user pool signs in.")
    entity_id: Line | None = Field(
        default=None,
        description="For SAML: the pool's entity id, `urn:amazon:cognito:sp:` and the pool's id.",
    )


class HubMetadata(Model):
    """What the ministry registers of the hub, made in the protocol of the provider `ministry`."""

    file: CheckoutPath = Field(description="Where it is kept, from the checkout's root.")
    redirect: HttpsAddress = Field(
        description="Where the hub takes back whom the ministry signed in, as the hub says it."
    )
    entity_id: Line | None = Field(
        default=None, description="For SAML: the entity id by which the hub asks the ministry."
    )


MINISTRY = "ministry"
HUB = "hub"
"""What reports call whose sign-in is checked: the ministry's, and the hub's where there is one."""


class SignOn(Model):
    """Sign-in metadata: whose is checked besides that of `sign_in`, and what is made of ours."""

    providers: tuple[Provider, ...] = Field(
        default=(), description="Who signs in besides `sign_in`: a hub, the partner."
    )
    hub: HubMetadata | None = Field(
        default=None,
        description="ALECSO's hub between the ministry and the tenancy: `sign_in` is then the "
        "hub's, and the ministry's is the one of `providers` called `ministry`.",
    )
    own: OwnMetadata | None = Field(default=None, description="Ours; none is made if left out.")
    warning_days: int = Field(
        default=30, ge=1, le=365, description="How long before an end one wants to hear of it."
    )

    @property
    def asked(self) -> str:
        """What reports call the provider of `sign_in`."""
        return HUB if self.hub else MINISTRY

    @property
    def ministry(self) -> Provider | None:
        """The provider that the hub asks, where there is a hub."""
        return next((one for one in self.providers if one.name == MINISTRY), None)

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        names = [self.asked, *(provider.name for provider in self.providers)]
        if len(set(names)) != len(names):
            raise ValueError(f"providers names the same one twice, or one `{self.asked}`")
        if self.hub and not self.ministry:
            raise ValueError(f"a hub needs the provider that it asks, called `{MINISTRY}`")
        if self.hub and self.own and self.hub.file == self.own.file:
            raise ValueError("hub and own name the same file")
        return self


def address(one: SignIn | Provider) -> str:
    """Where a provider is found: its issuer, or its metadata."""
    return one.issuer if one.protocol == "oidc" else one.metadata_url


SIGN_IN = "sso"
"""What reports and checks call sign-in, beside the names of targets."""


class Identity(Model):
    """Whose accounts flow, and where to. Without a source nothing flows."""

    source: Source | None = Field(default=None, description="What the ministry delivers.")
    targets: tuple[Target, ...] = Field(
        default=(),
        description="Where it goes; the first is what verbs mean by default.",
    )
    school_year: SchoolYear | None = Field(
        default=None, description="The year that the roster is about."
    )
    grades: dict[Line, Line] = Field(
        default={},
        description="The ministry's own word for a grade: its code in the country's table. A "
        "OneRoster roster's grades go by this alone, a spreadsheet's by the country's table first.",
    )
    guards: Guards = Field(default=Guards(), description="What stops a plan.")
    grace_days: int = Field(
        default=30, ge=0, le=3650, description="Days between disabling and removing."
    )
    keys: Keys = Field(default=Keys(), description="The names of the keys.")
    sso: SignOn | None = Field(
        default=None,
        description="Sign-in metadata, made and checked; the daily check looks at it where this is "
        "written.",
    )
    legal_basis: Text | None = Field(
        default=None,
        description="The basis in law for passing the roster on; without it no apply.",
    )
    demographics_basis: Text | None = Field(
        default=None,
        description="The basis in law for demographics; without it none leave the ministry.",
    )

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        names = [target.name for target in self.targets]
        if len(set(names)) != len(names):
            raise ValueError("targets names the same one twice")
        if SIGN_IN in names:
            raise ValueError(f"no target may be called {SIGN_IN}: reports call sign-in so")
        if self.source and not self.school_year:
            raise ValueError("a source needs a school_year")
        return self
