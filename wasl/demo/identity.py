"""The identity part: a ministry's roster planned and applied, a cut-off feed stopped.

The roster is made up; the partner is the sandbox's emulator on loopback.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from integrations.identity.generated import Row, Size, Tables, roster, write_package
from wasl.demo.partner import emulator
from wasl.demo.steps import COUNTRY, Stage, run, say
from wasl.errors import ExitCode
from wasl.files import write_atomically

IN_MANIFEST = "http://127.0.0.1:8470"
ROSTER, CUT_OFF = Path("roster"), Path("cut-off")
BY_HAND = "اسم كتبه أحدهم بيده"
BROKEN = "a pupil's family name, overwritten by hand on the partner's platform"


@dataclass(frozen=True)
class Partner:
    """The emulator, the token that it asks for, and the roster that the ministry sent."""

    url: str
    token: str
    whole: Tables

    def spoil(self) -> None:
        """What an administrator of the partner's platform does by hand."""
        key = self.whole["users"][1]["sourcedId"]
        address = f"{self.url}/ims/oneroster/v1p1/users/{key}"
        headers = {"Authorization": f"Bearer {self.token}"}
        record = httpx.get(address, headers=headers).raise_for_status().json()
        record["user"]["familyName"] = BY_HAND
        httpx.put(address, headers=headers, json=record).raise_for_status()


@contextmanager
def described(stage: Stage) -> Iterator[Partner]:
    """The partner runs, and the manifest names it and where the roster lies."""
    token = secrets.token_hex(32)
    key = stage.home / "keys/identity/classera-token"
    key.parent.mkdir(mode=0o700, parents=True)
    write_atomically(key, token, mode=0o600)
    with emulator("infra.sandbox.partner", stage.folder("partner"), "--token", token) as url:
        stage.describe(IN_MANIFEST, url)
        stage.describe("kind: oneroster\n", f"kind: oneroster\n    path: {ROSTER}\n")
        yield Partner(url, token, roster(Size(schools=3, classes=4, pupils=20)))


def show(partner: Partner) -> bool:
    """Plan, apply; then the next feed breaks off on its way."""
    whole = partner.whole
    _delivered(ROSTER, whole)
    say("a roster that nobody is in: " + ", ".join(map(_named, whole["users"][1:4])) + ", …")
    title = "what would be done at the partner; nothing is"
    if not run(title, "identity", "plan", COUNTRY, expected=ExitCode.DIFFERENCES):
        return False
    if not run("carry it out", "identity", "apply", COUNTRY, "--yes"):
        return False
    _delivered(CUT_OFF, _cut_off(whole))
    title = "the next feed broke off on its way: nobody is disabled"
    cut = ("identity", "apply", COUNTRY, "--roster", str(CUT_OFF), "--yes")
    return run(title, *cut, expected=ExitCode.FAILED)


def _named(user: Row) -> str:
    return f"{user['givenName']} {user['middleName']} {user['familyName']}"


def _delivered(folder: Path, tables: Mapping[str, Sequence[Row]]) -> None:
    write_package(folder, tables)


def _cut_off(whole: Tables) -> Tables:
    """The same feed, of whose people only the first school's arrived."""
    first = whole["orgs"][1]["sourcedId"]
    users = [user for user in whole["users"] if user["orgSourcedIds"] == first]
    enrolments = [one for one in whole["enrollments"] if one["schoolSourcedId"] == first]
    return {**whole, "users": users, "enrollments": enrolments}
