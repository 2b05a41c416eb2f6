"""Where resources go: each destination says what it holds, what it can use, and takes delivery."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Protocol

from integrations.content.collection import Item
from integrations.content.compare import Step
from integrations.content.kolibri.environment import kolibri
from integrations.content.packing import CHANNEL, LIBRARY, Recipe, Workshop
from integrations.content.rules import DEVICES
from integrations.content.shelf import Published, Signing, meta, next_version
from playbooks.module_utils.wasl_device.packs import Pack
from wasl.pack import Maker
from wasl.planes.content.partner import Delivered
from wasl.planes.content.setting import Progress, Setting
from wasl.planes.told import spoken
from wasl.result import Finding, Kind, Message, Severity, digest


class Destination(Protocol):
    """One place that resources are delivered to."""

    @property
    def name(self) -> str:
        """How plans name it."""

    @property
    def group(self) -> str:
        """Which of the manifest's `destinations` it belongs to."""

    @property
    def budget(self) -> int | None:
        """How many bytes it has room for; None where that is no matter."""

    def usable(self, item: Item) -> bool:
        """Whether it can use any file of the item."""

    def fingerprint(self, item: Item) -> str:
        """What `observed` says of an item that is there as it should be."""

    def observed(self) -> Mapping[str, str]:
        """What it really holds: fingerprints by resource."""

    def due(self, items: Sequence[Item], found: Sequence[Step]) -> bool:
        """Whether there is anything to deliver."""

    def deliver(self, items: Sequence[Item], progress: Progress) -> str:
        """Make it hold these items and no others; the receipt. Safe to repeat and to cut off."""

    def damaged(self) -> list[Finding]:
        """What of it is not whole, and what it holds beside."""


@dataclass(frozen=True)
class Packed:
    """A signed pack that devices install."""

    setting: Setting
    recipe: Recipe

    @property
    def name(self) -> str:
        return self.recipe.suffix

    @property
    def group(self) -> str:
        return DEVICES

    @property
    def budget(self) -> int | None:
        return self.setting.content.device_budget_mb * 1_000_000

    @property
    def _pack(self) -> str:
        return self.recipe.name(self.setting.country.code)

    @cached_property
    def _published(self) -> Pack | None:
        with spoken():
            return self.setting.shelf.published(self._pack, self.setting.trust())

    def _source(self, items: Sequence[Item]) -> str:
        """Changes with whatever the pack is made of."""
        country = self.setting.country
        names = [country.names.ar, country.names.fr, country.languages[0].code]
        resources = sorted((item.id, item.fingerprint) for item in items)
        return digest([self.recipe.form, names, resources])

    def usable(self, item: Item) -> bool:
        return self.recipe.usable(item) or not item.files  # not here yet: by its declared kind

    def fingerprint(self, item: Item) -> str:
        return item.fingerprint

    def observed(self) -> Mapping[str, str]:
        return Published.of(self._published).resources if self._published else {}

    def due(self, items: Sequence[Item], found: Sequence[Step]) -> bool:
        if self._published is None:
            return bool(items)
        source = Published.of(self._published).source
        return source != self._source(items) or bool(self.damaged())

    def deliver(self, items: Sequence[Item], progress: Progress) -> str:
        signing, shelf = self.setting.signing(), self.setting.shelf
        with spoken():
            pack = self._made_already(items, signing) or self._make(items, signing)
            progress(self.name, len(items), len(items))
            shelf.publish(self._pack, pack)
        return (
            f"{pack.name} version {pack.version}: {len(items)} resources, {len(pack.files)} files, "
            f"{len(pack.tombstones)} tombstones, {pack.digest[:16]}"
        )

    def _made_already(self, items: Sequence[Item], signing: Signing) -> Pack | None:
        """The pack on disk, if a run that was cut off had made just this one."""
        shelf = self.setting.shelf
        local = shelf.local(self._pack, signing.trust)
        behind = local and self._published and local.version < self._published.version
        if local is None or behind or Published.of(local).source != self._source(items):
            return None
        return None if shelf.missing_on_disk(self._pack, local) else local

    def _make(self, items: Sequence[Item], signing: Signing) -> Pack:
        setting, now = self.setting, datetime.now(UTC)
        local = setting.shelf.local(self._pack, signing.trust)
        known = [pack for pack in (local, self._published) if pack is not None]
        version = next_version(*known)
        shop = Workshop(
            setting.country,
            setting.objects,
            setting.folder / "work",
            lambda: kolibri(setting.cache),
        )
        shop.work.mkdir(parents=True, exist_ok=True)
        files, more = self.recipe.make(shop, items, version, now)
        said = meta(
            self._source(items), {item.id: item.fingerprint for item in items}, **dict(more)
        )
        made = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        code, kind = setting.country.code, self.recipe.kind
        maker = Maker(self._pack, code, version, made, kind, said)
        before = max(known, key=lambda pack: pack.version, default=None)
        return setting.shelf.make(self._pack, maker, files, signing, before)

    def damaged(self) -> list[Finding]:
        pack, shelf = self._published, self.setting.shelf
        if pack is None:
            return []
        missing, strays = shelf.missing(pack.name, pack), shelf.strays(pack.name, pack)
        return [
            *(self._file(path, Kind.MISSING, "WASL-CONTENT-PACK-FILE") for path in missing),
            *(self._file(key, Kind.UNMANAGED, "WASL-CONTENT-PACK-STRAY") for key in strays),
        ]

    def _file(self, path: str, kind: Kind, code: str) -> Finding:
        country = self.setting.country
        return Finding(
            plane="content",
            country=country.code,
            target=f"{self.name}/{path}",
            type="file",
            kind=kind,
            severity=Severity.HIGH,
            environment=country.environment,
            message=Message(code, {"pack": self._pack, "path": path}),
        )


_ALL: tuple[Callable[[Setting], Destination], ...] = (
    lambda setting: Packed(setting, CHANNEL),
    lambda setting: Packed(setting, LIBRARY),
    Delivered,
)


def destinations(setting: Setting) -> list[Destination]:
    """The destinations that the manifest asks for."""
    made = [make(setting) for make in _ALL]
    return [one for one in made if one.group in setting.content.destinations]
