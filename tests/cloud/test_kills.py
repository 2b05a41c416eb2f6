"""SIGKILL at any moment of `up` and `destroy`: the next run converges, nothing lost or doubled."""

from __future__ import annotations

import random

import pytest

from tests.cloud.conftest import FIGURES, Cli
from tests.cloud.inventory import held, listed
from tests.cloud.kills import Victim, engines_of, kill_after
from wasl.planes.cloud.stacks import Stacks

pytestmark = pytest.mark.slow
VICTIMS: tuple[Victim, ...] = ("everything", "engine", "coordinator")
# How many changing calls a whole `up` of the stack makes, at least.
CALLS = 20


@pytest.mark.parametrize(("seed", "victim"), list(enumerate(VICTIMS, 1)))
def test_up_after_a_kill(cli: Cli, stacks: Stacks, seed: int, victim: Victim) -> None:
    moment = random.Random(seed).randint(1, CALLS)
    FIGURES["kills"] += 1
    assert kill_after(cli, ["up", "tn", "--yes"], moment, victim), "it ended before it was killed"
    converges(cli, stacks, "tn")
    cli.ok("destroy", "tn", "--yes")
    assert held(stacks, "tn") == {}


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
    """One more `up`, and all is as described, and there once."""
    done = cli.run("up", name, "--yes")
    assert done.returncode == 0, done.stderr
    count(done.stderr)
    assert not engines_of(cli.home)
    cli.ok("plan", name, "--refresh")
    here, there = held(stacks, name), listed(stacks, name)
    for place, ids in here.items():
        assert len(set(ids)) == len(ids), f"{place} twice in the state"
        mine = [found for found in there[place] if found in ids]
        assert mine == ids, f"{place}: in the state and not in AWS"
    assert there == here, "AWS holds what no state knows"


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(101, 121))
def test_one_of_twenty_kills(cli: Cli, stacks: Stacks, seed: int) -> None:
    """Up, or destroy after an up, killed at a seeded moment, now and then twice in a row."""
    chance = random.Random(seed)
    verb = chance.choice(["up", "destroy"])
    if verb == "destroy":
        cli.ok("up", "tn", "--yes")
    for _ in range(chance.choice([1, 1, 2])):
        victim, moment = chance.choice(VICTIMS), chance.randint(1, CALLS)
        FIGURES["kills"] += kill_after(cli, [verb, "tn", "--yes"], moment, victim)
    if verb == "destroy":
        done = cli.run("destroy", "tn", "--yes")
        assert done.returncode == 0, done.stderr
        count(done.stderr)
        assert held(stacks, "tn") == {}
    converges(cli, stacks, "tn")
    cli.ok("destroy", "tn", "--yes")
    assert held(stacks, "tn") == {}
