"""The two packs for devices, made from the same resources: the channel and the library."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from integrations.content.collection import Item
from integrations.content.kinds import KINDS
from integrations.content.kolibri.channel import (
    PRESETS,
    channel_id,
    database_path,
    describe,
    storage_path,
)
from integrations.content.kolibri.environment import Kolibri
from integrations.content.kolibri.files import shown
from integrations.content.library.build import build
from integrations.content.mirror.objects import Objects
from wasl.files import write_atomically
from wasl.manifest.country import Country
from wasl.pack import PackFile

Made = tuple[list[PackFile], Mapping[str, Any]]
"""The files of a pack, and what its `meta` says beside the resources."""


@dataclass(frozen=True)
class Workshop:
    """What packs of a country are made from, and where."""

    country: Country
    objects: Objects
    work: Path
    kolibri: Callable[[], Kolibri]

    @property
    def language(self) -> str:
        """The language that is shown first."""
        return self.country.languages[0].code


@dataclass(frozen=True)
class Recipe:
    """One kind of pack: counted up in `form` when the same resources are to look otherwise."""

    suffix: str
    kind: str
    form: int
    kinds: frozenset[str]
    make: Callable[[Workshop, Sequence[Item], int, datetime], Made]

    def name(self, country: str) -> str:
        """The pack's name."""
        return f"{country}-{self.suffix}"

    def usable(self, item: Item) -> bool:
        """Whether it can show any file of the item."""
        return any(stored.kind in self.kinds for _file, stored in item.files)


def _channel(shop: Workshop, items: Sequence[Item], version: int, now: datetime) -> Made:
    files = shown(items, shop.objects, shop.work / "pages")
    channel = channel_id(shop.country.code)
    known = {sha256: one for sha256, (one, _path) in files.items()}
    updated = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    description = describe(shop.country, items, known, version, updated)
    told, database = shop.work / "channel.json", shop.work / f"{channel}.sqlite3"
    write_atomically(told, json.dumps(description, ensure_ascii=False))
    shop.kolibri().write(told, database)
    stored = {
        storage_path(one.md5, PRESETS[one.stored.kind][2]): path for one, path in files.values()
    }
    packed = [PackFile(database_path(channel), database), *_files(stored)]
    return packed, {"channel": channel, "title": description["channel"][0]["name"]}


def _library(shop: Workshop, items: Sequence[Item], _version: int, _now: datetime) -> Made:
    work = shop.work / "library"
    shutil.rmtree(work, ignore_errors=True)
    files = {file.path: file for file in build(items, shop.objects, work, shop.language)}
    return list(files.values()), {"start": "library/index.html"}


def _files(places: Mapping[str, Path]) -> Iterable[PackFile]:
    return (PackFile(place, source) for place, source in places.items())


CHANNEL = Recipe("channel", "kolibri-channel", 1, frozenset({*PRESETS, "html"}), _channel)
LIBRARY = Recipe("library", "files", 1, frozenset(KINDS), _library)
