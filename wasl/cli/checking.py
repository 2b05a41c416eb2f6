"""What the verbs that check share: look, keep, hold against the waivers, report."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from wasl.cli.context import Context
from wasl.cli.telling import progress
from wasl.errors import ExitCode, WaslError
from wasl.executors import workers
from wasl.manifest.catalogue import known_countries, load_countries
from wasl.manifest.waivers import EVERYWHERE
from wasl.planes.check import (
    FOUNDATION,
    PARTS,
    Place,
    Unit,
    check,
    check_all,
    units,
)
from wasl.planes.latest import keep
from wasl.report import Report, of_check
from wasl.result import Checked, Message, PlaneName, exit_code
from wasl.waivers import Standing, judge, read


@dataclass(frozen=True)
class Asked:
    """What a check is about: the units, and the planes that manifests do not describe."""

    todo: list[Unit]
    notes: tuple[Message, ...] = ()


def place(context: Context) -> Place:
    """Where the command works."""
    return Place(context.root, context.home, dict(os.environ), language=context.language)


def asked(context: Context, where: Place, names: Sequence[str], planes: Sequence[str]) -> Asked:
    """Every plane of `names` that is described (or of `planes` alone), and what is left out.

    Raises `WaslError` (WASL-CHECK-NOTHING) where that leaves nothing to look at.
    """
    codes = [name for name in names if name != FOUNDATION]
    read(context.root)  # a file of waivers that is wrong is known before the long part
    todo = units(load_countries(context.root, codes), names, planes)
    if where.inventory is not None and (not planes or "devices" in planes):
        todo = list(dict.fromkeys([*todo, Unit(codes[0], "devices")]))
    notes = []
    for name in (name for name in PARTS if not planes or name in planes):
        left = ", ".join(code for code in codes if Unit(code, name) not in todo)
        if left:
            notes.append(Message("check.not-described", {"plane": name, "countries": left}))
    if not todo:
        keys = ", ".join(part.key for name, part in PARTS.items() if name in planes)
        raise WaslError(
            "WASL-CHECK-NOTHING",
            "none of these countries describes any of these planes",
            where=", ".join(names),
            hint=f"write {keys} in its manifest",
        )
    return Asked(todo, tuple(notes))


def check_one(context: Context, where: Place, plane: PlaneName, country: str) -> ExitCode:
    """One plane of one country, shown as it goes: what `wasl PLANE drift CC` does."""
    load_countries(context.root, [country])  # raises what is wrong with that name or manifest
    done = check(where, Unit(country, plane), progress(context))
    keep(context.home, [done])
    return tell(context, [done])


def look(context: Context, where: Place, todo: Sequence[Unit], width: int = 0) -> list[Checked]:
    """Every unit side by side, here or on a cluster; each is told of as it ends, and kept."""

    def ended(one: Checked) -> None:
        context.console.note(f"{one.country} {one.plane}: {one.state}")

    with workers(context.scheduler, context.console.note) as pool:
        done = check_all(where, todo, pool, ended, width)
    keep(context.home, done)
    return done


def tell(
    context: Context,
    checks: Sequence[Checked],
    notes: Sequence[Message] = (),
    files: Sequence[tuple[str, Path]] = (),
) -> ExitCode:
    """Report what is not waived, in the format asked for and into `files`."""
    report = judged(context, checks, notes)
    say(context, report, files)
    return exit_code(report.findings)


def say(context: Context, report: Report, files: Sequence[tuple[str, Path]] = ()) -> None:
    """A report in the format asked for, and into files in formats of their own."""
    context.report(report)
    for form, path in files:
        context.write(report, form, path)


def judged(context: Context, checks: Sequence[Checked], notes: Sequence[Message] = ()) -> Report:
    """Checks held against the checkout's waivers."""
    waivers, today = read(context.root), datetime.now(UTC).date()
    return of_check(judge(waivers, checks, today, _everything(context, waivers)), *notes)


def _everything(context: Context, waivers: Sequence[Standing]) -> list[tuple[str, str]]:
    """All units of the checkout, where a waiver is about every country."""
    if not any(one.waiver.country == EVERYWHERE for one in waivers):
        return []
    try:
        found = units(load_countries(context.root, known_countries(context.root)))
    except WaslError:  # another country's manifest is broken: nobody can say that all was read
        return [(plane, "") for plane in PARTS]
    return [(one.plane, one.country) for one in found]
