"""The cloud half of a country's manifest: platform, address range, stores, budget, people."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from wasl.manifest.base import Email, Line, Model, TagValue, Text, TypeToken

# AWS Fargate: CPU units and the memory sizes (MiB) that go with them.
FARGATE_MEMORY: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4097, 1024)),
    1024: tuple(range(2048, 8193, 1024)),
    2048: tuple(range(4096, 16385, 1024)),
    4096: tuple(range(8192, 30721, 1024)),
    8192: tuple(range(16384, 61441, 4096)),
    16384: tuple(range(32768, 122881, 8192)),
}

PRIVATE = tuple(IPv4Network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))

# A tag that moves would change what runs without a change here.
ImageReference = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z0-9][a-z0-9._-]*(:[0-9]+)?(/[a-z0-9._-]+)+"
        r"(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64})$"
    ),
]
InstanceClass = Annotated[str, StringConstraints(pattern=r"^db\.[a-z0-9-]+\.[a-z0-9]+$")]
NodeType = Annotated[str, StringConstraints(pattern=r"^cache\.[a-z0-9-]+\.[a-z0-9]+$")]
EngineVersion = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?$")]
Percent = Annotated[int, Field(ge=1, le=200)]


class Tasks(Model):
    """How many copies of the platform run."""

    min: int = Field(ge=1, le=1000, description="The fewest tasks kept running.")
    max: int = Field(ge=1, le=1000, description="The most tasks that scaling may start.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min ({self.min}) must not be above max ({self.max})")
        return self


class Platform(Model):
    """The partner's platform as it runs in this country."""

    image: ImageReference = Field(
        description="The partner's container image, with a tag (not `latest`) or a digest."
    )
    cpu: Literal[256, 512, 1024, 2048, 4096, 8192, 16384] = Field(
        description="CPU units of a task (1024 is one virtual CPU), as Fargate offers them."
    )
    memory: int = Field(description="Memory of a task in MiB, as Fargate offers it for `cpu`.")
    port: int = Field(ge=1024, le=65535, description="The port that the container listens on.")
    health_path: str = Field(
        pattern=r"^/[A-Za-z0-9/._~-]*$", description="The path that answers 200 when healthy."
    )
    tasks: Tasks = Field(description="How many tasks run.")

    @model_validator(mode="after")
    def _as_fargate_offers(self) -> Self:
        sizes = FARGATE_MEMORY[self.cpu]
        if self.memory not in sizes:
            offered = ", ".join(map(str, sizes))
            raise ValueError(f"memory {self.memory} is not offered with cpu {self.cpu}: {offered}")
        if self.image.endswith(":latest"):
            raise ValueError("image must not be `latest`: name a release or a digest")
        return self


def _private_range(cidr: IPv4Network) -> IPv4Network:
    if not any(cidr.subnet_of(net) for net in PRIVATE):
        raise ValueError("must be a private range (10/8, 172.16/12 or 192.168/16)")
    if not 16 <= cidr.prefixlen <= 20:
        raise ValueError("must be between /16 and /20, to hold the subnets of three zones")
    return cidr


class Network(Model):
    """The tenancy's address range."""

    cidr: Annotated[IPv4Network, AfterValidator(_private_range)] = Field(
        description="The VPC's IPv4 range, between /16 and /20; no two countries may overlap."
    )
    zones: Literal[2, 3] = Field(description="Over how many availability zones it is spread.")


class Database(Model):
    """The tenancy's PostgreSQL."""

    instance_class: InstanceClass = Field(description="The RDS instance class.")
    storage_gb: int = Field(ge=20, le=65536, description="Storage to start with, in GiB.")
    version: EngineVersion = Field(
        description="The PostgreSQL version in quotes; a major one alone lets AWS keep the minor."
    )


class Cache(Model):
    """The tenancy's in-memory store."""

    engine: Literal["valkey", "redis"] = Field(
        default="valkey", description="The engine that ElastiCache runs."
    )
    node_type: NodeType = Field(description="The ElastiCache node type.")
    version: EngineVersion = Field(description="The engine's version in quotes.")


class Edge(Model):
    """What public content may leave the permitted regions.

    Only the types named here may live in us-east-1, where CloudFront wants them.
    """

    types: tuple[TypeToken, ...] = Field(
        min_length=1, description="Pulumi type tokens that may live in us-east-1."
    )
    reason: Text = Field(description="Why that is acceptable for this country's data.")


class Budget(Model):
    """What the tenancy may cost."""

    monthly_usd: int = Field(ge=1, le=10_000_000, description="The monthly limit in US dollars.")
    alert_percent: tuple[Percent, ...] = Field(
        default=(50, 80, 100),
        min_length=1,
        max_length=5,
        description="At which percentages of the limit operations are told.",
    )


class Contacts(Model):
    """Who answers for the tenancy."""

    owner: TagValue = Field(description="The team that owns it: the value of the `owner` tag.")
    operations: Email = Field(description="Where alarms and budget alerts go.")
    security: Email = Field(description="Where security findings go.")
    account: Email = Field(
        description="The e-mail address of the AWS account itself, used by no other account."
    )


class OidcSignIn(Model):
    """The ministry's sign-in over OpenID Connect."""

    protocol: Literal["oidc"] = Field(description="The provider speaks OpenID Connect.")
    issuer: Annotated[str, StringConstraints(pattern=r"^https://[^\s/?#@]+[^\s?#]*$")] = Field(
        description="The provider's issuer URL, exactly as its tokens state it."
    )
    client_id: Line = Field(description="The identifier that the provider gave to this tenancy.")
    secret_name: Annotated[
        str, StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$")
    ] = Field(description="The name of the secret that holds the client secret; never the secret.")


class SamlSignIn(Model):
    """The ministry's sign-in over SAML 2.0."""

    protocol: Literal["saml"] = Field(description="The provider speaks SAML 2.0.")
    metadata_url: Annotated[str, StringConstraints(pattern=r"^https://[^\s/?#@]+[^\s#]*$")] = Field(
        description="Where the provider publishes its metadata."
    )


SignIn = Annotated[OidcSignIn | SamlSignIn, Field(discriminator="protocol")]
