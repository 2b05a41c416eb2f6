"""The journal: a chain that shows what was altered, cut out, torn or never ended."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

import pytest

from wasl.errors import WaslError
from wasl.journal import Entry, FolderStore, Journal, Line, entries, lines


@pytest.fixture
def kept(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "journal")


def run(store: FolderStore, *verbs: str) -> Path:
    """One run of some units of work; its segment."""
    journal = Journal(store, "digest-of-the-manifest")
    for verb in verbs:
        with journal.unit(verb, "jo") as outcome:
            outcome["steps"] = 3
    return store.folder / f"{journal.run}.jsonl"


def broken_at(store: FolderStore) -> str:
    """Where reading stops, and how much was read until then."""
    read: list[Line] = []
    with pytest.raises(WaslError) as caught:
        read.extend(lines(store))
    assert caught.value.code == "WASL-JOURNAL-BROKEN"
    return f"{caught.value.where} after {len(read)}"


def test_intent_comes_before_the_work_and_outcome_after(kept: FolderStore) -> None:
    journal = Journal(kept, "digest-of-the-manifest")
    with journal.unit("up", "jo", changes=7) as outcome:
        (intent,) = entries(kept)
        outcome["steps"] = 7
    _, told = entries(kept)
    assert (intent.event, intent.verb, intent.target) == ("intent", "up", "jo")
    assert intent.detail == {"changes": 7}
    assert (told.event, told.detail) == ("outcome", {"result": "ok", "steps": 7})
    assert {intent.manifest, told.manifest} == {"digest-of-the-manifest"}
    assert {intent.run, told.run} == {journal.run}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (WaslError("WASL-X", "x", where="here", hint="do"), "WASL-X"),
        (OSError("x"), "OSError"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
    ],
)
def test_a_failure_is_told_and_raised_on(
    kept: FolderStore, error: BaseException, code: str
) -> None:
    with pytest.raises(type(error)), Journal(kept).unit("up", "jo"):
        raise error
    assert [entry.detail.get("error") for entry in entries(kept)] == [None, code]


def test_runs_follow_each_other_over_segments(kept: FolderStore) -> None:
    first, second = run(kept, "up"), run(kept, "up", "destroy")
    assert kept.names() == [first.name, second.name]
    assert [entry.verb for entry in entries(kept)] == ["up"] * 4 + ["destroy"] * 2
    told = list(lines(kept))
    assert [line.number for line in told] == [1, 2, 1, 2, 3, 4]
    assert [line.entry.previous for line in told[1:]] == [line.digest for line in told[:-1]]


def test_two_runs_may_begin_from_one_tip(kept: FolderStore) -> None:
    """Two laptops that could not see each other: both chains hold, and the next run's too."""
    run(kept, "up")
    one, other = Journal(kept), Journal(kept)
    one.note("recover", "jo")
    other.note("recover", "jo")
    run(kept, "destroy")
    assert len(list(entries(kept))) == 6


class _Clock(datetime):
    """A laptop's, which is so many minutes fast."""

    fast = 0

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) + timedelta(minutes=cls.fast)


def by_a_clock(store: FolderStore, monkeypatch: pytest.MonkeyPatch, fast: int) -> Path:
    monkeypatch.setattr("wasl.journal.datetime", _Clock)
    monkeypatch.setattr(_Clock, "fast", fast)
    return run(store, "up")


def test_who_comes_after_a_fast_clock_is_named_after_it(
    kept: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    segments = [by_a_clock(kept, monkeypatch, fast).name for fast in (5, 0, 0, 20)]
    assert kept.names() == segments
    told = list(lines(kept))
    assert [line.entry.previous for line in told[1:]] == [line.digest for line in told[:-1]]


def test_a_segment_may_follow_from_one_that_sorts_after_it(
    kept: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As journals have it that were written before names minded the clock."""
    fast = by_a_clock(kept, monkeypatch, 5)
    path = by_a_clock(kept, monkeypatch, 0)
    path.rename(path.with_name(f"2000{path.name[4:]}"))
    assert len(list(lines(kept))) == 4
    text = fast.read_text()
    fast.write_text(text.replace('"steps": 3', '"steps": 4'))
    assert broken_at(kept) == f"2000{path.name[4:]}:1 after 0"
    fast.unlink()
    assert broken_at(kept) == f"2000{path.name[4:]}:1 after 0"


def test_segments_are_read_side_by_side(kept: FolderStore) -> None:
    """From a bucket each takes its time."""
    expected = [run(kept, "up").name for _ in range(4)]
    together = threading.Barrier(4)

    class Slow(FolderStore):
        def read(self, name: str) -> bytes:
            together.wait(timeout=10)
            return super().read(name)

    told = [line.segment for line in lines(Slow(kept.folder))]
    assert told == [name for name in expected for _ in range(2)]


def test_an_altered_line_is_named(kept: FolderStore) -> None:
    path = run(kept, "up", "destroy")
    text = path.read_text()
    path.write_text(text.replace('"verb": "up"', '"verb": "no"', 1))
    assert broken_at(kept) == f"{path.name}:2 after 1"


def test_an_altered_last_line_breaks_what_came_after_it(kept: FolderStore) -> None:
    path, later = run(kept, "up"), run(kept, "destroy")
    path.write_text(path.read_text().replace('"steps": 3', '"steps": 4'))
    assert broken_at(kept) == f"{later.name}:1 after 2"


def test_a_segment_cut_out_of_the_middle_is_missed(kept: FolderStore) -> None:
    run(kept, "up")
    middle, last = run(kept, "up"), run(kept, "destroy")
    middle.unlink()
    assert broken_at(kept) == f"{last.name}:1 after 2"


def test_what_is_no_entry_is_named(kept: FolderStore) -> None:
    path = run(kept, "up")
    path.write_text("{}\n")
    assert broken_at(kept) == f"{path.name}:1 after 0"


def test_a_torn_last_line_ends_its_segment_and_the_next_run_goes_on(kept: FolderStore) -> None:
    """A power cut: what was not written whole was not told, and nobody follows from it."""
    path = run(kept, "up")
    path.write_bytes(path.read_bytes()[:-20])
    assert [entry.event for entry in entries(kept)] == ["intent"]
    run(kept, "up")
    assert [entry.event for entry in entries(kept)] == ["intent", "intent", "outcome"]


def test_a_killed_run_leaves_an_intent_without_an_outcome(kept: FolderStore) -> None:
    unit = Journal(kept).unit("up", "jo")
    unit.__enter__()  # the process ends here
    run(kept, "up")
    told: list[Entry] = list(entries(kept))
    assert [entry.event for entry in told] == ["intent", "intent", "outcome"]
    assert told[0].run != told[1].run


def test_a_segment_is_only_ever_extended(kept: FolderStore) -> None:
    journal = Journal(kept)
    journal.note("recover", "jo")
    path = kept.folder / f"{journal.run}.jsonl"
    before, file = path.read_bytes(), path.stat().st_ino
    journal.note("recover", "jo")
    assert path.read_bytes().startswith(before)
    assert path.stat().st_ino == file
