"""`wasl board`, `status` and `log` on a programme in the middle of its work."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.board.sample import Programme, programme
from wasl.cli.main import main


@pytest.fixture
def at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programme:
    made = programme(tmp_path)
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("WASL_HOME", str(made.home))
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    return made


def segment(made: Programme, plane: str, code: str) -> Path:
    (path,) = (made.home / plane / code / "journal").glob("*.jsonl")
    return path


def test_the_page_is_written_where_it_was_asked_for(
    at_work: Programme, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["board", "-o", str(tmp_path / "page.html")]) == 0
    assert str(tmp_path / "page.html") in capsys.readouterr().out
    assert main(["board"]) == 0
    assert (at_work.home / "board.html").exists()


def test_status_says_the_board_s_numbers(
    at_work: Programme, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status"]) == 0
    told = capsys.readouterr().out
    assert "Learners with an account 1,873" in told
    assert "Devices handed over 24" in told
    assert "✕ Cloud: failed" in told
    assert main(["status", "--format", "json"]) == 0
    record = json.loads(capsys.readouterr().out)
    jordan = next(one for one in record["countries"] if one["code"] == "jo")
    assert jordan["figures"]["learners"]["value"] == 1873
    assert jordan["planes"]["identity"]["findings"] == {
        "how": "hidden",
        "value": None,
        "evidence": jordan["planes"]["identity"]["findings"]["evidence"],
    }


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_status_speaks_the_language_asked_for(
    at_work: Programme, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    assert main(["status", "--language", language]) == 0
    told = capsys.readouterr().out
    assert {"ar": "متعلمون لهم حساب 1,873", "fr": "Élèves ayant un compte 1"}[language] in told


def test_log_says_who_did_what_by_which_manifest(
    at_work: Programme, capsys: pytest.CaptureFixture[str]
) -> None:
    version = at_work.digest("tn")
    assert main(["log", "tn"]) == 0
    told = capsys.readouterr().out
    (line,) = (line for line in told.splitlines() if " up tn" in line)
    assert "@" in line
    assert line.endswith(f"done  (manifest {version[:12]})")
    assert "the chain holds" in told
    assert main(["log", "lb"]) == 0
    assert "up lb  failed: OSError" in capsys.readouterr().out


def test_log_keeps_the_order_of_what_was_done_within_a_second(
    at_work: Programme, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = at_work.journal("content", "sd")
    for number in range(12):
        journal.note(f"step-{number}", "sd")
    assert main(["log", "sd", "--plane", "content"]) == 0
    told = capsys.readouterr().out
    assert re.findall(r"step-(\d+)", told) == [str(number) for number in range(12)]


def test_log_limits_and_says_so(at_work: Programme, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "jo", "--limit", "3"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("(")
    assert "earlier lines" in told[0]
    assert sum(" (manifest " in line for line in told) == 3


def test_log_says_where_nothing_was_done(
    at_work: Programme,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WASL_HOME", str(tmp_path / "empty"))
    assert main(["log", "jo"]) == 0
    assert capsys.readouterr().out == "nothing has been done here yet\n"


@pytest.mark.parametrize("plane", ["identity", "content"])
def test_an_altered_line_breaks_the_chain_and_is_named(
    at_work: Programme, capsys: pytest.CaptureFixture[str], plane: str
) -> None:
    path = segment(at_work, plane, "jo")
    lines = path.read_text("utf-8").splitlines(keepends=True)
    lines[0] = lines[0].replace('"event": "intent"', '"event":  "intent"')
    path.write_text("".join(lines), "utf-8")
    assert main(["log", "jo"]) == 1
    told = capsys.readouterr()
    assert "WASL-JOURNAL-BROKEN" in told.err
    assert f"{path.name}:2" in told.err
    assert "handover" in told.out
    assert main(["status"]) == 0
    assert "cannot be told" in capsys.readouterr().out


def test_an_altered_record_is_named_and_its_device_not_counted(
    at_work: Programme, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = sorted((at_work.home / "devices/jo/records").glob("*/*.jsonl"))
    path = next(one for one in paths if '"handover"' in one.read_text("utf-8"))
    path.write_text(path.read_text("utf-8").replace("Latitude", "latitude"), "utf-8")
    assert main(["log", "jo"]) == 1
    assert path.parent.name in capsys.readouterr().err
    assert main(["status"]) == 0
    told = capsys.readouterr().out
    assert "Devices handed over 23" in told
    assert "Some records do not hold" in told


def test_an_unknown_country_is_a_usage_error_with_the_known_ones(
    at_work: Programme, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["log", "xx"]) == 1
    assert "Known: " in capsys.readouterr().err
    assert main(["log", "jo", "--limit", "-1"]) == 64


def test_log_speaks_arabic_and_json(at_work: Programme, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "tn", "--language", "ar"]) == 0
    assert "السلسلة سليمة" in capsys.readouterr().out
    assert main(["log", "tn", "--plane", "identity", "--format", "json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert {deed["plane"] for deed in record["deeds"]} == {"identity"}
    assert record["problems"] == []


def test_a_run_that_was_cut_off_is_told_as_such(
    at_work: Programme, capsys: pytest.CaptureFixture[str]
) -> None:
    at_work.cut_off("cloud", "tn", "up")
    assert main(["log", "tn"]) == 0
    told = capsys.readouterr().out
    assert "up tn  begun, no outcome" in told
    assert "up tn  done" in told
