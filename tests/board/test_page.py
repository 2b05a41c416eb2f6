"""The page in a real browser: by axe-core, by keyboard, in three languages, nothing outside."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest

from playbooks.module_utils.wasl_device import clock
from tests.board.sample import programme
from tests.content.browser import Browser, browser
from tests.manifest.conftest import ROOT
from tests.peers import axe
from wasl.board.page import page
from wasl.board.view import board
from wasl.files import sha256_of
from wasl.messages import LANGUAGES
from wasl.planes.facts import facts

PICTURES = ROOT / "docs" / "images"
MADE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample programme's page."""
    made = programme(tmp_path_factory.mktemp("programme"))
    path = made.home / "board.html"
    path.write_text(page(board(facts(made.root, made.home, {}), MADE)), "utf-8")
    return path


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as made:
        made.page("Page.setBypassCSP", enabled=True)  # for axe's own script alone
        yield made


def show(
    chromium: Browser,
    html: Path,
    language: str,
    *,
    width: int = 1200,
    scheme: str = "light",
    media: str = "screen",
    at: str = "",
    height: int = 1500,
) -> None:
    """The page in a language, a width, a colour scheme."""
    chromium.page(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=height,
        deviceScaleFactor=1,
        mobile=False,
    )
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    chromium.page("Emulation.setEmulatedMedia", media=media, features=features)
    chromium.open("about:blank")
    chromium.until("location.href === 'about:blank'", 20)
    chromium.open(f"{html.as_uri()}#{at or language}")
    chromium.until(
        "document.readyState === 'complete' && "
        f"getComputedStyle(document.querySelector('.tongue-{language}')).display === 'block'",
        20,
    )


WHOLE = "document.readyState === 'complete' && Boolean(document.querySelector('.tongue-ar'))"
"""The page is there to its end: on a busy machine it comes in pieces."""


def violations(chromium: Browser) -> list[str]:
    """What axe-core finds, as `rule: element`."""
    chromium.ask(axe())
    chromium.ask(f"axe.run(document, {{runOnly: {json.dumps(RULES)}}}).then(r => window.found = r)")
    chromium.until("Boolean(window.found)", 60)
    found: list[dict[str, Any]] = chromium.ask("window.found.violations")
    return [f"{one['id']}: {node['html'][:150]}" for one in found for node in one["nodes"]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "width", "scheme", "media"),
    [
        ("ar", 1200, "light", "screen"),
        ("fr", 1200, "light", "screen"),
        ("en", 1200, "dark", "screen"),
        ("ar", 320, "dark", "screen"),
        ("fr", 800, "light", "print"),
    ],
)
def test_axe_finds_nothing(
    chromium: Browser, html: Path, language: str, width: int, scheme: str, media: str
) -> None:
    show(chromium, html, language, width=width, scheme=scheme, media=media)
    assert violations(chromium) == []
    assert chromium.ask("window.found.passes.length") > 20


@pytest.mark.slow
def test_axe_is_able_to_find_something(chromium: Browser, html: Path, tmp_path: Path) -> None:
    text = html.read_text("utf-8").replace("--quiet:#53646b", "--quiet:#c0c0c0")
    broken = tmp_path / "broken.html"
    broken.write_text(re.sub("style-src '[^']*'", "style-src 'unsafe-inline'", text), "utf-8")
    show(chromium, broken, "en")
    assert any(one.startswith("color-contrast") for one in violations(chromium))


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 1200])
def test_no_language_needs_scrolling_sideways(chromium: Browser, html: Path, width: int) -> None:
    for language in LANGUAGES:
        show(chromium, html, language, width=width)
        wide = chromium.ask("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, language


@pytest.mark.slow
def test_the_switch_shows_one_language_and_its_direction(chromium: Browser, html: Path) -> None:
    shown = (
        "[...document.querySelectorAll('.tongue')].filter(one => one.offsetParent || "
        "getComputedStyle(one).display !== 'none').map(one => one.lang + ' ' + one.dir).join()"
    )
    chromium.open("about:blank")
    chromium.open(html.as_uri())
    chromium.until(WHOLE, 20)
    assert chromium.ask(shown) == "ar rtl"
    for language, direction in (("fr", "ltr"), ("en", "ltr"), ("ar", "rtl")):
        chromium.ask(
            "[...document.querySelectorAll('.languages a')].find(one => one.offsetParent && "
            f"one.lang === '{language}').click()"
        )
        chromium.until(f"{shown} === '{language} {direction}'", 20)


@pytest.mark.slow
def test_the_keyboard_reaches_the_content_and_the_evidence(chromium: Browser, html: Path) -> None:
    show(chromium, html, "fr")
    press(chromium, "Tab")
    assert chromium.ask("document.activeElement.className") == "skip"
    assert chromium.ask("document.activeElement.getBoundingClientRect().top") >= 0
    press(chromium, "Enter")
    chromium.until("document.activeElement.id === 'fr-main'", 20)
    link = "document.querySelector('.tongue-fr #fr-jo .ref')"
    number = chromium.ask(f"{link}.textContent")
    chromium.ask(f"{link}.focus()")
    press(chromium, "Enter")
    chromium.until(f"location.hash === '#fr-e{number}'", 20)
    row = chromium.ask(f"document.getElementById('fr-e{number}').innerText")
    assert "countries/jo.yaml" in row


def press(chromium: Browser, key: str) -> None:
    """A key, as someone presses it."""
    text = {"Enter": "\r"}.get(key, "")
    code = {"Tab": 9, "Enter": 13}[key]
    for kind in ("keyDown", "keyUp"):
        chromium.page(
            "Input.dispatchKeyEvent",
            type=kind,
            key=key,
            code=key,
            text=text,
            windowsVirtualKeyCode=code,
        )


def test_the_page_runs_no_script_and_asks_for_nothing(html: Path) -> None:
    text = html.read_text("utf-8")
    assert "default-src 'none'" in text
    assert "<script" not in text
    assert not re.search(r"\son[a-z]+=|\sstyle=|@import|url\(", text)
    addresses = set(re.findall(r'(?:href|src|action)="([^"#][^"]*)"', text))
    assert addresses == {"data:,"}


@pytest.mark.slow
def test_the_browser_lets_the_page_s_own_style_in(tmp_path: Path, html: Path) -> None:
    """With the page's policy in force, as a reader has it."""
    with browser(tmp_path) as made:
        made.open(html.as_uri())
        made.until(WHOLE, 20)
        hidden = "getComputedStyle(document.querySelector('.tongue-fr')).display"
        assert made.ask(hidden) == "none"
        area = "getComputedStyle(document.querySelector('.at-jo')).gridRowStart"
        assert made.ask(area) == "2"


def test_every_reference_leads_to_its_row_in_each_language(html: Path) -> None:
    text = html.read_text("utf-8")
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)
    for language in LANGUAGES:
        assert len(re.findall(rf'href="#{language}-e\d+"', text)) > 20


