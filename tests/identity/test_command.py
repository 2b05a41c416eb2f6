"""The command line against a partner that runs: plan, guard, approval, apply, drift."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from pyrage import decrypt

from integrations.identity.generated import Size, Tables, roster, write_package
from integrations.identity.keys import public_hex, signing_key
from integrations.identity.oneroster.columns import header
from tests.identity.conftest import World
from tests.identity.support import copied, partner
from tests.messages.english import in_report
from wasl.cli.arguments import FORMATS
from wasl.cli.console import Console
from wasl.journal import FolderStore, entries
from wasl.processes import wait_until

pytestmark = pytest.mark.slow
SMALL = roster(Size(schools=2, classes=2, pupils=10))
BASE = "/ims/oneroster/v1p1"


def _deliver(world: World, tables: Tables, name: str = "roster") -> Path:
    folder = world.root / name
    for old in folder.glob("*.csv"):
        old.unlink()
    return write_package(folder, tables)


def _held(world: World, kind: str) -> dict[str, dict[str, Any]]:
    answer = httpx.get(
        f"{world.partner.url}{BASE}/{kind}",
        params={"limit": 100_000},
        headers={"Authorization": "Bearer sandbox-partner"},
    )
    return {record["sourcedId"]: record for record in answer.json()[kind]}


def _applied(world: World, tables: Tables) -> Path:
    folder = _deliver(world, tables)
    status, said = world.wasl("apply", "jo", "--roster", folder, "--yes")
    assert status == 0, said
    return folder


def report_in(said: str) -> dict[str, Any]:
    """The JSON of all that was said; on a slow machine progress is said after it."""
    report: dict[str, Any] = json.JSONDecoder().raw_decode(said, said.index("{"))[0]
    return report


def test_plan_says_what_would_happen_and_writes_nothing(world: World) -> None:
    folder = _deliver(world, SMALL)
    status, said = world.wasl("plan", "jo", "--roster", folder, "--format", "json")
    assert status == 2
    report = report_in(said)
    assert len(report["changes"]) == sum(map(len, SMALL.values()))
    assert any("assumed, not confirmed" in note for note in report["notes"])
    assert any(note.startswith("school s0001: ") for note in report["notes"])
    assert _held(world, "users") == {}
    arabic = ("plan", "jo", "--roster", folder, "--format", "json", "--language", "ar")
    status, said = world.wasl(*arabic)
    assert in_report(report_in(said)) == []


def test_apply_then_plan_gives_nothing_and_drift_finds_a_change_by_hand(world: World) -> None:
    folder = _applied(world, SMALL)
    assert len(_held(world, "users")) == len(SMALL["users"])
    assert world.wasl("plan", "jo", "--roster", folder)[0] == 0
    assert world.wasl("drift", "jo", "--roster", folder)[0] == 0
    key = SMALL["users"][1]["sourcedId"]
    record = {**_held(world, "users")[key], "familyName": "بيد أحد"}
    answer = httpx.put(
        f"{world.partner.url}{BASE}/users/{key}",
        json={"user": record},
        headers={"Authorization": "Bearer sandbox-partner"},
    )
    assert answer.status_code == 200
    status, said = world.wasl("drift", "jo", "--roster", folder, "--format", "json")
    assert status == 2
    (finding,) = report_in(said)["findings"]
    assert (finding["kind"], finding["property"]) == ("changed", "familyName")
    assert finding["location"]["file"] == "countries/jo.yaml"
    assert finding["remedy"] == "wasl identity apply jo --target classera"
    for language in ("ar", "en", "fr"):
        words = world.wasl("drift", "jo", "--roster", folder, "--language", language)[1]
        assert "wasl identity apply jo --target classera" in words
    assert key not in said
    assert "بيد أحد" not in said
    assert world.wasl("apply", "jo", "--roster", folder, "--yes")[0] == 0
    assert world.wasl("drift", "jo", "--roster", folder)[0] == 0


def _truncated(tables: Tables) -> Tables:
    """Only the first school's people arrived."""
    cut = copied(tables)
    cut["users"] = [user for user in cut["users"] if user["orgSourcedIds"] == "s0001"]
    known = {user["sourcedId"] for user in cut["users"]}
    cut["enrollments"] = [e for e in cut["enrollments"] if e["userSourcedId"] in known]
    return cut


