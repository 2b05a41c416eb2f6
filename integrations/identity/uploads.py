"""What a partner has, as it uploaded it to the feed bucket: OneRoster CSV 1.1, bulk, in zips.

One zip for the country or one a school, under `state/`. Where two hold a record, the one uploaded
last counts. The names are assumed: the partner has given none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from integrations.identity.contract import Contract
from integrations.identity.errors import RosterError
from integrations.identity.http import Unreachable
from integrations.identity.oneroster.package import Package, RosterFile, open_package
from integrations.identity.snapshot import Side, Snapshot
from integrations.identity.store import Store, name, quoted
from integrations.identity.tables import records
from wasl.files import sha256_of
from wasl.result import Message

FOLDER = "state/"
MOST = 50_000
CONNECTIONS = 8

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Upload:
    """One object: its key and when it came."""

    key: str
    when: datetime


def snapshot(
    s3: Any, bucket: str, prefix: str, store: Store, contract: Contract, progress: Progress
) -> Snapshot:
    """All uploads as one state; nothing, and a note, where there is none.

    Raises `Unreachable`, also for an upload that is no state.
    """
    uploads = _listed(s3, bucket, prefix + FOLDER)
    if not uploads:
        return Snapshot({}, {}, {}, None, (Message("identity.note.no-upload"),))
    packages = _opened(s3, bucket, uploads, store, progress)
    sides, digests = {}, {}
    for kind in contract.fields:
        files = [package.files[kind] for package in packages if kind in package.files]
        if len(files) == 1:
            (file,) = files
            sides[kind] = Side(file.path, file.columns, file.head.newline)
            digests[kind] = file.body.digest
        elif files:
            sides[kind] = _merged(store, kind, files, contract.columns(kind))
            digests[kind] = sha256_of(sides[kind].path)
    return Snapshot(sides, digests, {}, None, (_note(uploads),))


def _listed(s3: Any, bucket: str, prefix: str) -> list[Upload]:
    """The zips, the one uploaded last first."""
    found: list[Upload] = []
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            zips = (one for one in page.get("Contents", ()) if one["Key"].endswith(".zip"))
            found += [Upload(one["Key"], one["LastModified"]) for one in zips]
            if len(found) > MOST:
                raise Unreachable(f"more than {MOST} uploads are there", bucket)
    except (BotoCoreError, ClientError) as error:
        raise _unreachable(error, bucket) from error
    return sorted(found, key=lambda one: (one.when, one.key), reverse=True)


def _opened(
    s3: Any, bucket: str, uploads: Sequence[Upload], store: Store, progress: Progress
) -> list[Package]:
    """Every upload's files, in the uploads' order."""

    def fetched(numbered: tuple[int, Upload]) -> Path:
        number, upload = numbered
        path = store.file(f"uploads/{number}.zip")
        try:
            s3.download_file(bucket, upload.key, str(path))
        except (BotoCoreError, ClientError) as error:
            raise _unreachable(error, bucket) from error
        return path

    packages = []
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for path, upload in zip(pool.map(fetched, enumerate(uploads)), uploads, strict=True):
            try:
                package = open_package(path, store, into=f"uploads/{path.stem}")
            except RosterError as error:
                raise _unread(error, upload) from error
            _require_state(package, upload)
            packages.append(package)
            progress("uploads read", len(packages))
    return packages


def _unread(error: RosterError, upload: Upload) -> Unreachable:
    """A broken upload is the partner's to mend, and not to be read as the ministry's roster."""
    first = error.problems[0]
    what = first.what if first.file.endswith(".zip") else f"{first.where} {first.what}"
    return Unreachable(f"the upload cannot be read: {what}", upload.key)


def _require_state(package: Package, upload: Upload) -> None:
    deltas = [file.name for file in package.files.values() if file.mode != "bulk"]
    if package.version != "1.1" or deltas:
        what = "is OneRoster 1.2" if package.version != "1.1" else f"holds a delta of {deltas[0]}"
        raise Unreachable(f"the upload {what}; a state is bulk CSV 1.1", upload.key)


def _merged(store: Store, kind: str, files: Sequence[RosterFile], columns: tuple[str, ...]) -> Side:
    """The files' records, each sourcedId once, as one sorted file."""
    listed = ", ".join(map(name, columns))
    store.run(f"CREATE OR REPLACE TABLE uploaded AS {_select(files[0], columns, 0)}")
    for number, file in enumerate(files[1:], 1):
        store.run(f"INSERT INTO uploaded {_select(file, columns, number)}")
    path = store.file(f"uploads/{kind}.csv")
    store.run(
        f'COPY (SELECT {listed} FROM uploaded QUALIFY row_number() OVER (PARTITION BY "sourcedId"'
        f' ORDER BY number) = 1 ORDER BY "sourcedId") TO {quoted(str(path))}'
        " (FORMAT csv, HEADER true)"
    )
    store.run("DROP TABLE uploaded")
    return Side(path, columns)


def _select(file: RosterFile, columns: tuple[str, ...], number: int) -> str:
    values = ", ".join(
        name(column) if column in file.columns else f"'' AS {name(column)}" for column in columns
    )
    source = records(file.path, file.columns, file.head.newline)
    return f"SELECT {values}, {number} AS number FROM {source}"


def _note(uploads: Sequence[Upload]) -> Message:
    """How old the state is: what was sent since is not in it."""
    oldest = uploads[-1].when.astimezone(UTC)
    words = {"count": str(len(uploads)), "oldest": f"{oldest:%F %H:%M} UTC"}
    return Message("identity.note.uploads", words)


def _unreachable(error: Exception, where: str) -> Unreachable:
    return Unreachable(f"AWS answered {type(error).__name__}", where)
