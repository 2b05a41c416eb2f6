"""Records in the country's bucket: what a station has goes there, what others left comes here.

An object is a station's file of a device, `devices/records/<device>/<station>.jsonl`. A file only
ever grows and has one writer, so that the longer of two copies is the newer one; two copies of
which neither begins with the other were written by two sticks with one key, and are refused.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.files import whole_lines, write_atomic
from playbooks.module_utils.wasl_device.trust import Trust
from wasl.planes.devices import records
from wasl.planes.told import finding
from wasl.result import Finding

PREFIX = "devices/records/"
LARGEST = 64 << 20  # bytes of one file that are fetched
_NAME = re.compile(r"[0-9a-z-]{1,40}/[0-9a-f]{20}\.jsonl")
_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")


@dataclass(frozen=True)
class Bucket:
    """The country's bucket; `client` is boto3's. A tag names one version of an object."""

    client: Any
    name: str

    def tags(self) -> dict[str, str]:
        """What is there, by `<device>/<station>.jsonl`; what is named otherwise is no record."""
        paginator = self.client.get_paginator("list_objects_v2")
        pages = paginator.paginate(Bucket=self.name, Prefix=PREFIX)
        found = [one for page in pages for one in page.get("Contents", ())]
        named = {one["Key"].removeprefix(PREFIX): str(one["ETag"]) for one in found}
        return {name: tag for name, tag in named.items() if _NAME.fullmatch(name)}

    def get(self, name: str) -> tuple[bytes, str]:
        """A file's bytes, and the tag of what was read. Raises WASL-SYNC-LARGE."""
        answer = self.client.get_object(Bucket=self.name, Key=PREFIX + name)
        data: bytes = answer["Body"].read(LARGEST + 1)
        if len(data) > LARGEST:
            raise DeviceError("WASL-SYNC-LARGE", file=name)
        return data, str(answer["ETag"])

    def put(self, name: str, data: bytes, before: str) -> str:
        """Write over the version `before` (none: empty); the new tag. Raises WASL-SYNC-RACE."""
        condition = {"IfMatch": before} if before else {"IfNoneMatch": "*"}
        try:
            answer = self.client.put_object(
                Bucket=self.name, Key=PREFIX + name, Body=data, **condition
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _TAKEN:
                raise DeviceError("WASL-SYNC-RACE", file=name) from None
            raise
        return str(answer["ETag"])


@dataclass
class Synced:
    """What went where, by file, and what did not and why."""

    sent: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def sync(folder: Path, bucket: Bucket, trust: Trust, memory: Path) -> Synced:
    """Bring both sides to the longer of each file; safe to repeat and to cut off.

    What comes is held against the country's key before it is merged. `memory` keeps the versions
    that are known to be ours, which need not be fetched; without it all is fetched again.
    """
    done, there = Synced(), bucket.tags()
    known = _Known.load(memory)
    coming: dict[str, dict[str, bytes]] = defaultdict(dict)
    local = _local(folder)
    for name, tag in there.items():
        mine = local.get(name, b"")
        if known.holds(name, tag, mine):
            continue
        try:
            data, there[name] = bucket.get(name)
            data = whole_lines(data)
            if not data.startswith(mine) and not mine.startswith(data):
                raise DeviceError("WASL-RECORD-FORK", file=name, other=folder / name)
        except DeviceError as error:
            done.findings.append(_refused(error, trust, name))
            continue
        known.note(name, there[name], data)
        if len(data) > len(mine):
            coming[name.split("/")[0]][name] = data
    for device, files in sorted(coming.items()):
        _merge(device, files, folder, trust, done)
    _send(folder, bucket, trust, there, known, done)
    known.save(memory)
    return done


def _merge(
    device: str, files: Mapping[str, bytes], folder: Path, trust: Trust, done: Synced
) -> None:
    """One device's files from the bucket, once its whole record holds with what is here."""
    try:
        done.fetched += records.bring(device, files, folder, trust)
    except DeviceError as error:
        done.findings += [_refused(error, trust, name) for name in files]


def _send(
    folder: Path,
    bucket: Bucket,
    trust: Trust,
    there: Mapping[str, str],
    known: _Known,
    done: Synced,
) -> None:
    """What is longer here; nothing that was just refused."""
    refused = {one.target for one in done.findings}
    for name, data in _local(folder).items():
        if name in refused or len(data) <= known.size(name, there.get(name, "")):
            continue
        try:
            known.note(name, bucket.put(name, data, there.get(name, "")), data)
            done.sent.append(name)
        except DeviceError as error:
            done.findings.append(_refused(error, trust, name))


@dataclass
class _Known:
    """By file, the version in the bucket that holds the first bytes of ours, and how many."""

    rows: dict[str, tuple[str, int]]

    @classmethod
    def load(cls, path: Path) -> _Known:
        try:
            told = json.loads(path.read_text("utf-8"))
            return cls({str(name): (str(tag), int(size)) for name, (tag, size) in told.items()})
        except (OSError, ValueError, TypeError, AttributeError):
            return cls({})

    def holds(self, name: str, tag: str, mine: bytes) -> bool:
        known = self.rows.get(name)
        return known is not None and known[0] == tag and len(mine) >= known[1]

    def size(self, name: str, tag: str) -> int:
        known = self.rows.get(name)
        return known[1] if known is not None and known[0] == tag else 0

    def note(self, name: str, tag: str, data: bytes) -> None:
        self.rows[name] = tag, len(data)

    def save(self, path: Path) -> None:
        write_atomic(path, json.dumps(self.rows, sort_keys=True).encode())


def _refused(error: DeviceError, trust: Trust, name: str) -> Finding:
    return finding(error.code, error.arguments, country=trust.country, target=name)


def _local(folder: Path) -> dict[str, bytes]:
    """Whole lines of every file here, by name."""
    found = {
        f"{path.parent.name}/{path.name}": whole_lines(path.read_bytes())
        for path in sorted(folder.glob("*/*.jsonl"))
    }
    return {name: data for name, data in found.items() if data}
