"""What an applied roster leaves in the journal for the board: counts, and by which manifest."""

from __future__ import annotations

from integrations.identity.generated import Size, roster, write_package
from tests.identity.conftest import World
from wasl.board.facts import Standing
from wasl.journal import Journal, entries
from wasl.manifest.catalogue import load_country
from wasl.planes.identity.facts import facts, place
from wasl.planes.identity.reached import REACHED


def test_learners_teachers_and_schools_are_counted_and_no_person_is_named(world: World) -> None:
    tables = roster(Size(schools=2, classes=2, pupils=10))
    folder = write_package(world.root / "roster", tables)
    country = load_country(world.root, "jo").countries["jo"]
    assert facts(world.home, country)[0].standing is Standing.NONE
    assert world.wasl("apply", "jo", "--roster", folder, "--yes")[0] == 0
    plane, (learners, teachers, schools) = facts(world.home, country)
    assert plane.standing is Standing.IN_PLACE
    roles = [user["role"] for user in tables["users"]]
    assert (learners.value, teachers.value) == (roles.count("student"), roles.count("teacher"))
    assert schools.value == 2
    (evidence,) = learners.evidence
    assert evidence.place.startswith("identity/jo/journal/")
    written = list(entries(place(world.home, "jo").store))
    assert {entry.manifest for entry in written} == {country.digest}
    family = tables["users"][0]["familyName"]
    assert not any(family in str(entry.detail) for entry in written)


def test_of_two_targets_the_worst_stands_and_the_first_one_s_people_count(world: World) -> None:
    second = "    - {kind: scim, name: directory, url: 'https://id.example'}\n"
    last = "      requests_per_second: 1000\n"
    world.manifest((last, last + second))
    country = load_country(world.root, "jo").countries["jo"]
    assert [target.name for target in country.identity.targets] == ["classera", "directory"]

    def run(target: str, learners: int, rejected: int) -> None:
        journal = Journal(place(world.home, "jo").store, country.digest)
        with journal.unit("identity.plan", target) as outcome:
            journal.note(REACHED, target, learners=learners, unconfirmed=rejected)
            outcome.update(rejected=rejected)

    run("classera", 40, 4000)
    run("directory", 50, 0)
    run("one that was taken out", 60, 1)
    plane, (learners, *_) = facts(world.home, country)
    assert (plane.standing, learners.value) == (Standing.UNDER_WAY, None)
    assert len(plane.evidence) == 2
    assert plane.since == plane.evidence[0].time
    run("classera", 44, 0)
    plane, (learners, *_) = facts(world.home, country)
    assert (plane.standing, learners.value) == (Standing.IN_PLACE, 44)
    run("directory", 50, 7)
    plane, (learners, *_) = facts(world.home, country)
    assert (plane.standing, learners.value) == (Standing.UNDER_WAY, 44)
