"""The 22 member states of ALECSO, as `states.yaml` lists them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import Field, StringConstraints, TypeAdapter

from wasl.manifest.base import CountryCode, Model, Names


class State(Model):
    """A member state."""

    code: CountryCode = Field(description="The ISO 3166-1 alpha-2 code in small letters.")
    iso3: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(
        description="The ISO 3166-1 alpha-3 code."
    )
    at: tuple[int, int] = Field(description="Column and row of its tile, from 1.")
    names: Names = Field(description="Its name in three languages.")


@cache
def states() -> tuple[State, ...]:
    """All member states."""
    text = (files(__package__) / "states.yaml").read_text(encoding="utf-8")
    return TypeAdapter(tuple[State, ...]).validate_python(yaml.safe_load(text))
