"""A partner at the feed: takes deliveries from the queue, answers, uploads its state.

It is the other end of what the partner's file assumes: a delta of OneRoster CSV 1.1 in a zip, a
receipt object, and the whole roster as bulk CSV after each delivery.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, str]


@dataclass
class FeedPartner:
    """What it holds, by file and sourcedId, and the header of each file."""

    s3: Any
    sqs: Any
    bucket: str
    prefix: str
    queue: str
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    headers: dict[str, list[str]] = field(default_factory=dict)

    def work(self) -> int:
        """Take what is on the queue; how many deliveries that were."""
        taken = 0
        answer = self.sqs.receive_message(
            QueueUrl=self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=0
        )
        for message in answer.get("Messages", []):
            self._take(json.loads(message["Body"]))
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
            taken += 1
        return taken

    def _take(self, delivery: Mapping[str, Any]) -> None:
        body = self.s3.get_object(Bucket=delivery["bucket"], Key=delivery["key"])["Body"].read()
        try:
            files = dict(_files(body))
            outcome, why = "accepted", ""
        except (ValueError, KeyError, zipfile.BadZipFile) as error:
            files, outcome, why = {}, "rejected", type(error).__name__
        for kind, (header, rows) in files.items():
            self.headers[kind] = header
            held = self.rows.setdefault(kind, {})
            for row in rows:
                if row["status"] == "tobedeleted":
                    held.pop(row["sourcedId"], None)
                else:
                    held[row["sourcedId"]] = {**row, "status": "", "dateLastModified": ""}
        self._upload()
        receipt = {"delivery": delivery["delivery"], "outcome": outcome, "why": why}
        self.s3.put_object(
            Bucket=self.bucket, Key=delivery["receipt"], Body=json.dumps(receipt).encode()
        )

    def _upload(self) -> None:
        """The whole roster as bulk CSV."""
        packed = io.BytesIO()
        lines = ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.1"]
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for kind, rows in self.rows.items():
                if not rows:
                    continue
                lines.append(f"file.{kind},bulk")
                text = io.StringIO()
                writer = csv.DictWriter(text, self.headers[kind], lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows.values())
                archive.writestr(f"{kind}.csv", text.getvalue())
            archive.writestr("manifest.csv", "\n".join(lines) + "\n")
        key = self.prefix + "state/roster.zip"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=packed.getvalue())


def _files(body: bytes) -> Iterator[tuple[str, tuple[list[str], list[Row]]]]:
    """The delta's files; every row must say what is to be done with it."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        manifest = dict(csv.reader(archive.read("manifest.csv").decode().splitlines()))
        for name, mode in manifest.items():
            if not name.startswith("file.") or mode == "absent":
                continue
            kind = name.removeprefix("file.")
            if mode != "delta":
                raise ValueError("only deltas are taken")
            reader = csv.DictReader(io.StringIO(archive.read(f"{kind}.csv").decode("utf-8")))
            rows = list(reader)
            if any(row["status"] not in ("active", "tobedeleted") for row in rows):
                raise ValueError("a row says not what is to be done")
            yield kind, (list(reader.fieldnames or ()), rows)
