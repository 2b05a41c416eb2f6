"""Harvests against a tiny provider that behaves, and ones that do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integrations.content.catalogue import Catalogue
from integrations.content.faults import Refused
from integrations.content.oai.harvest import Tally, harvest
from integrations.content.oai.provider import Provider
from integrations.content.web import Web
from tests.content.provider import Answer, error, identify, serving
from tests.content.records import deleted, envelope, header, lesson, list_records
from wasl.errors import WaslError
from wasl.manifest.content import OaiFeed

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@dataclass
class Source:
    """A provider with a list of records, `size` a page, and what it was asked."""

    records: list[str]
    size: int = 2
    deletions: str = "persistent"
    granularity: str = "YYYY-MM-DDThh:mm:ssZ"
    asked: list[dict[str, str]] = field(default_factory=list)
    faults: dict[int, Answer] = field(default_factory=dict)
    listed: list[str] | None = None

    def __call__(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        if query.get("verb") == "Identify":
            return Answer(identify(deletions=self.deletions, granularity=self.granularity))
        self.asked.append(dict(query))
        fault = self.faults.pop(len(self.asked), None)
        if fault:
            return fault
        if query["verb"] == "ListIdentifiers":
            ids = "".join(header(name) for name in self.listed or ())
            return Answer(envelope(f"<ListIdentifiers>{ids}</ListIdentifiers>"))
        start = int(query.get("resumptionToken", "0"))
        if not self.records:
            return Answer(error("noRecordsMatch"))
        part = self.records[start : start + self.size]
        rest = start + self.size
        return Answer(list_records(part, str(rest) if rest < len(self.records) else ""))


@dataclass
class Bench:
    catalogue: Catalogue
    waits: list[float]

    def run(
        self,
        source: Source,
        *,
        now: datetime = NOW,
        feed: Mapping[str, object] = {},
        **more: object,
    ) -> Tally:
        here = {"kind": "oai", "name": "f", "url": "http://catalogue.example/oai"}
        told = {**here, **feed, **more}
        with serving(source) as url, Web(allow_private=True, sleep=self.waits.append) as web:
            settings = OaiFeed.model_validate(told)
            return harvest(settings, Provider(url, web), self.catalogue, now=now)

    @property
    def ids(self) -> list[str]:
        return [resource.id.rpartition(":")[2] for resource in self.catalogue.resources(["f"])]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with Catalogue(tmp_path / "catalogue.sqlite3") as catalogue:
        yield Bench(catalogue, [])


def lessons(*numbers: int) -> list[str]:
    return [lesson(number) for number in numbers]


def test_a_whole_list_and_then_only_what_is_new(bench: Bench) -> None:
    source = Source(lessons(1, 2, 3, 4, 5))
    assert bench.run(source).records == 5
    assert bench.ids == ["1", "2", "3", "4", "5"]
    assert "from" not in source.asked[0]
    later = Source(lessons(5, 6))
    bench.run(later)
    assert bench.ids == ["1", "2", "3", "4", "5", "6"]
    # The first answer's time less an hour of overlap.
    assert later.asked[0]["from"] == "2026-11-24T07:00:00Z"


def test_nothing_new_is_no_error(bench: Bench) -> None:
    assert bench.run(Source([])).records == 0


def test_3_3_1_days_where_the_provider_counts_days(bench: Bench) -> None:
    bench.run(Source(lessons(1), granularity="YYYY-MM-DD"))
    later = Source([], granularity="YYYY-MM-DD")
    bench.run(later)
    assert later.asked[0]["from"] == "2026-11-23"


def test_a_clock_that_runs_ahead_skips_nothing(bench: Bench) -> None:
    early = datetime(2026, 11, 1, tzinfo=UTC)
    bench.run(Source(lessons(1)), now=early)
    later = Source([])
    bench.run(later)
    assert later.asked[0]["from"] == "2026-10-31T23:00:00Z"


def test_2_5_1_persistent_deletions(bench: Bench) -> None:
    bench.run(Source(lessons(1, 2)))
    source = Source([deleted("oai:catalogue.example:1"), deleted("oai:catalogue.example:99")])
    assert not bench.run(source).swept
    assert bench.ids == ["2"]
    assert bench.catalogue.withdrawn(["f"]) == {"oai:catalogue.example:1"}


@pytest.mark.parametrize("deletions", ["no", "transient"])
def test_2_5_1_a_sweep_finds_what_the_provider_does_not_tell(bench: Bench, deletions: str) -> None:
    names = [f"oai:catalogue.example:{n}" for n in range(3)]
    bench.run(Source(lessons(0, 1, 2), deletions=deletions, listed=names))
    assert len(bench.ids) == 3
    later = NOW.replace(year=2027)
    assert bench.run(Source([], deletions=deletions, listed=names[1:]), now=later).swept
    assert bench.ids == ["1", "2"]


@pytest.mark.parametrize("token", ["", "<resumptionToken>2</resumptionToken>"])
def test_a_list_of_identifiers_that_cannot_be_read_withdraws_nothing(
    bench: Bench, token: str
) -> None:
    names = [f"oai:catalogue.example:{n}" for n in range(3)]
    source = Source(lessons(0, 1, 2), size=3, deletions="no", listed=names)
    bench.run(source)
    listed = header(names[0]).replace("</header>", "<setSpec>a & b</setSpec></header>")
    broken = Answer(envelope(f"<ListIdentifiers>{listed}{token}</ListIdentifiers>"))
    for answer in (broken, Answer(envelope(""))):
        with pytest.raises(Refused) as raised:
            bench.run(Source([], deletions="no", listed=names, faults={2: answer}))
        assert raised.value.fault.code == "WASL-CONTENT-XML"
        assert bench.ids == ["0", "1", "2"]


def test_what_a_sweep_names_again_is_given_back(bench: Bench) -> None:
    """Its page is kept as long as it may be: the provider does not send what did not change."""
    names = [f"oai:catalogue.example:{n}" for n in range(3)]
    bench.run(Source(lessons(0, 1, 2), deletions="no", listed=names))
    bench.run(Source([], deletions="no", listed=names[:1]))
    assert bench.ids == ["0"]
    bench.run(Source([], deletions="no", listed=names[:2]))
    assert bench.ids == ["0", "1"]


def test_a_sweep_that_would_withdraw_most_is_not_believed(bench: Bench) -> None:
    names = [f"oai:catalogue.example:{n}" for n in range(60)]
    bench.run(Source(lessons(*range(60)), size=60, deletions="no", listed=names))
    with pytest.raises(Refused) as raised:
        bench.run(Source([], deletions="no", listed=[]))
    assert raised.value.fault.code == "WASL-CONTENT-SWEEP"
    assert len(bench.ids) == 60


def test_a_sweep_that_is_meant_to_withdraw_most(bench: Bench) -> None:
    names = [f"oai:catalogue.example:{n}" for n in range(60)]
    bench.run(Source(lessons(*range(60)), size=60, deletions="no", listed=names))
    gone = Source([], deletions="no", listed=names[:10])
    with pytest.raises(Refused):
        bench.run(gone, may_withdraw=49)
    bench.run(gone, may_withdraw=50)
    assert len(bench.ids) == 10


@pytest.mark.parametrize(
    "other", [{"set": "b"}, {"url": "http://other.example/oai"}, {"prefix": "oai_dc2"}]
)
def test_another_source_is_harvested_whole_and_replaces_the_one_before(
    bench: Bench, other: dict[str, str]
) -> None:
    bench.run(Source(lessons(1, 2, 3)), set="a")
    source = Source([*lessons(3, 4), deleted("oai:catalogue.example:2")])
    bench.run(source, feed={"set": "a", **other})
    assert "from" not in source.asked[0]
    assert bench.ids == ["3", "4"]
    assert len(bench.catalogue.withdrawn(["f"])) == 2
    later = Source([])
    bench.run(later, feed={"set": "a", **other})
    assert "from" in later.asked[0]
    assert bench.ids == ["3", "4"]


def test_another_source_that_breaks_off_goes_on_and_withdraws_at_its_end(bench: Bench) -> None:
    bench.run(Source(lessons(1, 2, 3)), set="a")
    with pytest.raises(Refused):
        bench.run(Source(lessons(3, 4, 5, 6, 7), faults={2: Answer(b"", 404)}), set="b")
    assert bench.ids == ["1", "2", "3", "4"]
    source = Source(lessons(3, 4, 5, 6, 7))
    bench.run(source, set="b")
    assert source.asked[0]["resumptionToken"] == "2"
    assert bench.ids == ["3", "4", "5", "6", "7"]


def test_a_token_of_one_source_is_not_sent_to_another(bench: Bench) -> None:
    with pytest.raises(Refused):
        bench.run(Source(lessons(1, 2, 3), faults={2: Answer(b"", 404)}), set="a")
    source = Source(lessons(4))
    bench.run(source, set="b")
    assert "resumptionToken" not in source.asked[0]
    assert bench.ids == ["4"]


def test_another_source_without_anything_replaces_nothing(bench: Bench) -> None:
    bench.run(Source(lessons(*range(60)), size=60), set="a")
    for _again in range(2):
        with pytest.raises(Refused) as raised:
            bench.run(Source([]), set="mistyped")
        assert raised.value.fault.code == "WASL-CONTENT-SWEEP"
    assert len(bench.ids) == 60


def test_a_token_that_expires_midway_costs_a_new_list(bench: Bench) -> None:
    source = Source(lessons(1, 2, 3, 4, 5), faults={3: Answer(error("badResumptionToken"))})
    assert bench.run(source).restarts == 1
    assert bench.ids == ["1", "2", "3", "4", "5"]


def test_tokens_that_always_expire_end_in_a_refusal(bench: Bench) -> None:
    faults = {2 * n: Answer(error("badResumptionToken")) for n in range(1, 20)}
    with pytest.raises(Refused) as raised:
        bench.run(Source(lessons(1, 2, 3), faults=faults))
    assert raised.value.fault.code == "WASL-CONTENT-TOKENS"


def test_3_5_a_token_twice_is_a_loop(bench: Bench) -> None:
    loop = Answer(list_records(lessons(3), "2"))
    with pytest.raises(Refused) as raised:
        bench.run(Source(lessons(1, 2, 3, 4, 5, 6, 7), faults={2: loop}))
    assert raised.value.fault.code == "WASL-CONTENT-TOKEN-LOOP"
    assert "1" in bench.ids


def test_a_broken_off_harvest_goes_on_with_its_token(bench: Bench) -> None:
    with pytest.raises(Refused):
        bench.run(Source(lessons(1, 2, 3, 4, 5), faults={3: Answer(b"", 404)}))
    assert bench.ids == ["1", "2", "3", "4"]
    source = Source(lessons(1, 2, 3, 4, 5))
    bench.run(source)
    assert source.asked[0]["resumptionToken"] == "4"
    assert bench.ids == ["1", "2", "3", "4", "5"]


def test_503_is_waited_out_as_long_as_the_provider_asks(bench: Bench) -> None:
    busy = Answer(b"", 503, {"Retry-After": "17"})
    bench.run(Source(lessons(1, 2, 3), faults={2: busy}))
    assert bench.waits == [17.0]
    assert bench.ids == ["1", "2", "3"]


def test_an_answer_that_breaks_off_is_asked_for_again(bench: Bench) -> None:
    half = Answer(list_records(lessons(1, 2), "2"), cut=300)
    bench.run(Source(lessons(1, 2, 3), faults={1: half}))
    assert bench.ids == ["1", "2", "3"]


def test_an_answer_without_its_end_is_not_taken_for_the_last(bench: Bench) -> None:
    whole = list_records(lessons(3, 4), "4")
    half = Answer(whole[: whole.index(b"catalogue.example:4")])
    with pytest.raises(Refused) as raised:
        bench.run(Source(lessons(1, 2, 3, 4, 5), faults={2: half}))
    assert raised.value.fault.code == "WASL-CONTENT-XML"
    assert bench.ids == ["1", "2", "3"]
    source = Source(lessons(1, 2, 3, 4, 5))
    bench.run(source)
    assert source.asked[0]["resumptionToken"] == "2"
    assert bench.ids == ["1", "2", "3", "4", "5"]


def test_an_answer_without_a_list_is_not_taken_for_the_last(bench: Bench) -> None:
    with pytest.raises(Refused) as raised:
        bench.run(Source(lessons(1, 2, 3), faults={2: Answer(envelope(""))}))
    assert raised.value.fault.code == "WASL-CONTENT-XML"
    source = Source(lessons(1, 2, 3))
    bench.run(source)
    assert source.asked[0]["resumptionToken"] == "2"
    assert bench.ids == ["1", "2", "3"]


def test_a_record_that_cannot_be_read_is_set_aside_until_it_is_mended(bench: Bench) -> None:
    page = list_records(lessons(0, 1), "").replace(b"</dc:creator>", b"</x>", 1)
    bench.run(Source(lessons(0, 1), faults={1: Answer(page)}))
    assert bench.ids == ["1"]
    (aside,) = bench.catalogue.quarantine(["f"])
    assert aside.place == "oai:catalogue.example:0"
    bench.run(Source(lessons(0)))
    assert bench.catalogue.quarantine(["f"]) == []


def test_an_endless_record_ends_the_feed_and_keeps_what_came(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.content.oai.provider.PAGE_BYTES", 100_000)
    endless = list_records([lesson(3).replace("</dc:title>", "x" * 200_000 + "</dc:title>")], "")
    with pytest.raises(Refused) as raised:
        bench.run(Source(lessons(1, 2, 3), faults={2: Answer(endless)}))
    assert raised.value.fault.code == "WASL-CONTENT-TOO-LARGE"
    assert bench.ids == ["1", "2"]


@pytest.mark.parametrize("code", ["badArgument", "cannotDisseminateFormat", "noSetHierarchy"])
def test_3_6_other_errors_are_told(bench: Bench, code: str) -> None:
    with pytest.raises(Refused) as raised:
        bench.run(Source(lessons(1), faults={1: Answer(error(code))}))
    assert raised.value.fault.arguments["error"] == code


def test_the_original_is_kept(bench: Bench) -> None:
    bench.run(Source(lessons(1, 2, 3)))
    page, position = bench.catalogue.original("f", "oai:catalogue.example:2")
    assert position == 1
    assert b"<identifier>oai:catalogue.example:2</identifier>" in page


def test_pages_that_came_again_are_forgotten(bench: Bench) -> None:
    bench.run(Source(lessons(1, 2)))
    bench.run(Source(lessons(1, 2)))
    (pages,) = bench.catalogue._db.execute("SELECT count(*) FROM page").fetchone()
    assert pages == 1


def test_a_full_disk_ends_a_harvest_that_goes_on_when_there_is_room(bench: Bench) -> None:
    bench.run(Source([]))
    (pages,) = bench.catalogue._db.execute("PRAGMA page_count").fetchone()
    bench.catalogue._db.execute(f"PRAGMA max_page_count={pages + 3}")
    source = Source(lessons(*range(400)), size=40)
    with pytest.raises(WaslError) as raised:
        bench.run(source)
    assert raised.value.code == "WASL-DISK-FULL"
    kept = len(bench.ids)
    assert 0 < kept < 400
    assert kept % 40 == 0

    bench.catalogue._db.execute("PRAGMA max_page_count=1000000")
    later = Source(lessons(*range(400)), size=40)
    bench.run(later)
    assert later.asked[0]["resumptionToken"] == str(kept)
    assert len(bench.ids) == 400


def test_a_private_address_is_refused(bench: Bench) -> None:
    with serving(Source(lessons(1))) as url, Web() as web:
        feed = OaiFeed(kind="oai", name="f", url=url)
        with pytest.raises(Refused) as raised:
            harvest(feed, Provider(url, web), bench.catalogue, now=NOW)
    assert raised.value.fault.code == "WASL-CONTENT-ADDRESS"
