"""A OneRoster CSV package as it was delivered: a folder or a zip, and the manifest in it.

Nothing in it is trusted: names, sizes, and what the manifest says are checked before a row is read.
Source: OneRoster CSV Binding 1.2.1, sections 2 and 3; OneRoster 1.1, section 3.
"""

from __future__ import annotations

import csv
import io
import re
import stat
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from integrations.identity.errors import Problem, RosterError, refused
from integrations.identity.inspect import Body, Head, beside, head
from integrations.identity.oneroster.columns import (
    COLUMNS,
    OTHER_FILES,
    Version,
    header,
)
from integrations.identity.store import Store
from wasl.result import digest

Mode = Literal["bulk", "delta"]

MANIFEST_LIMIT = 64 << 10
MEMBERS = 64
UNPACKED = 64 << 30
RATIO = 200
_NAME = re.compile(r"[A-Za-z]+\.csv")


@dataclass(frozen=True)
class RosterFile:
    """One data file: where it lies, its columns in order, and what is known of its bytes.

    `reading` goes on while the database is at work.
    """

    kind: str
    path: Path
    columns: tuple[str, ...]
    head: Head
    reading: Future[Body]
    mode: Mode

    @property
    def body(self) -> Body:
        """What is known of all its bytes; waits until they are read."""
        return self.reading.result()

    @property
    def name(self) -> str:
        """What reports call it."""
        return f"{self.kind}.csv"

    @property
    def extensions(self) -> tuple[str, ...]:
        """The columns that the standard leaves to a country: `metadata.*`."""
        return tuple(name for name in self.columns if name.startswith("metadata."))


@dataclass(frozen=True)
class Package:
    """All data files of one delivery."""

    version: Version
    files: Mapping[str, RosterFile]

    @property
    def digest(self) -> str:
        """One digest over all files."""
        return digest({kind: file.body.digest for kind, file in sorted(self.files.items())})


def open_package(path: Path, store: Store, into: str = "roster") -> Package:
    """The package at `path`, unpacked into scratch (there `into`) if it is a zip.

    Raises `RosterError` with every problem of manifest, names and headers at once.
    """
    folder = _unpacked(path, store, into) if path.is_file() else path
    if not folder.is_dir():
        raise refused(
            "WASL-ROSTER-NONE",
            "there is no roster here",
            str(path),
            "give a folder or a zip",
        )
    version, modes = _manifest(folder)
    problems = list(_present(folder, version, modes))
    kinds = [kind for kind in COLUMNS[version] if kind in modes]
    paths = {kind: folder / f"{kind}.csv" for kind in kinds}
    files = {}
    for kind in kinds:
        if not _regular(paths[kind]):
            continue
        first = head(paths[kind])
        columns, wrong = _columns(version, kind, first)
        problems += wrong
        reading = beside(paths[kind])
        files[kind] = RosterFile(kind, paths[kind], columns, first, reading, modes[kind])
    if problems:
        raise RosterError(problems)
    return Package(version, files)


def manifest(version: Version, modes: Mapping[str, str]) -> str:
    """The text of a manifest.csv that declares every file of the standard, by kind."""
    known = (*COLUMNS[version], *OTHER_FILES[version])
    lines = ["propertyName,value", "manifest.version,1.0", f"oneroster.version,{version}"]
    lines += [f"file.{kind},{modes.get(kind, 'absent')}" for kind in known]
    return "\n".join(lines) + "\n"


def write_zip(package: Package, path: Path) -> None:
    """Write `package` to `path`, whole or not at all, for its owner's eyes alone."""
    partial = path.with_name(path.name + ".part")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    modes = {kind: file.mode for kind, file in package.files.items()}
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("manifest.csv", manifest(package.version, modes))
            for file in package.files.values():
                archive.write(file.path, file.name)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _regular(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _unpacked(path: Path, store: Store, into: str) -> Path:
    folder = store.file(f"{into}/x").parent
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(path.name, members)
            for member in members:
                _extract(archive, member, folder, path.name)
    except (
        zipfile.BadZipFile,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
    ) as error:
        what = f"cannot be unpacked: {type(error).__name__}"
        raise refused("WASL-ROSTER-ZIP", what, path.name, "pack it again as a plain zip") from error
    return folder


def _check_members(file: str, members: list[zipfile.ZipInfo]) -> None:
    problems = []
    names = [member.filename for member in members]
    if len(members) > MEMBERS:
        problems.append((file, f"holds {len(members)} members, at most {MEMBERS} are read"))
    for member in members:
        if not _NAME.fullmatch(member.filename):
            what = "the name is no plain file name (letters and .csv, no folders)"
        elif names.count(member.filename) > 1:
            what = "stands in the zip twice"
        elif stat.S_ISLNK(member.external_attr >> 16):
            what = "is a symbolic link"
        elif member.flag_bits & 1:
            what = "is encrypted"
        elif member.file_size > max(RATIO * member.compress_size, 1 << 20):
            what = f"grows more than {RATIO} times when unpacked"
        else:
            continue
        problems.append((f"{file}!{member.filename[:80]}", what))
    if sum(member.file_size for member in members) > UNPACKED:
        problems.append((file, f"unpacks to more than {UNPACKED >> 30} GiB"))
    if problems:
        mend = "pack only the OneRoster files, at the top of the zip"
        raise RosterError(
            [Problem("WASL-ROSTER-ZIP", where, 0, "", what, mend) for where, what in problems]
        )


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, file: str) -> None:
    """Write one member, never more of it than it declared."""
    left = member.file_size
    with (
        archive.open(member) as source,
        (folder / member.filename).open("xb") as target,
    ):
        while chunk := source.read(1 << 20):
            left -= len(chunk)
            if left < 0:
                what = "holds more than it declares"
                raise refused("WASL-ROSTER-ZIP", what, file, "pack it again", member.filename)
            target.write(chunk)


