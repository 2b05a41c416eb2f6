"""YAML read with care: what it says, on which line, and everything wrong with it at once.

A manifest needs little of YAML, so little is accepted: one UTF-8 document of limited size and
depth, plain keys that stand once, no anchors, aliases, tags or merges. Scalars follow the YAML 1.2
core schema (so `no` is a word, not false); dates stay text for the models to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from wasl.manifest.problems import invalid
from wasl.result import Finding, Kind, Location

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16

KeyPath = tuple[str | int, ...]

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)\.[0-9]*)([eE][-+]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Document:
    """What one file says. `lines` knows the line of every key and item; `findings` what is wrong.

    `broken` holds the places that could not be read, where nothing else should be said.
    """

    file: str
    data: Any
    lines: Mapping[KeyPath, int]
    findings: tuple[Finding, ...]
    broken: frozenset[KeyPath]

    def location(self, key: str | KeyPath) -> Location:
        """The line of `key` (`residency.regions.backup.0`), else of its nearest parent."""
        path = key_path(key) if isinstance(key, str) else key
        while path and path not in self.lines:
            path = path[:-1]
        return Location(self.file, self.lines.get(path, 1))


def key_path(key: str) -> KeyPath:
    """`a.b.0` as ("a", "b", 0)."""
    return tuple(int(part) if part.isdigit() else part for part in key.split(".") if part)


def dotted(path: KeyPath) -> str:
    """("a", "b", 0) as `a.b.0`."""
    return ".".join(map(str, path))


def read(path: Path, file: str) -> Document:
    """Read the YAML at `path`, which reports call `file` (relative to the checkout's root)."""
    try:
        text = _text(path)
    except _BrokenFileError as problem:
        return Document(file, None, {}, (problem.finding(file),), frozenset({()}))
    return _Builder(file).document(text)


class _BrokenFileError(Exception):
    """The file cannot be read any further."""

    def __init__(self, code: str, line: int = 1, **arguments: Any) -> None:
        super().__init__(code)
        self.code, self.line, self.arguments = code, line, arguments

    def finding(self, file: str) -> Finding:
        kind = Kind.UNREADABLE if self.code == "WASL-MANIFEST-UNREADABLE" else Kind.INVALID
        return invalid(self.code, Location(file, self.line), kind=kind, **self.arguments)


def _text(path: Path) -> str:
    """The file's text, a byte order mark removed."""
    try:
        if not path.is_file():  # a pipe would be waited for, for ever
            raise _BrokenFileError("WASL-MANIFEST-UNREADABLE", reason="it is no regular file")
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise _BrokenFileError("WASL-MANIFEST-UNREADABLE", reason=error.strerror) from error
    if len(raw) > MAX_BYTES:
        raise _BrokenFileError("WASL-MANIFEST-TOO-LARGE", limit=MAX_BYTES // 1024)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _BrokenFileError(
            "WASL-MANIFEST-NOT-UTF8", line, byte=f"0x{raw[error.start]:02x}"
        ) from error


@dataclass
class _Builder:
    """Builds values from parse events; nothing of the file is ever constructed as an object."""

    file: str
    lines: dict[KeyPath, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    broken: set[KeyPath] = field(default_factory=set)

    def document(self, text: str) -> Document:
        data = None
        try:
            data = self._root(yaml.parse(text, Loader=_Loader))
        except _BrokenFileError as problem:
            self._stop(problem)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            problem_text = " ".join(filter(None, (error.context, error.problem)))
            self._stop(_BrokenFileError("WASL-MANIFEST-YAML", line, problem=problem_text))
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, _index(text, error)) + 1
            self._stop(_BrokenFileError("WASL-MANIFEST-YAML", line, problem=error.reason))
        broken = frozenset(self.broken)
        return Document(self.file, data, self.lines, tuple(self.findings), broken)

    def _stop(self, problem: _BrokenFileError) -> None:
        self.findings.append(problem.finding(self.file))
        self.broken.add(())

    def _root(self, events: Iterator[yaml.Event]) -> Any:
        data = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _BrokenFileError("WASL-MANIFEST-DOCUMENTS", _line(event))
            elif isinstance(event, yaml.NodeEvent):
                data = self._value((), event, events)
        return data

    def _value(self, path: KeyPath, event: yaml.Event, events: Iterator[yaml.Event]) -> Any:
        self.lines.setdefault(path, _line(event))
        if len(path) > MAX_DEPTH:
            raise _BrokenFileError("WASL-MANIFEST-TOO-DEEP", _line(event), limit=MAX_DEPTH)
        if isinstance(event, yaml.AliasEvent):
            return self._refuse(path, event, "WASL-MANIFEST-ALIAS", alias=f"*{event.anchor}")
        self._refuse_extras(path, event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path, events)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path, events)
        assert isinstance(event, yaml.ScalarEvent)
        return _scalar(event)

    def _refuse_extras(self, path: KeyPath, event: Any) -> None:
        if event.anchor:
            self._refuse(path, event, "WASL-MANIFEST-ALIAS", alias=f"&{event.anchor}")
        if event.tag:
            self._refuse(path, event, "WASL-MANIFEST-TAG", tag=event.tag)

    def _refuse(self, path: KeyPath, event: yaml.Event, code: str, **arguments: Any) -> None:
        location = Location(self.file, _line(event))
        self.findings.append(invalid(code, location, dotted(path), **arguments))
        self.broken.add(path)

    def _mapping(self, path: KeyPath, events: Iterator[yaml.Event]) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent):
                raise _BrokenFileError("WASL-MANIFEST-KEY", _line(event))
            key, child = event.value, (*path, event.value)
            if first := self.lines.get(child) if key in mapping else None:
                self._refuse(child, event, "WASL-MANIFEST-DUPLICATE-KEY", first=first)
            self.lines.setdefault(child, _line(event))
            value = self._value(child, next(events), events)
            mapping.setdefault(key, value)
        return mapping

    def _sequence(self, path: KeyPath, events: Iterator[yaml.Event]) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._value((*path, len(items)), event, events))
        return items


def _scalar(event: yaml.ScalarEvent) -> Any:
    text = str(event.value)
    if event.style:  # quoted or a block: always text
        return text
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return int(mark.line) + 1 if mark else 1


def _index(text: str, error: yaml.reader.ReaderError) -> int:
    """Where in `text` the reader stopped; libyaml counts bytes, the Python reader characters."""
    if _Loader is yaml.SafeLoader:
        return int(error.position)
    return len(text.encode()[: error.position].decode(errors="ignore"))
