"""What an interrupted run left behind is put right before anything new is begun.

Orphaned engines end, locks of the dead go, and every operation that was begun is settled: what
AWS holds becomes part of the state, what it does not hold is forgotten. All is said and journalled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.aws.catalogue import TYPES
from wasl.planes.cloud import checkpoint as checkpoints
from wasl.planes.cloud import locks, torn
from wasl.planes.cloud.buckets import Folder, bucket
from wasl.planes.cloud.checkpoint import Checkpoint, Pending
from wasl.planes.cloud.journals import Lazy
from wasl.planes.cloud.lookup import found
from wasl.planes.cloud.orphans import end_orphans
from wasl.planes.cloud.stacks import Stacks
from wasl.planes.cloud.target import Target

VERB = "recover"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Recovered:
    """The state to go on from, and whether it must be read anew from AWS first.

    An `older` state may lack what was made since.
    """

    checkpoint: Checkpoint | None
    refresh: bool = False
    older: bool = False


def recover(
    stacks: Stacks, name: str, journal: Lazy, say: Say, *, break_lock: bool = False
) -> Recovered:
    """Put a stack right. Raises what stands in the way: a live run, a lock, an ambiguity."""
    for process in end_orphans(stacks.target, name):
        say(f"{name}: ended the engine of a dead run (process {process.pid})")
        journal.journal.note(VERB, name, ended=process.pid)
    place = bucket(stacks.target.backend, stacks.target.environment)
    for lock in locks.clear(place, name, by_force=break_lock) if place else ():
        say(f"{name}: cleared the lock of {lock}")
        journal.journal.note(VERB, name, lock=str(lock), forced=break_lock)
    folder = files(stacks.target)
    for what in torn.mend(folder, name) if folder else ():
        say(f"{name}: {what}")
        journal.journal.note(VERB, name, mended=what)
    older = folder is not None and torn.is_older(folder, name)
    state = checkpoints.export(stacks, name)
    if state is None or not state.pending:
        return Recovered(state, older, older)
    return Recovered(_settle(stacks, name, state, journal, say), True, older)


def files(target: Target) -> Path | None:
    """The folder of a file backend; None for any other, which writes blobs as a whole."""
    place = bucket(target.backend, target.environment) if target.backend[:5] == "file:" else None
    return place.root if isinstance(place, Folder) else None


def _settle(stacks: Stacks, name: str, state: Checkpoint, journal: Lazy, say: Say) -> Checkpoint:
    there = found(state)
    for pending in state.pending:
        what = _outcome(pending, there.get(pending.urn))
        say(f"{name}: a run was cut off while {pending.kind} {pending.urn}: {what}")
        journal.journal.note(
            VERB, name, urn=pending.urn, operation=pending.kind, id=there.get(pending.urn, "")
        )
    settled = state.settled(there, {one.urn for one in state.pending if half_made(one)})
    with journal.journal.unit(VERB, name, pending=len(state.pending), found=len(there)):
        checkpoints.put(stacks, name, settled)
    return settled


def _outcome(pending: Pending, resource: str | None) -> str:
    if pending.kind != "creating":
        return "AWS is read again"
    if not resource:
        return "not in AWS, forgotten"
    anew = ", to be made anew" if half_made(pending) else ""
    return f"in AWS as {resource}, so taken into the state{anew}"


def half_made(pending: Pending) -> bool:
    """Whether the thing may lack what only later calls of its create would have done."""
    return pending.type in TYPES and TYPES[pending.type].several_calls
