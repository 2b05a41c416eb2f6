"""The console in a real browser: by keyboard alone, three languages, no stranger let in."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.content.browser import Browser, browser
from tests.devices.lab import PREPARED, Lab, computer, stages
from wasl.cli.console import Console
from wasl.cli.console_devices import _going_on
from wasl.cli.main import main
from wasl.errors import ExitCode
from wasl.messages import LANGUAGES
from wasl.planes.devices import pending
from wasl.planes.devices.board import Board
from wasl.planes.devices.console import session as console
from wasl.planes.devices.console.server import WORDS, Served, serving, words
from wasl.planes.devices.console.session import Session
from wasl.planes.devices.prepare import Job
from wasl.planes.devices.runner import Outcome
from wasl.planes.devices.systems.run import STAGES
from wasl.planes.told import sentence

pytestmark = pytest.mark.slow


def session(lab: Lab, person: str = "") -> Session:
    for variables in lab.hosts.values():
        variables.pop("wasl_wipe_serial", None)  # the technician says it
        variables["wasl_person"] = person
    job = Job(lab.root, lab.home, lab.inventory, ("wipe", "image"), lab.root / "system.wimg")
    return Session(job, lab.home.console, _going_on(lab.home, "zarqa-1", "ar"))


def certificates(lab: Lab) -> list[Mapping[str, Any]]:
    """Of the newest wipe that was done."""
    done = [one for one in lab.entries() if (one["stage"], one["outcome"]) == ("wipe", "done")]
    found: list[Mapping[str, Any]] = done[-1]["evidence"]["certificates"]
    return found


def until(made: Session, phase: str, seconds: float = 90) -> dict[str, Any]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        (told,) = made.told("fr")
        if told["phase"] == phase:
            return told
        time.sleep(0.2)
    raise AssertionError(f"never {phase}: {made.told('en')}")


def press(page: Browser, key: str) -> None:
    """A key, as from a keyboard."""
    codes = {"Tab": 9, "Enter": 13}
    told = {"key": key, "code": key, "windowsVirtualKeyCode": codes[key]}
    typed = {"text": "\r", "unmodifiedText": "\r"} if key == "Enter" else {}
    page.page("Input.dispatchKeyEvent", type="keyDown", **told, **typed)
    page.page("Input.dispatchKeyEvent", type="keyUp", **told)


def tab_to(page: Browser, test: str) -> None:
    """Tab until what has the focus fits."""
    for _ in range(12):
        press(page, "Tab")
        if page.ask(f"(here => {test})(document.activeElement)"):
            return
    raise AssertionError(f"the keyboard does not reach {test}")


def test_by_keyboard_alone_in_arabic_a_device_is_named_and_prepared(
    lab: Lab, tmp_path: Path
) -> None:
    disk = lab.add("pc1", computer(1))
    made = session(lab)
    made.look()
    with serving(made, "en") as served, browser(tmp_path) as page:
        page.open(served.address)
        page.until("document.documentElement.dir === 'ltr' && !!document.querySelector('h2')")
        tab_to(page, "here.dataset.language === 'ar'")
        press(page, "Enter")
        page.until(
            "document.documentElement.dir === 'rtl' && document.documentElement.lang === 'ar'"
        )
        page.until("!!document.querySelector('section[data-phase=ready]')")
        said = page.ask("document.body.innerText")
        assert words("ar")["serial"] in said
        assert "Latitude E6430" in said
        assert "BK5RJ01" not in page.ask("document.documentElement.outerHTML")
        assert page.ask("getComputedStyle(document.querySelector('label')).direction") == "rtl"
        unlabelled = (
            "[...document.querySelectorAll('input')].filter(one => !one.labels[0].textContent)"
        )
        assert page.ask(f"{unlabelled}.length === 0")
        tab_to(page, "here.name === 'person'")
        page.page("Input.insertText", text="ليلى")
        tab_to(page, "here.name === 'serial'")
        page.page("Input.insertText", text="WRONG")
        press(page, "Enter")
        page.until("!!document.querySelector('section[data-phase=failed]')")
        assert "WRONG" in page.ask("document.querySelector('.why').innerText")
        assert Path(disk).read_bytes()[:16] != bytes(16)  # untouched
        if not page.ask("document.activeElement.name === 'serial'"):
            tab_to(page, "here.name === 'serial'")
        page.page("Input.insertText", text="BK5RJ01")
        press(page, "Enter")
        page.until("!!document.querySelector('section[data-phase=running]')")
        page.until("!!document.querySelector('section[data-phase=done]')", 90)
        asked = page.ask("performance.getEntriesByType('resource').map(one => one.name)")
        assert asked
        assert all(one.startswith(served.address) for one in asked)
    assert stages(lab) == [PREPARED[0], ("wipe", "refused"), *PREPARED[1:]]
    assert {body["person"] for body in lab.entries()[1:]} == {"ليلى"}
    (certificate,) = certificates(lab)
    assert certificate["person"] == "ليلى"
    assert json.loads(lab.home.console.read_text()) == {"person": "ليلى", "begun": {}}


def test_after_a_power_cut_it_goes_on_where_it_was(lab: Lab) -> None:
    lab.add("pc1", computer(1))
    lab.home.console.parent.mkdir(parents=True, exist_ok=True)
    begun = {"pc1": "BK5RJ01", "gone": "X"}
    lab.home.console.write_text(json.dumps({"person": "Samir", "begun": begun}))
    made = session(lab)
    made.look()
    until(made, "done")
    assert stages(lab) == PREPARED
    assert certificates(lab)[0]["person"] == "Samir"
    (left,) = lab.home.pending.glob("*.json")  # for when it has started from its own disk
    assert left.stem == lab.entries()[-1]["device"]
    asked = pending.read(lab.home, left.stem)
    assert (asked.serial, asked.person, asked.language) == ("BK5RJ01", "Samir", "ar")
    again = session(lab)  # done already: nothing is begun anew
    again.look()
    until(again, "done")
    again.wait()
    assert stages(lab) == PREPARED


class Still:
    """A session in which nothing happens but that someone starts."""

    person = ""

    def __init__(self) -> None:
        self.started: list[tuple[str, str, str, bool]] = []

    def told(self, language: str) -> list[dict[str, Any]]:
        return []

    def start(self, host: str, serial: str, person: str, *, again: bool) -> bool:
        self.started.append((host, serial, person, again))
        return host == "pc1"


@pytest.fixture
def page() -> Iterator[tuple[Served, Still, Callable[..., int]]]:
    still = Still()
    with serving(still, "ar") as served:  # type: ignore[arg-type]

        def ask(method: str, path: str, body: str = "", **headers: str) -> int:
            connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
            told = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body or None, told)
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                assert "default-src 'none'" in str(answer.getheader("Content-Security-Policy"))
            connection.close()
            return answer.status

        yield served, still, ask


def test_only_the_page_itself_may_ask(page: tuple[Served, Still, Callable[..., int]]) -> None:
    served, still, ask = page
    root, here = f"/{served.token}", f"http://127.0.0.1:{served.port}"
    asked = {"host": "pc1", "serial": "X", "person": "Amal", "again": True}
    body, kind = json.dumps(asked), "application/json"
    assert ask("GET", f"{root}/") == 200
    assert ask("GET", f"{root}/words/ar") == 200
    assert ask("GET", "/wrong-token/") == 403
    assert ask("GET", f"{root}/", Host="evil.example") == 403  # a name pointed at us
    assert ask("GET", f"{root}/", Origin="http://evil.example") == 403
    assert ask("GET", f"{root}/", Sec_Fetch_Site="cross-site") == 403
    assert ask("GET", f"{root}/../../etc/passwd") == 404
    assert ask("GET", f"{root}/words/xx") == 404
    for headers in (
        {"Content_Type": kind},
        {"Content_Type": kind, "Origin": "null"},
        {"Content_Type": kind, "Origin": "http://evil.example"},
        {"Content_Type": kind, "Origin": "http://127.0.0.1:1"},
    ):
        assert ask("POST", f"{root}/start", body, **headers) == 403
    assert ask("POST", f"{root}/start", body, Origin=here, Content_Type="text/plain") == 400
    assert ask("POST", f"{root}/start", "{" * 9999, Origin=here, Content_Type=kind) == 400
    assert ask("POST", f"{root}/start", '["pc1"]', Origin=here, Content_Type=kind) == 400
    assert still.started == []
    assert ask("POST", f"{root}/start", body, Origin=here, Content_Type=kind) == 204
    assert still.started == [("pc1", "X", "Amal", True)]
    for bad in ({"person": None}, {"person": "A" * 200}, {"serial": 1}):
        told = json.dumps(asked | bad)
        assert ask("POST", f"{root}/start", told, Origin=here, Content_Type=kind) == 409
    assert len(still.started) == 1


def test_every_word_is_there_in_every_language() -> None:
    for language in LANGUAGES:
        told = words(language)
        assert set(STAGES) < set(told) == set(WORDS)
        assert not [word for word in told.values() if word.startswith("WASL-")]


def test_a_failed_run_is_over_before_the_next_one_begins(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the end of the first would be taken for the end of the second, and half called done."""
    lab.add("pc1", computer(1))
    made = session(lab, "Amal")
    made.look()
    until(made, "ready")
    failed, over = threading.Event(), threading.Event()

    def slow(job: Job, board: Board, tick: object, heard: Callable[[Outcome], None]) -> None:
        heard(Outcome("pc1", "wipe", "failed", {"msg": "no"}))
        failed.set()
        assert over.wait(20)

    monkeypatch.setattr(console, "apply", slow)
    assert made.start("pc1", "X")
    assert failed.wait(20)
    assert not made.start("pc1", "X")
    over.set()
    made.wait()
    assert [one["phase"] for one in made.told("en")] == ["failed"]
    assert made.start("pc1", "X")
    made.wait()


