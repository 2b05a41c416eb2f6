"""The place where a backend keeps its state, as named blobs: a folder, or a prefix of a bucket.

Locks are read there, and journals are kept beside the state, so that every machine that shares the
state shares the history.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from infra.live.state import STATES
from wasl.errors import WaslError

SIDE_FILE = ".attrs"
"""What the engine's file backend appends to a blob's name for the blob's metadata."""


class Bucket(Protocol):
    """Named blobs."""

    def names(self, folder: str) -> list[str]:
        """The full names of all blobs under `folder`, sorted."""

    def read(self, name: str) -> bytes:
        """A blob's bytes."""

    def write(self, name: str, data: bytes) -> None:
        """Put a blob as a whole."""

    def delete(self, name: str) -> None:
        """Remove a blob; fine if it is gone."""


@dataclass(frozen=True)
class Folder:
    """Blobs as files."""

    root: Path

    def names(self, folder: str) -> list[str]:
        found = (self.root / folder).rglob("*")
        return sorted(str(path.relative_to(self.root)) for path in found if path.is_file())

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def delete(self, name: str) -> None:
        for file in (name, name + SIDE_FILE):
            (self.root / file).unlink(missing_ok=True)


@dataclass(frozen=True)
class S3:
    """Blobs as objects under a prefix. Each call raises WASL-BACKEND where S3 refuses it."""

    client: Any
    bucket: str
    prefix: str = ""

    def names(self, folder: str) -> list[str]:
        with self._asked("read"):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=f"{self.prefix}{folder}/"
            )
            keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
        return sorted(key.removeprefix(self.prefix) for key in keys)

    def read(self, name: str) -> bytes:
        with self._asked("read"):
            body = self.client.get_object(Bucket=self.bucket, Key=self.prefix + name)["Body"]
            data: bytes = body.read()
        return data

    def write(self, name: str, data: bytes) -> None:
        with self._asked("written"):
            self.client.put_object(Bucket=self.bucket, Key=self.prefix + name, Body=data)

    def delete(self, name: str) -> None:
        with self._asked("written"):
            self.client.delete_object(Bucket=self.bucket, Key=self.prefix + name)

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise _refused(what, error, f"s3://{self.bucket}/{self.prefix}") from error


def bucket(backend: str, environ: Mapping[str, str]) -> Bucket | None:
    """The bucket behind a backend's URL; None for a backend that is none (Pulumi Cloud, …).

    Raises WASL-BACKEND where the URL says no S3 that could be asked; that it answers is found out
    by the first call, since whoever may read one state may not ask about the bucket as a whole.
    """
    url = urlsplit(backend)
    if url.scheme == "file":
        return Folder(Path(unquote(url.netloc + url.path)).expanduser())
    if url.scheme != "s3":
        return None
    # Where all lies in files, AWS's SDK is not paid for.
    from botocore.exceptions import BotoCoreError

    query = {key: values[-1] for key, values in parse_qs(url.query).items()}
    prefix = f"{url.path.strip('/')}/" if url.path.strip("/") else ""
    try:
        return S3(_client(query, environ), url.netloc, prefix)
    except BotoCoreError as error:
        raise _refused("read", error, f"s3://{url.netloc}/{prefix}") from error


def _refused(what: str, error: Exception, where: str) -> WaslError:
    return WaslError(
        "WASL-BACKEND",
        f"the state's bucket cannot be {what}: {error}",
        where=where,
        hint="check PULUMI_BACKEND_URL, the credentials and the network",
    )


def state_of(held: Bucket, stack: str) -> tuple[str, bytes] | None:
    """The name and the bytes of a stack's state; None where there is no such stack."""
    names = set(held.names(STATES))
    for name in (f"{STATES}/{stack}.json", f"{STATES}/{stack}.json.gz"):
        if name in names:
            return name, held.read(name)
    return None


def _client(query: Mapping[str, str], environ: Mapping[str, str]) -> Any:
    """An S3 client as the backend URL's own parameters describe it."""
    import botocore.session
    from botocore.config import Config

    session = botocore.session.Session(profile=query.get("profile"))
    plain = query.get("s3ForcePathStyle", query.get("use_path_style", "")).lower() == "true"
    endpoint = query.get("endpoint")
    if endpoint and "://" not in endpoint:
        scheme = "http" if query.get("disableSSL", "").lower() == "true" else "https"
        endpoint = f"{scheme}://{endpoint}"
    return session.create_client(
        "s3",
        region_name=query.get("region") or environ.get("AWS_REGION"),
        endpoint_url=endpoint,
        config=Config(
            max_pool_connections=16,  # a journal's segments are read side by side
            s3={"addressing_style": "path" if plain else "auto"},
        ),
    )
