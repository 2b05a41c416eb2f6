"""Many stacks side by side: one's failure never stops the others."""

from __future__ import annotations

import errno
import gc
import importlib
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from typing import Generic, TypeVar

import pulumi_aws

from infra.aws.catalogue import TYPES
from wasl.bug import bug
from wasl.errors import WaslError, WaslErrors
from wasl.memory import keep
from wasl.planes.cloud.command import Interrupted
from wasl.planes.cloud.events import Heard
from wasl.planes.cloud.failures import Unprotected
from wasl.planes.cloud.progress import Board
from wasl.planes.cloud.room import full, places, refuse_without_room, reserve, short_of_room
from wasl.planes.cloud.run import Failed
from wasl.planes.cloud.stacks import Stacks

T = TypeVar("T")
_TICK = 0.2


@dataclass(frozen=True)
class Result(Generic[T]):
    """How it went with one stack: a value, or why there is none."""

    name: str
    value: T | None = None
    error: WaslError | None = None
    interrupted: bool = False

    @property
    def heard(self) -> Heard:
        """What a failed run had said."""
        return self.error.heard if isinstance(self.error, Failed) else Heard()


@dataclass
class Fleet:
    """Runs one function on many stacks; `cancel` asks all of them to stop."""

    stacks: Stacks
    board: Board
    width: int = 0
    """How many at once; 0: as the machine's cores allow."""
    full: WaslError | None = None
    """Why the run was stopped, where that was for want of room."""

    def run(
        self, work: Callable[[str], T], names: Sequence[str], tick: Callable[[], None]
    ) -> list[Result[T]]:
        """`work` of every stack, in the order of `names`; `tick` is called now and then.

        Raises KeyboardInterrupt only after every engine has stopped.
        """
        refuse_without_room(self.stacks.target)
        width = self.width or self.default_width()
        with ThreadPoolExecutor(width) as pool, reserve(places(self.stacks.target)) as spare:
            futures = {name: pool.submit(self._safely, work, name) for name in names}
            self._wait(futures.values(), tick, spare.close)
        return [
            self._not_begun(name) if future.cancelled() else future.result()
            for name, future in futures.items()
        ]

    @staticmethod
    def default_width() -> int:
        """One more than there are cores: while an engine waits for AWS, another can work."""
        return (os.cpu_count() or 1) + 1

    def _wait(
        self,
        futures: Iterable[Future[Result[T]]],
        tick: Callable[[], None],
        give_room: Callable[[], None],
    ) -> None:
        pending = set(futures)
        folders = places(self.stacks.target)
        while pending:
            try:
                _done, pending = wait(pending, timeout=_TICK)
                tick()
                nearly = short_of_room(folders)
                if nearly and not self.full:
                    self.full = full(nearly)
                    give_room()
                    self._cancel(pending)
            except KeyboardInterrupt:
                self._cancel(pending)

    def _cancel(self, pending: Iterable[Future[Result[T]]]) -> None:
        """Ask every engine to finish what is in flight; asked again, they stop at once."""
        self.stacks.calls.cancel()
        for future in pending:
            future.cancel()

    def _safely(self, work: Callable[[str], T], name: str) -> Result[T]:
        try:
            return Result(name, work(name))
        except Interrupted:
            return self._not_begun(name)
        except WaslError as error:
            interrupted = self.stacks.calls.cancelled and not self.full
            self.board.end(name, "interrupted" if interrupted else error.code, failed=True)
            why = self.full or error
            if self.full and isinstance(error, Unprotected):  # what that leaves is told too
                why = WaslErrors([self.full, error])
            return Result(name, error=why, interrupted=interrupted)
        except Exception as error:
            defect = self._defect(error)
            self.board.end(name, defect.code, failed=True)
            return Result(name, error=defect)

    def _not_begun(self, name: str) -> Result[T]:
        self.board.end(name, "not begun", failed=True)
        return Result(name, error=self.full, interrupted=self.full is None)

    def _defect(self, error: Exception) -> WaslError:
        """A defect of wasl in one stack's thread, or a full disk."""
        defect = bug(error, self.stacks.target.home)
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            return full(self.stacks.target.work)
        return defect


@cache
def warm() -> None:
    """Import what the program needs before threads start: pulumi_aws is lazy, and not safely."""
    importlib.import_module("infra.tenancy")
    importlib.import_module("infra.foundation")
    for token in TYPES:
        module, _, name = token.removeprefix("aws:").partition(":")
        getattr(getattr(pulumi_aws, module.split("/")[0]), name)
    gc.collect()  # what the imports threw away is not kept
    keep()
