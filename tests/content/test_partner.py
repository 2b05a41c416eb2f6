"""Resources at the partner: delivered, updated, withdrawn, each time with a receipt."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from infra.sandbox.service import free_ports
from integrations.content.cartridge.check import check
from integrations.content.partner.interface import key
from integrations.identity.http import Http
from tests.content.conftest import Country, row, to_partner
from wasl.errors import WaslError
from wasl.language import grade_table
from wasl.manifest.content import Content
from wasl.messages import say
from wasl.planes.check import Place
from wasl.planes.content import check as content
from wasl.planes.content import destinations, partner
from wasl.planes.content.partner import Delivered
from wasl.planes.content.report import drift, notes

PARTNER_WORD = "WASL-CONTENT-PARTNER-WORD"
SECRET = "a secret of at least 32 bytes, for tests"


@dataclass(frozen=True)
class Emulator:
    """The sandbox's partner, running."""

    url: str
    home: Path
    secret: Path

    @property
    def held(self) -> dict[str, dict[str, Any]]:
        """What it holds, by resource."""
        found = [json.loads(path.read_text()) for path in (self.home / "resources").iterdir()]
        return {one["id"]: one for one in found}

    @property
    def packages(self) -> set[str]:
        return {path.name for path in (self.home / "packages").iterdir()}


