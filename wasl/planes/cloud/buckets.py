"""The place where a backend keeps its state, as named blobs: a folder, or a prefix of a bucket.

Locks are read there, and journals are kept beside the state, so that every machine that shares the
state shares the history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from wasl.errors import WaslError

STATES = ".pulumi/stacks/wasl"
"""Where the engine's own backends keep the states of the project's stacks."""
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
    """Blobs as objects under a prefix."""

    client: Any
    bucket: str
    prefix: str = ""

    def names(self, folder: str) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=f"{self.prefix}{folder}/"
        )
        keys = (item["Key"] for page in pages for item in page.get("Contents", ()))
        return sorted(key.removeprefix(self.prefix) for key in keys)

    def read(self, name: str) -> bytes:
        body = self.client.get_object(Bucket=self.bucket, Key=self.prefix + name)["Body"]
        data: bytes = body.read()
        return data

    def write(self, name: str, data: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=self.prefix + name, Body=data)

    def delete(self, name: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=self.prefix + name)


def bucket(backend: str, environ: Mapping[str, str]) -> Bucket | None:
    """The bucket behind a backend's URL; None for a backend that is none (Pulumi Cloud, …).

    Raises WASL-BACKEND where an S3 backend cannot be reached.
    """
    url = urlsplit(backend)
    if url.scheme == "file":
        return Folder(Path(unquote(url.netloc + url.path)).expanduser())
    if url.scheme != "s3":
        return None
    # Where all lies in files, AWS's SDK is not paid for.
    from botocore.exceptions import BotoCoreError, ClientError

    query = {key: values[-1] for key, values in parse_qs(url.query).items()}
    prefix = f"{url.path.strip('/')}/" if url.path.strip("/") else ""
    try:
        client = _client(query, environ)
        client.head_bucket(Bucket=url.netloc)
    except (BotoCoreError, ClientError) as error:
        raise WaslError(
            "WASL-BACKEND",
            f"the state's bucket cannot be read: {error}",
            where=f"s3://{url.netloc}/{prefix}",
            hint="check PULUMI_BACKEND_URL, the credentials and the network",
        ) from error
    return S3(client, url.netloc, prefix)


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
        config=Config(s3={"addressing_style": "path" if plain else "auto"}),
    )
