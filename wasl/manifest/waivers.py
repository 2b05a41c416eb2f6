"""`waivers.yaml`: differences that somebody knows of and answers for, until a date."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from wasl.manifest.base import Line, Model
from wasl.result import PlaneName

EVERYWHERE = "*"
Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Place = Annotated[str, StringConstraints(pattern=r"^([a-z]{2}|foundation|\*)$")]
Glob = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]+$")]


class Pattern(Model):
    """Findings by what they are about; `*` stands for any text, nothing else is special."""

    target: Glob | None = Field(default=None, description="The thing: a URN, a device, a record.")
    type: Glob | None = Field(default=None, description="What kind of thing it is.")
    property: Glob | None = Field(default=None, description="The path inside the thing.")
    kind: Glob | None = Field(default=None, description="changed, missing, unmanaged, …")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not any((self.target, self.type, self.property, self.kind)):
            raise ValueError("an empty pattern would match everything: name a target or a type")
        return self


class Waiver(Model):
    """One difference (or one sort of difference) that is known and answered for."""

    plane: Literal[PlaneName, "policy"] = Field(description="The plane of the findings.")
    country: Place = Field(
        description="Their country's code; `foundation`; or, with a pattern, `*` for every one."
    )
    fingerprint: Fingerprint | None = Field(
        default=None, description="One finding, by the fingerprint of the JSON report."
    )
    pattern: Pattern | None = Field(
        default=None,
        description="Findings by what they are about; never security or residency.",
    )
    found: tuple[Digest, ...] = Field(
        min_length=1,
        description="Digests (of the JSON report) of the values that are waived, and no others.",
    )
    reason: Line = Field(description="Why it may differ.")
    owner: Line = Field(description="Who answers for it.")
    expires: date = Field(description="The last day on which it holds.")

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        if (self.fingerprint is None) == (self.pattern is None):
            raise ValueError("give either a fingerprint or a pattern")
        if self.country == EVERYWHERE and self.pattern is None:
            raise ValueError("a fingerprint is of one country: name it")
        return self


class Waivers(Model):
    """The file."""

    version: Literal[1] = Field(description="The version of this format.")
    waivers: tuple[Waiver, ...] = Field(default=(), description="The waivers.")
