"""What every model of a manifest shares: the strict base class and the vocabulary of plain values.

A model refuses unknown keys and never changes once read. Every field carries a sentence of
description, which editors show and the JSON Schema publishes.
"""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

T = TypeVar("T")


class Model(BaseModel):
    """The base of all manifest models."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\r\n]+$")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-[1-9]$")]
AccountId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
TypeToken = Annotated[
    str, StringConstraints(pattern=r"^aws:[a-z0-9]+/[a-z][A-Za-z0-9]*:[A-Z][A-Za-z0-9]*$")
]
# AWS allows more in a tag; this is what also survives cost reports and shell scripts.
TagValue = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:/=+@-]{0,127}$")]
Email = Annotated[
    str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9._%+-]+@([a-z0-9-]+\.)+[a-z]{2,}$")
]
HttpsUrl = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https://[^\s/?#@]+[^\s]*$")]
DnsName = Annotated[
    str,
    StringConstraints(
        max_length=200,
        pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$",
    ),
]
# A name in Secrets Manager or Parameter Store: where a value is found, never the value.
StoreName = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$")
]


def _inside(path: str) -> str:
    if ".." in path.split("/"):
        raise ValueError("leaves the checkout; name a place in it")
    return path


# A file or folder of the checkout, relative to its root.
CheckoutPath = Annotated[
    str,
    StringConstraints(max_length=500, pattern=r"^[^/\\\s][^\\\r\n]*$"),
    AfterValidator(_inside),
]


class Names(Model):
    """A name in the three languages of the house."""

    ar: Line = Field(description="The name in Arabic.")
    fr: Line = Field(description="The name in French.")
    en: Line = Field(description="The name in English.")


class Fact(Model, Generic[T]):
    """A statement about someone else, and how sure it is.

    What is `assumed` works in the sandbox; a country that is signed off may not rest on it.
    """

    # A generic model's docstring does not reach the schemas of its variants.
    model_config = ConfigDict(
        json_schema_extra={"description": "A statement about someone else, and how sure it is."}
    )

    value: T = Field(description="What is held to be true.")
    status: Literal["confirmed", "assumed"] = Field(
        description="`confirmed` when the other side said so in writing, else `assumed`."
    )
    source: Line = Field(description="Where the value comes from: a page, a letter, or a guess.")

    @property
    def confirmed(self) -> bool:
        """Whether the other side said so."""
        return self.status == "confirmed"
