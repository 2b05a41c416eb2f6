"""What a plan makes of a roster and a target's state."""

from __future__ import annotations

import csv
import os
import shutil
import tracemalloc
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyrage import decrypt, x25519

from integrations.identity import planfile
from integrations.identity.disabled import noted
from integrations.identity.generated import Row, Size, Tables, roster, write_package
from integrations.identity.scim.mapping import CARRIED
from integrations.identity.store import scratch
from tests.identity.support import KEY, TODAY, Memory, copied, planned, whole_contract
from wasl.errors import WaslError
from wasl.manifest.identity import Guard, Guards, SchoolYear
from wasl.report import told

SMALL = roster(Size(schools=2, classes=2, pupils=3))
FREE = Guards(
    country=Guard(percent=100, count=10**6), school=Guard(percent=100, count=10**6), kinds={}
)


def _user(tables: Tables, number: int = 1) -> Row:
    return tables["users"][number]


def test_a_first_roster_is_created_whole() -> None:
    with planned(SMALL, Memory()) as made:
        assert {change[1] for change in made.changes()} == {"create"}
        assert made.plan.size == sum(map(len, SMALL.values()))


def test_what_is_there_already_needs_nothing() -> None:
    with planned(SMALL, Memory.of(SMALL)) as made:
        assert made.changes() == set()


def test_another_way_of_quoting_is_no_difference(tmp_path: Path) -> None:
    folder = write_package(tmp_path / "r", SMALL)
    path = folder / "users.csv"
    lines = path.read_text("utf-8").splitlines()
    quoted = [",".join(f'"{value}"' for value in line.split(",")) for line in lines[1:]]
    path.write_text("\n".join([lines[0], *quoted]) + "\n", encoding="utf-8")
    with planned(folder, Memory.of(SMALL)) as made:
        assert made.changes() == set()


def test_a_changed_field_is_an_update_of_that_field_alone() -> None:
    after = copied(SMALL)
    _user(after)["givenName"] = "سعاد"
    with planned(after, Memory.of(SMALL)) as made:
        (change,) = made.plan.changes()
        assert change.action.value == "update"
        assert set(change.after) == {"givenName"}
        assert "سعاد" not in str(change)
        assert _user(SMALL)["sourcedId"] not in str(change)


def test_a_change_by_hand_at_the_partner_is_seen() -> None:
    memory = Memory.of(SMALL)
    key = _user(SMALL)["sourcedId"]
    memory.records["users"][key]["familyName"] = "غيره"
    with planned(SMALL, memory) as made:
        assert made.changes() == {("users", "update", key, "differs")}


def test_a_move_between_schools_is_one_change() -> None:
    after = copied(SMALL)
    pupil = _user(after)
    old = next(e for e in after["enrollments"] if e["userSourcedId"] == pupil["sourcedId"])
    pupil["orgSourcedIds"] = "s0002"
    new_class = next(c for c in after["classes"] if c["schoolSourcedId"] == "s0002")
    after["enrollments"].remove(old)
    after["enrollments"].append(
        {
            **old,
            "sourcedId": "e-new",
            "classSourcedId": new_class["sourcedId"],
            "schoolSourcedId": "s0002",
        }
    )
    memory = Memory.of(SMALL)
    with planned(after, memory, guards=FREE) as made:
        assert made.changes(carried=False) == {("users", "move", pupil["sourcedId"], "moved")}
        assert len(made.changes()) == 3
        assert len(list(made.plan.changes())) == 1
        applied = made.apply(memory, Path(made.plan.store.folder) / "j")
    assert applied.failures == []
    assert applied.total("accepted") == 3
    assert "e-new" in memory.records["enrollments"]
    assert memory.records["enrollments"][old["sourcedId"]]["endDate"] == TODAY.isoformat()


