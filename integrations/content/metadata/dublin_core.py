"""Simple Dublin Core (oai_dc, the fifteen elements of DCMES 1.1) read into the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from lxml import etree

from integrations.content.faults import Refused
from integrations.content.kinds import kind_of, kind_of_name
from integrations.content.languages import language_code, settle_languages
from integrations.content.model import UNDETERMINED, Encoding, Loss, Resource
from integrations.content.xml import XML_LANG, words

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


def read_dublin_core(dc: etree._Element, identifier: str, feed: str, modified: str) -> Resource:
    """An `oai_dc:dc` as a resource; elements count by their local names, in any namespace.

    Raises `Refused` (WASL-CONTENT-NO-TITLE, -RECORD-TOO-LARGE).
    """
    said: dict[str, tuple[str, ...]] = {}
    titles: dict[str, str] = {}
    descriptions: dict[str, str] = {}
    if len(dc) > MOST:
        raise Refused("WASL-CONTENT-RECORD-TOO-LARGE", limit=MOST)
    for element in dc:
        text = words(element)
        if not text:
            continue
        if len(text) > LONGEST:
            raise Refused("WASL-CONTENT-RECORD-TOO-LARGE", limit=LONGEST)
        name = _local_name(element.tag)
        if name == "title":
            titles.setdefault(_language(element), text)
        elif name == "description":
            code = _language(element)
            descriptions[code] = f"{descriptions[code]}\n{text}" if code in descriptions else text
        else:
            said[name] = (*said[name], text) if name in said else (text,)
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
        rights=said.get("rights", ()),
        creators=said.get("creator", ()),
        publishers=said.get("publisher", ()),
        subjects=said.get("subject", ()),
        types=said.get("type", ()),
        identifiers=said.get("identifier", ()),
        modified=modified,
        encodings=_encodings(
            said.get("identifier", ()), said.get("relation", ()), said.get("format", ())
        ),
        losses=tuple(_losses(said)) if said.keys() - _READ or len(languages) < len(named) else (),
    )


@lru_cache(maxsize=1024)
def _local_name(tag: str) -> str:
    return tag.rpartition("}")[2]


def _language(element: etree._Element) -> str:
    return language_code(element.get(XML_LANG) or "") or UNDETERMINED


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
