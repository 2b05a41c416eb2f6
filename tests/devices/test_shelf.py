"""Packs from a folder and from a laptop's server: the newest, and only what is missing."""

from __future__ import annotations

import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from playbooks.module_utils.wasl_device import library
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.kolibri import Kolibri
from playbooks.module_utils.wasl_device.library import Request
from playbooks.module_utils.wasl_device.machine import Live
from playbooks.module_utils.wasl_device.packs import INCOMING, MANIFEST, Pack, read
from tests.content import provider
from tests.content.provider import Answer
from tests.devices.conftest import Ministry
from wasl.messages import say
from wasl.pack import Maker, PackFile, make
from wasl.planes.devices.serve import Served, serving
from wasl.result import Message


def put(
    place: Path,
    ministry: Ministry,
    name: str,
    version: int,
    before: Pack | None = None,
    **files: str,
) -> Path:
    """A signed pack in `place`."""
    sources = []
    for path, text in files.items():
        source = place.parent / "sources" / f"{name}-{version}-{path}"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text, "utf-8")
        sources.append(PackFile(f"{path}.html", source))
    maker = Maker(name, "jo", version, "2026-03-01T00:00:00Z")
    out = place / f"{name}-{version}"
    make(out, maker, sources, ministry.key, before=before)
    return out


def request(tmp_path: Path, ministry: Ministry, source: str, *wanted: str) -> Request:
    return Request(source, wanted, ministry.trust(), tmp_path / "library")


def run(asked: Request) -> dict[str, object]:
    return library.run(Live(), asked, Kolibri(Live(), home=Path("/nowhere")))


def held(tmp_path: Path) -> dict[str, str]:
    place = tmp_path / "library"
    return {path.name: path.read_text("utf-8") for path in sorted(place.glob("*.html"))}


def test_the_newest_of_a_folder_is_taken_and_others_go(tmp_path: Path, ministry: Ministry) -> None:
    place = tmp_path / "packs"
    first = put(place, ministry, "first", 1, a="one", b="two")
    put(place, ministry, "first", 2, read(first, ministry.trust())[0], a="one")
    put(place, ministry, "second", 1, c="three")
    both = request(tmp_path, ministry, str(place), "first", "second")
    assert [step["action"] for step in library.plan(both)] == ["install", "install"]
    assert run(both)["changes"]
    assert held(tmp_path) == {"a.html": "one", "c.html": "three"}
    assert library.plan(both) == []
    assert run(both)["changes"] == []
    run(request(tmp_path, ministry, str(place), "second"))
    assert held(tmp_path) == {"c.html": "three"}


def test_a_pack_that_is_not_there_is_named_and_nothing_goes(
    tmp_path: Path, ministry: Ministry
) -> None:
    place = tmp_path / "packs"
    put(place, ministry, "first", 1, a="one")
    run(request(tmp_path, ministry, str(place), "first"))
    with pytest.raises(DeviceError, match="WASL-PACK-NONE"):
        run(request(tmp_path, ministry, str(place), "other"))
    assert held(tmp_path) == {"a.html": "one"}


def address(served: Served) -> str:
    return served.packs.replace("{controller}", "127.0.0.1")


