"""The bytes of locked packages: each under its SHA-256, fetched once, shared by all builds."""

from __future__ import annotations

import hashlib
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from wasl.errors import WaslError, WaslErrors
from wasl.planes.devices.systems.lock import Package
from wasl.planes.devices.systems.resolve import mirror

AT_ONCE = 8
TRIES = 3
TIMEOUT = 60  # seconds without a byte
_BLOCK = 1 << 20
Say = Callable[[str], None]


@dataclass(frozen=True)
class Cache:
    """A folder of packages."""

    folder: Path

    @classmethod
    def usual(cls) -> Cache:
        """The user's own, whatever the checkout."""
        place = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return cls(place / "wasl" / "packages")

    def file(self, package: Package) -> Path:
        """Where a package is, or would be."""
        return self.folder / package.sha256[:2] / package.sha256

    def has(self, package: Package) -> bool:
        """Whether it is here; its digest was checked when it came, and is again when used."""
        file = self.file(package)
        return file.is_file() and file.stat().st_size == package.size

    def fetch(self, packages: Iterable[Package], say: Say) -> None:
        """Have all packages here. Raises `WaslErrors` that name each one that cannot be had."""
        missing = [package for package in packages if not self.has(package)]
        if not missing:
            return
        size, lock, done = sum(package.size for package in missing), threading.Lock(), [0, 0]
        say(f"{len(missing)} packages to fetch, {size / 1e6:.0f} MB")

        def get(package: Package) -> WaslError | None:
            error = self._get(package)
            with lock:
                before = done[0] * 10 // size
                done[0] += package.size
                if done[0] * 10 // size > before:
                    say(f"fetched {done[0] / 1e6:.0f} of {size / 1e6:.0f} MB")
            return error

        with ThreadPoolExecutor(AT_ONCE) as pool:
            errors = [error for error in pool.map(get, missing) if error]
        if errors:
            raise errors[0] if len(errors) == 1 else WaslErrors(errors)

    def _get(self, package: Package) -> WaslError | None:
        """Fetch one; what is wrong with it, if anything is."""
        address = f"{mirror()}/{package.path}"
        target = self.file(package)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.{os.getpid()}.{threading.get_ident()}")
        reason = ""
        for _ in range(TRIES):
            try:
                if _download(address, temporary, package.size) == package.sha256:
                    os.replace(temporary, target)
                    return None
                reason = "what came is not what was locked"
            except urllib.error.HTTPError as error:
                if error.code in (404, 410):
                    return _gone(package, address)
                reason = str(error)
            except (OSError, ValueError) as error:
                reason = str(error)
            finally:
                temporary.unlink(missing_ok=True)
        return WaslError(
            "WASL-PACKAGE-FETCH",
            f"{package.name} {package.version} could not be fetched: {reason}",
            where=address,
            hint="check the line and try again: what came stays",
        )


def _gone(package: Package, address: str) -> WaslError:
    return WaslError(
        "WASL-PACKAGE-GONE",
        f"{package.name} {package.version} is no longer served",
        where=address,
        hint="renew the lock (wasl kit lock CC), or name a mirror that keeps it: WASL_MIRROR=…",
    )


def _download(address: str, target: Path, most: int) -> str:
    """The SHA-256 of what came; never more than `most` bytes."""
    digest, left = hashlib.sha256(), most
    # The scheme is the mirror's, which whoever runs this chose.
    with urllib.request.urlopen(address, timeout=TIMEOUT) as answer, target.open("wb") as file:  # noqa: S310
        while block := answer.read(_BLOCK):
            left -= len(block)
            if left < 0:
                raise ValueError("more came than was locked")
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()
