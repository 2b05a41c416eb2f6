"""`wasl drift` over planes: said, kept, waived, mended, and looked at again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from defusedxml.ElementTree import fromstring

from integrations.identity.generated import Size, roster, write_package
from tests.content.conftest import Country, row
from tests.identity.conftest import World
from wasl.cli.main import main
from wasl.planes.latest import kept

pytestmark = pytest.mark.slow
SMALL = roster(Size(schools=1, classes=1, pupils=4))
CONTENT = ("drift", "tn", "--plane", "content")


@pytest.fixture
def desk(country: Country, library_only: None, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Any:
    """Tunisia with one lesson, and `wasl` there: status and report."""
    country.write(row(1))
    monkeypatch.chdir(country.root)
    monkeypatch.setenv("WASL_HOME", str(country.home))

    def wasl(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        status = main([*words, "--format", "json"])
        said = capsys.readouterr().out
        return status, json.loads(said) if said else None

    return wasl


def test_a_life_of_lessons(desk: Any, country: Country, tmp_path: Path) -> None:
    status, report = desk(*CONTENT)
    assert status == 1, "what should be is not known before the first harvest"
    assert [one["state"] for one in report["checked"]] == ["unreadable"]
    desk("content", "plan", "tn")

    status, report = desk(*CONTENT)
    (missing,) = report["findings"]
    assert (status, missing["kind"], missing["environment"]) == (2, "missing", "pilot")
    lines = (country.root / "countries/tn.yaml").read_text("utf-8").splitlines()
    assert "name: feed" in lines[missing["location"]["line"] - 1]
    last = kept(country.home, "content", "tn")
    assert last is not None
    assert last.checked.state == "differs"

    files = {form: tmp_path / form for form in ("sarif", "junit", "markdown", "json")}
    write = [word for form, path in files.items() for word in ("--write", f"{form}={path}")]
    status, report = desk(*CONTENT, *write)
    assert status == 2
    assert json.loads(files["json"].read_text("utf-8")) == report
    assert fromstring(files["junit"].read_text("utf-8")).get("failures") == "1"
    (run,) = json.loads(files["sarif"].read_text("utf-8"))["runs"]
    assert run["results"][0]["partialFingerprints"]["wasl/v1"] == missing["fingerprint"]

    same = desk("content", "drift", "tn")
    assert same == (2, report), "the plane's own verb says the same"

    status, report = desk(*CONTENT, "--repair", "--yes")
    assert (status, report["findings"]) == (0, [])
    assert desk(*CONTENT)[0] == 0


def test_a_waiver_covers_what_it_names_until_that_changes(desk: Any, country: Country) -> None:
    country.apply()
    country.write(row(1, title_ar="عنوان آخر"))
    country.plan()
    _status, report = desk(*CONTENT)
    (changed,) = report["findings"]
    assert (changed["kind"], changed["severity"]) == ("changed", "medium")
    assert changed["found"] not in (None, changed["expected"])
    (country.root / "waivers.yaml").write_text(
        f"version: 1\nwaivers:\n- plane: content\n  country: tn\n"
        f"  fingerprint: {changed['fingerprint']}\n  found: [{changed['digest']}]\n"
        f"  reason: until the title is agreed\n  owner: content desk\n  expires: 2999-12-31\n"
    )
    status, report = desk(*CONTENT)
    assert (status, report["findings"], report["summary"]["waived"]) == (0, [], 1)
    assert report["waived"][0]["owner"] == "content desk"
    assert desk(*CONTENT, "--repair", "--yes")[0] == 0
    assert country.plan(harvest=False).steps, "what is waived is not mended"
    country.apply()
    status, report = desk(*CONTENT)
    assert [one["message"]["id"] for one in report["findings"]] == ["WASL-WAIVER-UNUSED"]
    assert status == 2


def test_a_broken_waivers_file_waives_nothing_and_is_said(desk: Any, country: Country) -> None:
    country.plan()
    (country.root / "waivers.yaml").write_text("version: 1\nwaiver: []\n")
    sarif = country.root / "drift.sarif"
    status, report = desk(*CONTENT, "--write", f"sarif={sarif}")
    assert status == 1
    assert [one["location"]["file"] for one in report["findings"]] == ["waivers.yaml"]
    assert "waivers.yaml" in sarif.read_text("utf-8")
    assert desk("check")[0] == 1


def test_a_plane_that_nobody_described_is_told_of(desk: Any) -> None:
    assert desk("drift", "tn", "--plane", "devices") == (1, None)
    status, report = desk("drift", "tn", "dj", *CONTENT[2:], "--latest")
    assert [(one["country"], one["plane"]) for one in report["checked"]] == [("tn", "content")]
    assert status == 1
    _status, report = desk("drift", "tn")
    assert sorted(one["plane"] for one in report["checked"]) == ["cloud", "content"]
    assert [note for note in report["notes"] if "not described for tn" in note]


def test_a_check_of_all_countries_says_that_the_foundation_is_none(desk: Any) -> None:
    def said(*more: str) -> bool:
        _status, report = desk("drift", "--all", *more, "--latest")
        return any("wasl drift --all foundation" in note for note in report["notes"])

    assert said()
    assert not said("foundation")
    assert not said("--plane", "content")


def test_another_countrys_broken_manifest_is_no_matter(desk: Any, country: Country) -> None:
    country.plan()
    (country.root / "countries" / "dj.yaml").write_text("code: [")
    (country.root / "waivers.yaml").write_text(
        "version: 1\nwaivers:\n- plane: content\n  country: '*'\n  pattern: {target: x}\n"
        f"  found: [{'0' * 64}]\n  reason: r\n  owner: o\n  expires: 2999-12-31\n"
    )
    status, report = desk(*CONTENT)
    assert (status, [one["kind"] for one in report["findings"]]) == (2, ["missing"])


def test_the_last_check_is_told_without_looking(desk: Any, country: Country) -> None:
    status, report = desk(*CONTENT, "--latest")
    assert (status, report["findings"][0]["kind"]) == (1, "unreadable")
    country.plan()
    looked = desk(*CONTENT)
    country.apply()
    assert desk(*CONTENT, "--latest") == looked
    assert desk(*CONTENT, "--latest", "--repair")[0] == 64


def test_one_countrys_files_are_for_one_country(desk: Any) -> None:
    assert desk("drift", "jo", "tn", "--roster", "x")[0] == 64
    assert desk("drift", "tn", "--write", "pdf=x")[0] == 64


def test_a_change_at_the_partner_is_mended(world: World, capsys: Any) -> None:
    folder = write_package(world.root / "roster", SMALL)
    check = ["drift", "jo", "--plane", "identity", "--roster", str(folder), "--format", "json"]
    assert world.wasl("apply", "jo", "--roster", folder, "--yes")[0] == 0
    assert main(check) == 0
    key = SMALL["users"][1]["sourcedId"]
    where = f"{world.partner.url}/ims/oneroster/v1p1/users/{key}"
    token = {"Authorization": "Bearer sandbox-partner"}
    record = httpx.get(where, headers=token).json()["user"] | {"familyName": "بيد أحد"}
    assert httpx.put(where, json={"user": record}, headers=token).status_code == 200
    capsys.readouterr()
    assert main(check) == 2
    report = json.loads(capsys.readouterr().out)
    (finding,) = report["findings"]
    assert (finding["environment"], finding["type"]) == ("pilot", "users")
    assert finding["message"]["id"] == "WASL-IDENTITY-CHANGED"
    assert main([*check, "--repair", "--yes"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["findings"] == []
    assert "receipt: accepted: 1" in said.err
    assert key not in said.out + said.err