def test_a_truncated_feed_is_stopped_until_that_very_plan_is_approved(
    world: World, tmp_path: Path
) -> None:
    _applied(world, SMALL)
    folder = _deliver(world, _truncated(SMALL))
    status, said = world.wasl("apply", "jo", "--roster", folder, "--yes")
    assert status == 1
    assert "WASL-IDENTITY-GUARD" in said
    assert "wasl identity plan jo --target classera -o PLAN" in said
    plan = tmp_path / "plan"
    assert world.wasl("plan", "jo", "--roster", folder, "-o", plan)[0] == 2
    assert plan.stat().st_mode & 0o777 == 0o600
    sign = ("approve", "jo", plan, "--key", world.approver, "--reason", "the school closed")
    assert world.wasl(*sign, "--days", "-1")[0] == 0  # it ended yesterday
    status, said = world.wasl("apply", "jo", "--roster", folder, "--yes")
    assert (status, "none of them for this very plan" in said) == (1, True)
    assert world.wasl(*sign)[0] == 0
    # Another roster makes another plan, which nobody approved.
    other = _truncated(SMALL)
    other["users"][1]["givenName"] = "غيره"
    moved = _deliver(world, other, "other")
    status, said = world.wasl("apply", "jo", "--roster", moved, "--yes")
    assert status == 1
    assert "none of them for this very plan" in said
    status, said = world.wasl("apply", "jo", "--roster", moved, "--plan", plan, "--yes")
    assert status == 1
    assert "users update: 0 then, 1 now" in said
    assert world.wasl("apply", "jo", "--roster", folder, "--yes")[0] == 0
    off = [user for user in _held(world, "users").values() if user["enabledUser"] == "false"]
    assert len(off) == len(SMALL["users"]) - len(_truncated(SMALL)["users"])


def test_a_plan_that_somebody_else_signed_is_not_approved(world: World, tmp_path: Path) -> None:
    folder, plan = _deliver(world, SMALL), tmp_path / "plan"
    said = world.wasl("plan", "jo", "--roster", folder, "-o", plan)[1]
    (planner,) = re.findall(r"signed by ([0-9a-f]{64})", said)
    world.manifest(("  keys:\n", f"  keys:\n    planner_key: {planner}\n"))
    sign = ("approve", "jo", plan, "--key", world.approver, "--reason", "x")
    assert world.wasl(*sign)[0] == 0
    (world.home / "keys/jo/identity/planner").unlink()  # a forger has a key of their own
    world.wasl("plan", "jo", "--roster", folder, "-o", plan)
    status, said = world.wasl(*sign)
    assert (status, "another key than the planner's" in said) == (1, True)


def test_the_manifest_s_words_for_grades_reach_the_partner_as_codes(world: World) -> None:
    tables = copied(SMALL)
    tables["users"][1]["grades"] = "الصف السابع"
    world.manifest(("  legal_basis:", '  grades: {الصف السابع: "7"}\n  legal_basis:'))
    _applied(world, tables)
    assert _held(world, "users")[tables["users"][1]["sourcedId"]]["grades"] == ["7"]


def test_only_someone_whom_the_manifest_names_may_approve(world: World, tmp_path: Path) -> None:
    folder, plan = _deliver(world, SMALL), tmp_path / "plan"
    world.wasl("plan", "jo", "--roster", folder, "-o", plan)
    stranger = tmp_path / "stranger"
    stranger.write_text("11" * 32)
    stranger.chmod(0o600)
    status, said = world.wasl("approve", "jo", plan, "--key", stranger, "--reason", "x")
    assert status == 1
    assert "names no approver" in said
    assert public_hex(signing_key(stranger)) in said  # what the manifest would have to name
    planner = world.home / "keys/jo/identity/planner"
    status, said = world.wasl("approve", "jo", plan, "--key", planner, "--reason", "x")
    assert status == 1
    assert "the planner may not approve" in said


