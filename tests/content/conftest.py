"""A country with a feed of its own, and what a test does with it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any

import pytest

from integrations.content.mirror.bucket import Bucket
from integrations.content.packing import LIBRARY
from playbooks.module_utils.wasl_device import packs
from playbooks.module_utils.wasl_device.packs import Installed
from tests.manifest.conftest import ROOT
from wasl.manifest.content import PartnerInterface
from wasl.planes.content import destinations
from wasl.planes.content.destinations import Packed
from wasl.planes.content.setting import Setting, setting
from wasl.planes.content.work import Planned, carry_out, plan, prepare
from wasl.planes.devices import keys
from wasl.planes.devices.home import Home

HTML = (
    '<!doctype html><html lang="{language}" dir="auto"><meta charset="utf-8">'
    "<title>{title}</title><h1>{title}</h1><p>{title}</p></html>"
)
COLUMNS = ("id", "file", "title_ar", "title_fr", "language", "licence", "subject", "level")


def row(number: int, **cells: str) -> dict[str, str]:
    """A good Arabic lesson of the sample feed."""
    return {
        "id": f"lesson:{number}",
        "file": f"{number}.html",
        "title_ar": f"الدرس {number}",
        "language": "ar",
        "licence": "CC BY 4.0",
        "subject": "الرياضيات",
        "level": "ISCED level 1",
        **cells,
    }


@dataclass
class Country:
    """Tunisia in a checkout of its own, with a folder feed."""

    root: Path
    home: Path
    bucket: Bucket | None = None
    section: dict[str, Any] = field(default_factory=dict)

    @property
    def feed(self) -> Path:
        return self.root / "feed"

    def write(self, *rows: Mapping[str, str]) -> None:
        """Make the feed hold these rows and a page for each file that is not there."""
        self.feed.mkdir(exist_ok=True)
        columns = list(dict.fromkeys([*COLUMNS, *(name for one in rows for name in one)]))
        with (self.feed / "metadata.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns)
            writer.writeheader()
            writer.writerows(rows)
        for one in rows:
            path = self.feed / one["file"]
            if one["file"].endswith(".html") and not path.exists() and "/" not in one["file"]:
                title = escape(one.get("title_ar") or one.get("title_fr") or "")
                path.write_text(HTML.format(title=title, language=one["language"]), "utf-8")

    @property
    def setting(self) -> Setting:
        made = setting(self.root, self.home, "tn", {})
        content = made.content.model_copy(update=self.section)
        return replace(made, bucket=self.bucket, content=content)

    def plan(self, *, harvest: bool = True) -> Planned:
        chosen = self.setting
        with chosen.catalogue() as catalogue:
            return plan(chosen, catalogue, _quiet, harvest=harvest)

    def apply(self) -> tuple[Planned, list[str]]:
        chosen = self.setting
        with chosen.catalogue() as catalogue:
            made = prepare(chosen, catalogue, _quiet)
            return made, carry_out(made, _quiet)

    def pack(self, name: str) -> Path:
        """The newest pack on disk."""
        return self.home / "content" / "tn" / "packs" / f"tn-{name}" / "current"

    def install(self, name: str, device: Path) -> Installed:
        """Install the newest pack on a device."""
        return packs.install(self.pack(name), device, self.setting.trust())


def to_partner(url: str) -> dict[str, Any]:
    """What a manifest says of a partner at `url`, and that it alone is delivered to."""
    where = PartnerInterface(url=url, client="alecso", secret_name="content/partner")
    return {"destinations": ("partner",), "partner": where}


def _quiet(_what: str, _done: int, _of: int | None) -> None:
    """Say nothing."""


@pytest.fixture
def country(tmp_path: Path) -> Country:
    """Tunisia, its feed empty, its keys made."""
    root = tmp_path / "checkout"
    for folder in ("countries", "partners"):
        shutil.copytree(ROOT / folder, root / folder)
    manifest = root / "countries" / "tn.yaml"
    text = manifest.read_text("utf-8")
    section = "content:\n  feeds:\n    - {kind: folder, name: feed, path: feed}\n"
    manifest.write_text(text[: text.index("content:")] + section, "utf-8")
    made = Country(root, tmp_path / "home")
    keys.make(Home(made.home, "tn"))
    return made


@pytest.fixture
def library_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Devices get the library alone: the channel asks for Kolibri, which takes its seconds."""
    only = (lambda chosen: Packed(chosen, LIBRARY),)
    monkeypatch.setattr(destinations, "_ALL", only)