def _without(tables: Tables, key: str) -> Tables:
    after = copied(tables)
    after["users"] = [u for u in after["users"] if u["sourcedId"] != key]
    after["enrollments"] = [e for e in after["enrollments"] if e["userSourcedId"] != key]
    return after


def test_who_left_is_disabled_first_and_removed_after_the_days_of_grace(tmp_path: Path) -> None:
    key = _user(SMALL)["sourcedId"]
    after, memory = _without(SMALL, key), Memory.of(SMALL)
    with planned(after, memory, guards=FREE) as made:
        assert ("users", "disable", key, "absent") in made.changes()
        made.apply(memory, tmp_path)
    assert memory.records["users"][key]["enabledUser"] == "false"
    with planned(after, memory, guards=FREE) as made:
        assert {change[1] for change in made.changes()} == {"hold"}
        assert made.plan.size == 0
    later = TODAY + timedelta(days=30)
    with planned(after, memory, guards=FREE, today=later) as made:
        assert ("users", "delete", key, "grace-over") in made.changes()
        made.apply(memory, tmp_path)
    assert key not in memory.records["users"]
    with planned(after, memory, guards=FREE, today=later) as made:
        assert made.changes() == set()


@pytest.mark.parametrize("since", [None, "", "None", "31/08/2026"])
def test_someone_disabled_nobody_knows_when_is_kept(since: str | None) -> None:
    key = _user(SMALL)["sourcedId"]
    memory = Memory.of(SMALL)
    memory.records["users"][key]["enabledUser"] = "false"
    memory.touched = {} if since is None else {key: since}
    with planned(_without(SMALL, key), memory, guards=FREE, grace_days=0) as made:
        assert ("users", "hold", key, "unknown-since") in made.changes()


def test_for_whom_the_partner_gives_no_date_the_days_count_from_the_first_plan(
    tmp_path: Path,
) -> None:
    keys = [user["sourcedId"] for user in SMALL["users"][1:4]]
    held = Memory.of(SMALL)
    for key in keys:
        held.records["users"][key]["enabledUser"] = "false"
    held.touched = {keys[0]: "2026-09-01T08:00:00Z", keys[1]: ""}
    told = []
    with scratch(tmp_path) as store:
        for day in (TODAY, TODAY + timedelta(days=1)):
            snapshot = held.snapshot(store, whole_contract())
            seen = noted(snapshot, store, tmp_path / "memory.csv", KEY, day)
            assert seen.touched is not None
            told.append(sorted(csv.reader(seen.touched.read_text("utf-8").splitlines()[1:])))
    first = TODAY.isoformat()
    since = ["2026-09-01T08:00:00Z", first, first]
    assert told == [[["users", *one] for one in zip(keys, since, strict=True)]] * 2


def _guard(percent: float = 100, count: int = 10**6, few: int = 0) -> Guard:
    return Guard(percent=percent, count=count, few=few)


def _limits(**limits: Guard) -> Guards:
    """Guards that let everything through but what is given: country, school, or a kind."""
    kinds = {name: one for name, one in limits.items() if name not in ("country", "school")}
    whole: dict[str, object] = {one: limits.get(one, _guard()) for one in ("country", "school")}
    return Guards.model_validate({**whole, "kinds": kinds})


_IN_COUNTRY, _IN_FIRST, _IN_SECOND = ("users", ""), ("users", "s0001"), ("users", "s0002")


