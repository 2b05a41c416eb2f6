"""Where a stack's journal lies: beside its state, so that every machine sees one history."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wasl.journal import FolderStore, Journal, Store
from wasl.planes.cloud.buckets import Bucket, Folder, bucket
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
    place = bucket(target.backend, target.environment)
    if place is None:
        return FolderStore(target.work / stack / "journal")
    if isinstance(place, Folder):
        return FolderStore(place.root / FOLDER / stack)
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
            self._journal = Journal(store(self._target, self._stack))
        return self._journal
