"""The console in a real browser: by keyboard alone, three languages, no stranger let in."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.content.browser import Browser, browser
from tests.devices.lab import Lab, computer
from wasl.messages import LANGUAGES
from wasl.planes.devices.board import Board
from wasl.planes.devices.console import session as console
from wasl.planes.devices.console.server import WORDS, Served, serving, words
from wasl.planes.devices.console.session import Session
from wasl.planes.devices.loop import loop_disk, why_not
from wasl.planes.devices.prepare import Job
from wasl.planes.devices.runner import Outcome

pytestmark = pytest.mark.slow


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    if reason := why_not():
        pytest.skip(reason)
    with ExitStack() as stack:

        def disk(name: str, size: int) -> str:
            return stack.enter_context(loop_disk(tmp_path / f"{name}.img", size))

        made = Lab(tmp_path, disk)
        made.prepare()
        yield made


def session(lab: Lab) -> Session:
    for variables in lab.hosts.values():
        variables.pop("wasl_wipe_serial", None)  # the technician says it
    job = Job(lab.root, lab.home, lab.inventory, ("wipe", "image"), lab.root / "system.wimg")
    return Session(job, lab.home.console)


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
        assert page.ask("document.querySelector('input').labels[0].textContent.length > 3")
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
    assert [body["stage"] for body in lab.entries()] == ["intake", "wipe", "wipe", "image"]
    assert json.loads(lab.home.console.read_text()) == {}


def test_after_a_power_cut_it_goes_on_where_it_was(lab: Lab) -> None:
    lab.add("pc1", computer(1))
    lab.home.console.parent.mkdir(parents=True, exist_ok=True)
    lab.home.console.write_text(json.dumps({"pc1": "BK5RJ01", "gone": "X"}))
    made = session(lab)
    made.look()
    until(made, "done")
    assert [body["stage"] for body in lab.entries()] == ["intake", "wipe", "image"]
    again = session(lab)  # done already: nothing is begun anew
    again.look()
    until(again, "done")
    again.wait()
    assert len(lab.entries()) == 3


class Still:
    """A session in which nothing happens but that someone starts."""

    def __init__(self) -> None:
        self.started: list[tuple[str, str]] = []

    def told(self, language: str) -> list[dict[str, Any]]:
        return []

    def start(self, host: str, serial: str) -> bool:
        self.started.append((host, serial))
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
    body, kind = json.dumps({"host": "pc1", "serial": "X"}), "application/json"
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
    assert still.started == [("pc1", "X")]


def test_every_word_is_there_in_every_language() -> None:
    for language in LANGUAGES:
        told = words(language)
        assert set(told) == set(WORDS)
        assert not [word for word in told.values() if word.startswith("WASL-")]


def test_a_failed_run_is_over_before_the_next_one_begins(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the end of the first would be taken for the end of the second, and half called done."""
    lab.add("pc1", computer(1))
    made = session(lab)
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
