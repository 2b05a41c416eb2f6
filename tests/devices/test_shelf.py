"""Packs from a folder and from a laptop's server: the newest, and only what is missing."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

import pytest

from playbooks.module_utils.wasl_device import library
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.kolibri import Kolibri
from playbooks.module_utils.wasl_device.library import Request
from playbooks.module_utils.wasl_device.machine import Live
from playbooks.module_utils.wasl_device.packs import Pack, read
from playbooks.module_utils.wasl_device.shelf import INCOMING
from tests.devices.conftest import Ministry
from wasl.pack import Maker, PackFile, make
from wasl.planes.devices.serve import Served, serving


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
