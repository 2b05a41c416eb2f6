"""A checkout of one country whose partner runs on loopback."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage import x25519

from integrations.identity.keys import public_hex
from tests.identity.support import Partner, partner
from wasl.cli.main import main

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class World:
    """A checkout at `root`, local state at `home`, a partner, an approver, a ministry."""

    root: Path
    home: Path
    partner: Partner
    approver: Path
    ministry: x25519.Identity
    capture: pytest.CaptureFixture[str]

    def wasl(self, *arguments: str | Path) -> tuple[int, str]:
        """Run one command line: its status, and all that it said."""
        status = main(["identity", *map(str, arguments)])
        captured = self.capture.readouterr()
        return status, captured.out + captured.err

    def manifest(self, *changes: tuple[str, str]) -> None:
        """Change the country's file."""
        path = self.root / "countries/jo.yaml"
        text = path.read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[World]:
    root, home = tmp_path / "checkout", tmp_path / "home"
    for folder in ("countries", "partners"):
        shutil.copytree(ROOT / folder, root / folder)
    key, ministry = Ed25519PrivateKey.generate(), x25519.Identity.generate()
    approver = tmp_path / "approver.key"
    approver.write_text(key.private_bytes_raw().hex())
    approver.chmod(0o600)
    token = home / "keys/identity/classera-token"
    token.parent.mkdir(parents=True)
    token.write_text("sandbox-partner")
    token.chmod(0o600)
    monkeypatch.chdir(root)
    monkeypatch.setenv("WASL_HOME", str(home))
    with partner(tmp_path / "partner") as running:
        made = World(root, home, running, approver, ministry, capsys)
        keys = (
            f"  keys:\n    rejects: {ministry.to_public()}\n    approvers:\n"
            f"      - {{name: the ministry's registrar, public_key: {public_hex(key)}}}\n"
        )
        made.manifest(
            ("http://127.0.0.1:8470", running.url),
            ("  legal_basis:", keys + "  legal_basis:"),
        )
        yield made
