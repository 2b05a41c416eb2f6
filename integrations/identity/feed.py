"""OneRoster CSV 1.1 by bucket and queue: a delta delivered, announced, and answered by a receipt.

What the partner has is what it uploaded last (`uploads`). What we send is a delta of 1.1 (section
3.3), as one zip; a message on the queue says where it is. The partner's receipt is an object named
after the delivery. Names and the receipt's format are assumed: the partner has given none.
"""

from __future__ import annotations

import csv
import json
import secrets
import threading
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, ValidationError

from integrations.identity import uploads
from integrations.identity.apply import Operation, Receipt
from integrations.identity.contract import Contract
from integrations.identity.http import Unreachable
from integrations.identity.oneroster.columns import header
from integrations.identity.oneroster.package import manifest
from integrations.identity.snapshot import Snapshot
from integrations.identity.store import Store

TICK = 1.0

Progress = Callable[[str, int], None]


class Delivery(BaseModel):
    """The message on the queue: where a delivery is, and what it holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["wasl.roster.delivery"]
    version: Literal[1]
    delivery: str
    bucket: str
    key: str
    receipt: str
    records: dict[str, int]


class Answer(BaseModel):
    """The partner's receipt."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    delivery: str
    outcome: Literal["accepted", "rejected"]
    why: str = ""


@dataclass(frozen=True)
class Feed:
    """A bucket's prefix and a queue, by clients of boto3."""

    s3: Any
    sqs: Any
    bucket: str
    prefix: str
    queue: str

    def snapshot(self, store: Store, contract: Contract, progress: Progress) -> Snapshot:
        """What the partner has, as it uploaded it last."""
        return uploads.snapshot(self.s3, self.bucket, self.prefix, store, contract, progress)

    def upload(self, path: Path, key: str) -> None:
        """Put a file. Raises `Unreachable`."""
        try:
            self.s3.upload_file(str(path), self.bucket, key)
        except (BotoCoreError, ClientError) as error:
            raise _unreachable(error, self.bucket) from error

    def announce(self, delivery: Delivery) -> None:
        """Tell the partner. Raises `Unreachable`."""
        try:
            self.sqs.send_message(QueueUrl=self.queue, MessageBody=delivery.model_dump_json())
        except (BotoCoreError, ClientError) as error:
            raise _unreachable(error, "the roster queue") from error

    def answer(self, delivery: Delivery) -> Answer | None:
        """The partner's receipt, if it is there; one that cannot be read is no receipt."""
        try:
            body = self.s3.get_object(Bucket=self.bucket, Key=delivery.receipt)["Body"].read(65536)
            answer = Answer.model_validate(json.loads(body))
        except (BotoCoreError, ClientError, ValidationError, ValueError):
            return None
        return answer if answer.delivery == delivery.delivery else None


def _unreachable(error: Exception, where: str) -> Unreachable:
    return Unreachable(f"AWS answered {type(error).__name__}", where)


@dataclass
class FeedSender:
    """Collects operations as a delta; `finish` delivers it and waits for the receipt."""

    feed: Feed
    contract: Contract
    folder: Path
    patience: float
    progress: Progress = lambda what, rows: None
    batch: int = 5000
    workers: int = 1
    _counts: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, operations: Sequence[Operation]) -> Sequence[Receipt]:
        """Written down, to be delivered as a whole; all are of one kind."""
        if operations:
            with self._lock:
                self._write(operations[0].kind, operations)
        return [Receipt("accepted")] * len(operations)

    def _write(self, kind: str, operations: Sequence[Operation]) -> None:
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        path = self.folder / f"{kind}.csv"
        names = (*header("1.1", kind), *_extensions(self.contract, kind))
        fresh = kind not in self._counts
        with path.open("a", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, names, restval="", lineterminator="\n")
            if fresh:
                writer.writeheader()
            writer.writerows(
                {**one.row, "status": one.status, "dateLastModified": stamp} for one in operations
            )
        self._counts[kind] = self._counts.get(kind, 0) + len(operations)

    def finish(self) -> Receipt | None:
        """Deliver, announce, wait."""
        if not self._counts:
            return None
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        delivery = Delivery(
            kind="wasl.roster.delivery",
            version=1,
            delivery=name,
            bucket=self.feed.bucket,
            key=f"{self.feed.prefix}deliveries/{name}.zip",
            receipt=f"{self.feed.prefix}receipts/{name}.json",
            records=self._counts,
        )
        try:
            self.feed.upload(self._packed(), delivery.key)
            self.feed.announce(delivery)
        except Unreachable as error:
            return Receipt("unknown", error.what)
        return self._await(delivery)

    def _await(self, delivery: Delivery) -> Receipt:
        began = time.monotonic()
        while True:
            answer = self.feed.answer(delivery)
            waited = time.monotonic() - began
            if answer is not None:
                why = "the partner refused the delivery" if answer.outcome == "rejected" else ""
                return Receipt(answer.outcome, why)
            if waited >= self.patience:
                return Receipt("unknown", f"no receipt within {self.patience / 60:.0f} minutes")
            self.progress("seconds waited for the receipt", int(waited))
            time.sleep(TICK)

    def _packed(self) -> Path:
        text = manifest("1.1", dict.fromkeys(self._counts, "delta"))
        (self.folder / "manifest.csv").write_text(text, encoding="utf-8")
        path = self.folder / "delivery.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for kind in ("manifest", *self._counts):
                archive.write(self.folder / f"{kind}.csv", f"{kind}.csv")
        return path


def _extensions(contract: Contract, kind: str) -> tuple[str, ...]:
    return tuple(name for name in contract.columns(kind) if name.startswith("metadata."))
