"""Where a stack's journal lies: beside its state, so that every machine sees one history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from wasl.journal import FolderStore, Journal, Store
from wasl.manifest.catalogue import known_countries, load_country
from wasl.planes.cloud.buckets import Bucket, bucket

if TYPE_CHECKING:  # history is read without the engine
    from wasl.planes.cloud.target import Target

FOLDER = ".wasl/journal"


@dataclass(frozen=True)
class BucketStore:
    """Segments as blobs of a bucket."""

    bucket: Bucket
    folder: str

    def names(self) -> list[str]:
        found = (Path(name).name for name in self.bucket.names(self.folder))
        return sorted(name for name in found if name.endswith(".jsonl"))

    def read(self, name: str) -> bytes:
        return self.bucket.read(f"{self.folder}/{name}")

    def write(self, name: str, data: bytes) -> None:
        self.bucket.write(f"{self.folder}/{name}", data)


def store(target: Target, stack: str) -> Store:
    """The segments of a stack. A backend that holds no files leaves them under WASL_HOME."""
    return store_at(target.backend, target.environment, target.work, stack)


def store_at(backend: str, environ: Mapping[str, str], work: Path, stack: str) -> Store:
    """The segments of a stack of a backend; `work` is where the target's stacks work."""
    url = urlsplit(backend)
    if url.scheme == "file":
        return FolderStore(Path(unquote(url.netloc + url.path)).expanduser() / FOLDER / stack)
    place = bucket(backend, environ)
    if place is None:
        return FolderStore(work / stack / "journal")
    return BucketStore(place, f"{FOLDER}/{stack}")


class Lazy:
    """A stack's journal of this run, begun by its first entry: to look leaves no trace."""

    def __init__(self, target: Target, stack: str) -> None:
        self._target = target
        self._stack = stack
        self._journal: Journal | None = None

    @property
    def journal(self) -> Journal:
        if self._journal is None:
            manifest = _manifest(self._target.root, self._stack)
            self._journal = Journal(store(self._target, self._stack), manifest)
        return self._journal


def _manifest(root: Path, stack: str) -> str:
    """The digest of the country's manifest; the foundation has none."""
    if stack not in known_countries(root):
        return ""
    return load_country(root, stack).countries[stack].digest
