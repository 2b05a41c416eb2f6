"""A plan carried out: records sent in the order in which they build on each other.

Creates and updates go organisations → sessions → courses → classes → users → enrolments, removals
in reverse. A record whose parent failed is held back, and so is a removal of what another record
still refers to because its own removal failed. Every request may be repeated, so that an
interrupted run is simply run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal, Protocol

from integrations.identity.contract import Contract
from integrations.identity.oneroster.columns import COLUMNS, KINDS
from integrations.identity.plan import Plan
from integrations.identity.steps import TODAY
from integrations.identity.store import name, quoted
from wasl.journal import Journal

Outcome = Literal["accepted", "rejected", "unknown", "held"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One record to be sent: `row` is all of it, in the contract's fields."""

    kind: str
    action: str
    row: Mapping[str, str]
    status: Literal["active", "tobedeleted"]
    parents: tuple[tuple[str, str], ...]

    @property
    def key(self) -> str:
        """The target's sourcedId."""
        return self.row["sourcedId"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """How the partner answered one operation; `why` never quotes what was sent."""

    outcome: Outcome
    why: str = ""


class Sender(Protocol):
    """Whatever can take operations: a REST service, a feed, an identity system."""

    @property
    def batch(self) -> int:
        """How many operations are sent before the next are looked at."""

    @property
    def workers(self) -> int:
        """How many threads may send at once."""

    def send(self, operations: Sequence[Operation]) -> Sequence[Receipt]:
        """One receipt an operation, in order. Called from several threads."""

    def finish(self) -> Receipt | None:
        """What came of all that was accepted, where only the whole is answered."""


@dataclass
class Applied:
    """What came of a plan."""

    counts: dict[tuple[str, str, Outcome], int] = field(default_factory=dict)
    failures: list[tuple[str, str, str]] = field(default_factory=list)

    def total(self, *outcomes: Outcome) -> int:
        """How many operations ended so."""
        return sum(count for (_, _, was), count in self.counts.items() if was in outcomes)


_Record = tuple[str, str]


@dataclass
class _Waiting:
    """Whom others wait for: what was not accepted, and what is still referred to, by whom."""

    failed: set[_Record] = field(default_factory=set)
    used: dict[_Record, _Record] = field(default_factory=dict)

    def add(self, operation: Operation) -> None:
        """An operation that came to nothing."""
        record = (operation.kind, operation.key)
        self.failed.add(record)
        if operation.status == "tobedeleted":
            self.used.update(dict.fromkeys(operation.parents, record))

    def blocker(self, operation: Operation) -> _Record | None:
        """The record that `operation` has to wait for, if there is one."""
        if operation.status == "tobedeleted":
            return self.used.get((operation.kind, operation.key))
        return next((parent for parent in operation.parents if parent in self.failed), None)


SHOWN = 200
_NESTED = ("orgs", "academicSessions")
_Batch = list[Operation]


def apply(
    plan: Plan,
    contract: Contract,
    sender: Sender,
    journal: Journal,
    today: str,
    progress: Callable[[str, int], None] = lambda what, rows: None,
) -> Applied:
    """Send every change of `plan` but those held."""
    applied = Applied()
    waiting = _Waiting()
    done = 0
    concerned = {row[0] for row in plan.store.rows("SELECT DISTINCT kind FROM changes")}
    kinds = [kind for kind in KINDS if kind in concerned]
    order = [(kind, False) for kind in kinds] + [(kind, True) for kind in reversed(kinds)]
    with ThreadPoolExecutor(sender.workers) as pool:
        for kind, leaving in order:
            operations = _operations(plan, contract, kind, leaving, today)
            for batch in _batches(operations, kind, leaving, sender.batch):
                _send(plan, batch, sender, pool, journal, waiting, applied)
                done += len(batch)
                progress("sent", done)
    _settle(applied, sender.finish(), journal, plan.target)
    return applied


def _settle(applied: Applied, whole: Receipt | None, journal: Journal, target: str) -> None:
    """Where the partner answers the delivery as a whole, that is every record's answer."""
    if whole is None:
        return
    journal.note("identity.receipt", target, outcome=whole.outcome, why=whole.why)
    if whole.outcome == "accepted":
        return
    for (kind, action, outcome), count in list(applied.counts.items()):
        if outcome == "accepted":
            del applied.counts[kind, action, outcome]
            key = (kind, action, whole.outcome)
            applied.counts[key] = applied.counts.get(key, 0) + count
    applied.failures.append(("the delivery", whole.outcome, whole.why))


def _send(
    plan: Plan,
    batch: list[Operation],
    sender: Sender,
    pool: ThreadPoolExecutor,
    journal: Journal,
    waiting: _Waiting,
    applied: Applied,
) -> None:
    kind = batch[0].kind
    free = [operation for operation in batch if not waiting.blocker(operation)]
    for operation in batch:
        blocker = waiting.blocker(operation)
        if blocker:
            why = _why_held(plan, operation, *blocker)
            _note(plan, applied, operation, Receipt("held", why), waiting)
    with journal.unit("identity.apply", plan.target, kind=kind, count=len(free)) as outcome:
        length = max(1, -(-len(free) // sender.workers))
        slices = [free[start : start + length] for start in range(0, len(free), length)]
        tally: dict[str, int] = {}
        for part, receipts in zip(slices, pool.map(sender.send, slices), strict=True):
            for operation, receipt in zip(part, receipts, strict=True):
                tally[receipt.outcome] = tally.get(receipt.outcome, 0) + 1
                _note(plan, applied, operation, receipt, waiting)
        outcome.update(tally)


def _why_held(plan: Plan, operation: Operation, kind: str, key: str) -> str:
    done = "removed" if operation.status == "tobedeleted" else "accepted"
    return f"its {kind}/{plan.shown_id(kind, key)} was not {done}"


def _note(
    plan: Plan,
    applied: Applied,
    operation: Operation,
    receipt: Receipt,
    waiting: _Waiting,
) -> None:
    key = (operation.kind, operation.action, receipt.outcome)
    applied.counts[key] = applied.counts.get(key, 0) + 1
    if receipt.outcome == "accepted":
        return
    waiting.add(operation)
    if len(applied.failures) < SHOWN:
        shown = f"{operation.kind}/{plan.shown_id(operation.kind, operation.key)}"
        applied.failures.append((shown, receipt.outcome, receipt.why))


def _operations(
    plan: Plan, contract: Contract, kind: str, leaving: bool, today: str
) -> Iterator[Operation]:
    """The kind's operations: first what is made or changed, or else what goes.

    By school, so that a batch is of few: an identity system changes a school's group once a batch.
    """
    fields = contract.columns(kind)
    columns = ", ".join(
        f"coalesce(w.{name(f)}, h.{name(f)})" if f != "sourcedId" else "c.id" for f in fields
    )
    actions = "('disable', 'delete')" if leaving else "('create', 'update', 'move')"
    query = (
        f"SELECT c.action, c.diffs, c.rid IS NULL, {columns} FROM changes c"
        f' LEFT JOIN want_{kind} w ON w."sourcedId" = c.rid'
        f' LEFT JOIN have_{kind} h ON h."sourcedId" = c.id'
        f" WHERE c.kind = {quoted(kind)} AND c.action IN {actions}"
        " ORDER BY c.action, c.school, c.id"
    )
    references = [
        (column.name, column.refers)
        for column in COLUMNS["1.1"][kind]
        if column.refers and column.name in fields
    ]
    for action, diffs, gone, *values in plan.store.rows(query):
        row = dict(zip(fields, values, strict=True))
        if gone:
            row |= {diff["f"]: today if diff["a"] == TODAY else diff["a"] for diff in diffs}
        parents = tuple(
            (refers, one) for column, refers in references for one in row[column].split(",") if one
        )
        status: Literal["active", "tobedeleted"] = "tobedeleted" if action == "delete" else "active"
        yield Operation(kind, action, row, status, parents)


def _batches(
    operations: Iterator[Operation], kind: str, leaving: bool, size: int
) -> Iterator[_Batch]:
    """Operations that may go side by side, in batches.

    Organisations and sessions stand inside each other, so a level waits for the one above it.
    """
    if kind in _NESTED:
        levels = _levels(list(operations), kind)
        for level in reversed(levels) if leaving else levels:
            for start in range(0, len(level), size):
                yield level[start : start + size]
        return
    while batch := list(islice(operations, size)):
        yield batch


def _levels(operations: _Batch, kind: str) -> list[_Batch]:
    """Parents before children; what stands in a ring comes last, together."""
    waiting = {operation.key: operation for operation in operations}
    levels: list[_Batch] = []
    while waiting:
        level = [
            operation
            for operation in waiting.values()
            if not any(one[0] == kind and one[1] in waiting for one in operation.parents)
        ]
        levels.append(level or list(waiting.values()))
        for operation in levels[-1]:
            del waiting[operation.key]
    return levels
