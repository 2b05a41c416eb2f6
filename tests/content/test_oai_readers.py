"""Pages read by other processes: what is stored, what is raised, and how the processes end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from multiprocessing import active_children
from pathlib import Path

import pytest

from integrations.content.catalogue import Catalogue
from integrations.content.faults import Refused
from integrations.content.oai import provider
from integrations.content.oai.harvest import harvest
from integrations.content.oai.pages import Page
from integrations.content.oai.provider import Provider
from integrations.content.oai.readers import reader
from integrations.content.web import Web
from tests.content.provider import Answer, identify, serving
from tests.content.records import deleted, dublin_core, lesson, list_records, record
from tests.content.test_oai_harvest import NOW, Source
from tests.manifest.conftest import ROOT
from wasl.errors import WaslError
from wasl.manifest.content import OaiFeed

PAGE = list_records([lesson(1), lesson(2)], "on")
FEED = OaiFeed(kind="oai", name="f", url="http://catalogue.example/oai")


def count(page: Page) -> int:
    return len(list(page.records()))


def fail(error: Callable[[], Exception]) -> Callable[[Page], None]:
    def make(_page: Page) -> None:
        raise error()

    return make


class StrangeError(Exception):
    """One that cannot be made again from what it says."""

    def __init__(self, one: int, other: int) -> None:
        super().__init__(f"{one} and {other}")


@pytest.fixture(autouse=True)
def _none_left() -> Iterator[None]:
    yield
    assert active_children() == []


def test_a_page_and_what_is_made_of_it() -> None:
    with reader(count) as one:
        for _turn in range(2):
            one.send(PAGE)
            assert one.page().token == "on"
            assert one.made() == 2


def test_a_refused_page_costs_itself_alone() -> None:
    with reader(count) as one:
        one.send(b"<html/>")
        with pytest.raises(Refused) as raised:
            one.page()
        assert raised.value.fault.code == "WASL-CONTENT-NOT-OAI"
        assert raised.value.fault.arguments == {"found": "html"}
        assert str(raised.value) == "WASL-CONTENT-NOT-OAI: {'found': 'html'}"
        one.send(PAGE)
        assert one.page().token == "on"
        assert one.made() == 2


@pytest.mark.parametrize(
    ("error", "kind"),
    [(lambda: ValueError("odd"), ValueError), (lambda: StrangeError(1, 2), RuntimeError)],
)
def test_what_nobody_expects_is_told(error: Callable[[], Exception], kind: type[Exception]) -> None:
    with reader(fail(error)) as one:
        one.send(PAGE)
        one.page()
        with pytest.raises(kind) as raised:
            one.made()
    told = "".join([str(raised.value), *getattr(raised.value, "__notes__", [])])
    assert "raise error()" in told


def test_a_reader_that_is_killed_is_told_as_such() -> None:
    with reader(count) as one:
        (process,) = active_children()
        process.kill()
        process.join()
        with pytest.raises(WaslError) as raised:
            one.page()
    assert raised.value.code == "WASL-CONTENT-READER"


def test_an_interruption_is_not_the_readers_to_answer() -> None:
    with reader(count) as one:
        (process,) = active_children()
        assert process.pid is not None
        os.kill(process.pid, signal.SIGINT)
        one.send(PAGE)
        one.page()
        assert one.made() == 2


def test_a_reader_holds_no_file_but_its_own(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w"), reader(count) as one, reader(count):
        one.send(PAGE)
        one.page()
        one.made()
        process = min(active_children(), key=lambda child: child.pid or 0)
        held = {name for name in os.listdir(f"/proc/{process.pid}/fd") if int(name) > 2}
        assert len(held) == 1


def test_one_page_starts_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "reader", fail(AssertionError))
    with Catalogue(tmp_path / "catalogue.sqlite3") as catalogue:
        run(catalogue, Source([lesson(1)]), provider.READERS)
        assert catalogue.count("f") == 1


def run(catalogue: Catalogue, source: Callable[..., Answer], readers: int) -> None:
    with serving(source) as url, Web(allow_private=True) as web:
        harvest(FEED, Provider(url, web, readers), catalogue, now=NOW)


def mixed() -> list[str]:
    """Records of every sort."""
    return [
        lesson(0),
        deleted("oai:catalogue.example:0"),
        record("untitled", dublin_core([("creator", "x")])),
        record("", dublin_core([("title", "nameless")])),
        record("odd", dublin_core([("title", " a \n b "), ("title@fr", "é"), ("coverage", "x")])),
        *(lesson(number) for number in range(1, 8)),
    ]


def test_the_same_is_stored_whoever_reads(tmp_path: Path) -> None:
    broken = list_records(mixed()[6:9], "9").replace(b"</dc:creator>", b"</x>", 1)
    stored = []
    for readers in (0, 2):
        with Catalogue(tmp_path / f"{readers}.sqlite3") as catalogue:
            source = Source(mixed(), 3, deletions="no", faults={3: Answer(broken)})
            source.listed = [f"oai:catalogue.example:{number}" for number in range(5)]
            run(catalogue, source, readers)
            stored.append(
                [
                    catalogue._db.execute(f"SELECT {what} ORDER BY 1, 2").fetchall()
                    for what in (
                        "* FROM page",
                        "* FROM record",
                        "* FROM feed",
                        "place, code, arguments FROM quarantine",
                    )
                ]
            )
    assert stored[0] == stored[1]
    assert [len(rows) for rows in stored[0]] == [4, 8, 1, 3]


def test_the_readers_end_with_a_harvest_that_is_killed(tmp_path: Path) -> None:
    reached, on = threading.Event(), threading.Event()

    def respond(path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        if query.get("verb") == "Identify":
            return Answer(identify())
        page = int(query.get("resumptionToken", "0"))
        if page == 3:
            reached.set()
            on.wait(60)
        return Answer(list_records([lesson(page)], str(page + 1)))

    with serving(respond) as url:
        program = (
            "import sys; from pathlib import Path; from tests.content import test_oai_readers as t;"
            "t.endless(Path(sys.argv[1]), sys.argv[2])"
        )
        process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path), url], cwd=ROOT)
        try:
            assert reached.wait(60)
            tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
            readers = [int(pid) for task in tasks for pid in task.read_text().split()]
            assert len(readers) == provider.READERS
        finally:
            process.kill()
            process.wait()
            on.set()
        until = time.monotonic() + 10
        while any(map(runs, readers)):
            assert time.monotonic() < until
            time.sleep(0.01)


def endless(folder: Path, url: str) -> None:
    """A harvest that somebody ends."""
    with Catalogue(folder / "catalogue.sqlite3") as catalogue, Web(allow_private=True) as web:
        harvest(FEED, Provider(url, web), catalogue, now=NOW)


def runs(pid: int) -> bool:
    """Whether a process has not ended (one that nobody has waited for yet has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
