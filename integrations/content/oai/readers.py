"""Processes that read pages beside this one, since one interpreter reads only so many.

Each is a fork: all that it needs is loaded, and only pages and what is made of them pass the pipe.
It ends with the process that asked, even by SIGKILL, since its pipe ends then. Ctrl-C is not its
to answer.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

from integrations.content.faults import Refused
from integrations.content.oai.pages import Page, read_page
from wasl.errors import WaslError

Made = TypeVar("Made")
_NOT_TO_READERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Reader(Generic[Made]):
    """A process that reads one page after the other: for each `send`, `page` and `made`, in turn.

    Each raises `WaslError` (WASL-CONTENT-READER) where the process is gone.
    """

    _pipe: Connection

    def send(self, data: bytes) -> None:
        """Give it a page."""
        try:
            self._pipe.send_bytes(data)
        except OSError as error:
            raise _gone() from error

    def page(self) -> Page:
        """The page without its records, once it is parsed. Raises what `read_page` raises."""
        page: Page = self._answer()
        return page

    def made(self) -> Made:
        """What was made of the page. Raises what was raised then."""
        made: Made = self._answer()
        return made

    def _answer(self) -> Any:
        try:
            answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise _gone() from error
        if isinstance(answer, _Raised):
            raise answer.error
        return answer


@contextmanager
def reader(make: Callable[[Page], Made]) -> Iterator[Reader[Made]]:
    """A process that makes something of pages; it is gone when this is left."""
    fork = get_context("fork")
    ours, its = fork.Pipe()
    process = fork.Process(target=_serve, args=(its, make), daemon=True)
    # What is blocked now is blocked in the fork from its first moment on.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _NOT_TO_READERS)
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        its.close()
    try:
        yield Reader(ours)
    finally:
        ours.close()
        process.kill()
        process.join()
        process.close()


@dataclass(frozen=True, slots=True)
class _Raised:
    error: Exception


def _serve(pipe: Connection, make: Callable[[Page], object]) -> None:
    """The life of a reader."""
    gc.freeze()  # what came with the fork is not its to clear away
    _keep_only(pipe.fileno())
    with suppress(EOFError, OSError):  # whoever asked is gone
        while True:
            _answer(pipe, pipe.recv_bytes(), make)


def _keep_only(own: int) -> None:
    """Close all files but `own` and the standard ones.

    Locks and connections end with whoever opened them, not with the last who inherited them.
    """
    for number in map(int, os.listdir("/proc/self/fd")):
        if number > 2 and number != own:
            with suppress(OSError):  # the one that was listed from
                os.close(number)


def _answer(pipe: Connection, data: bytes, make: Callable[[Page], object]) -> None:
    try:
        page = read_page(data)
        pipe.send(page.bare())
        pipe.send(make(page))
    except Exception as error:
        pipe.send(_Raised(_portable(error)))


def _portable(error: Exception) -> Exception:
    """An error as it is, or as near as what passes a pipe comes to it."""
    told = traceback.format_exc()
    if not isinstance(error, Refused):
        error.add_note(told)
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301
    except Exception:
        return RuntimeError(told)
    return error


def _gone() -> WaslError:
    return WaslError(
        "WASL-CONTENT-READER",
        "a process that reads the feed's pages has ended unexpectedly",
        hint="the system may have run out of memory; run the same command again: it goes on after "
        "the last page",
    )
