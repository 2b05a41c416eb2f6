"""What the cloud plane offers the others: the outputs of a country's stack.

`infra` exports it, the other planes read it from the stack's state. It changes by a new version
only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wasl.errors import WaslError

VERSION = 1
OUTPUT = "tenancy"
"""The stack output that holds it."""


class TenancyOutputs(BaseModel):
    """Where the parts of a tenancy are found."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = Field(description="The version of this format.")
    country: str = Field(description="The country's code.")
    account: str = Field(description="The AWS account.")
    region: str = Field(description="The AWS region.")
    manifest_digest: str = Field(
        description="SHA-256 of the manifest that was applied; empty with protection lifted."
    )
    content_bucket: str = Field(description="Where learning resources and feeds are kept.")
    backups_bucket: str = Field(description="Where exports for recovery are kept.")
    content_key: str = Field(description="ARN of the KMS key of the content bucket.")
    content_host: str = Field(description="The public host of content; empty where there is none.")
    roster_queue: str = Field(description="URL of the queue that announces rosters.")
    content_queue: str = Field(description="URL of the queue that announces content.")
    partner_role: str = Field(description="ARN of the role that the partner assumes.")
    partner_secret: str = Field(description="ARN of the secret with the partner's credentials.")
    drift_role: str = Field(description="ARN of the read-only role of the drift check.")
    user_pool: str = Field(description="Id of the Cognito user pool.")
    user_pool_client: str = Field(description="Id of the partner's app client.")
    sign_in_domain: str = Field(description="The user pool's domain prefix.")
    fleet_path: str = Field(description="The parameter path that devices enrol under.")
    platform_host: str = Field(description="The balancer's own host name.")
    name_servers: tuple[str, ...] = Field(description="What the ministry delegates the zone to.")


def read(outputs: Mapping[str, Any], country: str) -> TenancyOutputs:
    """The outputs of a stack as its state holds them.

    Raises WASL-TENANCY-OUTPUTS where the stack was not brought up, or by another version.
    """
    try:
        return TenancyOutputs.model_validate(outputs.get(OUTPUT))
    except ValidationError as error:
        fields = ", ".join(sorted({str(item["loc"][0]) for item in error.errors() if item["loc"]}))
        raise WaslError(
            "WASL-TENANCY-OUTPUTS",
            f"the stack offers no tenancy of version {VERSION}" + (f": {fields}" if fields else ""),
            where=f"stack {country}",
            hint=f"wasl up {country}",
        ) from error