def test_nothing_is_sent_unless_somebody_agrees(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _deliver(world, SMALL)
    status, said = world.wasl("apply", "jo", "--roster", folder)
    assert status != 0
    assert "nobody is here to answer" in said
    monkeypatch.setattr(Console, "interactive", property(lambda _: True))
    monkeypatch.setattr(sys, "stdin", StringIO("n\n"))
    status, said = world.wasl("apply", "jo", "--roster", folder)
    assert status == 1
    assert f"users: {len(SMALL['users'])} to create (new in the roster)" in said
    assert "nothing was done" in said
    assert _held(world, "users") == {}


def test_the_change_of_the_school_year_is_a_plan_of_its_own(world: World) -> None:
    _applied(world, SMALL)
    world.manifest(
        (
            '{code: "2027", starts: 2026-08-23, ends: 2027-06-17}',
            '{code: "2028", starts: 2027-08-22, ends: 2028-06-16}',
        )
    )
    tables = roster(Size(schools=2, classes=2, pupils=10), year=2028)
    folder = _deliver(world, tables)
    status, said = world.wasl("apply", "jo", "--roster", folder, "--yes")
    assert status == 0, said
    assert "(roll-over) for classera" in said
    assert _held(world, "academicSessions").keys() == {"y2027", "y2028"}
    old = [one for key, one in _held(world, "enrollments").items() if "y2027" in key]
    assert {one["endDate"] for one in old} == {"2027-06-17"}
    # The guards on persons are those of any other day.
    tables = _truncated(tables)
    status, said = world.wasl("apply", "jo", "--roster", _deliver(world, tables), "--yes")
    assert (status, "WASL-IDENTITY-GUARD" in said) == (1, True)


def _with_demographics(world: World, tables: Tables) -> Tables:
    """The partner's contract asks for a date of birth, and the roster has it."""
    path = world.root / "partners/classera.yaml"
    text = path.read_text("utf-8")
    asked = (
        "  demographics:\n    value: {sourcedId: plain, birthDate: plain}\n"
        "    status: assumed\n    source: a test\n"
    )
    path.write_text(text.replace("  enrollments:\n", asked + "  enrollments:\n", 1), "utf-8")
    kinds = "[orgs, academicSessions, courses, classes, users, enrollments, demographics]"
    world.manifest(
        ("    kind: oneroster\n", f"    kind: oneroster\n    scope: {{kinds: {kinds}}}\n")
    )
    key = tables["users"][1]["sourcedId"]
    blank = dict.fromkeys(header("1.1", "demographics"), "")
    return {**tables, "demographics": [{**blank, "sourcedId": key, "birthDate": "2015-03-04"}]}


def test_demographics_leave_with_a_basis_in_law_alone_and_the_journal_says_what_left(
    world: World,
) -> None:
    tables = _with_demographics(world, SMALL)
    folder = _applied(world, tables)
    assert "2015-03-04" not in world.partner.wire.read_text("utf-8")
    world.manifest(("  legal_basis:", "  demographics_basis: Law 3 of 2024\n  legal_basis:"))
    status, said = world.wasl("apply", "jo", "--roster", folder, "--yes")
    assert status == 0, said
    assert "2015-03-04" in world.partner.wire.read_text("utf-8")
    first, second = _disclosed(world)
    assert (first["partner"], first["counts"]["users"]) == ("classera", len(SMALL["users"]))
    assert abs(date.fromisoformat(first["date"]) - date.today()) <= timedelta(days=1)  # UTC
    assert "identifier" in first["fields"]["users"]
    assert "email" not in first["fields"]["users"]
    assert len(first["basis"]) == 1
    assert (second["counts"], second["basis"][1]) == ({"demographics": 1}, "Law 3 of 2024")
    assert not [row for row in SMALL["users"] if row["familyName"] in json.dumps([first, second])]


def _disclosed(world: World) -> list[dict[str, Any]]:
    """The disclosure log: what every delivery was of."""
    told = entries(FolderStore(world.home / "identity/jo/journal"))
    return [dict(one.detail) for one in told if one.verb == "identity.disclosure"]


def test_without_a_basis_in_law_nothing_is_sent(world: World) -> None:
    world.manifest(("  legal_basis: ", "  # legal_basis: "))
    status, said = world.wasl("apply", "jo", "--roster", _deliver(world, SMALL), "--yes")
    assert status == 1
    assert "WASL-IDENTITY-NO-BASIS" in said
    assert _held(world, "users") == {}


def test_an_altered_plan_file_is_refused(world: World, tmp_path: Path) -> None:
    folder, plan = _deliver(world, SMALL), tmp_path / "plan"
    world.wasl("plan", "jo", "--roster", folder, "-o", plan)
    plan.write_bytes(plan.read_bytes().replace(b'"kind": "users"', b'"kind": "orgs"', 1))
    status, said = world.wasl("approve", "jo", plan, "--key", world.approver, "--reason", "x")
    assert status == 1
    assert "WASL-IDENTITY-PLAN-FILE" in said


def test_what_the_contract_does_not_list_never_leaves(world: World) -> None:
    tables = copied(SMALL)
    for number, user in enumerate(tables["users"]):
        user |= {"email": f"secretmail{number}@moe.example", "password": f"hunter{number}"}
        user |= {"phone": f"+96279{number:07}", "metadata.nationality": "planted-nationality"}
        user["identifier"] = f"nationalnumber{number}"
    _applied(world, tables)
    wire = world.partner.wire.read_text("utf-8")
    assert SMALL["users"][1]["givenName"] in wire
    for planted in ("secretmail", "hunter", "+96279", "planted-nationality", "nationalnumber"):
        assert planted not in wire
    identifiers = {user["identifier"] for user in _held(world, "users").values()}
    assert len(identifiers) == len(tables["users"])


def _planted() -> Tables:
    """A name and a number in every place where a roster has them; one row is refused for it."""
    tables = copied(SMALL)
    tables["users"][1] |= {"givenName": "PLANTEDNAME", "email": "PLANTEDMAIL"}
    tables["users"][2] |= {"familyName": "PLANTEDNAME", "sourcedId": "PLANTEDID"}
    tables["enrollments"] = [
        {**e, "userSourcedId": "PLANTEDID", "sourcedId": "PLANTEDID-e"}
        if e["userSourcedId"] == SMALL["users"][2]["sourcedId"]
        else e
        for e in tables["enrollments"]
    ]
    double = {**tables["users"][1], "sourcedId": "PLANTEDTWIN", "username": "PLANTEDUSER"}
    tables["users"].append({**double, "identifier": "PLANTEDNUMBER"})
    tables["users"].append({**tables["users"][1], "sourcedId": "refused-PLANTED"})
    tables["users"].append({**tables["users"][1], "sourcedId": "", "givenName": "PLANTEDNAME"})
    return tables


def test_no_artefact_holds_a_name(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Reports in every format, plan, journal, sealed files, scratch, logs at their loudest."""
    caplog.set_level("DEBUG")
    folder, plan = _deliver(world, _planted()), tmp_path / "plan"
    said = [world.wasl("plan", "jo", "--roster", folder, "-o", plan)[1]]
    assert "may be one person" in said[0]
    said += [_formatted(world, "plan", folder, tmp_path / "report")]
    said += [world.wasl("apply", "jo", "--roster", folder, "--yes")[1]]
    assert "the partner answered 422" in said[-1]
    said += [_formatted(world, "drift", folder, tmp_path / "report")]
    said += [world.wasl("apply", "jo", "--roster", _deliver(world, _truncated(_planted())))[1]]
    assert "WASL-IDENTITY-GUARD" in said[-1]
    journal = "".join(path.read_text("utf-8") for path in world.home.rglob("*.jsonl"))
    assert "identity.disclosure" in journal
    assert "PLANTED" not in "".join([*said, journal, caplog.text])
    for path in [plan, *filter(Path.is_file, world.home.rglob("*"))]:
        assert b"PLANTED" not in path.read_bytes(), path
    assert list((world.home / "identity/jo/scratch").iterdir()) == []
    opened = [decrypt(path.read_bytes(), [world.ministry]) for path in world.home.rglob("*.age")]
    assert all(b"PLANTEDNAME" in text for text in opened)


def _formatted(world: World, verb: str, folder: Path, report: Path) -> str:
    """What the verb reports, in every format that there is."""
    written = ""
    for format_ in FORMATS:
        options = ("--format", format_, "--output", report)
        written += world.wasl(verb, "jo", "--roster", folder, *options)[1]
        written += report.read_text("utf-8")
    return written


def test_what_a_killed_run_left_in_the_clear_is_its_owner_s_alone_and_swept(world: World) -> None:
    folder, tables = _deliver(world, _planted()), roster(Size(1, 1, 1))
    command = [sys.executable, "-m", "wasl.cli.main", "identity", "apply", "jo", "--yes"]
    child = subprocess.Popen(
        [*command, "--roster", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    scratch = world.home / "identity/jo/scratch"
    wait_until(
        lambda: world.partner.wire.exists() and b"PUT" in world.partner.wire.read_bytes(), 60
    )
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert scratch.stat().st_mode & 0o777 == 0o700
    outside = [path for path in world.home.rglob("*") if scratch not in path.parents]
    assert not [p for p in outside if p.is_file() and b"PLANTED" in p.read_bytes()]
    world.wasl("plan", "jo", "--roster", _deliver(world, tables, "other"))
    assert list(scratch.iterdir()) == []


def test_a_parent_that_was_not_accepted_holds_its_children_back(world: World) -> None:
    tables = copied(SMALL)
    tables["orgs"][1]["sourcedId"] = "refused-0001"
    for kind in ("users", "classes", "courses", "enrollments"):
        tables[kind] = [
            {name: "refused-0001" if value == "s0001" else value for name, value in row.items()}
            for row in tables[kind]
        ]
    status, said = world.wasl("apply", "jo", "--roster", _deliver(world, tables), "--yes")
    assert status == 1
    assert "its orgs/refused-0001 was not accepted" in said
    held = _held(world, "users").values()
    assert {ref["sourcedId"] for user in held for ref in user["orgs"]} == {"s0002"}


def test_a_partner_outside_the_residency_contract_is_refused(world: World) -> None:
    path = world.root / "partners/classera.yaml"
    text = path.read_text("utf-8").replace("hosting:\n  value: null", "hosting:\n  value: us", 1)
    path.write_text(text, encoding="utf-8")
    status, said = world.wasl("plan", "jo", "--roster", _deliver(world, SMALL))
    assert status == 1
    assert "WASL-IDENTITY-RESIDENCY" in said


def test_oauth_1_0a_signs_every_request(world: World) -> None:
    world.manifest(("auth: bearer", "auth: oauth1"))
    token = world.home / "keys/identity/classera-token"
    token.write_text("sandbox:partner")
    _applied(world, SMALL)
    token.write_text("sandbox:wrong")
    status, said = world.wasl("plan", "jo", "--roster", world.root / "roster")
    assert status == 1
    assert "answered 401" in said
    assert "wrong" not in said


def _converges(world: World, folder: Path, tables: Tables) -> None:
    status, said = world.wasl("apply", "jo", "--roster", folder, "--yes")
    for _ in range(6):
        if status == 0:
            break
        status, said = world.wasl("apply", "jo", "--roster", folder, "--yes")
    assert status == 0, said
    assert world.wasl("plan", "jo", "--roster", folder)[0] == 0
    for kind in ("orgs", "users", "enrollments"):
        assert set(_held(world, kind)) == {row["sourcedId"] for row in tables[kind]}


def test_faults_of_the_network_leave_nothing_doubled_or_lost(world: World, tmp_path: Path) -> None:
    with partner(tmp_path / "faulty", faults=0.15, seed=7) as faulty:
        world.manifest((world.partner.url, faulty.url))
        folder = _deliver(world, SMALL)
        status, said = world.wasl("apply", "jo", "--roster", folder, "--yes")
        for _ in range(5):
            if status == 0:
                break
            status, said = world.wasl("apply", "jo", "--roster", folder, "--yes")
        assert status == 0, said
        assert world.wasl("plan", "jo", "--roster", folder)[0] == 0


def _killed(world: World, seed: int, home: Path) -> None:
    """Apply to a partner that has nothing, kill the process somewhere, and run it again."""
    tables = roster(Size(schools=3, classes=3, pupils=25), seed=seed)
    folder = _deliver(world, tables)
    with partner(home) as fresh:
        known = world.partner.url
        world.manifest((known, fresh.url))
        command = [sys.executable, "-m", "wasl.cli.main", "identity", "apply", "jo", "--yes"]
        child = subprocess.Popen(
            [*command, "--roster", str(folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        target = Random(seed).randrange(5_000, 150_000)  # of about 400,000
        while child.poll() is None and _size(fresh.wire) < target:
            time.sleep(0.005)
        met = child.poll() is None
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert met, "it had ended before it was killed"
        _converges(replace(world, partner=fresh), folder, tables)
        world.manifest((fresh.url, known))
    assert list((world.home / "identity/jo/scratch").iterdir()) == []


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def test_killed_at_random_three_times_the_partner_equals_the_roster(
    world: World, tmp_path: Path
) -> None:
    for seed in (1, 2, 3):
        _killed(world, seed, tmp_path / f"partner-{seed}")


@pytest.mark.long
@pytest.mark.timeout(900)
def test_killed_at_random_twenty_times_the_partner_equals_the_roster(
    world: World, tmp_path: Path
) -> None:
    for seed in range(20):
        _killed(world, seed, tmp_path / f"partner-{seed}")
