"""A flat apt repository of given packages: for building systems, and for updates by stick.

`Packages` carries the lock's digests, so that apt holds every file to them. A repository that
travels has a `Release` that the country's key signs.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from pathlib import Path

from playbooks.module_utils.wasl_device.signed import SigningKey
from wasl.errors import WaslError
from wasl.planes.devices.systems import openpgp
from wasl.planes.devices.systems.cache import Cache
from wasl.planes.devices.systems.lock import Package

_OMITTED = ("Filename:", "Size:", "SHA256:")


def make(folder: Path, packages: Iterable[Package], cache: Cache, *, copy: bool = False) -> None:
    """`folder` with the packages (links to the cache, or copies) and their index."""
    pool = folder / "pool"
    pool.mkdir(parents=True)
    listed = sorted(packages)
    with ThreadPoolExecutor() as threads:
        stanzas = list(threads.map(lambda one: _place(pool, one, cache, copy), listed))
    (folder / "Packages").write_text("\n".join(stanzas), "utf-8")


def add(folder: Path, files: Iterable[Path]) -> None:
    """Further .deb files, given by hand, with digests of what they are now."""
    pool = folder / "pool"
    pool.mkdir(parents=True, exist_ok=True)
    index = folder / "Packages"
    stanzas = [index.read_text("utf-8")] if index.exists() else []
    for file in sorted(files):
        target = pool / file.name
        shutil.copyfile(file, target)
        digest = hashlib.sha256(target.read_bytes()).hexdigest()
        stanzas.append(_stanza(target, target.stat().st_size, digest))
    index.write_text("\n".join(stanzas), "utf-8")


def sign(folder: Path, country: str, date: int, key: SigningKey) -> None:
    """`Release`, its signature and the key to check it by, `date` being seconds since 1970."""
    index = (folder / "Packages").read_bytes()
    release = (
        f"Origin: wasl {country}\nLabel: wasl {country}\nSuite: wasl\nCodename: wasl\n"
        f"Architectures: amd64 all\nDate: {formatdate(date, usegmt=True)}\n"
        f"SHA256:\n {hashlib.sha256(index).hexdigest()} {len(index)} Packages\n"
    ).encode()
    (folder / "Release").write_bytes(release)
    (folder / "Release.gpg").write_text(openpgp.detached(key, release, date), "ascii")
    (folder / f"wasl-{country}.asc").write_text(openpgp.certificate(key, owner(country)), "ascii")


def owner(country: str) -> str:
    """How the key names itself to apt."""
    return f"wasl {country} updates"


def _place(pool: Path, package: Package, cache: Cache, copy: bool) -> str:
    source, target = cache.file(package), pool / package.file.replace(":", "%3a")
    if copy:
        shutil.copyfile(source, target)
    else:
        os.symlink(source.resolve(), target)
    return _stanza(target, package.size, package.sha256)


def _stanza(file: Path, size: int, sha256: str) -> str:
    done = subprocess.run(
        ["dpkg-deb", "--field", str(file)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise WaslError(
            "WASL-PACKAGE-BAD",
            f"this is no Debian package: {done.stderr.strip()[:200]}",
            where=str(file),
            hint="get it again",
        )
    lines = [line for line in done.stdout.splitlines() if not line.startswith(_OMITTED)]
    place = f"Filename: ./pool/{file.name}\nSize: {size}\nSHA256: {sha256}\n"
    return "\n".join(lines) + "\n" + place