@contextmanager
def emulator(home: Path, *more: str) -> Iterator[Emulator]:
    """The emulator on a port of its own."""
    home.mkdir(parents=True, exist_ok=True)
    secret, port = home / "secret", free_ports(1)[0]
    secret.write_text(SECRET)
    options = ["--home", str(home), "--port", str(port), "--secret-file", str(secret), *more]
    command = [sys.executable, "-m", "infra.sandbox.partner_content", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith("ready")
        yield Emulator(f"http://127.0.0.1:{port}", home, secret)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture
def running(
    tmp_path: Path, country: Country, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Emulator]:
    """The emulator, and a country that delivers to it alone."""
    with emulator(tmp_path / "partner") as found:
        deliver_to(found, country, monkeypatch)
        yield found


def deliver_to(found: Emulator, country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(destinations, "_ALL", (Delivered,))
    token = country.home / "keys" / "content" / "partner"
    token.parent.mkdir(parents=True, exist_ok=True)
    token.write_text(SECRET)
    token.chmod(0o600)
    country.section = to_partner(found.url)


def test_delivered_updated_withdrawn(country: Country, running: Emulator, tmp_path: Path) -> None:
    country.write(
        row(1, teaches="جمع الكسور; طرح الكسور", assesses="?"),
        row(2),
        row(3, licence="All rights reserved"),
    )
    planned = country.plan()
    (first, _second) = planned.selection.passed
    assert [loss.element for loss in first.resource.losses] == ["assesses"]
    assert [(step.resource, step.action.value) for step in planned.steps] == [
        ("lesson:1", "create"),
        ("lesson:2", "create"),
    ]
    assert any("assumed, not confirmed by classera: packages" in say(one) for one in notes(planned))
    _made, (receipt,) = country.apply()
    assert receipt.startswith("classera: 2 resources delivered, 0 withdrawn, 2 held, receipt ")
    told = running.held["lesson:1"]
    assert told["name"] == {"ar": "الدرس 1"}
    assert told["license"] == "CC-BY-4.0"
    assert told["teaches"] == ["جمع الكسور", "طرح الكسور"]
    assert told["audience"]["country"] == ["tn"]
    assert told["audience"]["language"] == ["ar"]
    table = grade_table("tn", country.setting.today)
    assert told["audience"]["grade"] == sorted(g.code for g in table.grades if g.isced == "1")
    cartridge = tmp_path / "taken.imscc"
    cartridge.write_bytes((running.home / "packages" / told["package"]["sha256"]).read_bytes())
    assert check(cartridge) == []

    assert country.plan().steps == []
    assert country.apply()[1] == []

    country.write(row(1, title_ar="الكسور"))
    made, (receipt,) = country.apply()
    assert {step.resource: step.action.value for step in made.steps} == {
        "lesson:1": "update",
        "lesson:2": "delete",
    }
    assert "1 resources delivered, 1 withdrawn, 1 held" in receipt
    assert set(running.held) == {"lesson:1"}
    assert running.packages == {running.held["lesson:1"]["package"]["sha256"]}


def test_nothing_is_delivered_of_a_resource_without_file_or_address(
    country: Country, running: Emulator
) -> None:
    country.write(row(1), row(2, file="lesson.docx"))
    (country.feed / "lesson.docx").write_bytes(b"PK")
    made, _receipts = country.apply()
    assert [(left.resource, left.reason.id) for left in made.left] == [
        ("lesson:2", "WASL-CONTENT-NO-LINK")
    ]
    assert set(running.held) == {"lesson:1"}


def test_what_someone_removed_there_is_drift_and_comes_back(
    country: Country, running: Emulator
) -> None:
    country.write(row(1), row(2))
    country.apply()
    (running.home / "resources" / f"{key('lesson:1')}.json").unlink()
    found = [finding.target for finding in drift(country.plan(harvest=False))]
    assert found == ["partner/lesson:1"]
    country.apply()
    assert list(drift(country.plan(harvest=False))) == []


def test_a_check_says_that_it_goes_by_the_partners_word(
    country: Country, running: Emulator
) -> None:
    country.write(row(1))
    country.apply()
    manifest = country.root / "countries" / "tn.yaml"
    section = (
        "  destinations: [partner, devices]\n"
        f"  partner: {{url: '{running.url}', client: alecso, secret_name: content/partner}}\n"
    )
    manifest.write_text(manifest.read_text("utf-8") + section, "utf-8")
    place = Place(country.root, country.home)
    for part, said in (("partner", [PARTNER_WORD]), ("devices", [])):
        _found, told = content.check(place, "tn", part, lambda _what, _done, _of: None)
        assert [one.id for one in told if one.id == PARTNER_WORD] == said


def test_an_address_without_a_file_is_delivered_as_a_link(
    country: Country, running: Emulator
) -> None:
    country.write(row(1, file="", identifier="https://example.org/lesson"))
    country.apply()
    sha256 = running.held["lesson:1"]["package"]["sha256"]
    assert b"imswl_xmlv1p3" in _manifest(running.home / "packages" / sha256)


def _manifest(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read("imsmanifest.xml")


@pytest.mark.slow
def test_more_than_a_page(country: Country, running: Emulator) -> None:
    country.write(*(row(number) for number in range(130)))
    country.apply()
    assert len(running.held) == 130
    assert country.plan().steps == []


@pytest.mark.slow
def test_a_network_that_fails_a_third_of_the_time(
    tmp_path: Path, country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.identity.http.PAUSE", 0.001)
    monkeypatch.setattr("integrations.identity.http.TRIES", 20)
    with emulator(tmp_path / "partner", "--faults", "0.3", "--seed", "7") as found:
        deliver_to(found, country, monkeypatch)
        country.write(*(row(number) for number in range(15)))
        country.apply()
        country.write(*(row(number) for number in range(5)))
        _made, (receipt,) = country.apply()
        assert "10 withdrawn, 5 held" in receipt
        assert len(found.held) == len(found.packages) == 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_cut_off_anywhere_and_gone_on_with(
    country: Country, running: Emulator, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Whatever request is the last one of a run, the next run ends as if it had gone through."""
    country.write(*(row(number) for number in range(6)))
    send, left = Http.send, [seed * 4]

    def limited(self: Http, method: str, path: str, **request: Any) -> httpx.Response:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return send(self, method, path, **request)

    with monkeypatch.context() as patch:
        patch.setattr(Http, "send", limited)
        with pytest.raises(KeyboardInterrupt):
            country.apply()
    assert len(running.held) < 6
    country.apply()
    assert len(running.held) == len(running.packages) == 6
    assert country.plan().steps == []
    assert not list((country.home / "content" / "tn" / "work").glob("*"))


def test_another_secret_is_refused(country: Country, running: Emulator) -> None:
    token = country.home / "keys" / "content" / "partner"
    token.write_text("another secret of 32 bytes or more, too")
    country.write(row(1))
    with pytest.raises(WaslError, match="401"):
        country.plan()
    token.chmod(0o644)
    with pytest.raises(WaslError, match="others can read"):
        country.plan()
    token.unlink()
    with pytest.raises(WaslError, match="there is no key"):
        country.plan()


def test_a_receipt_of_something_else_ends_the_delivery_in_an_error(
    country: Country, running: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.content.partner.interface.summary", lambda _held: "0" * 64)
    country.write(row(1))
    with pytest.raises(WaslError, match="something else than was delivered"):
        country.apply()


def test_a_cartridge_that_breaks_a_rule_is_not_sent(
    country: Country, running: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.content.cartridge.write.LOMM", "urn:other")
    country.write(row(1))
    with pytest.raises(WaslError, match=r"lom \(CP profile \(x\)\)"):
        country.apply()
    assert running.packages == set()


def test_what_is_assumed_is_tried_in_the_sandbox_alone(country: Country, running: Emulator) -> None:
    there = country.section["partner"].model_copy(update={"url": "https://classera.example"})
    country.section = {**country.section, "partner": there}
    country.write(row(1))
    with pytest.raises(WaslError, match="has not confirmed: packages, algorithm, path, audiences"):
        country.plan()


def test_a_partner_without_an_interface(country: Country, running: Emulator) -> None:
    path = country.root / "partners" / "classera.yaml"
    text = path.read_text("utf-8")
    path.write_text(text[: text.index("content:\n  packages")], "utf-8")
    country.write(row(1))
    with pytest.raises(WaslError, match="nothing is known of how classera takes content"):
        country.plan()


def test_a_destination_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="say where it is"):
        Content(destinations=("partner",))


CLAIMS = {"iss": "alecso", "aud": "classera", "jti": "1"}


@pytest.mark.parametrize(
    ("change", "secret"),
    [
        ({"exp": 1}, SECRET),
        ({"aud": "another"}, SECRET),
        ({"jti": None}, SECRET),
        ({}, "another secret of 32 bytes or more, too"),
    ],
)
def test_the_emulator_takes_no_bad_token(
    running: Emulator, change: Mapping[str, Any], secret: str
) -> None:
    def asked(claims: Mapping[str, Any], secret: str) -> int:
        whole = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode({"alg": "HS256"}, whole, OctKey.import_key(secret))
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(trust_env=False) as client:
            return client.get(f"{running.url}/content/v1/resources", headers=headers).status_code

    good = {**CLAIMS, "exp": int(time.time()) + 60}
    assert asked(good, SECRET) == 200
    assert asked({**good, **change}, secret) == 401


def test_the_emulator_takes_no_damaged_package(country: Country, running: Emulator) -> None:
    with Delivered(country.setting)._interface() as interface:
        bad = country.root / "bad"
        bad.write_bytes(b"PK")
        with pytest.raises(WaslError, match="arrived damaged"):
            interface.put_package(bad, "0" * 64)
        with pytest.raises(WaslError, match="no cartridge"):
            interface.put_package(bad, hashlib.sha256(b"PK").hexdigest())


def test_assumptions_are_gone_once_confirmed(country: Country) -> None:
    contract = country.setting.partner.content
    assert contract is not None
    sure = contract.path.model_copy(update={"status": "confirmed"})
    assert "path" not in partner.assumptions(contract.model_copy(update={"path": sure}))
