"""Get the engine from its publisher's release archive: over TLS, checked, limited in size."""

from __future__ import annotations

import hashlib
import http.client
import platform
import re
import shutil
import tarfile
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO

from wasl.errors import WaslError

BASE = "https://get.pulumi.com/releases/sdk"
# The Python parts of a release; other languages' hosts stay in the archive.
PROGRAMS = (
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
    "pulumi-analyzer-policy-python",
)
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_SECONDS_WITHOUT_A_BYTE = 10
_MOST_BYTES = 600_000_000
_MOST_CHECKSUM_BYTES = 100_000
_CHUNK = 1 << 20


class Unreachable(Exception):
    """The archive cannot be had from here; another way may still work."""


def fetch(version: str, into: Path, say: Callable[[str], None], *, base: str = BASE) -> None:
    """Put the release's programs into the folder `into`.

    Raises Unreachable where the release is not to be had from this machine, and
    WASL-ENGINE-CHECKSUM where what came is not what was published.
    """
    name = f"pulumi-v{version}-{platform_name()}.tar.gz"
    expected = _published(version, name, base)
    with tempfile.TemporaryFile() as file:
        actual = _download(f"{base}/{name}", file, say)
        if actual != expected:
            raise WaslError(
                "WASL-ENGINE-CHECKSUM",
                f"{name} has the SHA-256 {actual}, published is {expected}",
                where=f"{base}/{name}",
                hint="make setup again; if it stays, install pulumi "
                f"{version} from https://www.pulumi.com/docs/install/",
            )
        file.seek(0)
        _unpack(file, into)


def platform_name() -> str:
    """This machine as release archives call it, for example `linux-x64`."""
    machine = _MACHINES.get(platform.machine().lower())
    if machine is None:
        raise Unreachable(f"no release for a {platform.machine()} machine")
    return f"{platform.system().lower()}-{machine}"


def _published(version: str, name: str, base: str) -> str:
    with _open(f"{base}/pulumi-{version}-checksums.txt") as answer:
        text = answer.read(_MOST_CHECKSUM_BYTES).decode("ascii", "replace")
    match = re.search(rf"^([0-9a-f]{{64}})\s+\*?{re.escape(name)}$", text, re.MULTILINE)
    if not match:
        raise Unreachable(f"no published checksum for {name}")
    return match[1]


def _download(url: str, file: IO[bytes], say: Callable[[str], None]) -> str:
    digest, size = hashlib.sha256(), 0
    with _open(url) as answer:
        total = int(answer.headers.get("Content-Length") or 0)
        while chunk := _read(answer, url):
            size += len(chunk)
            if size > _MOST_BYTES:
                raise Unreachable(f"{url} is larger than {_MOST_BYTES} bytes")
            digest.update(chunk)
            file.write(chunk)
            say(f"downloading the engine: {size >> 20} of {total >> 20} MiB")
    return digest.hexdigest()


def _open(url: str) -> http.client.HTTPResponse:
    try:
        # S310: the only addresses are BASE and what a test passes.
        answer = urllib.request.urlopen(url, timeout=_SECONDS_WITHOUT_A_BYTE)  # noqa: S310
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise Unreachable(f"{url}: {reason}") from error
    assert isinstance(answer, http.client.HTTPResponse)
    return answer


def _read(answer: http.client.HTTPResponse, url: str) -> bytes:
    try:
        return answer.read(_CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"{url}: {error}") from error


def _unpack(file: IO[bytes], into: Path) -> None:
    """Take the known programs only, by name: nothing in the archive chooses where it lands."""
    with tarfile.open(fileobj=file, mode="r:gz") as archive:
        for member in archive:
            name = member.name.rpartition("/")[2]
            content = archive.extractfile(member) if member.isreg() else None
            if name in PROGRAMS and content is not None:
                with (into / name).open("wb") as program:
                    shutil.copyfileobj(content, program)
                (into / name).chmod(0o755)
    if not (into / "pulumi").is_file():
        raise Unreachable("the release archive holds no pulumi program")