@pytest.mark.parametrize(
    ("guards", "first", "second", "stopped"),
    [
        # Of 16 people, eight a school, so many leave each.
        (_limits(country=_guard(percent=25)), 2, 2, set()),
        (_limits(country=_guard(percent=25)), 2, 3, {_IN_COUNTRY}),
        (_limits(country=_guard(count=4)), 2, 2, set()),
        (_limits(country=_guard(count=4)), 2, 3, {_IN_COUNTRY}),
        (_limits(country=_guard(percent=0, few=4)), 2, 2, set()),
        (_limits(country=_guard(percent=0, few=4)), 2, 3, {_IN_COUNTRY}),
        (_limits(country=_guard(count=4, few=16)), 2, 3, {_IN_COUNTRY}),
        (_limits(school=_guard(percent=25)), 2, 2, set()),
        (_limits(school=_guard(percent=25)), 3, 2, {_IN_FIRST}),
        (_limits(school=_guard(percent=25)), 3, 3, {_IN_FIRST, _IN_SECOND}),
        (_limits(school=_guard(count=2)), 2, 3, {_IN_SECOND}),
        (_limits(school=_guard(percent=0, few=2)), 2, 3, {_IN_SECOND}),
        (_limits(users=_guard(count=4)), 2, 2, set()),
        (_limits(users=_guard(count=4)), 2, 3, {_IN_COUNTRY}),
        (_limits(country=_guard(count=0), users=_guard()), 3, 3, {("orgs", "")}),
        (_limits(country=_guard(count=0), orgs=_guard(), users=_guard()), 3, 3, set()),
        (_limits(orgs=_guard(percent=0)), 0, 0, {("orgs", "")}),
        (_limits(classes=_guard(count=0)), 8, 8, set()),
    ],
)
def test_which_guard_stops_a_plan_at_its_limit_and_one_beyond(
    guards: Guards, first: int, second: int, stopped: set[tuple[str, str]]
) -> None:
    people = {kind: SMALL[kind] for kind in ("orgs", "users")}
    memory = Memory.of(people)
    memory.records["orgs"]["closed"] = dict(people["orgs"][1], sourcedId="closed")
    gone = [*_at(people, "s0001")[:first], *_at(people, "s0002")[:second]]
    after = {**people, "users": [user for user in people["users"] if user not in gone]}
    if not after["users"]:
        after["users"] = [dict(people["users"][0], sourcedId="new", username="new")]
    with planned(after, memory, guards) as made:
        assert {(stop.kind, stop.school) for stop in made.plan.stops} == stopped


def _at(people: Tables, school: str) -> list[Row]:
    return [user for user in people["users"] if user["orgSourcedIds"] == school]


def test_a_school_outside_the_scope_is_left_alone() -> None:
    after = copied(SMALL)
    after["orgs"] = [o for o in after["orgs"] if o["sourcedId"] in ("s0001",)]
    after["orgs"][0]["parentSourcedId"] = ""
    for kind in ("users", "classes", "courses", "enrollments"):
        after[kind] = [row for row in after[kind] if "s0001" in row.values()]
    memory = Memory.of(SMALL)
    memory.records["orgs"]["s0001"]["parentSourcedId"] = ""
    with planned(after, memory, schools=("s0001",)) as made:
        assert made.changes() == set()
    with planned(after, memory, guards=FREE) as made:
        assert ("users", "disable", "90002" + "00001", "absent") in made.changes()


def test_a_school_that_is_still_used_is_kept() -> None:
    memory = Memory.of(SMALL)
    after = copied(SMALL)
    after["orgs"] = after["orgs"][:2]
    for kind in ("users", "classes", "courses", "enrollments"):
        after[kind] = [row for row in after[kind] if "s0002" not in row.values()]
    with planned(after, memory, guards=FREE) as made:
        assert ("orgs", "hold", "s0002", "still-used") in made.changes()


def test_the_same_person_under_another_id_is_matched_and_not_doubled(tmp_path: Path) -> None:
    memory = Memory.of(SMALL)
    after = copied(SMALL)
    pupil = _user(after)
    old = pupil["sourcedId"]
    pupil["sourcedId"] = "N-1"
    for enrolment in after["enrollments"]:
        if enrolment["userSourcedId"] == old:
            enrolment["userSourcedId"] = "N-1"
    contract = whole_contract(correlate=("identifier", "username"))
    with planned(after, memory, contract=contract) as made:
        assert made.changes() == set()
    pupil["givenName"] = "اسم آخر"
    with planned(after, memory, contract=contract) as made:
        (change,) = made.plan.changes()
        assert "by identifier" in told(change.reason, "en")
        made.apply(memory, tmp_path)
    assert memory.records["users"][old]["givenName"] == "اسم آخر"
    assert "N-1" not in memory.records["users"]