def test_a_laptop_gives_what_is_missing(
    tmp_path: Path, ministry: Ministry, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "packs"
    first = put(tmp_path / "made", ministry, "first", 1, a="one", b="two")
    second = put(
        tmp_path / "made",
        ministry,
        "first",
        2,
        read(first, ministry.trust())[0],
        a="one",
        c="three",
    )
    place.mkdir()
    (place / "first").symlink_to(first)
    asked: list[str] = []
    real = urllib.request.OpenerDirector.open

    def counted(self: object, url: str, *rest: object, **more: object) -> object:
        asked.append(str(url))
        return real(self, url, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", counted)
    with serving(None, lambda host, told: None, "127.0.0.1", place) as served:
        wanted = request(tmp_path, ministry, address(served), "first")
        run(wanted)
        assert held(tmp_path) == {"a.html": "one", "b.html": "two"}
        (place / "first").unlink()
        (place / "first").symlink_to(second)
        asked.clear()
        run(wanted)
    assert held(tmp_path) == {"a.html": "one", "c.html": "three"}
    assert len([url for url in asked if "/files/" in url]) == 1
    assert not (tmp_path / "library" / INCOMING).exists()


@dataclass
class Line:
    """A laptop's server whose line is cut after so many bytes of what the pack holds, or never."""

    place: Path
    cut: int | None
    chunked: bool = False

    def __call__(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        data = self.place.joinpath(path.lstrip("/")).read_bytes()
        if path.endswith(MANIFEST) or self.cut is None:
            return Answer(data)
        if self.chunked:
            told = {"Content-Length": "", "Transfer-Encoding": "chunked"}
            return Answer(b"%x\r\n%s" % (len(data), data), headers=told, cut=self.cut)
        return Answer(data, cut=self.cut)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_line_that_is_cut_is_told_as_one_and_costs_one_file(
    tmp_path: Path, ministry: Ministry, chunked: bool
) -> None:
    made = put(tmp_path / "made", ministry, "first", 1, a="one" * 10_000)
    (tmp_path / "first").symlink_to(made)
    line = Line(tmp_path, 9000, chunked)
    with provider.serving(line) as url:
        wanted = request(tmp_path, ministry, url, "first")
        with pytest.raises(DeviceError) as raised:
            run(wanted)
        assert raised.value.code == "WASL-PACK-CUT"
        assert say(Message(raised.value.code)) != raised.value.code
        line.cut = None
        run(wanted)
    assert held(tmp_path) == {"a.html": "one" * 10_000}


def test_a_manifest_that_breaks_off_is_no_bad_document(tmp_path: Path, ministry: Ministry) -> None:
    made = put(tmp_path / "made", ministry, "first", 1, a="one")
    data = (made / MANIFEST).read_bytes()
    with provider.serving(lambda *_: Answer(data, cut=100)) as url:
        with pytest.raises(DeviceError) as raised:
            run(request(tmp_path, ministry, url, "first"))
        assert raised.value.code == "WASL-PACK-CUT"


@pytest.mark.parametrize("links", [True, False])
def test_what_came_over_the_line_takes_its_room_once(
    tmp_path: Path, ministry: Ministry, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    """Where the disk knows links; a copy does as well."""
    made = put(tmp_path / "made", ministry, "first", 1, a="one", b="one", c="three")
    (tmp_path / "first").symlink_to(made)
    if not links:
        monkeypatch.setattr(os, "link", _without_links)
    copied: list[object] = []
    copy = shutil.copyfileobj

    def counted(*told: Any) -> None:
        copied.append(told)
        copy(*told)

    monkeypatch.setattr(shutil, "copyfileobj", counted)
    with provider.serving(Line(tmp_path, None)) as url:
        run(request(tmp_path, ministry, url, "first"))
    assert held(tmp_path) == {"a.html": "one", "b.html": "one", "c.html": "three"}
    assert len(copied) == (0 if links else 3)
    assert not (tmp_path / "library" / INCOMING).exists()


def _without_links(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.parametrize("path", ["first/../secret", "first/files/../../secret", "secret", ""])
def test_the_server_gives_nothing_beside_packs(tmp_path: Path, path: str) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "secret").write_text("x")
    with (
        serving(None, lambda host, told: None, "127.0.0.1", tmp_path) as served,
        pytest.raises(urllib.error.HTTPError, match="404"),
    ):
        urllib.request.urlopen(f"{address(served)}/{path}", timeout=10)


def test_what_another_signed_is_not_taken_from_a_server(tmp_path: Path, ministry: Ministry) -> None:
    stranger = Ministry(ministry.station().key)
    made = put(tmp_path / "made", stranger, "first", 1, a="forged")
    place = tmp_path / "packs"
    place.mkdir()
    (place / "first").symlink_to(made)
    with (
        serving(None, lambda host, told: None, "127.0.0.1", place) as served,
        pytest.raises(DeviceError, match="WASL-TRUST-UNKNOWN"),
    ):
        run(request(tmp_path, ministry, address(served), "first"))
    assert held(tmp_path) == {}
