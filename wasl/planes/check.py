"""One check over everything: each plane of each country is a unit, checked by that plane's adapter.

An adapter is `wasl/planes/<plane>/check.py` with `check(place, country, part, progress)` and
`parts(place, country)`: the sites, targets or destinations that can be looked at apart (a country's
cloud is one piece, and so are all people of a target). Every verb that tells of drift goes through
`check` or `check_all` here. A part of a unit is an ordinary function of plain arguments that only
reads and may be repeated, so that any executor can run it. What a plane cannot read is an
`unreadable` finding of it and never counts as clean; the others go on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path

from wasl.apart import Apart, cores
from wasl.errors import WaslError, WaslErrors
from wasl.manifest.catalogue import Catalogue, country_file, load_country
from wasl.manifest.country import Country
from wasl.memory import keep
from wasl.messages import Language, next_step
from wasl.planes.latest import kept
from wasl.result import (
    Checked,
    Environment,
    Finding,
    Kind,
    Location,
    Message,
    PlaneName,
    Severity,
    digest,
)

FOUNDATION = "foundation"
WIDTH = 4
"""How many units at once: they mostly wait for others' servers."""
_MANY = 3
"""How many clouds are worth a process a core: what is ours of the work takes longer than AWS's."""
_PROCESSES = 2
"""How many processes at most: each takes some eighty MB, and all together are to stay below 400."""
_TICK = 0.2
_TOLD = ("PULUMI_BACKEND_URL",)
"""What of the environment goes to another machine: where states are, and no secret."""

Progress = Callable[[str, int, int | None], None]
"""Told what is being done, how far, and of how much where that is known (nothing: still at it).

Raises KeyboardInterrupt where the work is to stop.
"""


@dataclass(frozen=True)
class Place:
    """Where a check works: the checkout, the local state, the environment; plain and picklable.

    `inventory`, `roster` and `target` stand in for what the manifest says of one country.
    """

    root: Path
    home: Path
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    inventory: Path | None = None
    limit: str = ""
    roster: Path | None = None
    target: str | None = None
    language: Language = "en"


@dataclass(frozen=True, slots=True, order=True)
class Unit:
    """One plane of one country (or of the foundation, which has the cloud alone).

    `part` is the part of it that is meant, as its adapter names it; empty for the whole.
    """

    country: str
    plane: PlaneName
    part: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A plane: its adapter, where the manifest speaks of it, and whether a country has it."""

    adapter: str
    key: str
    described: Callable[[Country], bool]


PARTS: Mapping[PlaneName, Part] = {
    "cloud": Part("wasl.planes.cloud.check", "", lambda _country: True),
    "devices": Part(
        "wasl.planes.devices.check",
        "devices.inventory",
        lambda country: country.devices.inventory is not None,
    ),
    "identity": Part(
        "wasl.planes.identity.check",
        "identity",
        lambda country: (
            country.identity.sso is not None
            or (country.identity.source is not None and bool(country.identity.targets))
        ),
    ),
    "content": Part(
        "wasl.planes.content.check", "content", lambda country: bool(country.content.feeds)
    ),
}


def units(
    catalogue: Catalogue,
    countries: Iterable[str] | None = None,
    planes: Collection[str] | None = None,
) -> list[Unit]:
    """What there is to check: every plane that a manifest describes, less those not asked for."""
    wanted = list(catalogue.countries) if countries is None else list(countries)
    asked = [name for name in PARTS if not planes or name in planes]
    return [
        Unit(code, name)
        for code in wanted
        for name in asked
        if _has(name, None if code == FOUNDATION else catalogue.countries[code])
    ]


def silent(_what: str, _done: int, _of: int | None) -> None:
    """The progress that nobody watches."""


def check(place: Place, unit: Unit, progress: Progress = silent) -> Checked:
    """What differs in one plane of one country. Changes nothing, and tells rather than raises."""
    return _whole([_check(place, part, progress) for part in parts(place, unit)])


def check_all(
    place: Place,
    todo: Sequence[Unit],
    executor: Executor | None = None,
    ended: Callable[[Checked], None] = lambda _one: None,
    width: int = 0,
) -> list[Checked]:
    """Every unit by its parts, `width` of them side by side, or as `executor` can.

    Many clouds are looked at by a process a core. Answers in the order of `todo`; `ended` hears of
    each unit as its last part ends. Raises KeyboardInterrupt when all that had begun has stopped.
    """
    clouds = 0 if executor else sum(one.plane == "cloud" for one in todo)
    with (
        _apart(clouds, width) as apart,
        ThreadPoolExecutor(width or WIDTH) as pool,
        ThreadPoolExecutor(apart.lines if apart else 1) as waiting,
    ):
        split = list(pool.map(lambda unit: parts(place, unit), todo))
        if executor is not None:
            sent = replace(place, environ={name: place.environ.get(name, "") for name in _TOLD})
            there = [[executor.submit(_check_there, sent, one) for one in each] for each in split]
            return _gather(there, ended, lambda: None)
        stop = _Stop(apart)

        def begun(part: Unit) -> Future[Checked]:
            if apart and part.plane == "cloud":
                return waiting.submit(_check_apart, apart, place, part)
            return pool.submit(_check, place, part, stop.progress)

        return _gather([[begun(one) for one in each] for each in split], ended, stop.now)


@contextmanager
def _apart(clouds: int, width: int) -> Iterator[Apart | None]:
    """Processes for this many clouds, which have in common what they all need; None for few."""
    count = min(cores(), clouds, width or clouds, _PROCESSES)
    if clouds < _MANY or count < 2:
        yield None
        return
    import_module(PARTS["cloud"].adapter).load()
    keep()  # a collector that walks through what is shared would have it copied
    with Apart(count, width // count or WIDTH) as apart:
        yield apart


def parts(place: Place, unit: Unit) -> list[Unit]:
    """A unit by what can be looked at apart; itself where that is nothing, or cannot be told."""
    try:
        names = import_module(PARTS[unit.plane].adapter).parts(place, unit.country)
    except Exception:  # whoever looks at it meets the same, and says it
        names = ()
    return [replace(unit, part=name) for name in names] or [unit]


def _check(place: Place, part: Unit, progress: Progress) -> Checked:
    adapter = import_module(PARTS[part.plane].adapter)
    notes: Sequence[Message] = ()
    try:
        found, notes = adapter.check(place, part.country, part.part, progress)
    except WaslError as error:
        found = list(_unreadable(part, error))
    except Exception as error:
        from wasl.bug import bug

        found = list(_unreadable(part, bug(error, place.home)))
    return _placed(place.root, part, found, notes)


def _check_there(place: Place, part: Unit) -> Checked:
    """`_check` on a worker, with the credentials that its own environment has."""
    told = {name: value for name, value in place.environ.items() if value}
    return _check(replace(place, environ={**os.environ, **told}), part, silent)


def _check_apart(apart: Apart, place: Place, part: Unit) -> Checked:
    """`_check` in a process of its own; where that dies, nothing can be said of the unit."""
    try:
        return apart.run(_check, place, part, silent)
    except WaslError as error:
        return _placed(place.root, part, _unreadable(part, error), ())


def _whole(parts: Sequence[Checked]) -> Checked:
    """A unit's check from those of its parts; what several of them saw is said once."""
    findings = {one.fingerprint + one.digest: one for part in parts for one in part.findings}
    notes = {digest(one.as_json()): one for part in parts for one in part.notes}
    return replace(parts[0], findings=tuple(findings.values()), notes=tuple(notes.values()))


