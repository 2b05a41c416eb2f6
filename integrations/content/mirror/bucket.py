"""The country's content bucket (S3): the same files by the same digests, and what is published.

An object's SHA-256 is part of its key and is sent along, so that S3 itself refuses a file that
arrived damaged, and can be asked later what it holds.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from s3transfer.manager import TransferManager

from integrations.content.kinds import KINDS
from wasl.errors import WaslError

FILES = "mirror/sha256"
_AT_ONCE = 8
_ONE_PUT = 64_000_000  # bytes; larger files go up in parts


@dataclass(frozen=True)
class Bucket:
    """A bucket and the client (boto3) that reaches it."""

    client: Any
    name: str

    def keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Every key under `prefix`, with its size in bytes."""
        try:
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.name, Prefix=prefix
            )
            for page in pages:
                yield from ((entry["Key"], entry["Size"]) for entry in page.get("Contents", ()))
        except (ClientError, BotoCoreError) as error:
            raise self._failed("could not be listed", error) from error

    def lacking(self, prefix: str, wanted: Mapping[str, tuple[str, int]]) -> list[str]:
        """Keys under `prefix` that do not hold the file (SHA-256, bytes) that they should."""
        there = dict(self.keys(prefix))
        right = [key for key, (_sha256, size) in wanted.items() if there.get(key) == size]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = dict(zip(right, pool.map(self._sha256, right), strict=True))
        return [key for key, (sha256, _size) in wanted.items() if found.get(key) != sha256]

    def _sha256(self, key: str) -> str:
        """What S3 says of an object: its own checksum, else what came with it in several parts."""
        try:
            told = self.client.head_object(Bucket=self.name, Key=key, ChecksumMode="ENABLED")
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return ""
            raise self._failed(f"{key} could not be looked at", error) from error
        except BotoCoreError as error:
            raise self._failed(f"{key} could not be looked at", error) from error
        checksum = told.get("ChecksumSHA256", "")
        if checksum and "-" not in checksum:
            return base64.b64decode(checksum).hex()
        more = {name.casefold(): value for name, value in told.get("Metadata", {}).items()}
        return str(more.get("sha256", ""))

    def files(self) -> dict[str, int]:
        """The digests and sizes of all mirrored files."""
        return {key.rpartition("/")[2]: size for key, size in self.keys(f"{FILES}/")}

    def put_file(self, sha256: str, path: Path, kind: str) -> None:
        """Store a mirrored file; S3 checks the digest."""
        self.put(file_key(sha256), path, sha256=sha256, media=KINDS[kind].type)

    def forget(self, digests: Iterable[str]) -> None:
        """Remove mirrored files."""
        for sha256 in digests:
            self.delete(file_key(sha256))

    def put(self, key: str, path: Path, *, sha256: str = "", media: str = "") -> None:
        """Store a local file under `key`."""
        extra: dict[str, Any] = {"ContentType": media} if media else {}
        if sha256:
            extra["Metadata"] = {"sha256": sha256}
        try:
            if path.stat().st_size <= _ONE_PUT:
                if sha256:
                    extra["ChecksumSHA256"] = base64.b64encode(bytes.fromhex(sha256)).decode()
                with path.open("rb") as stream:
                    self.client.put_object(Bucket=self.name, Key=key, Body=stream, **extra)
            else:
                with TransferManager(self.client) as parts:
                    parts.upload(str(path), self.name, key, extra_args=extra).result()
        except (ClientError, BotoCoreError) as error:
            raise self._failed(f"{key} could not be stored", error) from error

    def get_json(self, key: str) -> Any | None:
        """A JSON document, or None where there is none."""
        try:
            answer = self.client.get_object(Bucket=self.name, Key=key)
            return json.loads(answer["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise self._failed(f"{key} could not be read", error) from error
        except (BotoCoreError, ValueError) as error:
            raise self._failed(f"{key} could not be read", error) from error

    def delete(self, key: str) -> None:
        """Remove an object; fine if it is gone already."""
        try:
            self.client.delete_object(Bucket=self.name, Key=key)
        except (ClientError, BotoCoreError) as error:
            raise self._failed(f"{key} could not be removed", error) from error

    def _failed(self, what: str, error: Exception) -> WaslError:
        return WaslError(
            "WASL-CONTENT-BUCKET",
            f"{what}: {str(error)[:200]}",
            where=f"s3://{self.name}",
            hint="check that the tenancy is up (wasl sandbox status, wasl drift) and try again",
        )


def file_key(sha256: str) -> str:
    """The key of a mirrored file."""
    return f"{FILES}/{sha256[:2]}/{sha256}"