def _under_another_id(tables: Tables, key: str) -> Memory:
    """The partner, where the person of that id has another one."""
    memory = Memory.of(tables)
    users = memory.records["users"]
    users["P-1"] = {**users.pop(key), "sourcedId": "P-1"}
    for enrolment in memory.records["enrollments"].values():
        if enrolment["userSourcedId"] == key:
            enrolment["userSourcedId"] = "P-1"
    return memory


@pytest.mark.parametrize("by", ["identifier", "username"])
@pytest.mark.parametrize("cut", [False, True])
def test_a_refused_row_s_person_is_kept_under_another_id(
    tmp_path: Path, by: str, cut: bool
) -> None:
    key = _user(SMALL)["sourcedId"]
    memory = _under_another_id(SMALL, key)
    after = copied(SMALL)
    _user(after)["role"] = "student" if cut else "pupil"
    folder = write_package(tmp_path / "r", after)
    if cut:
        path = folder / "users.csv"
        lines = path.read_text("utf-8").splitlines()
        lines[2] = lines[2].rstrip(",").rpartition(",")[0]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    contract = whole_contract((by,), users_identifier="pseudonym")
    for user in memory.records["users"].values():
        user["identifier"] = KEY.of("users.identifier", user["identifier"])
    with planned(folder, memory, contract=contract) as made:
        assert made.roster.refused == 2  # and the enrolment
        assert {change for change in made.changes() if change[0] == "users"} == {
            ("users", "hold", "P-1", "rejected")
        }


def test_nobody_leaves_where_a_refused_row_has_a_formula_for_an_id() -> None:
    after = copied(SMALL)
    _user(after)["sourcedId"] = "=#N/A"
    with planned(after, Memory.of(SMALL)) as made:
        users = {change[1:] for change in made.changes() if change[0] == "users"}
        assert users == {("hold", _user(SMALL)["sourcedId"], "rejected")}


@pytest.mark.parametrize("twins", [0, 1])
def test_who_is_withdrawn_may_be_there_under_another_id(twins: int) -> None:
    pupil = _user(SMALL)
    memory = _under_another_id(SMALL, pupil["sourcedId"])
    if twins:
        twin = {**memory.records["users"]["P-1"], "sourcedId": "P-2", "username": "x"}
        memory.records["users"]["P-2"] = twin
    stamp = "2026-09-30T08:00:00.000Z"
    delta = {"users": [dict(pupil, status="tobedeleted", dateLastModified=stamp)]}
    contract = whole_contract(("identifier",))
    with planned(delta, memory, guards=FREE, mode="delta", contract=contract) as made:
        found = set() if twins else {("users", "disable", "P-1", "absent")}
        assert made.changes() == found


@pytest.mark.parametrize("another_id", [False, True])
def test_a_refused_enrolment_s_membership_is_kept(another_id: bool) -> None:
    memory = Memory.of(SMALL)
    if another_id:
        memory = _under_another_id(SMALL, _user(SMALL)["sourcedId"])
    for key, one in list(memory.records["enrollments"].items()):
        member = f"{one['classSourcedId']}|{one['userSourcedId']}"
        memory.records["enrollments"][member] = {**one, "sourcedId": member}
        del memory.records["enrollments"][key]
    after = copied(SMALL)
    _user(after)["role"] = "pupil"
    contract = whole_contract(("username",)).within(CARRIED)
    with planned(after, memory, memberships=True, contract=contract) as made:
        assert {change[1:4:2] for change in made.changes()} == {("hold", "rejected")}
        assert len(made.changes()) == 2


