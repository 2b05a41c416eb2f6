"""Handing over: only what was verified, on one page, in the country's languages."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno

from playbooks.module_utils.wasl_device import handover as on_device
from playbooks.module_utils.wasl_device import record
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.identity import Identity
from playbooks.module_utils.wasl_device.machine import Output, Recording
from playbooks.module_utils.wasl_device.record import Work
from tests.devices.conftest import Ministry
from wasl.manifest.catalogue import load
from wasl.planes.devices import handover
from wasl.planes.devices.home import Home
from wasl.planes.devices.paper import press
from wasl.planes.devices.paper.facts import Facts
from wasl.planes.devices.paper.sections import Section, sections

ROOT = Path(__file__).resolve().parents[2]
WIPED = {"certificates": [{"method": "Clear", "serial": "<WD-1>", "disk": "/dev/sda"}]}
IMAGED = {"image": "school", "digest": "ab" * 32}


class Story:
    """One device's record as it grows."""

    def __init__(self, ministry: Ministry, laptop: Identity, folder: Path) -> None:
        self.home, self.laptop, self.station = Home(folder, "jo"), laptop, ministry.station()
        self.entries: list[record.Entry] = []

    def tell(self, *stages: str) -> list[record.Entry]:
        evidence = {"wipe": WIPED, "image": IMAGED}
        for stage in stages:
            name, _, outcome = stage.partition(" ")
            work = Work(name, outcome or "done", self.laptop, evidence.get(name, {}))  # type: ignore[arg-type]
            self.entries.append(record.append(self.home.records, self.station, work))
        return self.entries


@pytest.fixture
def story(ministry: Ministry, laptop: Identity, tmp_path: Path) -> Story:
    return Story(ministry, laptop, tmp_path)


def facts(story: Story, country: str = "jo") -> Facts:
    return Facts(load(ROOT).countries[country], "zarqa-1", "pupil", story.entries)


@pytest.mark.parametrize("after", ["wipe", "image failed", "configure", "verify failed"])
def test_what_was_done_since_must_be_verified_again(story: Story, after: str) -> None:
    story.tell("intake", "wipe", "image", "configure", "verify", "intake", "wipe refused")
    assert handover.verified(story.entries).stage == "verify"
    story.tell(after)
    with pytest.raises(DeviceError, match="WASL-HANDOVER-UNVERIFIED"):
        handover.verified(story.entries)
    with pytest.raises(DeviceError, match="WASL-HANDOVER-UNVERIFIED"):
        handover.verified([])


@pytest.mark.slow
def test_the_sheet_is_one_page_in_every_country_s_languages(story: Story) -> None:
    story.tell("intake", "wipe", "image", "configure", "verify")
    for code in load(ROOT).countries:
        told = facts(story, code)
        page = press.html("sheet", told)
        assert page.count("<section") == len(told.languages) >= 1
        data, pages = press.pdf(page)
        assert data.startswith(b"%PDF-")
        assert pages == [(210, 297)], code


def test_papers_say_whose_they_are_and_escape_what_they_say(story: Story) -> None:
    story.tell("intake", "wipe", "image", "configure", "verify")
    told = facts(story)
    page = press.html("sheet", told)
    assert '<section lang="ar" dir="rtl">' in page
    assert "مدرسة الزرقاء الأولى" in page
    assert "&lt;WD-1&gt;" in page
    assert "<WD-1>" not in page
    assert told.code == f"WASL jo {told.number} {story.entries[-1].digest[:16]}"
    expected = press.qr(told.code)
    assert expected in press.html("label", told)
    assert segno.make(told.code, error="m", micro=False).error in "MQH"


def test_a_paper_fetches_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    picture = tmp_path / "pixel.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    data, _ = press.pdf(
        f'<img src="{picture.as_uri()}"><img src="http://127.0.0.1:9/x.png"><p>x</p>'
    )
    assert b"%PDF-" in data
    assert caplog.text.count("Failed to load image") == 2


