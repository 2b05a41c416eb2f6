"""Units of the one check: which there are, that none stops another, that none counts as clean."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from tests.manifest.conftest import ROOT
from wasl.errors import WaslError, WaslErrors
from wasl.manifest.catalogue import load, load_countries
from wasl.planes import check as checking
from wasl.planes.check import Place, Progress, Unit, check, check_all, remembered, units
from wasl.planes.latest import keep, kept
from wasl.result import Checked, Finding, Kind, Location, Message, Severity, exit_code

Answer = Callable[[Progress], tuple[Sequence[Finding], Sequence[Message]]]
JO = Unit("jo", "content")
FOUND = Finding(
    "content",
    "jo",
    "library/x",
    Kind.MISSING,
    Severity.LOW,
    message=Message("WASL-CONTENT-MISSING", {"resource": "x"}),
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(ROOT, tmp_path)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Answer]:
    """Every plane answered for by a function a country, or a part of it (`jo/partner`)."""
    given: dict[str, Answer] = {}

    def parts(_place: Place, country: str) -> list[str]:
        return [name.partition("/")[2] for name in given if name.startswith(f"{country}/")]

    def answer(
        _place: Place, country: str, part: str, progress: Progress
    ) -> tuple[Sequence[Finding], Sequence[Message]]:
        return given[f"{country}/{part}" if part else country](progress)

    module = ModuleType("tests.check.adapter")
    module.__dict__.update(check=answer, parts=parts, load=lambda: None)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    answered = {
        name: checking.Part(module.__name__, part.key, part.described)
        for name, part in checking.PARTS.items()
    }
    monkeypatch.setattr(checking, "PARTS", answered)
    return given


def test_every_plane_that_a_manifest_describes() -> None:
    found = units(load(ROOT))
    assert {unit.country for unit in found if unit.plane == "cloud"} == set(load(ROOT).countries)
    assert {unit.country for unit in found if unit.plane == "identity"} == {"jo"}
    assert {unit.country for unit in found if unit.plane == "content"} == {"jo", "tn"}
    assert not [unit for unit in found if unit.plane == "devices"]  # none names an inventory


def test_a_selection_and_the_foundation() -> None:
    catalogue = load_countries(ROOT, ["jo", "tn"])
    assert units(catalogue, ["tn"], ["content"]) == [Unit("tn", "content")]
    assert units(catalogue, ["foundation", "tn"]) == [
        Unit("foundation", "cloud"),
        Unit("tn", "cloud"),
        Unit("tn", "content"),
    ]


def test_what_a_plane_leaves_out_is_filled_in(place: Place, answers: dict[str, Answer]) -> None:
    answers["jo"] = lambda _tell: ([FOUND], [])
    (found,) = check(place, JO).findings
    lines = (ROOT / "countries/jo.yaml").read_text("utf-8").splitlines()
    assert found.environment == "pilot"
    assert found.location is not None
    assert lines[found.location.line - 1].startswith("content:")
    assert found.remedy == "wasl content apply jo"
    assert found.fingerprint == FOUND.fingerprint


def _fails(error: Exception) -> Answer:
    def fail(_tell: Progress) -> tuple[Sequence[Finding], Sequence[Message]]:
        raise error

    return fail


def test_what_cannot_be_read_is_said_and_never_clean(
    place: Place, answers: dict[str, Answer]
) -> None:
    answers["jo"] = _fails(WaslError("WASL-X", "no answer", where="there", hint="try again"))
    done = check(place, JO)
    (found,) = done.findings
    assert (found.kind, found.remedy, done.state) == (Kind.UNREADABLE, "try again", "unreadable")
    assert found.message is not None
    assert found.message.arguments["reason"] == "WASL-X: no answer (there)"
    assert found.location is not None
    assert exit_code(done.findings) == 1


def test_several_reasons_are_several_findings(place: Place, answers: dict[str, Answer]) -> None:
    errors = [WaslError("WASL-X", "one", where="a"), WaslError("WASL-X", "two", where="b")]
    answers["jo"] = _fails(WaslErrors(errors))
    assert len({one.fingerprint for one in check(place, JO).findings}) == 2


def test_a_defect_of_a_plane_is_unreadable_too(place: Place, answers: dict[str, Answer]) -> None:
    answers["jo"] = _fails(ZeroDivisionError("oops"))
    (found,) = check(place, JO).findings
    assert found.kind is Kind.UNREADABLE
    assert found.message is not None
    assert "WASL-BUG" in str(found.message.arguments["reason"])
    assert list((place.home / "bugs").iterdir())


def test_a_country_that_nobody_knows_has_a_place_too(tmp_path: Path) -> None:
    done = check(Place(tmp_path, tmp_path), Unit("zz", "content"))
    (found,) = done.findings
    assert found.kind is Kind.UNREADABLE
    assert found.location == Location("countries/zz.yaml", 1)


def test_side_by_side_in_the_order_asked(place: Place, answers: dict[str, Answer]) -> None:
    """Each waits for the other, so that one after the other would never end."""
    barrier = threading.Barrier(2, timeout=20)

    def meet(_tell: Progress) -> tuple[Sequence[Finding], Sequence[Message]]:
        barrier.wait()
        return [FOUND], []

    answers |= {"jo": meet, "tn": meet, "eg": _fails(WaslError("WASL-X", "no"))}
    todo = [Unit("tn", "content"), Unit("eg", "cloud"), JO]
    heard: list[Checked] = []
    done = check_all(place, todo, ended=heard.append)
    assert [(one.country, one.state) for one in done] == [
        ("tn", "differs"),
        ("eg", "unreadable"),
        ("jo", "differs"),
    ]
    assert sorted(one.country for one in heard) == ["eg", "jo", "tn"]


def test_parts_are_looked_at_side_by_side_and_told_as_one(
    place: Place, answers: dict[str, Answer]
) -> None:
    barrier = threading.Barrier(2, timeout=20)
    note = Message("check.assumed", {"partner": "p", "parts": "q"})

    def meet(_tell: Progress) -> tuple[Sequence[Finding], Sequence[Message]]:
        barrier.wait()
        return [FOUND], [note]

    fails = _fails(WaslError("WASL-X", "no"))
    answers |= {"jo/devices": meet, "jo/partner": meet, "jo/third": fails, "tn": meet}
    heard: list[Checked] = []
    (done,) = check_all(place, [JO], ended=heard.append)
    assert heard == [done]
    assert (done.country, done.plane, done.notes) == ("jo", "content", (note,))
    assert [(one.target, one.kind) for one in done.findings] == [
        ("library/x", Kind.MISSING),
        ("third", Kind.UNREADABLE),
    ]


def test_who_cannot_say_its_parts_is_looked_at_whole(tmp_path: Path) -> None:
    (found,) = check(Place(tmp_path, tmp_path), Unit("zz", "identity")).findings
    assert (found.target, found.kind) == ("identity", Kind.UNREADABLE)


def test_any_executor_can_run_them_since_all_is_plain(
    place: Place, answers: dict[str, Answer]
) -> None:
    assert pickle.loads(pickle.dumps((place, JO))) == (place, JO)  # noqa: S301
    answers["jo"] = lambda _tell: ([FOUND], [Message("check.assumed")])
    done = check(place, JO)
    assert pickle.loads(pickle.dumps(done)) == done  # noqa: S301
    with ThreadPoolExecutor(1) as pool:
        assert check_all(place, [JO], pool) == [done]


def test_an_interruption_stops_all_that_had_begun(place: Place, answers: dict[str, Answer]) -> None:
    stopped = threading.Event()

    def long(tell: Progress) -> tuple[Sequence[Finding], Sequence[Message]]:
        try:
            while True:
                tell("at it", 0, None)
        finally:
            stopped.set()

    def interrupted(_one: Checked) -> None:
        raise KeyboardInterrupt

    answers |= {"tn": long, "jo": lambda _tell: ([], [])}
    with pytest.raises(KeyboardInterrupt):
        check_all(place, [Unit("tn", "content"), JO], ended=interrupted)
    assert stopped.is_set()


MANY = [Unit(code, "cloud") for code in ("jo", "tn", "eg")]


def _where(_tell: Progress) -> tuple[Sequence[Finding], Sequence[Message]]:
    return [FOUND], [Message("check.assumed", {"in": str(os.getpid())})]


def _ends(_tell: Progress) -> tuple[Sequence[Finding], Sequence[Message]]:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def _processes(done: Sequence[Checked]) -> set[str]:
    return {str(note.arguments["in"]) for one in done for note in one.notes}


def test_many_clouds_are_looked_at_by_processes(
    place: Place, answers: dict[str, Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they find is what is found here, other planes stay here, and so do few clouds."""
    monkeypatch.setattr(checking, "cores", lambda: 2)
    answers |= {"jo": _where, "tn": _where, "eg": _fails(WaslError("WASL-X", "no", hint="y"))}
    heard: list[Checked] = []
    todo = [*MANY, JO]
    done = check_all(place, todo, ended=heard.append)
    turn = check_all(place, todo, width=1)
    assert _processes(turn) == _processes(done[3:]) == {str(os.getpid())}
    assert _processes(done[:3]).isdisjoint(_processes(turn))
    assert [replace(one, notes=()) for one in done] == [replace(one, notes=()) for one in turn]
    assert {one.state for one in heard} == {"differs", "unreadable"}
    assert len(heard) == len(todo)
    assert _processes(check_all(place, MANY[:2])) == {str(os.getpid())}
    with ThreadPoolExecutor(1) as pool:
        assert _processes(check_all(place, MANY, pool)) == {str(os.getpid())}


