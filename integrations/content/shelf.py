"""Packs as they are published: on this machine's disk, and in the country's content bucket.

On disk a pack's versions lie side by side and `current` points at the newest whole one. In the
bucket `packs/<name>/pack.json` is replaced only when all that it names is there; what no version
needs any more is removed after that.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integrations.content.mirror.bucket import Bucket
from playbooks.module_utils.wasl_device import packs
from playbooks.module_utils.wasl_device.packs import Pack
from playbooks.module_utils.wasl_device.signed import Document, SigningKey
from playbooks.module_utils.wasl_device.trust import Trust
from wasl.files import sha256_of
from wasl.pack import Maker, PackFile, make

PREFIX = "packs"


@dataclass(frozen=True)
class Signing:
    """Who signs packs here (with the certificate of a station), and whom this machine trusts."""

    key: SigningKey
    trust: Trust
    certificate: Document | None = None


@dataclass(frozen=True)
class Published:
    """What a pack says of itself: `resources` are the ids and fingerprints that it delivers."""

    version: int
    source: str
    resources: dict[str, str]
    document: Document

    @classmethod
    def of(cls, pack: Pack) -> Published:
        meta = pack.meta
        return cls(pack.version, str(meta["source"]), dict(meta["resources"]), pack.document)


@dataclass(frozen=True)
class Shelf:
    """One country's packs."""

    folder: Path
    bucket: Bucket | None

    def current(self, name: str) -> Path:
        """The folder of the newest whole version on disk; it may not be there."""
        return self.folder / name / "current"

    def local(self, name: str, trust: Trust) -> Pack | None:
        """The newest pack on disk, its signature checked; None where there is none."""
        path = self.current(name)
        return packs.read(path, trust)[0] if path.exists() else None

    def published(self, name: str, trust: Trust) -> Pack | None:
        """The pack that the bucket holds (the disk, where there is no bucket)."""
        if self.bucket is None:
            return self.local(name, trust)
        document = self.bucket.get_json(f"{PREFIX}/{name}/{packs.MANIFEST}")
        if document is None:
            return None
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, packs.MANIFEST).write_text(json.dumps(document), "utf-8")
            return packs.read(Path(folder), trust)[0]

    def make(
        self,
        name: str,
        maker: Maker,
        files: Iterable[PackFile],
        signing: Signing,
        before: Pack | None,
    ) -> Pack:
        """Write a new version on disk and point at it."""
        own = self.folder / name
        own.mkdir(parents=True, exist_ok=True)
        self._clean(own)
        out = own / f"v{maker.version}"
        shutil.rmtree(out, ignore_errors=True)  # one that a killed run did not get to point at
        make(
            out,
            maker,
            files,
            signing.key,
            certificate=signing.certificate,
            before=before,
        )
        pointer = own / ".current.new"
        pointer.unlink(missing_ok=True)
        pointer.symlink_to(out.name)
        os.replace(pointer, own / "current")
        self._clean(own)
        return packs.read(out, signing.trust)[0]

    def publish(self, name: str, pack: Pack) -> None:
        """Bring the pack on disk into the bucket; safe to repeat and to cut off."""
        if self.bucket is None:
            return
        folder, prefix = self.current(name), f"{PREFIX}/{name}"
        wanted = _places(prefix, pack)
        for key in self.bucket.lacking(f"{prefix}/{packs.STORE}/", wanted):
            sha256, _size = wanted[key]
            self.bucket.put(key, folder / packs.stored_at(sha256), sha256=sha256)
        self.bucket.put(f"{prefix}/{packs.MANIFEST}", folder / packs.MANIFEST)
        for key in self.strays(name, pack):
            self.bucket.delete(key)

    def missing(self, name: str, pack: Pack) -> list[str]:
        """Files of a published pack that are not there, or hold other bytes than they should."""
        if self.bucket is None:
            return self.missing_on_disk(name, pack)
        prefix = f"{PREFIX}/{name}"
        lacking = self.bucket.lacking(f"{prefix}/{packs.STORE}/", _places(prefix, pack))
        return _named(pack, {key.removeprefix(f"{prefix}/") for key in lacking})

    def strays(self, name: str, pack: Pack) -> list[str]:
        """Keys of files in the bucket that a published pack does not place.

        A publication that was cut off leaves them: what was withdrawn lies among them.
        """
        if self.bucket is None:
            return []
        prefix = f"{PREFIX}/{name}"
        wanted = _places(prefix, pack)
        keys = self.bucket.keys(f"{prefix}/{packs.STORE}/")
        return [key for key, _size in keys if key not in wanted]

    def missing_on_disk(self, name: str, pack: Pack) -> list[str]:
        """The same of the newest version on disk."""
        folder = self.current(name)
        places = {packs.stored_at(file.sha256): file for file in pack.files}
        return _named(
            pack,
            {
                place
                for place, file in places.items()
                if not (folder / place).is_file() or sha256_of(folder / place) != file.sha256
            },
        )

    def _clean(self, own: Path) -> None:
        """Remove versions that nothing points at, and what a killed run left."""
        pointed = os.readlink(own / "current") if (own / "current").is_symlink() else ""
        for path in own.iterdir():
            if path.name not in ("current", pointed):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _places(prefix: str, pack: Pack) -> dict[str, tuple[str, int]]:
    """The keys of a pack's files in the bucket, and what each is to hold."""
    return {
        f"{prefix}/{packs.stored_at(file.sha256)}": (file.sha256, file.size) for file in pack.files
    }


def _named(pack: Pack, places: Set[str]) -> list[str]:
    """The files of a pack that lie at these places."""
    return [file.path for file in pack.files if packs.stored_at(file.sha256) in places]


def meta(source: str, resources: dict[str, str], **more: Any) -> dict[str, Any]:
    """What every pack made here says beside its files."""
    return {"source": source, "resources": resources, **more}


def next_version(*known: Pack | None) -> int:
    """A version that follows every known one."""
    return 1 + max((pack.version for pack in known if pack is not None), default=0)
