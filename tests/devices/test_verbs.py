"""`wasl kit` and `wasl devices` from end to end: keys, stations, records, and who believes whom."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from playbooks.module_utils.wasl_device import clock, kits, signed
from playbooks.module_utils.wasl_device.identity import Identity
from playbooks.module_utils.wasl_device.image import build
from playbooks.module_utils.wasl_device.record import Station, Work, append
from playbooks.module_utils.wasl_device.signed import SigningKey
from wasl.cli.main import main
from wasl.messages import LANGUAGES, Language
from wasl.pack import Maker, PackFile, make
from wasl.planes import keyring
from wasl.planes.devices import keys
from wasl.planes.devices.home import Home
from wasl.planes.told import hint, sentence

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Desk:
    """A checkout whose Jordan has keys, its local state, and a way to run wasl there."""

    root: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def home(self) -> Home:
        return Home(self.root / ".wasl", "jo")

    def wasl(self, *words: str) -> tuple[int, str, str]:
        self.capsys.readouterr()
        status = main(words)
        said = self.capsys.readouterr()
        return status, said.out, said.err

    def adopt_keys(self) -> None:
        """Put the lines that `wasl kit keys` prints into the manifest, as its user does."""
        _, lines, _ = self.wasl("kit", "keys", "jo")
        signing = re.search(r"signing: .*", lines)
        sealing = re.search(r"sealing: .*", lines)
        assert signing
        assert sealing
        path = self.root / "countries" / "jo.yaml"
        text = path.read_text().replace(
            "  keys: {}\n", f"  keys:\n    {signing[0]}\n    {sealing[0]}\n"
        )
        path.write_text(text)

    def station(self) -> Station:
        key = keys.station(self.home)
        return Station(key, "jo", "zarqa-1", keyring.certificate(self.home, key.public))

    def certify(self) -> str:
        _, public, _ = self.wasl("kit", "station", "jo")
        status, path, _ = self.wasl(
            *("kit", "certify", "jo", public.strip(), "--name", "Stick 1", "--site", "zarqa-1")
        )
        assert status == 0
        return path.strip()


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    for folder in ("countries", "partners"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WASL_HOME", str(tmp_path / ".wasl"))
    made = Desk(tmp_path, capsys)
    made.adopt_keys()
    return made


def test_keys_are_made_once_and_stay_private(desk: Desk) -> None:
    for path in (desk.home.country_key, desk.home.sealing_key):
        assert path.stat().st_mode & 0o777 == 0o600
    first = desk.home.country_key.read_bytes()
    assert desk.wasl("kit", "keys", "jo")[0] == 0
    assert desk.home.country_key.read_bytes() == first
    assert desk.wasl("check")[0] in (0, 2)


def test_a_certified_station_s_record_is_whole(desk: Desk, laptop: Identity) -> None:
    desk.certify()
    append(desk.home.records, desk.station(), Work("intake", "done", laptop, {"grade": "accept"}))
    status, out, err = desk.wasl("devices", "verify-record", str(desk.home.records))
    assert (status, err) == (0, "")
    assert "whole, 1 entries" in out
    assert "Stick 1" in out
    _, out, _ = desk.wasl("devices", "list", "jo")
    assert "Dell Inc. Latitude E6430" in out
    assert "zarqa-1: 1 seen, 0 handed over, 26 expected" in out


def test_an_uncertified_station_is_not_believed_until_it_is(desk: Desk, laptop: Identity) -> None:
    append(desk.home.records, desk.station(), Work("intake", "done", laptop, {}))
    status, out, _ = desk.wasl("devices", "verify-record", str(desk.home.records))
    assert status == 1
    assert "which jo does not know" in out
    desk.certify()
    assert desk.wasl("devices", "verify-record", str(desk.home.records))[0] == 0


@pytest.mark.parametrize("by", ["id", "key"])
def test_a_revoked_station_is_believed_no_more(desk: Desk, laptop: Identity, by: str) -> None:
    desk.certify()
    append(desk.home.records, desk.station(), Work("wipe", "done", laptop, {}))
    key = keys.station(desk.home).public
    told = str(key) if by == "key" else key.id
    assert desk.wasl("kit", "revoke", "jo", told, "--reason", "lost", "--yes")[0] == 0
    status, out, _ = desk.wasl("devices", "verify-record", str(desk.home.records))
    assert status == 1
    assert "revoked" in out


def test_an_altered_record_is_refused_in_the_reader_s_language(
    desk: Desk, laptop: Identity
) -> None:
    desk.certify()
    append(desk.home.records, desk.station(), Work("wipe", "failed", laptop, {}))
    (path,) = desk.home.records.glob("*/*.jsonl")
    path.write_bytes(path.read_bytes().replace(b"failed", b"done"))
    for language, word in (("ar", "عُدِّل"), ("fr", "modifié"), ("en", "altered")):
        verb = ("devices", "verify-record", str(path), "--language", language)
        status, out, _ = desk.wasl(*verb)
        assert status == 1
        assert word in out
    _, out, _ = desk.wasl("devices", "verify-record", str(path), "--format", "json")
    assert json.loads(out)["findings"][0]["message"]["id"] == "WASL-SIGNATURE-BAD"


def test_records_merge_from_another_stick(desk: Desk, laptop: Identity, tmp_path: Path) -> None:
    desk.certify()
    append(tmp_path / "stick", desk.station(), Work("intake", "done", laptop, {}))
    other = replace(laptop, uuid="9" * 8 + laptop.uuid[8:], disks=("X",), macs=("1",))
    stranger = Station(SigningKey.make(), "jo", "zarqa-1")
    refused = append(tmp_path / "stick", stranger, Work("intake", "done", other, {}))
    status, out, _ = desk.wasl("devices", "merge", "jo", str(tmp_path / "stick"))
    assert status == 1  # what is nobody's word stays out, and keeps nothing else out
    assert f"{refused.body['device']}" in out
    assert "is signed by key" in out
    assert ".coming-" not in out
    assert "grown: " in out
    assert desk.wasl("devices", "verify-record", str(desk.home.records))[0] == 0
    assert len(list(desk.home.records.glob("*/"))) == 1
    status, _, err = desk.wasl("devices", "merge", "jo", "/nowhere")
    assert status == 64
    assert "/nowhere" in err


def test_a_country_without_keys_is_told_what_to_do(desk: Desk, laptop: Identity) -> None:
    station = Station(keys.station(desk.home), "tn", "sfax-1")
    append(desk.root / "tn", station, Work("intake", "done", laptop, {}))
    status, _, err = desk.wasl("devices", "verify-record", str(desk.root / "tn"))
    assert status == 1
    assert "wasl kit keys tn" in err


def test_kits_packs_and_images_are_held_to_the_country_s_key(desk: Desk) -> None:
    key = SigningKey.load(desk.home.country_key)
    kit = desk.root / "kit"
    kit.mkdir()
    (desk.root / "raw").write_bytes(b"system" * 65536)
    build.build(
        desk.root / "raw", kit / "s.wimg", build.Naming("s", "jo", "2026-03-01T00:00:00Z"), key
    )
    source = desk.root / "lesson"
    source.write_text("درس")
    make(kit / "lesson", Maker("lesson", "jo", 1, "x"), [PackFile("a", source)], key)
    kits.sign(kit, "jo", "kit-1", "2026-03-01T00:00:00Z", key)
    paths = [str(kit), str(kit / "lesson"), str(kit / "s.wimg")]
    status, out, _ = desk.wasl("kit", "verify", *paths, "--country", "jo")
    assert status == 0
    assert "kit kit-1" in out
    assert "pack lesson 1" in out
    assert "image s of 2026-03-01" in out
    (kit / "s.wimg").write_bytes((kit / "s.wimg").read_bytes()[:-1])
    status, out, _ = desk.wasl("kit", "verify", *paths, "--country", "jo", "--language", "fr")
    assert status == 1
    assert "n'est pas tel que le kit a été signé" in out
    assert "n'est pas une image système" in out
    assert desk.wasl("kit", "verify", str(desk.root), "--country", "jo")[0] == 1
    assert desk.wasl("kit", "verify", str(kit))[0] == 64


def test_a_revoked_publisher_s_pack_is_refused(desk: Desk) -> None:
    key = SigningKey.make()
    path = keys.certify(desk.home, key.public, "Shelf", "zarqa-1", 30, ("publish",))
    source = desk.root / "lesson"
    source.write_text("درس")
    pack = desk.root / "pack"
    certificate = signed.parse(path.read_bytes(), path)
    maker = Maker("lesson", "jo", 1, clock.now())
    make(pack, maker, [PackFile("a", source)], key, certificate=certificate)
    verify = ("kit", "verify", str(pack), "--country", "jo")
    assert desk.wasl(*verify)[0] == 0
    assert desk.wasl("kit", "revoke", "jo", key.public.id, "--reason", "lost", "--yes")[0] == 0
    status, out, _ = desk.wasl(*verify, "--format", "json")
    assert status == 1
    assert json.loads(out)["findings"][0]["message"]["id"] == "WASL-TRUST-REVOKED"


@pytest.mark.parametrize(
    "words",
    [
        ("kit", "certify", "jo"),
        ("kit", "certify", "jo", "ed25519:x", "--name", "a", "--site", "nowhere"),
        ("kit", "certify", "jo", "ed25519:x", "--name", "a", "--site", "zarqa-1", "--days", "0"),
        ("kit", "revoke", "jo", "id"),
        ("kit", "revoke", "jo", "0" * 20, "--reason", "lost"),
        ("kit", "revoke", "jo", "id", "--reason", "lost", "--yes"),
        ("kit", "revoke", "jo", "0" * 20, "--reason", "lost", "--since", "2026-01-31", "--yes"),
        ("kit", "nothing"),
        ("devices", "verify-record"),
        ("devices", "list"),
        ("devices", "merge", "jo"),
    ],
)
def test_wrong_usage_is_said(desk: Desk, words: tuple[str, ...]) -> None:
    assert desk.wasl(*words)[0] == 64


@pytest.mark.parametrize(
    "words",
    [
        ("kit", "keys", "xx"),
        ("kit", "certify", "jo", "ed25519:x", "--name", "a", "--site", "zarqa-1"),
        ("devices", "list", "xx"),
        ("devices", "verify-record", "/nowhere/at/all.jsonl"),
    ],
)
def test_what_cannot_be_done_is_said_without_a_traceback(
    desk: Desk, words: tuple[str, ...]
) -> None:
    status, out, err = desk.wasl(*words)
    assert status == 1
    assert "WASL-BUG" not in err
    assert "Traceback" not in out + err


def test_a_record_that_is_not_there_is_not_read(desk: Desk) -> None:
    _, out, _ = desk.wasl("devices", "verify-record", "/nowhere/at/all.jsonl")
    assert "/nowhere/at/all.jsonl cannot be read: No such file or directory" in out
    assert "→ check the path" in out


def test_an_inventory_that_is_not_there_has_an_example(desk: Desk) -> None:
    words = ("devices", "run", "jo", "--inventory", "nowhere.yml", "--yes")
    status, _, err = desk.wasl(*words)
    assert status == 1
    assert "WASL-ANSIBLE: there is no such inventory" in err
    assert "playbooks/inventory/example.yml" in err


CODE = re.compile(r'"(WASL-[A-Z0-9-]+)"')
MADE = {"refusal": "WASL-WIPE-", "_why": "WASL-GRADE-"}


def codes() -> set[str]:
    """Every code that what runs on a device can raise or note."""
    found = {"WASL-GRADE-ABSOLUTE", "WASL-GRADE-ENROLMENT", "WASL-GRADE-FIRMWARE-PASSWORD"}
    found |= {f"WASL-WIPE-{kind}" for kind in ("HYBRID", "RAID", "UNKNOWN")}
    for path in (ROOT / "playbooks").rglob("*.py"):
        text = path.read_text("utf-8")
        found |= set(CODE.findall(text))
        for function, start in MADE.items():
            found |= {start + n for n in re.findall(rf'\b{function}\(\s*"([A-Z0-9-]+)"', text)}
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_sentence_and_next_step(language: Language) -> None:
    assert len(codes()) > 60
    for code in codes():
        assert sentence(code, {}, language) != code, code
        assert hint(code, {}, language), code