def test_a_process_that_is_ended_is_never_clean(
    place: Place, answers: dict[str, Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "cores", lambda: 2)
    clean: Answer = lambda _tell: ([], [])  # noqa: E731
    answers |= {"jo": clean, "tn": _ends, "eg": clean}
    # One thing at a time in each process, so that it takes only its own with it.
    done = check_all(place, MANY, width=2)
    assert [one.state for one in done] == ["clean", "unreadable", "clean"]
    (found,) = done[1].findings
    assert found.message is not None
    assert "WASL-APART-DIED" in str(found.message.arguments["reason"])
    assert "SIGKILL" in str(found.message.arguments["reason"])
    assert exit_code(found for one in done for found in one.findings) == 1

    answers |= {"jo": _ends, "eg": _ends}
    assert {one.state for one in check_all(place, MANY, width=2)} == {"unreadable"}


def test_an_interruption_ends_processes_too(
    place: Place, answers: dict[str, Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "cores", lambda: 2)

    def interrupted(_one: Checked) -> None:
        raise KeyboardInterrupt

    never = threading.Event()

    def long(_tell: Progress) -> tuple[Sequence[Finding], Sequence[Message]]:
        never.wait(60)
        return [], []

    answers |= {"jo": lambda _tell: ([], []), "tn": long, "eg": long}
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        check_all(place, MANY, ended=interrupted)
    assert time.monotonic() - began < 20


def test_the_last_check_is_kept_whole(tmp_path: Path) -> None:
    first = Checked("content", "jo", "pilot", (FOUND,), (Message("check.assumed", {"a": "b"}),))
    second = Checked("cloud", "jo", "pilot")
    keep(tmp_path, [first, second])
    keep(tmp_path, [second])
    for one in (first, second):
        last = kept(tmp_path, one.plane, one.country)
        assert last is not None
        assert last.checked == one


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 2}', '{"version": 1, "at": "x"}'])
def test_what_is_kept_and_cannot_be_read_is_never_clean(place: Place, text: str) -> None:
    unit = Unit("jo", "cloud")
    assert remembered(place, unit).state == "unreadable"
    keep(place.home, [Checked("cloud", "jo")])
    assert remembered(place, unit).state == "clean"
    (path,) = (place.home / "checks").glob("*/*.json")
    path.write_text(text)
    with pytest.raises(WaslError, match="cannot be read"):
        kept(place.home, "cloud", "jo")
    assert remembered(place, unit).state == "unreadable"