def _manifest(folder: Path) -> tuple[Version, dict[str, Mode]]:
    path = folder / "manifest.csv"
    rows, problems = _manifest_rows(path)
    said = rows.get("oneroster.version", "")
    version: Version = "1.1" if said == "1.1" else "1.2"
    if said not in COLUMNS:
        what = f"oneroster.version is {said[:20]!r}"
        problems.append(_lie(0, "", what, "write 1.1 or 1.2"))
    if rows.get("manifest.version") != "1.0":
        what = f"manifest.version is {rows.get('manifest.version', '')[:20]!r}"
        problems.append(_lie(0, "", what, "write 1.0"))
    known = {*COLUMNS[version], *OTHER_FILES[version]}
    modes: dict[str, Mode] = {}
    for name, value in rows.items():
        if not name.startswith("file."):
            continue
        kind = name.removeprefix("file.")
        if kind not in known and said in COLUMNS:
            problems.append(_lie(0, name, "declares a file that the standard does not know"))
        elif value not in ("absent", "bulk", "delta"):
            problems.append(_lie(0, name, "must be absent, bulk or delta"))
        elif value != "absent" and kind in COLUMNS[version]:
            modes[kind] = "delta" if value == "delta" else "bulk"
    if problems:
        raise RosterError(problems)
    return version, modes


def _lie(line: int, name: str, what: str, mend: str = "mend manifest.csv") -> Problem:
    return Problem("WASL-ROSTER-MANIFEST", "manifest.csv", line, name[:80], what, mend)


def _manifest_rows(path: Path) -> tuple[dict[str, str], list[Problem]]:
    """Every property, and what is wrong with lines. Raises `RosterError` where it is none."""
    if not _regular(path):
        raise refused("WASL-ROSTER-MANIFEST", "is missing", path.name, "deliver it with the files")
    with path.open("rb") as stream:
        raw = stream.read(MANIFEST_LIMIT + 1)
    try:
        lines = list(csv.reader(io.StringIO(raw.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        what = "is no CSV in UTF-8"
        raise refused("WASL-ROSTER-MANIFEST", what, path.name, "save it as UTF-8") from error
    if len(raw) > MANIFEST_LIMIT or not lines or lines[0] != ["propertyName", "value"]:
        what = "does not begin with propertyName,value, or is too long"
        raise refused("WASL-ROSTER-MANIFEST", what, path.name, "write the standard's manifest")
    rows: dict[str, str] = {}
    problems = []
    for number, line in enumerate(lines[1:], 2):
        if len(line) != 2:
            problems.append(_lie(number, "", "not two values", "write propertyName,value"))
        elif line[0] in rows:
            problems.append(_lie(number, line[0], "stands there twice", "keep one of the two"))
        else:
            rows[line[0]] = line[1]
    return rows, problems


def _present(folder: Path, version: Version, modes: Mapping[str, Mode]) -> Iterator[Problem]:
    """Where the manifest and the folder say different things."""
    for kind in COLUMNS[version]:
        there = _regular(folder / f"{kind}.csv")
        if kind in modes and not there:
            what, mend = (
                f"declared {modes[kind]}, and not there",
                "deliver it, or declare absent",
            )
        elif there and kind not in modes:
            what, mend = (
                "there, and declared absent or not at all",
                "declare it bulk or delta",
            )
        elif kind in modes and version == "1.2" and modes[kind] == "delta":
            what, mend = "delta of version 1.2 is not read", "deliver it as bulk"
        else:
            continue
        yield Problem("WASL-ROSTER-MANIFEST", f"{kind}.csv", 0, "", what, mend)


def _columns(version: Version, kind: str, facts: Head) -> tuple[tuple[str, ...], list[Problem]]:
    """The header's columns: the standard's, all and in order, then extensions."""
    file = f"{kind}.csv"
    wanted = header(version, kind)
    try:
        line = facts.first_line.decode("utf-8")
        found = tuple(next(csv.reader([line], strict=True), ()))
    except (UnicodeDecodeError, csv.Error):
        what = "the header is no CSV in UTF-8"
        return (), [Problem("WASL-ROSTER-HEADER", file, 1, "", what, "save the file as UTF-8")]
    problems = []
    if 2 * len({*wanted} & {*found}) < len(wanted):
        # Perhaps a row: what stands there may be a child's name, and is not said.
        what, mend = "the first line is no header", ",".join(wanted)
        return (), [Problem("WASL-ROSTER-HEADER", file, 1, "", what, mend)]
    for name in wanted:
        if name not in found:
            near = get_close_matches(name, [*found], n=1, cutoff=0.8)
            what = f"the column {name} is missing"
            what += f" (found {near[0]!r})" if near else ""
            problems.append((name, what, f"name it {name}, exactly so"))
    for name in found:
        if found.count(name) > 1:
            problems.append((name[:80], "stands in the header twice", "keep one of the two"))
        elif name not in wanted and not re.fullmatch(r"metadata\.[A-Za-z0-9._-]{1,100}", name):
            problems.append((name[:80], "is no column of the standard", "call it metadata.<name>"))
    if not problems and found[: len(wanted)] != wanted:
        problems.append(("", "the columns are out of order", ",".join(wanted)))
    if not problems and facts.size <= len(facts.first_line) + 5:
        problems.append(("", "holds no rows", f"declare file.{kind} absent"))
    return found, [
        Problem("WASL-ROSTER-HEADER", file, 1, column, what, mend)
        for column, what, mend in problems
    ]
