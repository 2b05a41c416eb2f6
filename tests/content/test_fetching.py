"""The files of a feed's resources brought here: what is fetched, how often, and what stays."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from integrations.content.catalogue import Catalogue
from tests.content.conftest import Country, row
from tests.content.provider import Answer, identify, serving
from tests.content.records import dublin_core, list_records, record
from tests.content.test_download import zipped
from tests.content.test_kills import prepare

pytestmark = pytest.mark.usefixtures("library_only")

PDF = b"%PDF-1.4\n" + b"a lesson\n" * 30_000


@dataclass
class Provider:
    """A catalogue whose records name these files, and what was asked of it."""

    names: list[str]
    body: Callable[[str], bytes] = lambda name: PDF + name.encode()
    whole: list[str] = field(default_factory=list)

    def __call__(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        if path.startswith("/files/"):
            return self.file(path.removeprefix("/files/"), headers)
        if query.get("verb") == "Identify":
            return Answer(identify())
        if "from" in query:
            return Answer(list_records([], ""))
        base = f"http://{headers['Host']}/files"
        found = [self.record(number, f"{base}/{name}") for number, name in enumerate(self.names)]
        return Answer(list_records(found, ""))

    def record(self, number: int, file: str) -> str:
        rows = [("title@ar", f"الدرس {number}"), ("language", "ar"), ("rights", "CC BY 4.0")]
        return record(f"oai:{number:03}", dublin_core([*rows, ("identifier", file)]))

    def file(self, name: str, headers: Mapping[str, str]) -> Answer:
        tag = f'"{name}"'
        asked = {key.casefold(): value for key, value in headers.items()}
        if asked.get("if-none-match") == tag:
            return Answer(b"", 304, {"ETag": tag})
        self.whole.append(name)
        return Answer(self.body(name), headers={"ETag": tag})


def test_a_file_that_several_resources_name_is_fetched_once(country: Country) -> None:
    """Four threads would else write into one part."""
    provider = Provider(["book.pdf"] * 8)
    with serving(provider) as url:
        prepare(country, url)
        made, receipts = country.apply()
    assert provider.whole == ["book.pdf"]
    assert made.failed == []
    assert "1 resources, " in receipts[0]
    (sha256,) = country.setting.objects.all()
    assert country.setting.objects.path(sha256).read_bytes() == provider.body("book.pdf")


def test_a_file_that_cannot_be_had_is_asked_for_once(country: Country) -> None:
    provider = Provider(["book.pdf"] * 8, body=lambda _name: b"no book")
    with serving(provider) as url:
        prepare(country, url)
        made, _receipts = country.apply()
    assert provider.whole == ["book.pdf"]
    assert [one.fault.code for one in made.failed] == ["WASL-CONTENT-TYPE"] * 8


def test_what_the_budget_leaves_out_is_not_fetched_again(country: Country) -> None:
    names = [f"{number}.pdf" for number in range(5)]
    provider = Provider(names, body=lambda name: PDF * 2 + name.encode())
    country.section = {"device_budget_mb": 1}
    with serving(provider) as url:
        prepare(country, url)
        made, _receipts = country.apply()
        assert len(made.items["library"]) == 1
        assert len(provider.whole) == 5
        country.apply()
    assert len(provider.whole) == 5


def test_each_file_is_written_down_as_it_comes(country: Country) -> None:
    """A killed run would else fetch again whatever came while another file was slow."""
    names = [f"{number}.pdf" for number in range(9)]
    written: list[int] = []

    def body(name: str) -> bytes:
        until = time.monotonic() + 10
        while name == names[0] and time.monotonic() < until:
            with Catalogue(country.setting.folder / "catalogue.sqlite3") as catalogue:
                (count,) = catalogue._db.execute("SELECT count(*) FROM file").fetchone()
            written.append(count)
            if count == len(names) - 1:
                break
            time.sleep(0.02)
        return PDF + name.encode()

    with serving(Provider(names, body)) as url:
        prepare(country, url)
        made, _receipts = country.apply()
    assert written[-1] == len(names) - 1
    assert [item.id for item in made.items["library"]] == [f"oai:{n:03}" for n in range(9)]


def test_an_application_takes_the_room_of_what_it_holds(country: Country) -> None:
    country.write(row(1), row(2, file="application.zip"))
    page = b"<!doctype html><html><p>a</p></html>"
    data = zipped({"index.html": page, "table.csv": b"1;2;3;4\n" * 200_000})
    assert len(data) < 100_000
    (country.feed / "application.zip").write_bytes(data)
    country.section = {"device_budget_mb": 1}
    made, _receipts = country.apply()
    assert [item.id for item in made.items["library"]] == ["lesson:1"]
    assert [left.reason.id for left in made.left] == ["WASL-CONTENT-BUDGET"]
