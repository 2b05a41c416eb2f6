"""Simple Dublin Core (oai_dc, the fifteen elements of DCMES 1.1) read into the model.

A catalogue writes its records alike, the same elements in the same order. What follows from that
order is found once; of every further record only the texts are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from operator import itemgetter

from lxml import etree

from integrations.content.faults import Refused
from integrations.content.kinds import kind_of, kind_of_name
from integrations.content.languages import language_code, settle_languages
from integrations.content.model import UNDETERMINED, Encoding, Loss, Resource
from integrations.content.xml import XML_LANG, all_words

LONGEST = 20_000
MOST = 500
_WEB = ("http://", "https://")
_LISTS = (
    "language",
    "rights",
    "creator",
    "publisher",
    "subject",
    "type",
    "identifier",
    "relation",
    "format",
)
_READ = {*_LISTS, "title", "description", "date"} - {"relation"}


def read_dublin_core(dc: etree._Element, identifier: str, feed: str, modified: str) -> Resource:
    """An `oai_dc:dc` as a resource; elements count by their local names, in any namespace.

    Raises `Refused` (WASL-CONTENT-NO-TITLE, -RECORD-TOO-LARGE).
    """
    elements = list(dc)
    if len(elements) > MOST:
        raise Refused("WASL-CONTENT-RECORD-TOO-LARGE", limit=MOST)
    texts = all_words(elements)
    if not all(texts):  # an empty element says nothing
        elements = [element for element, text in zip(elements, texts, strict=True) if text]
        texts = [text for text in texts if text]
    order = _order(tuple([element.tag for element in elements]))
    if not order.titles:
        raise Refused("WASL-CONTENT-NO-TITLE", id=identifier)
    if max(map(len, texts)) > LONGEST:
        raise Refused("WASL-CONTENT-RECORD-TOO-LARGE", limit=LONGEST)
    named, rights, creators, publishers, subjects, types, identifiers, relations, formats = (
        order.lists(texts)
    )
    codes, unknown = _languages(named)
    titles, descriptions, languages, guessed = settle_languages(
        _titles(elements, texts, order), _descriptions(elements, texts, order), codes
    )
    return Resource(
        id=identifier,
        feed=feed,
        titles=titles,
        descriptions=descriptions,
        languages=languages,
        language_guessed=guessed,
        rights=rights,
        creators=creators,
        publishers=publishers,
        subjects=subjects,
        types=types,
        identifiers=identifiers,
        modified=modified,
        encodings=_encodings(identifiers, relations, formats),
        losses=order.losses + unknown,
    )


@dataclass(frozen=True, slots=True)
class _Order:
    """Where things stand in a record whose elements have certain names in a certain order."""

    titles: tuple[int, ...]
    descriptions: tuple[int, ...]
    sort: Callable[[Sequence[str]], tuple[str, ...]]
    parts: tuple[slice, ...]
    """Of the sorted texts, those of each of `_LISTS`."""
    losses: tuple[Loss, ...]

    def lists(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """The texts of each of `_LISTS`."""
        found = self.sort(texts)
        return [found[part] for part in self.parts]


@lru_cache(maxsize=1024)
def _order(tags: tuple[str, ...]) -> _Order:
    names = [tag.rpartition("}")[2] for tag in tags]
    places = {name: [at for at, own in enumerate(names) if own == name] for name in set(names)}
    listed = [places.get(name, []) for name in _LISTS]
    ends = accumulate(map(len, listed), initial=0)
    return _Order(
        tuple(places.get("title", ())),
        tuple(places.get("description", ())),
        _sorting([at for places in listed for at in places]),
        tuple(slice(*pair) for pair in pairwise(ends)),
        tuple(
            Loss(name, "the model has no place for it")
            for name in dict.fromkeys(names)
            if name not in _READ
        ),
    )


def _sorting(places: list[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda texts: tuple(texts[at] for at in places)


def _titles(elements: list[etree._Element], texts: list[str], order: _Order) -> dict[str, str]:
    """The first title of each language."""
    titles: dict[str, str] = {}
    for at in order.titles:
        titles.setdefault(_language(elements[at]), texts[at])
    return titles


def _descriptions(
    elements: list[etree._Element], texts: list[str], order: _Order
) -> dict[str, str]:
    """All descriptions of a language, one below the other."""
    found: dict[str, str] = {}
    for at in order.descriptions:
        code = _language(elements[at])
        found[code] = f"{found[code]}\n{texts[at]}" if code in found else texts[at]
    return found


def _language(element: etree._Element) -> str:
    return language_code(element.get(XML_LANG) or "") or UNDETERMINED


@lru_cache(maxsize=1024)
def _languages(named: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[Loss, ...]]:
    """The codes of the languages named, and the names that mean none."""
    codes = [language_code(text) for text in named]
    lost = (text for text, code in zip(named, codes, strict=True) if not code)
    return tuple(dict.fromkeys(filter(None, codes))), tuple(Loss("language", one) for one in lost)


@lru_cache(maxsize=1024)
def _media_types(formats: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text for text in formats if "/" in text)


def _encodings(
    identifiers: Sequence[str], relations: Sequence[str], formats: tuple[str, ...]
) -> tuple[Encoding, ...]:
    """The files that a record points at: URLs that end like one, else its one URL by its format."""
    urls = [text for text in (*identifiers, *relations) if text.startswith(_WEB)]
    if not urls:
        return ()
    types = _media_types(formats)
    files = [url for url in urls if kind_of_name(url)]
    if len(files) == 1 and len(types) == 1:
        return (Encoding(files[0], types[0]),)
    if files:
        return tuple(map(Encoding, files))
    if len(urls) == 1 and len(types) == 1:
        file = Encoding(urls[0], types[0])
        return (file,) if kind_of(file) else ()
    return ()
