"""What the board tells of a tenancy: by the stack's journal and state, without the engine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from infra.sandbox.home import Home
from wasl.board.facts import Count, Evidence, Plane, Standing
from wasl.errors import WaslError
from wasl.history import History, Place, read, units
from wasl.manifest.country import Country
from wasl.planes.cloud.buckets import bucket
from wasl.planes.cloud.journals import FOLDER, store_at
from wasl.planes.cloud.states import Held, held
from wasl.planes.evidence import of_line, wrong
from wasl.result import Message, digest

_BACKEND = "PULUMI_BACKEND_URL"


def backend(home: Path, environ: Mapping[str, str]) -> str:
    """The backend that holds states and journals: the one that is named, else the sandbox's."""
    return environ.get(_BACKEND) or Home(home).backend


def place(home: Path, code: str, environ: Mapping[str, str]) -> Place:
    """The stack's journal; that its bucket cannot be reached is told when it is read."""
    url = backend(home, environ)
    work = home / "work" / digest(url)[:12]
    return Place(
        "cloud", f"{_shown(home, url)}/{FOLDER}/{code}", store_at(url, environ, work, code)
    )


def facts(home: Path, country: Country, environ: Mapping[str, str]) -> tuple[Plane, Count]:
    """The plane, and how many cloud resources are up."""
    try:
        history = read(place(home, country.code, environ))
        state = _held(home, country.code, environ)
    except WaslError as error:
        return Plane("cloud", Standing.UNREADABLE, remarks=(wrong(error),)), Count()
    standing, remarks = _standing(history, state, country)
    done = units(history.lines, "up", "destroy")
    known = (of_line(history.place, done[-1].last),) if done else ()
    seen = (Evidence("state", state.name, state.digest, _time(done)),) if state else ()
    plane = Plane("cloud", standing, _time(done), (*known, *seen), remarks)
    return plane, Count(state.size, seen) if state else Count(0 if not done else None, known)


def _standing(
    history: History, state: Held | None, country: Country
) -> tuple[Standing, tuple[Message, ...]]:
    if history.problem:
        return Standing.UNREADABLE, (wrong(history.problem),)
    done = units(history.lines, "up", "destroy")
    if not done:
        return (Standing.UNDER_WAY if state and state.size else Standing.NONE), ()
    if done[-1].outcome is None:
        return Standing.FAILED, (Message("board.cut-off"),)
    if not done[-1].ok:
        return Standing.FAILED, (Message("board.failed"),)
    if done[-1].verb == "destroy":
        return Standing.NONE, (Message("board.removed"),)
    if state and state.size and state.manifest != country.digest:
        return Standing.UNDER_WAY, (Message("board.manifest-moved"),)
    return Standing.IN_PLACE, ()


def _time(done: list[Any]) -> str:
    return str(done[-1].last.entry.time) if done else ""


def _shown(home: Path, url: str) -> str:
    """How a backend is named where all may read it: by its place under `home` if it is there.

    A bucket's name may tell the account, and a path the machine: neither is said.
    """
    parts = urlsplit(url)
    if parts.scheme != "file":
        return parts.scheme
    folder = Path(unquote(parts.netloc + parts.path)).expanduser()
    return str(folder.relative_to(home)) if folder.is_relative_to(home) else folder.name


def _held(home: Path, code: str, environ: Mapping[str, str]) -> Held | None:
    url = backend(home, environ)
    states = bucket(url, environ)
    return held(states, code, f"{_shown(home, url)}/") if states else None
