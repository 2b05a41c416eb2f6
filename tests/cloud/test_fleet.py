"""Many stacks side by side: results in order, failures kept apart, figures for the screen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from wasl.cli.console import Console
from wasl.cli.context import Context
from wasl.cli.fleet import ended
from wasl.errors import ExitCode, WaslError
from wasl.planes.cloud import room
from wasl.planes.cloud.command import Interrupted
from wasl.planes.cloud.fleet import Fleet
from wasl.planes.cloud.progress import Board, counted
from wasl.planes.cloud.recover import Recovered
from wasl.planes.cloud.stacks import Stacks
from wasl.planes.cloud.target import Target
from wasl.planes.cloud.torn import caught_up, is_older, keep, mend
from wasl.planes.cloud.work import Worker

NAMES = ("jo", "tn", "eg")


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    target = Target(
        tmp_path,
        tmp_path,
        "https://elsewhere",
        sandbox=False,
        pulumi=tmp_path,
        version="3",
        environment=dict(os.environ),
    )
    return Fleet(Stacks(target, lambda: None), Board(NAMES), width=2)


def test_results_come_in_order_and_a_failure_stays_alone(fleet: Fleet) -> None:
    def work(name: str) -> str:
        if name == "tn":
            raise WaslError("WASL-X", "no")
        return name.upper()

    results = fleet.run(work, NAMES, lambda: None)
    assert [result.value for result in results] == ["JO", None, "EG"]
    assert [result.error and result.error.code for result in results] == [None, "WASL-X", None]
    assert [row.failed for row in fleet.board.lines()] == [False, True, False]


def test_a_defect_is_kept_in_a_file(fleet: Fleet) -> None:
    def work(name: str) -> str:
        raise KeyError(name)

    (result,) = fleet.run(work, ["jo"], lambda: None)
    assert result.error is not None
    assert result.error.code == "WASL-BUG"
    (file,) = (fleet.stacks.target.home / "bugs").iterdir()
    assert str(file) in result.error.what
    assert "Traceback" in file.read_text()


def test_a_cancelled_run_says_what_was_not_begun(fleet: Fleet) -> None:
    def work(name: str) -> str:
        fleet.stacks.calls.cancel()
        raise Interrupted

    assert all(result.interrupted for result in fleet.run(work, NAMES, lambda: None))


class _Stopped(Worker):
    """Stopped by Ctrl-C, or by a disk that fills up, as the engine has lifted protection."""

    def _caught_up(self, name: str) -> Recovered:
        return Recovered(None)

    def _unprotect(self, recovered: Recovered, name: str) -> None:
        self.stacks.calls.cancel()

    def _engine(self, name: str, configuration: Path | None = None) -> Any:
        raise Interrupted

    @contextmanager
    def _journalled(self, verb: str, name: str, **detail: object) -> Iterator[None]:
        yield


def test_production_that_lost_its_protection_alone_is_said(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    worker = _Stopped(fleet.stacks, fleet.board, print)
    context = Context(fleet.stacks.target.root, fleet.stacks.target.home, Console())
    (result,) = fleet.run(lambda name: worker.destroy(name, unprotect=True), ["jo"], lambda: None)
    with pytest.raises(KeyboardInterrupt):
        ended(context, "destroy", [result])
    context.console.interrupted()
    said = capsys.readouterr().err
    assert "WASL-CLOUD-UNPROTECTED" in said
    assert "destroy of jo: begun, not finished" in said

    fleet.full = WaslError("WASL-DISK-FULL", "full")
    result = fleet._safely(lambda name: worker.destroy(name, unprotect=True), "jo")
    assert ended(context, "destroy", [result]) is ExitCode.FAILED
    said = capsys.readouterr().err
    assert "WASL-DISK-FULL" in said
    assert "WASL-CLOUD-UNPROTECTED" in said


def test_no_run_begins_on_a_full_disk(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "TO_BEGIN", 1 << 60)
    with pytest.raises(WaslError) as caught:
        fleet.run(str, NAMES, lambda: None)
    assert caught.value.code == "WASL-DISK-FULL"


def test_a_run_stops_while_there_is_room(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "TO_GO_ON", 1 << 60)

    def work(name: str) -> str:
        while not fleet.stacks.calls.cancelled:
            pass
        raise WaslError("WASL-CLOUD-FAILED", "cancelled")

    results = fleet.run(work, NAMES, lambda: None)
    assert {result.error and result.error.code for result in results} == {"WASL-DISK-FULL"}
    assert not any(result.interrupted for result in results)


def test_the_board_tells_news_once(fleet: Fleet) -> None:
    board = fleet.board
    board.phase("jo", "up", total=3)
    board.step("jo")
    board.end("jo", "fine")
    assert [(row.name, row.phase) for row in board.news()] == [("jo", "up"), ("jo", "done")]
    assert board.news() == []
    assert (board.row("jo").done, board.row("jo").total) == (1, 3)


def test_counts_in_words() -> None:
    assert counted({"same": 2, "create": 1}) == "1 created, 2 unchanged"
    assert counted({}) == "nothing there"


def test_a_torn_state_is_its_last_copy_again(tmp_path: Path) -> None:
    state = tmp_path / ".pulumi/stacks/wasl/jo.json"
    state.parent.mkdir(parents=True)
    copy, side = state.with_name("jo.json.bak"), state.with_name("jo.json.attrs")
    state.write_text('{"a": ')
    copy.write_text('{"a": 1}')
    side.write_text("")
    assert len(list(mend(tmp_path, "jo"))) == 2
    assert state.read_text() == '{"a": 1}'
    assert not side.exists()
    assert list(mend(tmp_path, "jo")) == []
    keep(tmp_path, "jo")
    state.write_text("{")
    copy.write_text("{")
    assert len(list(mend(tmp_path, "jo"))) == 1
    assert state.read_text() == '{"a": 1}', "as it was before the run"
    assert is_older(tmp_path, "jo"), "until what was made since is found again"
    caught_up(tmp_path, "jo")
    assert not is_older(tmp_path, "jo")


def test_nothing_whole_is_left_to_go_back_to(tmp_path: Path) -> None:
    state = tmp_path / ".pulumi/stacks/wasl/jo.json"
    state.parent.mkdir(parents=True)
    state.write_text("{")
    keep(tmp_path, "jo")
    assert list(mend(tmp_path, "jo")) == []
    assert state.read_text() == "{"


def test_room_is_held_and_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "RESERVE", 1 << 20)

    def held() -> list[int]:
        found = []
        for one in Path("/proc/self/fd").iterdir():
            with suppress(FileNotFoundError):
                if os.readlink(one).startswith(str(tmp_path)):
                    found.append(one.stat().st_blocks * 512)
        return found

    with room.reserve([tmp_path, tmp_path]) as spare:
        assert held() == [1 << 20]
        spare.close()
        assert held() == []
