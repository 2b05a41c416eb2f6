"""Locks that a dead run left on a stack.

The engine's own backends (file, S3) keep a lock as a blob that names host, user and process. Where
that process is dead on this host the lock means nothing any more and is cleared; any other lock
stays unless the user asks for it to be broken.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from wasl.errors import WaslError
from wasl.planes.cloud.buckets import Bucket
from wasl.processes import Process

_FOLDER = ".pulumi/locks/organization/wasl"
_CLOCK_TOLERANCE = 5.0


@dataclass(frozen=True)
class Lock:
    """Who holds a stack, as the lock says."""

    name: str
    pid: int
    host: str
    user: str
    since: datetime

    @property
    def dead(self) -> bool:
        """Whether its process certainly runs no more: it was of this host and is gone."""
        if self.host != socket.gethostname():
            return False
        process = Process.of(self.pid)
        if not process.alive:
            return True
        # A process younger than the lock has only inherited the number.
        return process.age < (datetime.now(UTC) - self.since).total_seconds() - _CLOCK_TOLERANCE

    def __str__(self) -> str:
        return f"{self.user}@{self.host}, process {self.pid}, since {self.since:%Y-%m-%d %H:%M:%S}"


def clear(bucket: Bucket, stack: str, *, by_force: bool) -> list[Lock]:
    """Remove the locks of the dead (of everybody by force) from a stack; which they were.

    Raises WASL-CLOUD-LOCKED where one is left.
    """
    cleared = []
    for lock in locks(bucket, stack):
        if not (by_force or lock.dead):
            raise _held(stack, lock)
        bucket.delete(lock.name)
        cleared.append(lock)
    return cleared


def locks(bucket: Bucket, stack: str) -> Iterator[Lock]:
    """The locks on a stack."""
    for name in bucket.names(f"{_FOLDER}/{stack}"):
        if name.endswith(".json"):
            yield _lock(name, bucket.read(name))


def _lock(name: str, data: bytes) -> Lock:
    try:
        record = json.loads(data)
        # Go writes nanoseconds, of which Python reads six digits.
        text = str(record["timestamp"]).replace("Z", "+00:00")
        since = datetime.fromisoformat(text)
        return Lock(name, int(record["pid"]), record["hostname"], record["username"], since)
    except (ValueError, KeyError, TypeError):
        # A torn lock: nobody can say whose it is.
        return Lock(name, 0, "?", "?", datetime.now(UTC))


def _held(stack: str, lock: Lock) -> WaslError:
    return WaslError(
        "WASL-CLOUD-LOCKED",
        f"{stack} is locked by {lock}",
        where=lock.name,
        hint=f"wait until that run has ended; if it is certainly dead: wasl up {stack} "
        "--break-lock",
    )
