"""The residency contract: where a country's data may live, by which law, and who agreed to it.

The lines of law come from secondary sources until counsel signs; `status` says how far that is.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from wasl.manifest.base import Line, Model, Region, Text

Status = Literal["signed-off", "pending", "blocked"]


class Authorisation(Model):
    """The regulator's permission to transfer data."""

    reference: Line = Field(description="The number under which the regulator granted it.")
    expires: date = Field(description="The last day on which it holds (YYYY-MM-DD).")


class Regions(Model):
    """The AWS regions that the contract permits, by what is kept there."""

    primary: tuple[Region, ...] = Field(
        min_length=1, description="Regions where the tenancy itself may run."
    )
    backup: tuple[Region, ...] = Field(
        min_length=1, description="Regions that may hold backups, the tenancy's own among them."
    )
    logs: tuple[Region, ...] = Field(
        min_length=1, description="Regions that may hold logs, the tenancy's own among them."
    )
    replicas: tuple[Region, ...] = Field(
        default=(), description="Regions that may hold live replicas of data."
    )

    @property
    def permitted(self) -> frozenset[str]:
        """Every region that the contract names, for whatever purpose."""
        return frozenset((*self.primary, *self.backup, *self.logs, *self.replicas))


class Residency(Model):
    """What the country's law asks, and where its data may therefore live."""

    law: Text = Field(description="The law and what it asks, in one or two sentences.")
    source: Line = Field(description="Where that reading of the law comes from.")
    regulator: Line | None = Field(
        default=None, description="The authority that grants transfers, if one is known."
    )
    authorisation: Authorisation | None = Field(
        default=None, description="The regulator's permission, once there is one."
    )
    regions: Regions = Field(description="The regions permitted, by what is kept there.")
    status: Status = Field(
        description="`signed-off` when counsel agreed; `pending` or `blocked` keep the tenancy "
        "in the sandbox."
    )
    note: Text | None = Field(default=None, description="What counsel should know or must answer.")

    @property
    def signed_off(self) -> bool:
        """Whether the tenancy may leave the sandbox."""
        return self.status == "signed-off"
