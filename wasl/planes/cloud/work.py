"""What each verb does to one stack: plan, bring up, destroy, check for drift.

A worker runs in a thread of its own. It tells the board how far it is, journals intent and
outcome, and raises what went wrong; nothing here prints.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from wasl.planes.cloud import torn
from wasl.planes.cloud.changes import changes, losing_data, refuse_losing_data
from wasl.planes.cloud.command import Interrupted
from wasl.planes.cloud.events import Heard
from wasl.planes.cloud.failures import Unprotected
from wasl.planes.cloud.journals import Lazy
from wasl.planes.cloud.plans import leave_open
from wasl.planes.cloud.progress import Board, counted
from wasl.planes.cloud.recover import Recovered, Say, files, recover
from wasl.planes.cloud.regain import regain
from wasl.planes.cloud.run import Engine
from wasl.planes.cloud.stacks import Stacks
from wasl.planes.cloud.unprotect import configuration, refuse_protected
from wasl.result import Change


@dataclass(frozen=True)
class Options:
    """What the user asked for."""

    refresh: bool = False
    replace: frozenset[str] = frozenset()
    """URNs of stateful resources that may be replaced or deleted."""
    break_lock: bool = False


@dataclass(frozen=True)
class Planned:
    """What `up` would do to a stack, and the file that holds it to that (None: not previewed)."""

    name: str
    changes: tuple[Change, ...] = ()
    heard: Heard = field(default_factory=Heard)
    plan: Path | None = None
    refresh: bool = False
    configuration: Path | None = None


@dataclass
class Worker:
    """The verbs on the stacks of one run."""

    stacks: Stacks
    board: Board
    say: Say
    options: Options = field(default_factory=Options)
    journals: dict[str, Lazy] = field(default_factory=dict)

    def plan(self, name: str) -> Planned:
        """What `up` would do; nothing is changed, so nothing is put right either."""
        self.board.phase(name, "planning")
        heard = self._engine(name).preview(refresh=self.options.refresh)
        self.board.end(name, _planned(heard))
        return Planned(name, tuple(changes(heard.changing, name)), heard)

    def prepare(self, name: str) -> Planned:
        """Put the stack right and plan its `up`; see `_prepare`."""
        return self._prepare(self._caught_up(name), name)

    def apply(self, planned: Planned) -> Heard:
        """Do what was planned, and nothing else. Raises WASL-PLAN-DIFFERS where that differs."""
        name, count = planned.name, len(planned.changes)
        with self._journalled("up", name, changes=count, configuration=planned.configuration):
            self.board.phase(name, "up", len(planned.heard.steps))
            engine = self._engine(name, planned.configuration)
            heard = engine.up(refresh=planned.refresh, plan=planned.plan)
        if planned.plan:
            planned.plan.unlink(missing_ok=True)
        self.board.end(name, counted(heard.counts))
        return heard

    def up(self, name: str) -> Heard:
        """Prepare and apply without asking; an empty stack can lose nothing: no preview."""
        recovered = self._caught_up(name)
        if recovered.checkpoint is None or recovered.checkpoint.empty:
            return self.apply(Planned(name, refresh=recovered.refresh))
        return self.apply(self._prepare(recovered, name))

    def destroy(self, name: str, *, unprotect: bool = False) -> Heard:
        """Remove all resources of a stack, after lifting their protection if asked to."""
        recovered = self._caught_up(name)
        if not unprotect:
            return self._destroy(recovered, name)
        self._unprotect(recovered, name)
        try:
            return self._destroy(recovered, name, unprotected=True)
        except Interrupted as error:  # "not begun" would say that nothing has changed
            raise Unprotected(name) from error

    def drift(self, name: str) -> Heard:
        """What AWS, state and description say of each other. Changes nothing in AWS."""
        recovered = self._recovered(name)
        self.board.phase(name, "reading", 2 * _size(recovered))
        heard = self._engine(name).preview(refresh=True)
        self.board.end(name, _planned(heard))
        return heard

    def _destroy(self, recovered: Recovered, name: str, *, unprotected: bool = False) -> Heard:
        self.board.phase(name, "destroying", _size(recovered))
        with self._journalled("destroy", name):
            if not unprotected:
                refuse_protected(name, recovered.checkpoint)
            refresh = self.options.refresh or recovered.refresh
            heard = self._engine(name).destroy(refresh=refresh)
        self.board.end(name, counted(heard.counts))
        return heard

    def _prepare(
        self, recovered: Recovered, name: str, configuration: Path | None = None
    ) -> Planned:
        """Plan an `up`. Raises WASL-DATA-LOSS where it would replace or delete what holds data."""
        refresh = self.options.refresh or recovered.refresh
        plan = self.stacks.folder(name) / "plan.json"
        self.board.phase(name, "planning", _size(recovered))
        heard = self._engine(name, configuration).preview(refresh=refresh, plan=plan)
        refuse_losing_data(name, losing_data(heard.changing, self.options.replace))
        leave_open(plan)
        self.board.phase(name, "planned")
        found = tuple(changes(heard.changing, name))
        return Planned(name, found, heard, plan, refresh, configuration)

    def _unprotect(self, recovered: Recovered, name: str) -> None:
        """Bring the stack up once more without protection; the journal tells who did."""
        lifted = configuration(self.stacks, name)
        try:
            with self._journalled("unprotect", name):
                self.apply(self._prepare(recovered, name, lifted))
        finally:
            lifted.unlink()

    def _caught_up(self, name: str) -> Recovered:
        """The stack put right, for what will change it: nothing in AWS is unknown to its state."""
        recovered, place = self._recovered(name), files(self.stacks.target)
        if not (recovered.older and recovered.checkpoint and place):
            return recovered
        self.say(f"{name}: what was made since is looked for in AWS")
        state = regain(self.stacks, name, recovered.checkpoint, self._journal(name), self.say)
        torn.caught_up(place, name)
        return Recovered(state, refresh=True)

    def _recovered(self, name: str) -> Recovered:
        self.board.phase(name, "looking")
        broken = self.options.break_lock
        recovered = recover(self.stacks, name, self._journal(name), self.say, break_lock=broken)
        if recovered.checkpoint is None:
            self.stacks.create_missing([name])
        return recovered

    def _journal(self, name: str) -> Lazy:
        return self.journals.setdefault(name, Lazy(self.stacks.target, name))

    @contextmanager
    def _journalled(self, verb: str, name: str, **detail: object) -> Iterator[None]:
        """A copy of the state and intent before, outcome with the steps done after."""
        place = files(self.stacks.target)
        if place:
            torn.keep(place, name)
        known = {key: str(value) for key, value in detail.items() if value is not None}
        with self._journal(name).journal.unit(verb, name, **known) as outcome:
            try:
                yield
            finally:
                outcome["steps"] = self.board.row(name).done

    def _engine(self, name: str, configuration: Path | None = None) -> Engine:
        return Engine(self.stacks, name, lambda _step: self.board.step(name), configuration)


def _planned(heard: Heard) -> str:
    counts = {op: count for op, count in heard.counts.items() if op != "same"}
    return counted(counts).replace("nothing there", "nothing to do")


def _size(recovered: Recovered) -> int:
    return len(recovered.checkpoint.resources) if recovered.checkpoint else 0