def test_an_identifier_that_stands_twice_matches_nobody() -> None:
    memory = Memory.of(SMALL)
    after = copied(SMALL)
    pupil = _user(after)
    twin = next(iter(memory.records["users"].values()))
    other = dict(twin, sourcedId="X", identifier=pupil["identifier"], username="x")
    memory.records["users"]["X"] = other
    pupil["sourcedId"] = "N-1"
    after["enrollments"] = [
        e for e in after["enrollments"] if e["userSourcedId"] != _user(SMALL)["sourcedId"]
    ]
    contract = whole_contract(correlate=("identifier",))
    with planned(after, memory, guards=FREE, contract=contract) as made:
        assert ("users", "create", "N-1", "new") in made.changes()


def test_roll_over_opens_the_new_year_and_ends_the_old_enrolments(tmp_path: Path) -> None:
    old, new = roster(Size(2, 2, 3), year=2027), roster(Size(2, 2, 3), year=2028)
    year = SchoolYear(code="2028", starts=date(2027, 8, 22), ends=date(2028, 6, 16))
    memory = Memory.of(old)
    first = date(2027, 9, 1)
    with planned(new, memory, school_year=year, today=first) as made:
        changes = made.changes()
        assert made.plan.stops == ()
        made.apply(memory, tmp_path)
    ended = {change for change in changes if change[1] == "disable"}
    assert {change[3] for change in ended} == {"roll-over"}
    assert len(ended) == len(old["enrollments"])
    assert not [change for change in changes if change[0] == "users"]
    assert ("academicSessions", "create", "y2028", "new") in changes
    assert memory.records["enrollments"]["e-s0001-k0-y2027-1"]["endDate"] == "2027-06-17"
    with planned(new, memory, school_year=year, today=first) as made:
        assert made.plan.size == 0


def test_absence_removes_nothing_of_a_school_year_to_come() -> None:
    coming = roster(Size(2, 2, 3), year=2028)
    memory = Memory.of(coming)
    for kind, rows in SMALL.items():
        memory.records[kind] |= {row["sourcedId"]: dict(row) for row in rows}
    with planned(SMALL, memory) as made:
        assert made.plan.size == 0, made.changes()
        kept = made.changes()
    assert {change[1:4:2] for change in kept} == {("hold", "other-year")}
    kinds = ("academicSessions", "courses", "classes", "enrollments")
    assert len(kept) == sum(len(coming[kind]) for kind in kinds)


def test_an_enrolment_that_begins_after_the_school_year_is_another_year_s() -> None:
    memory = Memory.of(SMALL)
    one = SMALL["enrollments"][1]
    for key, begins in (("last", "2027-06-17"), ("next", "2027-06-18")):
        memory.records["enrollments"][key] = {**one, "sourcedId": key, "beginDate": begins}
    with planned(SMALL, memory, guards=FREE) as made:
        assert made.changes() == {
            ("enrollments", "disable", "last", "absent"),
            ("enrollments", "hold", "next", "other-year"),
        }


def test_the_ministry_s_own_words_for_grades_become_the_manifest_s_codes() -> None:
    ours, theirs = copied(SMALL), copied(SMALL)
    for number, word in ((1, "الصف السابع"), (2, "الصف السابع,الصف الثامن"), (3, "غيره")):
        ours["users"][number]["grades"] = word
    for number, code in ((1, "7"), (2, "7,8"), (3, "غيره")):
        theirs["users"][number]["grades"] = code
    grades = {"الصف السابع": "7", "الصف الثامن": "8"}
    with planned(ours, Memory.of(theirs), grades=grades) as made:
        assert made.changes() == set()
    with planned(ours, Memory.of(theirs)) as made:
        assert len(made.changes()) == 2


