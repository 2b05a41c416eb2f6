"""Folder → rules → mirror → pack, as users meet it: added, updated, withdrawn, refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from integrations.content.rules import within_budget
from tests.content.conftest import Country, row
from tests.content.provider import Answer, identify, serving
from tests.content.test_download import zipped
from tests.content.test_kills import prepare
from wasl.errors import WaslError
from wasl.messages import say
from wasl.planes.check import Place
from wasl.planes.content.check import check
from wasl.planes.content.report import drift, problems
from wasl.planes.content.setting import setting
from wasl.planes.content.work import Planned, plan
from wasl.result import Action, Kind

pytestmark = pytest.mark.usefixtures("library_only")


def actions(made: Planned) -> dict[str, str]:
    return {step.resource: step.action.value for step in made.steps}


def held(made: Planned) -> dict[str, list[str]]:
    return {
        judged.id: [message.id.removeprefix("WASL-CONTENT-") for message in judged.held]
        for judged in made.selection.held
    }


def codes(made: Planned) -> list[str]:
    return [finding.message.id for finding in problems(made) if finding.message]


def installed(device: Path) -> set[str]:
    return {path.name for path in (device / "library" / "files").glob("*")}


def test_added_updated_withdrawn(country: Country, tmp_path: Path) -> None:
    device = tmp_path / "device"
    country.write(row(1), row(2))
    assert actions(country.plan()) == {"lesson:1": "create", "lesson:2": "create"}
    country.apply()
    country.install("library", device)
    assert len(installed(device)) == 2
    assert country.plan().steps == []

    country.write(row(1, title_ar="عنوان جديد"), row(3))
    expected = {"lesson:1": "update", "lesson:2": "delete", "lesson:3": "create"}
    assert actions(country.plan()) == expected
    _made, receipts = country.apply()
    assert "version 2" in receipts[0]
    country.install("library", device)
    # Neither the withdrawn file nor its page nor its name is left on the device.
    text = "".join(p.read_text("utf-8") for p in device.rglob("*") if p.suffix in (".html", ".js"))
    assert "الدرس 2" not in text
    assert "عنوان جديد" in text
    assert len(installed(device)) == 2
    assert len(list((device / "library" / "r").glob("*.html"))) == 2


def test_a_second_apply_does_nothing(country: Country) -> None:
    country.write(row(1))
    country.apply()
    before = country.pack("library").joinpath("pack.json").read_bytes()
    made, receipts = country.apply()
    assert (made.steps, receipts) == ([], [])
    assert country.pack("library").joinpath("pack.json").read_bytes() == before


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"licence": "All rights reserved"}, "LICENCE-CLOSED"),
        ({"licence": "CC BY-NC 4.0"}, "LICENCE-FORBIDDEN"),
        ({"licence": "free"}, "LICENCE-UNKNOWN"),
        ({"licence": ""}, "LICENCE-MISSING"),
        ({"licence": "CC BY 4.0; CC BY-SA 4.0"}, "LICENCE-CONTRADICTING"),
        ({"language": "de"}, "LANGUAGE"),
        ({"language": "", "title_ar": "", "title": "123"}, "LANGUAGE-UNKNOWN"),
    ],
)
def test_what_is_held_back_says_why(country: Country, cells: dict[str, str], reason: str) -> None:
    country.write(row(1), row(2, **cells))
    made = country.plan()
    assert held(made) == {"lesson:2": [reason]}
    assert actions(made) == {"lesson:1": "create"}


def test_levels_subjects_and_exclusions(country: Country) -> None:
    country.section = {
        "levels": ("1", "2"),
        "subjects": ("mathematics",),
        "unclassified": "hold",
    }
    country.write(
        row(1),
        row(2, level="lower secondary"),
        row(3, level="advanced"),
        row(4, level=""),
        row(5, subject="التاريخ"),
        row(6, subject=""),
    )
    assert held(country.plan()) == {
        "lesson:2": ["LEVEL"],
        "lesson:3": ["LEVEL-UNKNOWN"],
        "lesson:4": ["NO-LEVEL"],
        "lesson:5": ["SUBJECT"],
        "lesson:6": ["NO-SUBJECT"],
    }


@pytest.mark.parametrize(
    ("field", "word"), [("subjects", "maths"), ("languages", "ara"), ("licences", "cc-by")]
)
def test_a_mistyped_word_withdraws_nothing(country: Country, field: str, word: str) -> None:
    country.write(row(1))
    country.apply()
    country.section = {field: (word,)}
    with pytest.raises(WaslError, match=f"unknown {field}: {word}") as raised:
        country.apply()
    assert f"content.{field}" in (raised.value.where or "")


def test_a_grade_that_the_country_does_not_have_is_named(country: Country) -> None:
    country.section = {"levels": ("99",)}
    country.write(row(1))
    with pytest.raises(WaslError, match="unknown grades: 99"):
        country.plan()


def test_a_licence_that_is_no_longer_given_is_withdrawn_everywhere(country: Country) -> None:
    country.write(row(1), row(2))
    country.apply()
    country.write(row(1), row(2, licence="All rights reserved"))
    (step,) = country.plan().steps
    assert (step.resource, step.action) == ("lesson:2", Action.DELETE)
    assert "all rights are reserved" in say(step.reason)
    country.apply()
    # The mirror keeps nothing that may not be passed on.
    assert len(list(country.setting.objects.all())) == 1


def test_the_budget_keeps_what_is_there_and_says_what_does_not_fit() -> None:
    sizes = {"a": 50, "b": 20, "c": 30, "d": 60}
    assert within_budget(sizes, 100)[0] == {"b", "c", "a"}
    assert within_budget(sizes, 100, keep=["d"])[0] == {"d", "b"}
    assert within_budget(sizes, 0)[1] == set(sizes)


def test_what_is_too_much_for_a_device_is_left_out(country: Country) -> None:
    country.section = {"device_budget_mb": 1}
    country.write(row(1), row(2, file="big.pdf"))
    (country.feed / "big.pdf").write_bytes(b"%PDF-1.4\n" + b"x" * 2_000_000)
    made, _receipts = country.apply()
    assert actions(made) == {"lesson:1": "create"}
    (left,) = made.left
    assert (left.resource, left.reason.id) == ("lesson:2", "WASL-CONTENT-BUDGET")


BAD_FILES: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "script": (
        "bad.html",
        lambda p: p.write_text("<!doctype html><script>1</script>"),
        "WASL-CONTENT-ACTIVE-HTML",
    ),
    "slip": (
        "bad.zip",
        lambda p: p.write_bytes(zipped({"index.html": b"<!doctype html>", "../x": b""})),
        "WASL-CONTENT-ZIP-NAME",
    ),
    "type": ("bad.pdf", lambda p: p.write_bytes(b"MZ program"), "WASL-CONTENT-TYPE"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_costs_its_resource_alone(country: Country, name: str) -> None:
    file, write, code = BAD_FILES[name]
    country.write(row(1), row(2, file=file))
    write(country.feed / file)
    made, receipts = country.apply()
    assert codes(made) == [code]
    assert "1 resources" in receipts[0]


@pytest.mark.parametrize(
    "name",
    ["../outside.html", "/etc/passwd", "a\\b.html", "CON.html", "x\u202e.html", "a/../b.html"],
)
def test_hostile_file_names(country: Country, name: str, tmp_path: Path) -> None:
    (tmp_path / "checkout" / "outside.html").write_text("secret")
    country.write(row(1), row(2, file=name))
    made = country.plan()
    assert codes(made) == ["WASL-CONTENT-FILE-NAME"]
    assert actions(made) == {"lesson:1": "create"}


def test_a_link_out_of_the_folder_is_not_followed(country: Country, tmp_path: Path) -> None:
    secret = tmp_path / "secret.html"
    secret.write_text("secret")
    country.write(row(1), row(2, file="link.html"))
    (country.feed / "link.html").unlink()
    (country.feed / "link.html").symlink_to(secret)
    assert codes(country.plan()) == ["WASL-CONTENT-FILE-NAME"]


def test_a_missing_file_keeps_what_devices_have(country: Country) -> None:
    country.write(row(1), row(2))
    country.apply()
    (country.feed / "2.html").unlink()
    made, receipts = country.apply()
    assert set(codes(made)) == {"WASL-CONTENT-FILE-MISSING"}
    assert (made.steps, receipts) == ([], [])


def test_a_feed_that_cannot_be_read_withdraws_nothing(country: Country) -> None:
    country.write(row(1))
    country.apply()
    (country.feed / "metadata.csv").write_bytes(b"\xff\xfe broken")
    made, receipts = country.apply()
    assert codes(made) == ["WASL-CONTENT-FEED"]
    assert (made.steps, receipts) == ([], [])


def test_a_table_that_was_cut_off_empties_no_device(country: Country) -> None:
    country.write(*(row(number) for number in range(60)))
    country.apply()
    table = country.feed / "metadata.csv"
    whole = table.read_text("utf-8").splitlines(keepends=True)
    table.write_text("".join(whole[:11]).replace("الدرس 3", "عنوان"), "utf-8")
    made, receipts = country.apply()
    assert codes(made) == ["WASL-CONTENT-SWEEP"]
    assert (made.steps, receipts) == ([], [])

    table.write_text("".join(whole[:31]), "utf-8")
    made, _receipts = country.apply()
    assert codes(made) == []
    assert len(made.steps) == 30


def test_a_table_that_is_meant_to_lose_most(country: Country) -> None:
    from wasl.manifest.content import FolderFeed

    country.write(*(row(number) for number in range(60)))
    country.apply()
    country.write(*(row(number) for number in range(10)))
    feed = FolderFeed(kind="folder", name="feed", path="feed", may_withdraw=50)
    country.section = {"feeds": (feed,)}
    made, receipts = country.apply()
    assert codes(made) == []
    assert "10 resources" in receipts[0]


def test_feeds_are_tried_one_after_the_other(country: Country) -> None:
    """What was tried before is not taken for records that the next one lost."""
    country.write(*(row(number) for number in range(60)))
    other = country.root / "other"
    other.mkdir()
    (other / "metadata.csv").write_text("id,file,title_ar,licence\nx:1,,عنوان الدرس,CC0\n", "utf-8")
    for folder, records in ((country.feed, 60), (other, 1)):
        chosen = setting(country.root, country.home, "tn", {}, str(folder))
        with chosen.catalogue() as catalogue:
            made = plan(chosen, catalogue, lambda _what, _done, _of: None)
        assert codes(made) == []
        assert len(made.selection.passed) == records


def test_a_new_machine_with_a_broken_feed_withdraws_nothing(country: Country) -> None:
    """The published packs are known, and nothing else is: that is no reason to empty devices."""
    country.write(row(1))
    country.apply()
    (country.home / "content" / "tn" / "catalogue.sqlite3").unlink()
    (country.feed / "metadata.csv").unlink()
    made, receipts = country.apply()
    assert codes(made) == ["WASL-CONTENT-FEED", "WASL-CONTENT-DOUBTFUL"]
    assert receipts == []


def test_duplicates_across_feeds(country: Country) -> None:
    country.write(row(1, identifier="https://doi.example/1"), row(2))
    other = country.root / "other"
    other.mkdir()
    (other / "metadata.csv").write_text(
        "id,file,title_ar,language,licence,identifier\n"
        "x:1,x.html,عنوان آخر,ar,CC BY 4.0,http://doi.example/1/\n"
        "lesson:2,x.html,عنوان,ar,CC BY 4.0,\n"
        "x:3,y.html,الدَّرس ٢,ar,CC BY 4.0,\n",
        "utf-8",
    )
    for name in ("x", "y"):
        (other / f"{name}.html").write_text(f"<!doctype html><p>{name}", "utf-8")
    from wasl.manifest.content import FolderFeed

    feeds = (
        FolderFeed(kind="folder", name="feed", path="feed"),
        FolderFeed(kind="folder", name="other", path="other"),
    )
    country.section = {"feeds": feeds}
    made = country.plan()
    assert held(made) == {"x:1": ["DUPLICATE"], "lesson:2": ["DUPLICATE"]}
    assert made.selection.alike == [("lesson:2", "x:3")]
    assert "x:3" in actions(made)


def test_same_files_are_delivered_once(country: Country) -> None:
    country.write(row(1), row(2, file="1.html"))
    made, receipts = country.apply()
    assert [left.reason.id for left in made.left] == ["WASL-CONTENT-SAME-FILES"]
    assert "1 resources" in receipts[0]


def test_an_xlsx_table(country: Country) -> None:
    import openpyxl

    country.write(row(1), row(2))
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in ([*row(1)], [*row(1).values()], [*row(2).values()]):
        book.active.append(line)
    book.save(country.feed / "metadata.xlsx")
    (country.feed / "metadata.csv").unlink()
    assert actions(country.plan()) == {"lesson:1": "create", "lesson:2": "create"}


@pytest.mark.parametrize(
    "table",
    [
        b"name,file\nx,y\n",
        b"id,id\nx,y\n",
        b'id,"file\n',
        b"\x00\xff",
        b"",
        b"id\n" + b"x" * 30_000,
    ],
)
def test_a_table_that_cannot_be_used_is_a_finding(country: Country, table: bytes) -> None:
    country.feed.mkdir()
    (country.feed / "metadata.csv").write_bytes(table)
    made = country.plan()
    assert made.steps == []
    assert not table or codes(made) in (["WASL-CONTENT-FEED"], ["WASL-CONTENT-ROW-ID"])


def test_a_workbook_that_is_a_bomb(country: Country) -> None:
    country.feed.mkdir()
    bomb = zipped({"[Content_Types].xml": bytes(60_000_000)})
    (country.feed / "metadata.xlsx").write_bytes(bomb)
    assert codes(country.plan()) == ["WASL-CONTENT-FEED"]


def test_drift_names_what_differs(country: Country) -> None:
    country.write(row(1), row(2))
    country.apply()
    assert list(drift(country.plan(harvest=False))) == []
    stored = next(p for p in (country.pack("library") / "files").rglob("*") if p.is_file())
    stored.unlink()
    (damaged,) = drift(country.plan(harvest=False))
    assert (damaged.kind, damaged.type) == (Kind.MISSING, "file")
    country.apply()
    assert list(drift(country.plan(harvest=False))) == []
    stored = next(p for p in (country.pack("library") / "files").rglob("*") if p.is_file())
    stored.write_bytes(bytes(stored.stat().st_size))
    (damaged,) = drift(country.plan(harvest=False))
    assert damaged.message
    assert damaged.message.id == "WASL-CONTENT-PACK-FILE"
    country.apply()
    assert list(drift(country.plan(harvest=False))) == []
    country.section = {"licences": ("CC0-1.0",)}
    found = {finding.target: finding.kind for finding in drift(country.plan(harvest=False))}
    assert found == {
        "library/lesson:1": Kind.UNMANAGED,
        "library/lesson:2": Kind.UNMANAGED,
    }


def test_a_feed_that_gave_nothing_yet_was_never_harvested(country: Country) -> None:
    def respond(_path: str, query: Mapping[str, str], _headers: Mapping[str, str]) -> Answer:
        return Answer(identify()) if query["verb"] == "Identify" else Answer(b"", 404)

    with serving(respond) as url:
        prepare(country, url)
        assert codes(country.plan()) == ["WASL-CONTENT-HTTP"]
    found, _notes = check(Place(country.root, country.home), "tn", "", lambda *_: None)
    assert [one.message.id for one in found if one.message] == ["WASL-CONTENT-NEVER-HARVESTED"]


def test_two_commands_at_once(country: Country) -> None:
    country.write(row(1))
    with country.setting.catalogue(), pytest.raises(WaslError, match="another command"):
        country.plan()


def test_packs_are_not_made_without_a_key(country: Country) -> None:
    (country.home / "keys" / "tn" / "signing.key").unlink()
    country.write(row(1))
    with pytest.raises(WaslError) as raised:
        country.apply()
    assert raised.value.code == "WASL-CONTENT-NO-KEY"
    assert not country.pack("library").exists()


def test_a_full_disk_leaves_the_old_pack(
    country: Country, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    country.write(row(1))
    country.apply()
    before = country.pack("library").joinpath("pack.json").read_bytes()
    country.write(row(1), row(2))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        with pytest.raises(WaslError):
            country.apply()
    assert country.pack("library").joinpath("pack.json").read_bytes() == before
    _made, receipts = country.apply()
    assert "2 resources" in receipts[0]