def test_what_is_hidden_stands_nowhere_in_the_page(html: Path) -> None:
    """Two devices are configured at one school: neither that nor what tells it."""
    text = html.read_text("utf-8")
    start = text.index('id="en-jo"')
    english = text[start : text.index("</article>", start)]
    table = english[english.index("<table") : english.index("</table>")]
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", table)
    assert "not shown" in cells
    assert not {"1", "2", "3", "4"} & set(cells)
    assert "root@" not in text
    assert str(html.parent) not in text


def test_the_same_board_gives_the_same_bytes(tmp_path: Path) -> None:
    made = programme(tmp_path)
    first, second = (page(board(facts(made.root, made.home, {}), MADE)) for _ in range(2))
    assert first == second


VIEWS: dict[str, dict[str, Any]] = {
    "ar": {"language": "ar"},
    "fr": {"language": "fr"},
    "dark": {"language": "en", "scheme": "dark"},
    "country": {"language": "ar", "at": "ar-jo", "height": 900},
    "phone": {"language": "ar", "width": 360, "height": 1100},
}
NAMES = [f"board-{name}.png" for name in VIEWS]


class Then(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Then:
        return cls(2026, 11, 24, 8, 0, tzinfo=tz)


def drawn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The sample's page as it was on one day."""
    monkeypatch.setattr("wasl.journal.datetime", Then)
    monkeypatch.setattr(clock, "now", lambda: Then.now(UTC).strftime(clock.FORMAT))
    made = programme(folder)
    return page(board(facts(made.root, made.home, {}), MADE))


def taken(text: str) -> str:
    """Which page the pictures are of, and which pictures, as `sha256sum` writes it."""
    digests = {name: sha256_of(PICTURES / name) for name in NAMES}
    # Less the digests and names that are new each time, which no picture shows.
    seen = re.sub(r"<code[^>]*>[^<]*</code>", "", text)
    digests["board.html"] = hashlib.sha256(seen.encode()).hexdigest()
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))


def test_the_pictures_in_the_docs_are_of_this_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = taken(drawn(tmp_path, monkeypatch))
    assert (PICTURES / "board.sha256").read_text("ascii") == now, (
        "the page moved on: rm docs/images/board*; pytest tests/board/test_page.py -k taken"
    )


@pytest.mark.long
def test_pictures_are_taken_where_there_are_none(
    chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = [name for name in NAMES if not (PICTURES / name).exists()]
    if missing:
        text = drawn(tmp_path, monkeypatch)
        html = tmp_path / "board.html"
        html.write_text(text, "utf-8")
        for name, how in VIEWS.items():
            if f"board-{name}.png" in missing:
                show(chromium, html, **how)
                time.sleep(0.5)
                chromium.screenshot(PICTURES / f"board-{name}.png")
        (PICTURES / "board.sha256").write_text(taken(text), "ascii")
    assert all((PICTURES / name).read_bytes()[:4] == b"\x89PNG" for name in NAMES)
