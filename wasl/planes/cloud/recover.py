"""What an interrupted run left behind is put right before anything new is begun.

Orphaned engines end, locks of the dead go, and every operation that was begun is settled: what
AWS holds becomes part of the state, what it does not hold is forgotten. All is said and journalled.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from wasl.planes.cloud import checkpoint as checkpoints
from wasl.planes.cloud import locks
from wasl.planes.cloud.buckets import SIDE_FILE, Folder, bucket
from wasl.planes.cloud.checkpoint import Checkpoint
from wasl.planes.cloud.journals import Lazy
from wasl.planes.cloud.lookup import found
from wasl.planes.cloud.orphans import end_orphans
from wasl.planes.cloud.stacks import Stacks

VERB = "recover"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Recovered:
    """The state to go on from, and whether it must be read anew from AWS first."""

    checkpoint: Checkpoint | None
    refresh: bool = False


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
    if isinstance(place, Folder) and _remove_torn_side_file(place, name):
        say(f"{name}: removed a half-written side file of the state")
        journal.journal.note(VERB, name, removed="side file")
    state = checkpoints.export(stacks, name)
    if state is None or not state.pending:
        return Recovered(state)
    return Recovered(_settle(stacks, name, state, journal, say), refresh=True)


def _settle(stacks: Stacks, name: str, state: Checkpoint, journal: Lazy, say: Say) -> Checkpoint:
    there = found(state)
    for pending in state.pending:
        what = _outcome(pending.kind, there.get(pending.urn))
        say(f"{name}: a run was cut off while {pending.kind} {pending.urn}: {what}")
        journal.journal.note(
            VERB, name, urn=pending.urn, operation=pending.kind, id=there.get(pending.urn, "")
        )
    settled = state.settled(there)
    with journal.journal.unit(VERB, name, pending=len(state.pending), found=len(there)):
        checkpoints.put(stacks, name, settled)
    return settled


def _remove_torn_side_file(place: Folder, name: str) -> bool:
    """The file backend writes metadata in place; a kill in between makes the state unreadable."""
    path = place.root / f".pulumi/stacks/wasl/{name}.json{SIDE_FILE}"
    try:
        json.loads(path.read_bytes())
    except FileNotFoundError:
        return False
    except ValueError:
        path.unlink()
        return True
    return False


def _outcome(kind: str, resource: str | None) -> str:
    if kind != "creating":
        return "AWS is read again"
    return f"in AWS as {resource}, so taken into the state" if resource else "not in AWS, forgotten"