def test_papers_are_kept_and_their_digests_told(story: Story) -> None:
    story.tell("intake", "wipe", "image", "configure", "verify")
    told = handover.papers(ROOT, story.home, "zarqa-1", "pupil", story.entries)
    assert set(told["papers"]) == {"label", "sheet"}
    assert told["verified"] == story.entries[-1].digest
    folder = story.home.papers / facts(story).number
    assert {path.name for path in folder.iterdir()} == {"label.pdf", "sheet.pdf"}
    assert press.pdf(press.html("label", facts(story)))[1] == [(62, 29)]


def scanned(paper: Path) -> list[str]:
    """What a scanner reads on a printed page."""
    for program in ("pdftoppm", "zbarimg"):
        if shutil.which(program) is None:
            pytest.skip(f"not installed: {program} (playbooks/debian-packages.txt names it)")
    picture = paper.with_suffix("")
    command = ["pdftoppm", "-r", "200", "-png", "-singlefile", str(paper), str(picture)]
    subprocess.run(command, check=True)
    scan = ["zbarimg", "--quiet", "--raw", f"{picture}.png"]
    return subprocess.run(scan, check=True, capture_output=True, text=True).stdout.splitlines()


def read(paper: Path) -> set[str]:
    """The words of a page, as a program for the blind is given them."""
    command = ["pdftotext", "-enc", "UTF-8", str(paper), "-"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return set(words(unicodedata.normalize("NFKC", told)))


def words(text: str) -> Iterator[str]:
    """Runs of letters and digits, without what only guides the direction of writing."""
    kept = (one for one in text if unicodedata.category(one) != "Cf")
    spaced = (one if unicodedata.category(one)[0] in "LMN" else " " for one in kept)
    yield from "".join(spaced).split()


def said(section: Section) -> set[str]:
    """The words of a section that carry no Arabic vowel sign: readers tear the others apart."""
    text = " ".join([section.title, section.site, *sum(section.rows, ()), *section.notes])
    found = words(unicodedata.normalize("NFC", text))
    return {word for word in found if not any(unicodedata.combining(one) for one in word)}


@pytest.mark.parametrize(("country", "languages"), [("jo", "ar en"), ("tn", "ar fr")])
def test_the_code_is_scanned_and_every_language_is_read_off_the_page(
    story: Story, tmp_path: Path, country: str, languages: str
) -> None:
    story.tell("intake", "wipe", "image", "configure", "verify")
    told = facts(story, country)
    made = press.press(told, tmp_path / "papers")
    assert {name: scanned(path) for name, path in made.items()} == {
        "label": [told.code],
        "sheet": [told.code],
    }
    page = read(made["sheet"])
    assert [section.language for section in sections(told)] == languages.split()
    for section in sections(told):
        wanted = said(section)
        assert len(wanted) > 20
        assert wanted <= page, wanted - page
    assert set(words(told.number)) <= read(made["label"])


class Shadow:
    """Accounts by name: locked (L) or with a password (P), as `passwd` speaks of them."""

    is_live = False

    def __init__(self, **accounts: str) -> None:
        self.accounts, self.told = accounts, list[str]()

    def run(self, *command: str, timeout: float = 1) -> Output:
        self.told.append(" ".join(command))
        name = command[-1]
        if name not in self.accounts:
            return Output(1, "", f"passwd: user '{name}' does not exist")
        if command[1] == "--delete":
            self.accounts[name] = "NP"
        return Output(0, f"{name} {self.accounts[name]} 2026-01-01 0 99999 7 -1\n")

    def read(self, path: str) -> str:
        return ""

    def glob(self, pattern: str) -> list[str]:
        return []


def test_only_locked_accounts_are_opened_and_expired_first() -> None:
    machine = Shadow(pupil="L", keeper="P")
    assert on_device.open_accounts(machine, ["pupil", "keeper"]) == ["pupil"]
    changed = [line for line in machine.told if "--status" not in line]
    assert changed == ["chage --lastday 0 pupil", "passwd --delete pupil"]
    assert on_device.open_accounts(Recording(machine), ["pupil", "keeper"]) == []
    with pytest.raises(DeviceError, match="WASL-HANDOVER-ACCOUNT"):
        on_device.open_accounts(machine, ["nobody"])
