"""The offline library in a real browser, opened from the disk: searched in three languages."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from integrations.content.library.folding import table
from tests.content.browser import browser
from tests.content.conftest import Country, row
from tests.content.test_download import zipped
from tests.manifest.conftest import ROOT

pytestmark = pytest.mark.usefixtures("library_only")
VECTORS = json.loads((ROOT / "tests" / "language" / "vectors.json").read_text("utf-8"))["fold"]
PICTURE = ROOT / "docs" / "images" / "offline-library.png"


def lessons() -> list[dict[str, str]]:
    return [
        row(1, title_ar="الكُسور العشريّة", creator="فريق وصل"),
        row(2, title_ar="أسماء الإشارة", subject="اللغة العربية", creator="فريق وصل"),
        row(3, title_ar="", title_fr="Le cycle de l’eau", language="fr", subject="Sciences"),
        row(4, title_ar="</script><img src=x onerror=alert(1)>", subject="العلوم"),
        row(5, title_ar="تطبيق الخلية", file="app.zip", subject="العلوم"),
    ]


@pytest.fixture
def device(country: Country, tmp_path: Path) -> Path:
    """A device with the library installed."""
    country.write(*lessons())
    page = "<!doctype html><html lang=ar dir=rtl><meta charset=utf-8><p>الخلية".encode()
    app = zipped({"index.html": page, "img/a.png": b"x"})
    (country.feed / "app.zip").write_bytes(app)
    country.apply()
    country.install("library", tmp_path / "device")
    return tmp_path / "device" / "library"


def test_every_page_is_whole_without_a_script_or_a_network(device: Path) -> None:
    index = (device / "index.html").read_text("utf-8")
    assert 'lang="ar" dir="rtl"' in index
    for path in (device / "r").glob("*.html"):
        text = path.read_text("utf-8")
        assert "default-src 'none'" in text
        assert "<script" not in text
        assert "CC-BY-4.0" in text
    assert "onerror=alert(1)>" not in index.replace("&gt;", "")
    (app,) = device.glob("files/*/img/a.png")
    assert app.read_bytes() == b"x"


def test_the_table_says_what_the_function_does() -> None:
    for text, folded, why in VECTORS:
        composed = unicodedata.normalize("NFKC", text)  # as `fold.js` has the browser do
        words = "".join(table().get(char, char) for char in composed)
        assert " ".join(words.split()) == folded, why


@pytest.mark.slow
def test_folding_and_search_in_the_browser(device: Path, tmp_path: Path) -> None:
    with browser(tmp_path) as page:
        page.open((device / "index.html").as_uri())
        page.until("document.querySelectorAll('#languages button').length === 3", 30)
        for text, folded, why in VECTORS:
            assert page.ask(f"fold({json.dumps(text)})") == folded, why
        for query, hits in {
            "كسور": ["الكُسور العشريّة"],
            "الكسور العشرية": ["الكُسور العشريّة"],
            "اسماء الاشاره": ["أسماء الإشارة"],
            "رياضيات": ["الكُسور العشريّة"],
            "cycle eau": ["Le cycle de l’eau"],
            "EAU": ["Le cycle de l’eau"],
            "لا شيء": [],
        }.items():
            assert found(page, query) == hits, query
        assert page.ask("document.dir") == "rtl"
        page.ask("document.querySelector('#languages [value=fr]').click()")
        assert page.ask("[document.dir, document.documentElement.lang].join()") == "ltr,fr"
        assert page.ask("document.getElementById('count').textContent").startswith("Ressources")
        assert page.ask("document.querySelectorAll('img').length") == 0


def found(page, query: str) -> list[str]:  # type: ignore[no-untyped-def]
    """The titles that a search in the page gives."""
    page.ask(
        f"(() => {{ const box = document.getElementById('query'); box.value = {json.dumps(query)};"
        " box.dispatchEvent(new Event('input')); })()"
    )
    titles = page.ask("[...document.querySelectorAll('#results a')].map(a => a.textContent)")
    return list(titles)


@pytest.mark.slow
def test_a_resource_opens_from_the_disk(device: Path, tmp_path: Path) -> None:
    with browser(tmp_path) as page:
        page.open((device / "index.html").as_uri())
        page.until("document.querySelectorAll('#languages button').length === 3", 30)
        assert found(page, "تطبيق") == ["تطبيق الخلية"]
        page.ask("document.querySelector('#results a').click()")
        page.until("document.querySelector('h1')?.textContent === 'تطبيق الخلية'", 30)
        assert page.ask("document.dir") == "rtl"
        page.ask("[...document.querySelectorAll('a')].find(a => a.href.includes('files')).click()")
        page.until("document.body.innerText.trim() === 'الخلية'", 30)


@pytest.mark.long
def test_the_picture_in_the_docs_is_of_this_library(country: Country, tmp_path: Path) -> None:
    """Writes docs/images/offline-library.png where it is not there yet."""
    country.root.joinpath("countries/tn.yaml").write_text(
        (ROOT / "countries" / "tn.yaml").read_text("utf-8"), "utf-8"
    )
    samples = "integrations/content/samples/alecso"
    country.root.joinpath(samples).parent.mkdir(parents=True)
    country.root.joinpath(samples).symlink_to(ROOT / samples)
    country.apply()
    country.install("library", tmp_path / "device")
    with browser(tmp_path) as page:
        page.open((tmp_path / "device" / "library" / "index.html").as_uri())
        page.until("document.querySelectorAll('#languages button').length === 3", 30)
        assert found(page, "الكسور")
        page.screenshot(PICTURE if not PICTURE.exists() else tmp_path / "picture.png")
    assert PICTURE.read_bytes().startswith(b"\x89PNG")