def test_records_go_in_the_order_in_which_they_build_on_each_other(tmp_path: Path) -> None:
    kinds = ["orgs", "academicSessions", "courses", "classes", "users", "enrollments"]
    memory = Memory()
    with planned(SMALL, memory) as made:
        made.apply(memory, tmp_path)
    created = [kind for kind, _, _ in memory.order]
    assert created == sorted(created, key=kinds.index)
    assert memory.order[0][2] == "moe"  # a school waits for what it stands inside
    memory.order.clear()
    after = _closing(memory)
    with planned(after, memory, FREE, grace_days=0) as made:
        made.apply(memory, tmp_path)
    gone = [kind for kind, action, _ in memory.order if action == "delete"]
    assert set(gone) == {*kinds} - {"academicSessions"}
    assert gone == sorted(gone, key=kinds.index, reverse=True)
    assert {kind: len(rows) for kind, rows in memory.records.items() if rows} == {
        kind: len(rows) for kind, rows in after.items()
    }


def test_a_school_s_people_are_sent_together(tmp_path: Path) -> None:
    tables = copied(SMALL)
    for number, user in enumerate(tables["users"]):
        user["sourcedId"] = f"{number * 7 % 16:02}"  # whose school no order of ids tells
    del tables["enrollments"]
    memory = Memory(workers=1)
    with planned(tables, memory) as made:
        made.apply(memory, tmp_path)
    of = {user["sourcedId"]: user["orgSourcedIds"] for user in tables["users"]}
    schools = [of[key] for kind, _, key in memory.order if kind == "users"]
    assert len(schools) == 16
    assert schools == sorted(schools)


def _closing(memory: Memory) -> Tables:
    """The roster without its second school, where everything that leaves left long ago."""
    memory.touched = {}
    for user in memory.records["users"].values():
        if user["orgSourcedIds"] == "s0002":
            user["enabledUser"] = "false"
            memory.touched[user["sourcedId"]] = "2026-09-01T00:00:00.000Z"
    for enrolment in memory.records["enrollments"].values():
        if enrolment["schoolSourcedId"] == "s0002":
            enrolment["endDate"] = "2026-09-01"
    return {
        kind: [row for row in rows if "s0002" not in row.values()] for kind, rows in SMALL.items()
    }


def test_what_is_still_referred_to_waits_for_what_could_not_be_removed(tmp_path: Path) -> None:
    memory = Memory.of(SMALL)
    after = _closing(memory)
    staying = {e["sourcedId"] for e in SMALL["enrollments"] if e["schoolSourcedId"] == "s0002"}
    memory.refuse = frozenset(staying)
    with planned(after, memory, FREE, grace_days=0) as made:
        applied = made.apply(memory, tmp_path)
    # People and classes, then for a class its course, and for all of them their school.
    assert _ids(memory.records) == _ids(SMALL)
    assert applied.total("rejected") == len(staying)
    assert applied.total("held") == made.plan.size - len(staying)
    held = {what: why for what, outcome, why in applied.failures if outcome == "held"}
    assert held["orgs/s0002"].endswith(" was not removed")
    memory.refuse = frozenset()
    with planned(after, memory, FREE, grace_days=0) as made:
        assert made.apply(memory, tmp_path).failures == []
    assert _ids(memory.records) == _ids(after)


def _ids(records: Mapping[str, Iterable[Row]] | Mapping[str, Mapping[str, Row]]) -> set[str]:
    return {
        f"{kind}/{row if isinstance(row, str) else row['sourcedId']}"
        for kind, rows in records.items()
        for row in rows
    }


def test_a_delta_speaks_for_what_it_names_alone() -> None:
    stamp = "2026-09-30T08:00:00.000Z"
    rows = [dict(row, status="active", dateLastModified=stamp) for row in SMALL["users"][1:3]]
    rows[0]["givenName"] = "جديد"
    rows[1]["status"] = "tobedeleted"
    delta: Tables = {"users": rows}
    with planned(delta, Memory.of(SMALL), guards=FREE, mode="delta") as made:
        assert made.changes() == {
            ("users", "update", rows[0]["sourcedId"], "differs"),
            ("users", "disable", rows[1]["sourcedId"], "absent"),
        }


