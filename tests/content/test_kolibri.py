"""The channel pack in a real Kolibri: imported, opened in Arabic in a browser, withdrawn."""

from __future__ import annotations

import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from infra.engine.lock import cache
from infra.sandbox.service import free_ports
from integrations.content.kolibri.channel import channel_id, node_id
from integrations.content.kolibri.environment import Kolibri, kolibri
from tests.content.browser import browser
from tests.content.conftest import Country, row
from tests.content.test_download import zipped
from wasl.errors import WaslError

CHANNEL = channel_id("tn")
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
MP3 = (b"\xff\xfb\x90\x00" + bytes(413)) * 20
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + b"\x00\x00\x00\x08mdat"
EPUB = zipped(
    {
        "mimetype": b"application/epub+zip",
        "META-INF/container.xml": b'<?xml version="1.0"?><container version="1.0"'
        b' xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles/></container>',
    }
)
FORGET = """
from kolibri.utils.main import initialize
initialize(skip_update=True)
from kolibri.core.content.models import ContentNode, LocalFile
from kolibri.core.content.utils.paths import get_content_storage_file_path
list(LocalFile.objects.delete_unused_files())
print("NODES", sorted(ContentNode.objects.filter(available=True).values_list("kind", flat=True)))
"""


def test_its_environment_is_made_by_the_uv_of_make_setup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv, told = tmp_path / "uv/1a2b/bin/uv", tmp_path / "told"
    uv.parent.mkdir(parents=True)
    uv.write_text(f'#!/bin/sh\necho "$1 $2" >> {told}\n')
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with suppress(WaslError):  # there is no folder that its requirements could be kept in
        kolibri(tmp_path)
    assert told.read_text().startswith("venv -q\n")


class Device:
    """A Kolibri with a home of its own."""

    def __init__(self, program: Kolibri, home: Path) -> None:
        self.program, self.home = program, home

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "KOLIBRI_HOME": str(self.home),
            "NO_COLOR": "1",
        }

    def manage(self, *command: str) -> str:
        return self._run(str(self.program.command), "manage", *command)

    def take(self, folder: Path) -> str:
        """Import the channel from an installed pack, and forget what it has no more."""
        self.manage("importchannel", "disk", CHANNEL, str(folder))
        self.manage("importcontent", "disk", CHANNEL, str(folder))
        said = self._run(str(self.program.python), "-c", FORGET)
        return (re.search(r"NODES (.*)", said) or [""])[1]

    @property
    def files(self) -> set[str]:
        return {path.name for path in (self.home / "content" / "storage").rglob("*.*")}

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=200, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    @contextmanager
    def serving(self) -> Iterator[str]:
        port, zips = free_ports(2)
        process = subprocess.Popen(
            [str(self.program.command), "start", "--foreground", "--port", str(port)],
            env={**self.environment, "KOLIBRI_ZIP_CONTENT_PORT": str(zips)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(f"http://127.0.0.1:{port}/ar/learn/")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="session")
def program() -> Kolibri:
    """Kolibri's environment, in the user's cache."""
    return kolibri(cache())


def fill(country: Country) -> None:
    """A lesson of every kind."""
    country.write(
        row(1, title_ar="الكسور العشرية"),
        row(2, file="2.pdf", title_ar="كتاب"),
        row(3, file="3.mp3", title_ar="نشيد", subject="الفنون"),
        row(4, file="4.mp4", title_ar="شريط", subject="العلوم"),
        row(5, file="5.epub", title_ar="قصة", subject=""),
    )
    for name, data in {"2.pdf": PDF, "3.mp3": MP3, "4.mp4": MP4, "5.epub": EPUB}.items():
        (country.feed / name).write_bytes(data)


@pytest.mark.slow
def test_the_writer_runs_in_an_environment_of_its_own(program: Kolibri) -> None:
    assert program.version() == "0.19.5"


@pytest.mark.long
@pytest.mark.timeout(600)
def test_imported_opened_and_withdrawn(country: Country, program: Kolibri, tmp_path: Path) -> None:
    pack, device = tmp_path / "installed", Device(program, tmp_path / "kolibri")
    fill(country)
    country.apply()
    country.install("channel", pack)
    kinds = device.take(pack)
    assert kinds.count("'topic'") == 5  # the root and four subjects
    for kind in ("'html5'", "'document', 'document'", "'audio'", "'video'"):
        assert kind in kinds
    before = device.files
    assert len(before) == 5
    _open_in_arabic(device, tmp_path)

    country.write(row(1, title_ar="الكسور العشرية"))
    country.apply()
    done = country.install("channel", pack)
    assert len(done.removed) == 4
    assert device.take(pack) == "['html5', 'topic', 'topic']"
    assert len(device.files) == 1
    assert device.files < before


def _open_in_arabic(device: Device, tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"allow_guest_access": true}')
    device.manage(
        "provisiondevice",
        "--facility=مدرسة",
        "--superusername=admin",
        "--superuserpassword=only-for-this-test",
        "--preset=nonformal",
        "--language_id=ar",
        f"--device_settings={tmp_path / 'settings.json'}",
        "--noinput",
    )
    with device.serving() as url, browser(tmp_path) as page:
        page.open(f"{url}/ar/learn/#/topics/c/{node_id('tn', 'lesson:1')}")
        page.until("document.body?.innerText.includes('الكسور العشرية')", 120)
        assert page.until("document.documentElement.dir === 'rtl'")
        # The lesson itself is in a frame that Kolibri serves from its second port.
        assert page.until("document.querySelector('h1')?.textContent === 'الكسور العشرية'", 120)
        page.screenshot(tmp_path / "kolibri.png")


def _wait(url: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + 120
    while True:
        try:
            opener.open(url, timeout=10).close()
        except OSError:
            assert time.monotonic() < end, f"{url} does not answer"
            time.sleep(0.5)
        else:
            return
