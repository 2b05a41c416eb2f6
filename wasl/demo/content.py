"""The content part: what is delivered, what the licence gate holds back, and a withdrawal.

The lessons were made for the purpose. Packs for devices go into the tenancy's bucket, resources
for the partner to the sandbox's emulator of it.
"""

from __future__ import annotations

import csv
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wasl.demo.partner import emulator
from wasl.demo.steps import COUNTRY, Stage, run, say
from wasl.errors import ExitCode
from wasl.files import write_atomically

TABLE = Path("integrations/content/samples/alecso/metadata.csv")
WITHDRAWN = "alecso:fractions"
OFFLINE = "tn"
BROKEN = "a lesson that somebody removed from the partner's platform"


@dataclass(frozen=True)
class Library:
    """The emulator of the partner's content interface."""

    folder: Path

    def spoil(self) -> None:
        """What an administrator of the partner's platform does by hand."""
        next(iter(sorted((self.folder / "resources").glob("*.json")))).unlink()


@contextmanager
def described(stage: Stage) -> Iterator[Library]:
    """The partner runs, shares a secret with us, and the manifest names it."""
    secret = stage.home / "keys" / "content" / "classera"
    secret.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(secret, secrets.token_hex(32), mode=0o600)
    folder, module = stage.folder("library"), "infra.sandbox.partner_content"
    with emulator(module, folder, "--secret-file", str(secret)) as url:
        stage.describe(
            "content:\n",
            "content:\n  destinations: [devices, partner]\n"
            f"  partner: {{url: '{url}', client: alecso, secret_name: content/classera}}\n",
        )
        yield Library(folder)


def show() -> bool:
    """A partner and devices of one country, devices of another; then one lesson is taken back."""
    if not run(f"{OFFLINE}: the keys that packs are signed by", "kit", "keys", OFFLINE):
        return False
    for code in (COUNTRY, OFFLINE):
        title = f"{code}: what would be delivered, and what the licence gate holds back"
        if not run(title, "content", "plan", code, expected=ExitCode.DIFFERENCES):
            return False
        if not run(f"{code}: deliver it", "content", "apply", code, "--yes"):
            return False
    say(f"the publisher takes {WITHDRAWN} back")
    _withdraw()
    return all(
        run(f"{code}: it goes wherever it went", "content", "apply", code, "--yes")
        for code in (COUNTRY, OFFLINE)
    )


def _withdraw() -> None:
    with TABLE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    with TABLE.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(row for row in rows if row[0] != WITHDRAWN)
