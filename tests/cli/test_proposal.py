"""Every plane shows what it would do, asks, and takes a no, in one way."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml

from integrations.identity.generated import Size, roster, write_package
from tests.content.conftest import Country, row
from tests.identity.conftest import World
from wasl.cli import content, identity, lab, repair, up
from wasl.cli.console import Console
from wasl.cli.context import Context
from wasl.errors import ExitCode
from wasl.planes.check import Place
from wasl.planes.cloud.events import Heard
from wasl.planes.cloud.fleet import Result
from wasl.planes.cloud.work import Options, Planned
from wasl.planes.devices import prepare as preparing
from wasl.planes.devices.home import Home
from wasl.result import Action, Change, Checked, Finding, Kind, Severity


@dataclass
class Plane:
    """A plane with one change to make, which is `shown` so; `done` is told when it is made."""

    country: str
    shown: str
    ask: Callable[[Context], object]
    place: Place
    done: list[str] = field(default_factory=list)
    """What had been said when the change was made."""


def _doing(monkeypatch: pytest.MonkeyPatch, capsys: Any, plane: Plane, where: str) -> None:
    """What `where` does from now on also keeps what was said before it."""
    module, _, name = where.rpartition(".")
    real = getattr(import_module(module), name)

    def told(*args: Any, **more: Any) -> Any:
        plane.done.append(capsys.readouterr().err)
        return real(*args, **more)

    monkeypatch.setattr(where, told)


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Plane:
    """A stack whose engine would make a bucket."""
    change = Change("cloud", "jo", "urn::bucket", Action.CREATE, "")

    def ask(context: Context) -> object:
        return up.bring_up(context, ["jo"], Options())

    plane = Plane("jo", "create   jo urn::bucket", ask, Place(tmp_path, tmp_path))

    class Worker:
        def prepare(self, name: str) -> Planned:
            return Planned(name, (change,))

        def apply(self, planned: Planned) -> Heard:
            plane.done.append(capsys.readouterr().err)
            return Heard()

    class Run:
        worker = Worker()

        def each(self, work: Callable[[str], Any], names: Sequence[str] = ("jo",)) -> Any:
            return [Result(name, work(name)) for name in names]

    @contextmanager
    def running(*_: object, **__: object) -> Iterator[Run]:
        yield Run()

    monkeypatch.setattr(up, "running", running)
    return plane


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Plane:
    """A device whose playbook would change a setting."""
    change = Change("devices", "jo", "pc-1", Action.UPDATE, "configure")
    job = preparing.Job(tmp_path, Home(tmp_path, "jo"), tmp_path, ("configure",))

    def ask(context: Context) -> object:
        return lab.run_job(context, job)

    plane = Plane("jo", "update   jo pc-1", ask, Place(tmp_path, tmp_path))

    def apply(*_: object) -> preparing.Seen:
        plane.done.append(capsys.readouterr().err)
        return preparing.Seen([change])

    monkeypatch.setattr(preparing, "targets", lambda _job: {"pc-1": {}})
    monkeypatch.setattr(preparing, "plan", lambda *_: preparing.Seen([change]))
    monkeypatch.setattr(preparing, "apply", apply)
    monkeypatch.setattr("wasl.planes.devices.check.job", lambda *_: job)
    return plane


@pytest.fixture
def people(world: World, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Plane:
    """A roster of which the partner has nothing yet."""
    path = write_package(world.root / "roster", roster(Size(schools=1, classes=1, pupils=2)))

    def ask(context: Context) -> object:
        args = argparse.Namespace(verb="apply", plan=None, country="jo", target=None)
        args.roster, args.against = path, None
        return identity.run(args, context)

    place = Place(world.root, world.home, roster=path)
    plane = Plane("jo", "(new in the roster)", ask, place)
    _doing(monkeypatch, capsys, plane, "wasl.planes.identity.work.carry_out")
    return plane


@pytest.fixture
def lessons(
    country: Country, library_only: None, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> Plane:
    """A lesson that no device has yet."""
    country.write(row(1))

    def ask(context: Context) -> object:
        args = argparse.Namespace(verb="apply", country="tn", feed=None)
        return content.run(args, context)

    place = Place(country.root, country.home)
    plane = Plane("tn", "create   tn library/lesson:1", ask, place)
    _doing(monkeypatch, capsys, plane, "wasl.planes.content.work.carry_out")
    return plane


PLANES = (
    pytest.param(("cloud", "cloud"), id="cloud"),
    pytest.param(("devices", "devices"), id="devices"),
    pytest.param(("identity", "people"), id="identity", marks=pytest.mark.slow),
    pytest.param(("content", "lessons"), id="content", marks=pytest.mark.slow),
)


@pytest.fixture(params=PLANES)
def plane(request: pytest.FixtureRequest) -> tuple[str, Plane]:
    name, fixture = request.param
    return name, request.getfixturevalue(fixture)


@pytest.mark.parametrize("answer", ["n", "y"])
def test_a_plan_is_shown_and_asked_for_and_a_no_is_a_no(
    plane: tuple[str, Plane], answer: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    one = plane[1]
    monkeypatch.setattr(Console, "interactive", property(lambda _: True))
    monkeypatch.setattr(sys, "stdin", StringIO(f"{answer}\n"))
    capsys.readouterr()
    status = one.ask(Context(one.place.root, one.place.home, Console()))
    if answer == "n":
        out, err = capsys.readouterr()
        assert (status, one.done, out) == (ExitCode.FAILED, [], "")
        assert err.endswith("? [y/N] nothing was done\n")
        assert one.shown in err
    else:
        assert status == ExitCode.CLEAN
        (before,) = one.done
        assert one.shown in before
        assert one.shown not in capsys.readouterr().out, "nobody reads it twice"


def test_a_repair_that_asks_nobody_still_shows_what_it_does(
    plane: tuple[str, Plane], capsys: Any
) -> None:
    name, one = plane
    differs = Finding(name, one.country, "x", Kind.CHANGED, Severity.HIGH)  # type: ignore[arg-type]
    broken = Checked(name, one.country, findings=(differs,))  # type: ignore[arg-type]
    context = Context(one.place.root, one.place.home, Console(), yes=True)
    capsys.readouterr()
    repair.repair(context, one.place, [broken])
    assert len(one.done) == 1
    assert one.shown in one.done[0]


def test_a_repair_leaves_alone_whom_it_would_mend_of_what_is_waived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    door = Finding("cloud", "jo", "door", Kind.CHANGED, Severity.HIGH)
    tag = replace(door, target="tag", found="x")
    rule = replace(tag, plane="policy", country="tn")
    checks = [
        Checked("cloud", "jo", findings=(door, tag)),
        Checked("cloud", "tn", findings=(replace(door, country="tn"), rule)),
        Checked("cloud", "dj", findings=(replace(door, country="dj"),)),
        Checked("content", "jo", findings=(replace(door, plane="content"),)),
    ]
    waivers = [
        {
            **{name: getattr(one, name) for name in ("plane", "country", "fingerprint")},
            "found": [one.digest],
            "reason": "the auditors' own",
            "owner": "operations",
            "expires": "2999-12-31",
        }
        for one in (tag, rule)
    ]
    (tmp_path / "waivers.yaml").write_text(yaml.safe_dump({"version": 1, "waivers": waivers}))
    mended: list[tuple[str, Sequence[str]]] = []

    def mending(name: str) -> repair.Mend:
        return lambda _context, _where, countries: mended.append((name, countries))

    monkeypatch.setattr(repair, "_MENDS", {name: mending(name) for name in repair._MENDS})
    repair.repair(Context(tmp_path, tmp_path, Console()), Place(tmp_path, tmp_path), checks)
    assert mended == [("cloud", ["dj"]), ("content", ["jo"])]
    said = capsys.readouterr().err
    assert "cloud of jo is not mended" in said
    assert "cloud of tn is not mended" in said
