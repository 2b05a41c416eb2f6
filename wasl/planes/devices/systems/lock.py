"""The lock of a country's systems: every package by SHA-256, and the one date that all files get.

A text file, a line a package (`sha256 size path uses`), so that a change of versions reads well in
a review. `path` is below a mirror's root; a package is used by `image`, `live`, `tools` or several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from wasl.errors import WaslError

USES = ("image", "live", "tools")
_ROW = re.compile(r"([0-9a-f]{64}) (\d{1,12}) ([A-Za-z0-9][\w.+~%:/-]*\.deb) ([a-z]+(?:,[a-z]+)*)")
_HEAD = """\
# Debian packages of this country's systems; `wasl kit lock {country}` renews it.
# sha256, size, path below the mirror, what it is for
suite {suite}
date {date}
"""


@dataclass(frozen=True, order=True)
class Package:
    """A .deb file; its name and version are those of the file's own name."""

    path: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """The package's name."""
        return self.file.split("_")[0]

    @property
    def version(self) -> str:
        """With its epoch, where the path tells one."""
        return self.file.split("_")[1]

    @property
    def file(self) -> str:
        """The file's name."""
        return unquote(self.path.rpartition("/")[2])


@dataclass(frozen=True)
class Lock:
    """What `suite` gave at `date` (seconds since 1970, the newest of its Release files)."""

    country: str
    suite: str
    date: int
    uses: dict[str, tuple[Package, ...]]

    def packages(self, use: str) -> tuple[Package, ...]:
        """Those of one use, sorted by path."""
        return self.uses.get(use, ())

    @property
    def all(self) -> tuple[Package, ...]:
        """Every package once."""
        return tuple(sorted({package for use in self.uses.values() for package in use}))


def render(lock: Lock) -> str:
    """The lock's file."""
    rows = []
    for package in lock.all:
        uses = ",".join(use for use in USES if package in lock.packages(use))
        rows.append(f"{package.sha256} {package.size} {package.path} {uses}\n")
    return _HEAD.format(country=lock.country, suite=lock.suite, date=lock.date) + "".join(rows)


def path(root: Path, country: str) -> Path:
    """Where a country's lock is."""
    return root / "countries" / "locks" / f"{country}.lock"


def read(file: Path, country: str) -> Lock:
    """Raises `WaslError` (WASL-LOCK-MISSING, WASL-LOCK-BAD)."""
    try:
        lines = file.read_text("ascii").splitlines()
    except FileNotFoundError:
        hint = f"make it (it asks the mirror): wasl kit lock {country}"
        raise WaslError(
            "WASL-LOCK-MISSING", f"{country} has no lock of packages", where=str(file), hint=hint
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise _bad(file, 0, str(error)) from None
    head: dict[str, str] = {}
    uses: dict[str, list[Package]] = {use: [] for use in USES}
    for number, line in enumerate(lines, 1):
        word, _, rest = line.partition(" ")
        if not line or line.startswith("#"):
            continue
        if word in ("suite", "date"):
            head[word] = rest
            continue
        package, of = _row(file, number, line)
        for use in of:
            uses[use].append(package)
    if not head.get("suite") or not head.get("date", "").isdecimal():
        raise _bad(file, 1, "it names no suite or no date")
    made = {use: tuple(sorted(packages)) for use, packages in uses.items()}
    return Lock(country, head["suite"], int(head["date"]), made)


def _row(file: Path, number: int, line: str) -> tuple[Package, Iterable[str]]:
    match = _ROW.fullmatch(line)
    if match is None or ".." in match[3] or match[3].rpartition("/")[2].count("_") != 2:
        raise _bad(file, number, f"no package: {line[:60]!r}")
    uses = match[4].split(",")
    if not set(uses) <= set(USES):
        raise _bad(file, number, f"an unknown use: {match[4]!r}")
    return Package(match[3], match[1], int(match[2])), uses


def _bad(file: Path, line: int, why: str) -> WaslError:
    return WaslError(
        "WASL-LOCK-BAD", why, where=f"{file}:{line}", hint="make it anew: wasl kit lock CC"
    )