@pytest.mark.long
def test_a_device_that_came_back_is_done_again_when_the_technician_says_so(lab: Lab) -> None:
    disk = lab.add("pc1", computer(1))
    made = session(lab)
    made.look()
    until(made, "ready")
    assert not made.start("pc1", "BK5RJ01")  # nobody answers for it
    assert made.start("pc1", "BK5RJ01", "Amal")
    until(made, "done")
    made.wait()
    lab.fill(disk)  # a pupil worked with it
    later = session(lab)
    later.look()
    until(later, "done")
    assert not later.start("pc1", "BK5RJ01")
    assert later.start("pc1", "WRONG", again=True)
    until(later, "failed")
    later.wait()
    assert later.start("pc1", "BK5RJ01")  # once more, as the page says after a failure
    until(later, "done")
    later.wait()
    assert stages(lab) == [*PREPARED, ("wipe", "refused"), *PREPARED[1:]]
    assert certificates(lab)[0]["person"] == "Amal"  # asked once


@pytest.mark.long
def test_a_device_without_a_serial_goes_by_the_number_that_is_shown_and_printed(lab: Lab) -> None:
    lab.add("pc1", computer(1, serial="To be filled by O.E.M."))
    made = session(lab, "Amal")
    made.look()
    told = until(made, "ready")
    assert not told["label"]
    number = told["number"]
    assert (lab.home.papers / number / "label.pdf").read_bytes().startswith(b"%PDF")
    assert made.start("pc1", number.replace("-", " ").upper())
    until(made, "done")
    made.wait()
    assert stages(lab) == PREPARED


