"""The release archive, from a publisher on loopback."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from infra.engine import archive
from wasl.errors import WaslError

VERSION = "3.1.2"
NAME = f"pulumi-v{VERSION}-{archive.platform_name()}.tar.gz"
CHECKSUMS = f"pulumi-{VERSION}-checksums.txt"


@dataclass
class Publisher:
    """What is published, by file name, and where."""

    base: str = ""
    files: dict[str, bytes] = field(default_factory=dict)

    def publish(self, content: bytes, digest: str | None = None) -> None:
        digest = digest or hashlib.sha256(content).hexdigest()
        self.files = {NAME: content, CHECKSUMS: f"{digest}  {NAME}\n".encode()}


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """A web server on loopback."""
    published = Publisher()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = published.files.get(self.path.lstrip("/"))
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_arguments: object) -> None:
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        published.base = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield published
        server.shutdown()
        thread.join()


def tarball(**members: bytes) -> bytes:
    """A release archive; `__` in a name stands for a slash."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as file:
        for name, content in members.items():
            info = tarfile.TarInfo(name.replace("__", "/").replace("_", "-"))
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def silent(_line: str) -> None:
    """Progress that nobody reads."""


def fetch(publisher: Publisher, into: Path, say: Callable[[str], None] = silent) -> list[str]:
    archive.fetch(VERSION, into, say, base=publisher.base)
    return sorted(path.name for path in into.iterdir())


def test_the_python_programs_are_taken_and_can_run(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(
        tarball(pulumi__pulumi=b"a", pulumi__pulumi_language_python=b"b", pulumi__pulumi_watch=b"c")
    )
    lines: list[str] = []
    assert fetch(publisher, tmp_path, lines.append) == ["pulumi", "pulumi-language-python"]
    assert (tmp_path / "pulumi").read_bytes() == b"a"
    assert (tmp_path / "pulumi").stat().st_mode & 0o111
    assert any("downloading" in line for line in lines)


def test_a_wrong_checksum_is_refused(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(tarball(pulumi__pulumi=b"a"), digest="0" * 64)
    with pytest.raises(WaslError) as error:
        fetch(publisher, tmp_path)
    assert error.value.code == "WASL-ENGINE-CHECKSUM"
    assert list(tmp_path.iterdir()) == []


def test_nothing_lands_outside_the_folder(publisher: Publisher, tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    publisher.publish(tarball(pulumi__pulumi=b"a", **{"..__escaped": b"x", "..__pulumi": b"b"}))
    assert fetch(publisher, into) == ["pulumi"]
    assert [path.name for path in tmp_path.iterdir()] == ["into"]


@pytest.mark.parametrize(
    "files", [{}, {CHECKSUMS: b"0  other.tar.gz\n"}, {CHECKSUMS: f"{'0' * 64}  {NAME}\n".encode()}]
)
def test_what_is_not_published_is_unreachable(
    publisher: Publisher, tmp_path: Path, files: dict[str, bytes]
) -> None:
    publisher.files = files
    with pytest.raises(archive.Unreachable):
        fetch(publisher, tmp_path)


def test_an_archive_that_is_too_large_is_given_up(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.publish(tarball(pulumi__pulumi=b"a" * 1000))
    monkeypatch.setattr(archive, "_MOST_BYTES", 10)
    with pytest.raises(archive.Unreachable, match="larger"):
        fetch(publisher, tmp_path)


def test_an_archive_without_the_engine_is_given_up(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(tarball(pulumi__README=b"a"))
    with pytest.raises(archive.Unreachable, match="no pulumi"):
        fetch(publisher, tmp_path)


def test_the_publisher_is_asked_over_tls() -> None:
    assert archive.BASE.startswith("https://")
