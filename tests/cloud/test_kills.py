"""SIGKILL at any moment of `up` and `destroy`: the next run converges, nothing lost or doubled."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby

import pytest

from tests.cloud.conftest import Cli, clean
from tests.cloud.inventory import held, listed
from tests.cloud.kills import Victim, engines_of, kill_after
from wasl.journal import entries
from wasl.planes.cloud.journals import store
from wasl.planes.cloud.stacks import Stacks

pytestmark = pytest.mark.slow
VICTIMS: tuple[Victim, ...] = ("everything", "engine", "coordinator")
# How many changing calls a whole `up` of a tenancy makes, at least.
CALLS = 200
FIGURES: Counter[str] = Counter()
"""What a test's kills left behind, and what became of it."""
COUNTRIES = ("ma", "lb", "sd", "ye", "dj", "km")
# An `up` of what stands has nothing to do, and ends before it is killed: so what is killed first is
# of a country that no other file brings up, and what stands is destroyed before the next `up`.


@pytest.fixture(autouse=True)
def _figures(record_property: Callable[[str, object], None]) -> Iterator[None]:
    """The figures of each test are told at the end of the run."""
    FIGURES.clear()
    yield
    for what, number in FIGURES.items():
        record_property(what, number)


@pytest.mark.parametrize(
    ("seed", "victim", "verb", "name"),
    [
        (1, "everything", "up", "eg"),
        (3, "coordinator", "destroy", "eg"),
        (2, "engine", "up", "eg"),
    ],
)
def test_a_run_after_a_kill(
    whole: Cli, tenancies: Stacks, seed: int, victim: Victim, verb: str, name: str
) -> None:
    if verb == "destroy":
        whole.ok("up", name, "--yes")
    moment = random.Random(seed).randint(1, CALLS)
    FIGURES["kills"] += 1
    assert kill_after(whole, [verb, name, "--yes"], moment, victim), "it ended before"
    if verb == "up":
        converges(whole, tenancies, name)
    else:
        _destroyed(whole, tenancies, name)
    _journalled(tenancies, name, verb, victim)


def _journalled(stacks: Stacks, name: str, verb: str, victim: Victim) -> None:
    """The chain holds; a run whose coordinator died is an intent without an outcome."""
    told = [entry for entry in entries(store(stacks.target, name)) if entry.verb == verb]
    cut_off, last = [list(run) for _, run in groupby(told, lambda entry: entry.run)][-2:]
    assert [(entry.event, entry.detail.get("result")) for entry in last] == [
        ("intent", None),
        ("outcome", "ok"),
    ]
    left = [(entry.event, entry.detail.get("result")) for entry in cut_off]
    assert left == [("intent", None), ("outcome", "failed")][: 2 if victim == "engine" else 1]


_TOLD = {
    "ended the engine": "orphaned engines ended",
    "cleared the lock": "locks of the dead cleared",
    "so taken into the state": "cut-off creates found in AWS",
    "not in AWS, forgotten": "cut-off creates that AWS never got",
    "AWS is read again": "other operations cut off",
}


def count(told: str) -> None:
    """Keep what a run said that it put right."""
    for words, figure in _TOLD.items():
        FIGURES[figure] += told.count(words)


def converges(cli: Cli, stacks: Stacks, name: str) -> None:
    """One more `up`, and all is as described by the engine and the live check, and there once."""
    done = cli.run("up", name, "--yes")
    assert done.returncode == 0, done.stderr
    count(done.stderr)
    assert not engines_of(cli.home)
    clean(cli, name)
    cli.ok("drift", name, "--plane", "cloud")
    here, there = held(stacks, name), listed(stacks, name)
    for place, ids in here.items():
        assert len(set(ids)) == len(ids), f"{place} twice in the state"
    assert there == here


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(101, 121))
def test_one_of_twenty_kills(whole: Cli, tenancies: Stacks, seed: int) -> None:
    """Up, or destroy after an up, killed at a seeded moment, now and then twice in a row."""
    chance, name = random.Random(seed), COUNTRIES[seed % len(COUNTRIES)]
    verb = chance.choice(["up", "destroy"])
    if verb == "destroy":
        whole.ok("up", name, "--yes")
    for _ in range(chance.choice([1, 1, 2])):
        victim, moment = chance.choice(VICTIMS), chance.randint(1, CALLS)
        FIGURES["kills"] += kill_after(whole, [verb, name, "--yes"], moment, victim)
    if verb == "destroy":
        _destroyed(whole, tenancies, name)
    converges(whole, tenancies, name)
    _destroyed(whole, tenancies, name)


def _destroyed(cli: Cli, stacks: Stacks, name: str) -> None:
    done = cli.run("destroy", name, "--yes")
    assert done.returncode == 0, done.stderr
    count(done.stderr)
    assert held(stacks, name) == {}
