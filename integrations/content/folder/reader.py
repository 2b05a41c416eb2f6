"""A folder feed: each row of its table is a resource, its files lie beside it.

A resource that stands in the table no more, or whose `withdrawn` cell is filled, is withdrawn.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from integrations.content.faults import Refused
from integrations.content.folder.table import rows, table_of
from integrations.content.harvested import Harvested
from integrations.content.kinds import declared_type
from integrations.content.languages import language_code, settle_languages
from integrations.content.mirror.archives import safe_name
from integrations.content.model import UNDETERMINED, Encoding, Loss, Resource
from wasl.errors import WaslError

_MANY = re.compile(r"\s*[;|\n]\s*")
_TEXTS = re.compile(r"^(title|description)(?:_([a-z]{2,3}))?$")
_LISTS = {
    "licence": "rights",
    "license": "rights",
    "rights": "rights",
    "creator": "creators",
    "author": "creators",
    "publisher": "publishers",
    "subject": "subjects",
    "level": "levels",
    "age": "ages",
    "type": "types",
    "teaches": "teaches",
    "audience": "audiences",
    "identifier": "identifiers",
}
_PLAIN = frozenset({"id", "file", "language", "time_required", "modified", "withdrawn"})


def read_folder(folder: Path, feed: str) -> Iterator[Harvested]:
    """Everything that the folder offers, good and bad, in the table's order."""
    if not folder.is_dir():
        raise WaslError(
            "WASL-CONTENT-NO-FOLDER",
            "the feed's folder is not there",
            where=str(folder),
            hint="mend the path of the feed, or bring the medium that it is on",
        )
    path = table_of(folder)
    seen: set[str] = set()
    for number, cells in rows(path):
        identifier = cells.get("id", "")
        original = json.dumps(cells, ensure_ascii=False, sort_keys=True).encode()
        place = f"{path.name}:{number}"
        try:
            if not identifier or len(identifier) > 500 or identifier in seen:
                raise Refused("WASL-CONTENT-ROW-ID", place=place, id=identifier)
            seen.add(identifier)
            if cells.get("withdrawn"):
                yield Harvested(identifier, cells.get("modified", ""), deleted=True)
            else:
                resource = read_row(cells, feed, folder)
                yield Harvested(identifier, resource.modified, resource, original)
        except Refused as refused:
            yield Harvested(identifier or place, fault=refused.fault, original=original)


def read_row(cells: dict[str, str], feed: str, folder: Path) -> Resource:
    """A row as a resource. Raises `Refused` where a file's name leaves the folder."""
    lists: dict[str, tuple[str, ...]] = {}
    texts: dict[str, dict[str, str]] = {"title": {}, "description": {}}
    losses = []
    for name, value in cells.items():
        text = _TEXTS.match(name)
        if text and value:
            texts[text[1]][text[2] or UNDETERMINED] = value
        elif name in _LISTS and value:
            lists[_LISTS[name]] = (*lists.get(_LISTS[name], ()), *_many(value))
        elif value and not text and name not in _PLAIN:
            losses.append(Loss(name, "there is no place for this column"))
    languages = tuple(filter(None, map(language_code, _many(cells.get("language", "")))))
    titles, descriptions, languages, guessed = settle_languages(
        texts["title"], texts["description"], languages
    )
    return Resource(
        id=cells["id"],
        feed=feed,
        titles=titles,
        descriptions=descriptions,
        languages=languages,
        language_guessed=guessed,
        time_required=cells.get("time_required", ""),
        modified=cells.get("modified", ""),
        encodings=tuple(_file(folder, name) for name in _many(cells.get("file", ""))),
        losses=tuple(losses),
        **lists,
    )


def _file(folder: Path, name: str) -> Encoding:
    """A file of the folder; it need not be there yet, but may lie nowhere else."""
    path = folder / name
    if not safe_name(name):
        raise Refused("WASL-CONTENT-FILE-NAME", file=ascii(name)[:80])
    if not path.resolve().is_relative_to(folder.resolve()):
        raise Refused("WASL-CONTENT-FILE-NAME", file=ascii(name)[:80])
    if not path.is_file():
        raise Refused("WASL-CONTENT-FILE-MISSING", file=name)
    size = path.stat().st_size
    return Encoding(name, declared_type(name), size)


def _many(value: str) -> tuple[str, ...]:
    return tuple(part for part in _MANY.split(value.strip()) if part)