def test_a_plan_s_hash_is_bound_to_all_that_it_was_made_from() -> None:
    after = copied(SMALL)
    _user(after)["givenName"] = "سعاد"
    with planned(after, Memory.of(SMALL)) as one, planned(after, Memory.of(SMALL)) as same:
        assert one.plan.hash == same.plan.hash
    _user(after)["givenName"] = "سعدى"
    with planned(after, Memory.of(SMALL)) as other:
        assert other.plan.changes_digest != one.plan.changes_digest
        assert other.plan.hash != one.plan.hash
    for another in (
        replace(one.plan, roster="another"),
        replace(one.plan, snapshot="another"),
        replace(one.plan, contract="another"),
        replace(one.plan, changes_digest="another"),
        replace(one.plan, country="another"),
        replace(one.plan, target="another"),
    ):
        assert another.hash != one.plan.hash


def test_a_plan_is_kept_whole_or_not_at_all_and_never_held_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, key, seal = tmp_path / "plan", Ed25519PrivateKey.generate(), x25519.Identity.generate()
    with planned(SMALL, Memory()) as made:
        os.truncate(made.plan.store.folder / "changes.json", 32 << 20)
        tracemalloc.start()
        head = planfile.write(made.plan, path, key, seal)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4 << 20
        assert planfile.read_head(path) == head
        assert path.stat().st_mode & 0o777 == 0o600
        before = path.read_bytes()
        assert len(decrypt(before.partition(b"\n")[2], [seal])) == 32 << 20

        def full(source: object, target: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(shutil, "copyfileobj", full)
        with pytest.raises(WaslError, match="No space left"):
            planfile.write(made.plan, path, key, seal)
    assert [one.name for one in tmp_path.iterdir()] == ["plan"]
    assert path.read_bytes() == before


_NAMES = st.sampled_from(["سعاد", "هدى, منى", 'قال "نعم"', "", "علي"])


@st.composite
def _rosters(draw: st.DrawFn) -> Tables:
    """A roster of some of the small one's people, some of their fields changed."""
    tables = copied(SMALL)
    kept = draw(st.sets(st.integers(0, len(tables["users"]) - 1), min_size=1))
    tables["users"] = [user for index, user in enumerate(tables["users"]) if index in kept]
    for user in tables["users"][:4]:
        user["middleName"] = draw(_NAMES)
        user["enabledUser"] = draw(st.sampled_from(["true", "false"]))
        user["orgSourcedIds"] = draw(st.sampled_from(["s0001", "s0002", "s0001,s0002"]))
    known = {user["sourcedId"] for user in tables["users"]}
    tables["enrollments"] = [e for e in tables["enrollments"] if e["userSourcedId"] in known]
    if not tables["enrollments"]:
        del tables["enrollments"]
    return tables


@pytest.mark.slow
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_rosters(), _rosters())
def test_applying_a_plan_leaves_nothing_to_plan(tmp_path: Path, one: Tables, two: Tables) -> None:
    memory = Memory.of(one)
    off = [key for key, user in memory.records["users"].items() if user["enabledUser"] == "false"]
    memory.touched = dict.fromkeys(off, "2026-09-01T00:00:00.000Z")
    with planned(two, memory, guards=FREE, grace_days=0) as made:
        made.apply(memory, tmp_path)
    with planned(two, memory, guards=FREE, grace_days=0) as made:
        made.apply(memory, tmp_path)  # what was disabled is now removed: no days of grace
    with planned(two, memory, guards=FREE, grace_days=0) as made:
        assert made.plan.size == 0, made.changes()
    for user in two["users"]:
        held = memory.records["users"][user["sourcedId"]]
        assert {name: held[name] for name in user if name in held} == {
            name: value for name, value in user.items() if name in held
        }
    assert {user["sourcedId"] for user in two["users"]} == set(memory.records["users"])
