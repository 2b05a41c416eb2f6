"""IEEE 1484.12.1 Learning Object Metadata (its XML binding, 1484.12.3) read into the model.

Category 1 general, 2 lifecycle, 4 technical, 5 educational, 6 rights, 9 classification. What else
stands in a record is named as a loss.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from lxml import etree

from integrations.content.faults import Refused
from integrations.content.languages import language_code, settle_languages
from integrations.content.metadata.dublin_core import LONGEST
from integrations.content.model import UNDETERMINED, Encoding, Loss, Resource

LOM = "http://ltsc.ieee.org/xsd/LOM"
_READ = frozenset(["general", "lifeCycle", "technical", "educational", "rights", "classification"])
_TAUGHT = frozenset({"educational objective", "competency"})  # purposes of 9.1
_PURPOSES = _TAUGHT | {"discipline", "educational level"}
_SIZE = re.compile("[0-9]{1,15}")
_MOST = 2000


def read_lom(lom: etree._Element, identifier: str, feed: str, modified: str) -> Resource:
    """A `lom` element as a resource. Raises `Refused` (WASL-CONTENT-NO-TITLE, -TOO-LARGE)."""
    _within_limits(lom)
    titles = dict(_texts(lom, "general/title"))  # 1.2
    if not titles:
        raise Refused("WASL-CONTENT-NO-TITLE", id=identifier)
    descriptions = dict(_texts(lom, "general/description"))  # 1.4
    said = list(_values(lom, "general/language")) or list(_values(lom, "educational/language"))
    languages = tuple(dict.fromkeys(filter(None, map(language_code, said))))
    titles, descriptions, languages, guessed = settle_languages(titles, descriptions, languages)
    return Resource(
        id=identifier,
        feed=feed,
        titles=titles,
        descriptions=descriptions,
        languages=languages,
        language_guessed=guessed,
        rights=_rights(lom),
        creators=tuple(_people(lom, {"author", "creator", "content provider"})),
        publishers=tuple(_people(lom, {"publisher"})),
        subjects=_subjects(lom),
        levels=_levels(lom),
        ages=tuple(text for _code, text in _texts(lom, "educational/typicalAgeRange")),  # 5.7
        types=tuple(_values(lom, "educational/learningResourceType/value")),  # 5.2
        teaches=tuple(dict.fromkeys(_classified(lom, _TAUGHT))),
        audiences=tuple(_values(lom, "educational/intendedEndUserRole/value")),  # 5.5
        time_required=next(_values(lom, "educational/typicalLearningTime/duration"), ""),  # 5.9
        identifiers=tuple(_values(lom, "general/identifier/entry")),  # 1.1
        encodings=_encodings(lom),
        modified=modified,
        losses=tuple(_losses(lom)),
    )


def _find(lom: etree._Element, path: str) -> list[etree._Element]:
    """Elements by their local names, in whatever namespace a provider puts LOM."""
    steps = "/".join(f"{{*}}{name}" for name in path.split("/"))
    return lom.findall(steps)


def _values(lom: etree._Element, path: str) -> Iterator[str]:
    for element in _find(lom, path):
        words = " ".join((element.text or "").split())
        if words:
            yield words


def _texts(lom: etree._Element, path: str) -> Iterator[tuple[str, str]]:
    """LangStrings: each text with its language."""
    for element in _find(lom, f"{path}/string"):
        words = " ".join((element.text or "").split())
        if words:
            yield language_code(element.get("language") or "") or UNDETERMINED, words


def _rights(lom: etree._Element) -> tuple[str, ...]:
    """6.3 description; 6.2 says whether there are restrictions at all."""
    described = tuple(text for _code, text in _texts(lom, "rights/description"))
    if described:
        return described
    restricted = set(_values(lom, "rights/copyrightAndOtherRestrictions/value"))
    return ("all rights reserved",) if "yes" in restricted else ()


def _people(lom: etree._Element, roles: set[str]) -> Iterator[str]:
    """2.3: the names (vCard FN) of those who had one of `roles`."""
    for contribution in _find(lom, "lifeCycle/contribute"):
        if roles & set(_values(contribution, "role/value")):
            for card in _values_raw(contribution, "entity"):
                yield from _names(card)


def _values_raw(lom: etree._Element, path: str) -> Iterator[str]:
    for element in _find(lom, path):
        yield element.text or ""


def _names(card: str) -> Iterator[str]:
    if "BEGIN:VCARD" not in card.upper():
        yield from filter(None, [" ".join(card.split())])
        return
    for line in card.splitlines():
        name, _, value = line.strip().partition(":")
        if name.split(";")[0].upper() == "FN" and value.strip():
            yield value.strip()


def _subjects(lom: etree._Element) -> tuple[str, ...]:
    """1.5 keywords, and 9 classifications by discipline."""
    words = [text for _code, text in _texts(lom, "general/keyword")]
    return tuple(dict.fromkeys([*words, *_classified(lom, {"discipline"})]))


def _levels(lom: etree._Element) -> tuple[str, ...]:
    """9 classifications by educational level, and 5.6 contexts."""
    classified = _classified(lom, {"educational level"})
    return tuple(dict.fromkeys([*classified, *_values(lom, "educational/context/value")]))


def _classified(lom: etree._Element, purposes: Set[str]) -> Iterator[str]:
    for classification in _find(lom, "classification"):
        if purposes & set(_values(classification, "purpose/value")):
            yield from (text for _code, text in _texts(classification, "taxonPath/taxon/entry"))


def _encodings(lom: etree._Element) -> tuple[Encoding, ...]:
    """4.1 format, 4.2 size in bytes, 4.3 location; several locations are copies of one file."""
    types = [text for text in _values(lom, "technical/format") if "/" in text]
    sizes = [int(text) for text in _values(lom, "technical/size") if _SIZE.fullmatch(text)]
    locations = [
        text
        for text in _values(lom, "technical/location")
        if text.startswith(("http://", "https://"))
    ]
    media = types[0] if len(types) == 1 else ""
    size = sizes[0] if len(sizes) == 1 and len(locations) == 1 else None
    return tuple(Encoding(location, media, size) for location in locations)


def _losses(lom: etree._Element) -> Iterator[Loss]:
    for element in lom:
        name = str(element.tag).rpartition("}")[2]
        if name not in _READ:
            yield Loss(name, "the model has no place for it")
    for name in ("difficulty", "interactivityType", "semanticDensity"):
        if _find(lom, f"educational/{name}"):
            yield Loss(f"educational.{name}", "the model has no place for it")
    for purpose in dict.fromkeys(_values(lom, "classification/purpose/value")):
        if purpose not in _PURPOSES:
            yield Loss(f"classification.{purpose}", "the model has no place for it")


def _within_limits(lom: etree._Element) -> None:
    for number, element in enumerate(lom.iter(etree.Element)):
        if number > _MOST or len(element.text or "") > LONGEST:
            raise Refused("WASL-CONTENT-RECORD-TOO-LARGE", limit=LONGEST)
