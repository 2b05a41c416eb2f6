"""The one model of a learning resource, after schema.org's LearningResource (LRMI).

Whatever a feed speaks is read into it. What it has no place for is named in `losses`; the original
is kept by the catalogue. Structs rather than dataclasses: a catalogue makes, writes and reads
hundreds of thousands, and these do all three in C.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

UNDETERMINED = "und"
"""The language (ISO 639-2) of a text whose language nobody told."""


class Encoding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file of a resource (schema.org `encoding`, a MediaObject).

    `location` is a URL, or a path inside its feed's folder; `type` the declared media type, `size`
    the declared bytes and `sha256` the declared digest: all three may be lies.
    """

    location: str
    type: str = ""
    size: int | None = None
    sha256: str = ""


class Loss(msgspec.Struct, frozen=True):
    """Something of the original that the model has no place for, or could not read."""

    element: str
    why: str


class Resource(msgspec.Struct, frozen=True, omit_defaults=True):
    """A learning resource. Texts are by language code; `und` where the feed does not say."""

    id: str
    feed: str
    titles: Mapping[str, str]
    descriptions: Mapping[str, str]
    languages: tuple[str, ...] = ()
    language_guessed: bool = False
    rights: tuple[str, ...] = ()
    """What the feed says of the licence, word for word."""
    creators: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    """educationalLevel as the feed calls it."""
    ages: tuple[str, ...] = ()
    """typicalAgeRange, such as `12-13`."""
    types: tuple[str, ...] = ()
    """learningResourceType."""
    teaches: tuple[str, ...] = ()
    """What one is to know or to be able to do afterwards, in the feed's words."""
    audiences: tuple[str, ...] = ()
    time_required: str = ""
    identifiers: tuple[str, ...] = ()
    """Other identifiers of the same resource (DOI, URL, ISBN)."""
    encodings: tuple[Encoding, ...] = ()
    modified: str = ""
    losses: tuple[Loss, ...] = ()

    def title(self, language: str) -> str:
        """Its title in `language`, else in its own, else any."""
        return _said(self.titles, (language, *self.languages)) or self.id

    def description(self, language: str) -> str:
        """Its description in `language`, else in its own, else any; may be empty."""
        return _said(self.descriptions, (language, *self.languages))


_decoder = msgspec.json.Decoder(list[Resource | None])


def to_json(resources: Sequence[Resource | None]) -> bytes:
    """Resources as JSON; the same ones give the same bytes."""
    return msgspec.json.encode(resources)


def from_json(data: bytes) -> list[Resource | None]:
    """What `to_json` wrote."""
    return _decoder.decode(data)


def _said(texts: Mapping[str, str], languages: tuple[str, ...]) -> str:
    for language in languages:
        if language in texts:
            return texts[language]
    return next(iter(texts.values()), "")
