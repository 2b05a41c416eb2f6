"""Simple Dublin Core (oai_dc, the fifteen elements of DCMES 1.1) read into the model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from integrations.content.faults import Refused
from integrations.content.kinds import kind_of, kind_of_name
from integrations.content.languages import language_code, settle_languages
from integrations.content.model import UNDETERMINED, Encoding, Loss, Resource

Field = tuple[str, str, str]
"""An element's local name, its language, its text with single blanks."""

LONGEST = 20_000
MOST = 500
_WEB = ("http://", "https://")
_READ = frozenset(
    [
        "creator",
        "publisher",
        "subject",
        "type",
        "rights",
        "identifier",
        "language",
        "format",
        "date",
    ]
)


def read_dublin_core(
    fields: Iterable[Field], identifier: str, feed: str, modified: str
) -> Resource:
    """The elements of an `oai_dc:dc` as a resource.

    Raises `Refused` (WASL-CONTENT-NO-TITLE, -RECORD-TOO-LARGE).
    """
    said: defaultdict[str, list[str]] = defaultdict(list)
    titles: dict[str, str] = {}
    descriptions: dict[str, str] = {}
    for number, (name, language, text) in enumerate(fields):
        if not text:
            continue
        if len(text) > LONGEST or number >= MOST:
            raise Refused("WASL-CONTENT-RECORD-TOO-LARGE", limit=LONGEST)
        if name == "title":
            titles.setdefault(language_code(language) or UNDETERMINED, text)
        elif name == "description":
            code = language_code(language) or UNDETERMINED
            descriptions[code] = f"{descriptions[code]}\n{text}" if code in descriptions else text
        else:
            said[name].append(text)
    if not titles:
        raise Refused("WASL-CONTENT-NO-TITLE", id=identifier)
    named = said.get("language", ())
    languages = tuple(dict.fromkeys([code for code in map(language_code, named) if code]))
    titles, descriptions, languages, guessed = settle_languages(titles, descriptions, languages)
    return Resource(
        id=identifier,
        feed=feed,
        titles=titles,
        descriptions=descriptions,
        languages=languages,
        language_guessed=guessed,
        rights=tuple(said.get("rights", ())),
        creators=tuple(said.get("creator", ())),
        publishers=tuple(said.get("publisher", ())),
        subjects=tuple(said.get("subject", ())),
        types=tuple(said.get("type", ())),
        identifiers=tuple(said.get("identifier", ())),
        modified=modified,
        encodings=_encodings(
            said.get("identifier", ()), said.get("relation", ()), said.get("format", ())
        ),
        losses=tuple(_losses(said)) if said.keys() - _READ or len(languages) < len(named) else (),
    )


def _losses(said: Mapping[str, Sequence[str]]) -> Iterator[Loss]:
    for name, values in said.items():
        if name not in _READ:
            yield Loss(name, "the model has no place for it")
        elif name == "language":
            yield from (Loss(name, text) for text in values if not language_code(text))


def _encodings(
    identifiers: Sequence[str], relations: Sequence[str], formats: Sequence[str]
) -> tuple[Encoding, ...]:
    """The files that a record points at: URLs that end like one, else its one URL by its format."""
    urls = [text for text in (*identifiers, *relations) if text.startswith(_WEB)]
    if not urls:
        return ()
    types = [text for text in formats if "/" in text]
    files = [url for url in urls if kind_of_name(url)]
    if len(files) == 1 and len(types) == 1:
        return (Encoding(files[0], types[0]),)
    if files:
        return tuple(map(Encoding, files))
    if len(urls) == 1 and len(types) == 1:
        file = Encoding(urls[0], types[0])
        return (file,) if kind_of(file) else ()
    return ()