def _unreadable(unit: Unit, error: WaslError) -> Iterator[Finding]:
    """Why nothing can be said of a unit: a finding for each reason."""
    for one in error.errors if isinstance(error, WaslErrors) else (error,):
        reason = f"{one.code}: {one.what}" + (f" ({one.where})" if one.where else "")
        words = {"plane": unit.plane, "country": unit.country, "reason": reason}
        yield Finding(
            plane=unit.plane,
            country=unit.country,
            target=unit.part or unit.plane,
            kind=Kind.UNREADABLE,
            severity=Severity.HIGH,
            property=one.where if error is not one else "",
            message=Message("check.unreadable", words),
            remedy=one.hint,
        )


def remembered(place: Place, unit: Unit) -> Checked:
    """What the last check of a unit said; one that nobody checked, or read, is not clean."""
    error = WaslError(
        "WASL-CHECK-NONE",
        "it was never checked here",
        hint=f"wasl drift {unit.country} --plane {unit.plane}",
    )
    try:
        last = kept(place.home, unit.plane, unit.country)
    except WaslError as unread:
        error, last = unread, None
    return last.checked if last else _placed(place.root, unit, _unreadable(unit, error), ())


def _placed(root: Path, unit: Unit, found: Iterable[Finding], notes: Sequence[Message]) -> Checked:
    """Findings with what all of a unit have in common, wherever a plane left it out."""
    environment, locate = _about(root, unit.country)
    key = PARTS[unit.plane].key
    placed = (
        replace(
            one,
            environment=one.environment or environment,
            location=one.location or locate(key),
            remedy=one.remedy or next_step(one),
        )
        for one in found
    )
    return Checked(unit.plane, unit.country, environment, tuple(placed), tuple(notes))


def _has(name: PlaneName, country: Country | None) -> bool:
    return name == "cloud" if country is None else PARTS[name].described(country)


class _Stop:
    """Asks all who work to stop, and ends the processes of those who cannot be asked."""

    def __init__(self, apart: Apart | None) -> None:
        self._asked = False
        self._apart = apart

    def now(self) -> None:
        """Ask."""
        self._asked = True
        if self._apart:
            self._apart.end()

    def progress(self, _what: str, _done: int, _of: int | None) -> None:
        """Stop whoever calls this, if that was asked for."""
        if self._asked:
            raise KeyboardInterrupt


def _gather(
    units: Sequence[Sequence[Future[Checked]]],
    ended: Callable[[Checked], None],
    stop: Callable[[], None],
) -> list[Checked]:
    pending = {future for parts in units for future in parts}
    waiting = list(units)
    try:
        while pending:
            _, pending = wait(pending, timeout=_TICK, return_when=FIRST_COMPLETED)
            for parts in [each for each in waiting if pending.isdisjoint(each)]:
                waiting.remove(parts)
                ended(_whole([future.result() for future in parts]))
    except KeyboardInterrupt:
        stop()
        for future in pending:
            future.cancel()
        wait(pending)
        raise
    return [_whole([future.result() for future in parts]) for parts in units]


def _about(root: Path, code: str) -> tuple[Environment, Callable[[str], Location | None]]:
    """A country's environment, and the lines of its keys; a broken manifest has a first line."""
    if code == FOUNDATION:
        return "", lambda _key: Location("infra/foundation.py", 1)
    try:
        catalogue = load_country(root, code)
    except WaslError:
        return "", lambda _key: Location(country_file(code), 1)
    return catalogue.countries[code].environment, lambda key: catalogue.location(code, key)