@dataclass
class Typed:
    """What a technician types, answer by answer; whoever reads on is at the end."""

    answers: list[str]

    def readline(self) -> str:
        return f"{self.answers.pop(0)}\n" if self.answers else ""

    def isatty(self) -> bool:
        return True


def in_text(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, language: str, *answers: str
) -> tuple[int, list[str]]:
    """The console in text mode; its status, and the answers that nobody asked for."""
    for variables in lab.hosts.values():
        variables.pop("wasl_wipe_serial", None)
        variables["wasl_person"] = ""
    monkeypatch.chdir(lab.root)
    monkeypatch.setenv("WASL_HOME", str(lab.root / ".wasl"))
    typed = Typed(list(answers))
    monkeypatch.setattr(Console, "interactive", property(lambda self: typed.isatty()))
    monkeypatch.setattr("sys.stdin", typed)
    verb = ("devices", "console", "jo", "--inventory", str(lab.inventory), "--text")
    image = ("--image", str(lab.root / "system.wimg"))
    return main([*verb, *image, "--language", language]), typed.answers


@pytest.mark.long
def test_in_text_it_asks_once_who_works_here_and_says_why_it_stopped(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In French where Arabic is asked for: the Linux text console cannot draw it."""
    disk = lab.add("pc1", computer(1, memory_mb=(1024, 0)))
    done = in_text(lab, monkeypatch, "ar", "", "Leïla", "WRONG", "BK5RJ01")
    assert done == (ExitCode.CLEAN, [])
    said, french = capsys.readouterr().err, words("fr")
    assert said.count(french["person"]) == 2  # no name was no answer
    assert said.count(french["serial"]) == 2
    assert "Latitude E6430" in said
    assert french["repair"] in said
    assert sentence("WASL-GRADE-MEMORY", {"memory": "1024", "needed": "3500"}, "fr") in said
    assert "WRONG" in said.partition(french["failed"])[2]
    assert french["wipe"] in said
    assert said.rstrip().endswith(french["done"])
    assert stages(lab) == [PREPARED[0], ("wipe", "refused"), *PREPARED[1:]]
    assert certificates(lab)[0]["person"] == "Leïla"

    lab.fill(disk)
    used = Path(disk).read_bytes()
    assert in_text(lab, monkeypatch, "en", "") == (ExitCode.CLEAN, [])  # left as it is
    assert Path(disk).read_bytes() == used
    assert words("en")["returned"] in capsys.readouterr().err
    assert in_text(lab, monkeypatch, "en", "BK5RJ01") == (ExitCode.CLEAN, [])
    assert stages(lab)[6:] == PREPARED[1:]


def test_in_text_the_end_of_what_is_typed_stops_it(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = lab.add("pc1", computer(1))
    before = Path(disk).read_bytes()
    assert in_text(lab, monkeypatch, "fr") == (ExitCode.FAILED, [])
    assert in_text(lab, monkeypatch, "fr", "Amal") == (ExitCode.FAILED, [])
    assert Path(disk).read_bytes() == before


def test_in_text_somebody_must_be_there(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab.add("pc1", computer(1))
    monkeypatch.setattr(Typed, "isatty", lambda self: False)
    assert in_text(lab, monkeypatch, "en", "Amal") == (ExitCode.USAGE, ["Amal"])
    assert "nobody is here to answer" in capsys.readouterr().err
