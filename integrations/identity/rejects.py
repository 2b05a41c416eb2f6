"""What the ministry alone may read, sealed to its age recipient: rows that were refused, and who
may be in the roster twice.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from pyrage import encrypt_file, x25519

from integrations.identity.store import Store
from wasl.errors import WaslError


class Rejects:
    """Collects rows in scratch; `seal` makes the one file that may be handed on."""

    def __init__(self, store: Store, recipient: str | None, stage: str = "delivered") -> None:
        self._store = store
        self._recipient = recipient
        self.stage = stage

    def after(self, stage: str) -> Rejects:
        """The same rejects, for rows that a later stage refuses."""
        return Rejects(self._store, self._recipient, stage)

    @property
    def readable(self) -> bool:
        """Whether there is somebody who may read them."""
        return self._recipient is not None

    def writer(self, file: str) -> _Writer:
        """Where the rows of one file go, replacing what an earlier pass put there."""
        return _Writer(self._store.file(f"rejects/{self.stage}-{file}"))

    def rows(self, kind: str) -> Path:
        """Where the same rows lie for the planner, each as the records that it may stand for."""
        return self._store.file(f"refused/{self.stage}-{kind}.csv")

    def seal(self, folder: Path) -> Path | None:
        """The sealed file in `folder`, or nothing if no row was refused.

        Raises `WaslError` (WASL-ROSTER-NO-RECIPIENT) where rows wait and nobody may read them.
        """
        self.required()
        parts = self._parts()
        return self._sealed(parts, folder) if parts else None

    def required(self) -> None:
        """Stop before any more work where rows wait and nobody may read them.

        Raises `WaslError` (WASL-ROSTER-NO-RECIPIENT).
        """
        if self._recipient is None and self._parts():
            raise WaslError(
                "WASL-ROSTER-NO-RECIPIENT",
                "rows were refused, and the manifest names nobody who may receive them",
                where="identity.keys.rejects",
                hint="write the ministry's age recipient there",
            )

    def _parts(self) -> list[Path]:
        parts = sorted(self._store.file("rejects/x").parent.glob("*.csv"))
        return [part for part in parts if part.stat().st_size]

    def _sealed(self, parts: list[Path], folder: Path) -> Path:
        assert self._recipient is not None
        whole = self._store.file("rejects.all")
        with whole.open("wb") as stream:
            for part in parts:
                stream.write(f"# {part.name}\n".encode() + part.read_bytes())
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = folder / f"rejects-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.csv.age"
        partial = self._store.file("rejects.age")
        recipient = x25519.Recipient.from_str(self._recipient)
        encrypt_file(str(whole), str(partial), [recipient])
        partial.chmod(0o600)
        os.replace(partial, target)
        return target


class _Writer:
    def __init__(self, path: Path) -> None:
        self._stream = path.open("wb")

    def __call__(self, raw: bytes) -> None:
        self._stream.write(raw if raw.endswith(b"\n") else raw + b"\n")

    def close(self) -> None:
        self._stream.close()
