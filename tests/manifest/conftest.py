"""A copy of the checkout's manifests that a test may break."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Checkout:
    """A folder with `countries/` and `partners/`."""

    root: Path

    def edit(self, file: str, old: str, new: str) -> int:
        """Replace the one `old` in `file`; returns its line."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    def write(self, file: str, data: str | bytes) -> None:
        """Create or replace a file."""
        raw = data.encode() if isinstance(data, str) else data
        (self.root / file).write_bytes(raw)

    def read(self, file: str) -> str:
        """A file's text."""
        return (self.root / file).read_text(encoding="utf-8")

    def tenth(self, code: str = "sy", **values: str) -> str:
        """A new country made from Jordan's file, by data alone; returns its file's name."""
        text = self.read("countries/jo.yaml")
        changes = {
            "code: jo\n": f"code: {code}\n",
            "iso3: JOR": "iso3: SYR",
            "10.8.0.0/16": "10.200.0.0/16",
            ".jo.example": f".{code}.example",
            "@jo.example": f"@{code}.example",
            **values,
        }
        for old, new in changes.items():
            assert old in text, old
            text = text.replace(old, new)
        self.write(f"countries/{code}.yaml", text)
        return f"countries/{code}.yaml"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """All manifests of this checkout, copied."""
    for folder in ("countries", "partners"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return Checkout(tmp_path)
