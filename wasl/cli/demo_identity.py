"""The identity part of the demo: a ministry's roster planned and applied, a cut-off feed stopped,
a change that somebody made by hand at the partner found and mended.

`python -m wasl.cli.demo_identity` runs it alone. The roster is made up, the partner is the
sandbox's emulator on loopback, and the manifests are a copy, so that nothing of the checkout
changes. Each command is shown before it runs.
"""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from infra.sandbox.service import free_ports
from integrations.identity.generated import Row, Size, Tables, roster, write_package
from wasl.cli.demo_steps import apart, run, say
from wasl.errors import ExitCode
from wasl.files import write_atomically

ROOT = Path(__file__).resolve().parents[2]
COUNTRY = "jo"
IN_MANIFEST = "http://127.0.0.1:8470"
BY_HAND = "اسم كتبه أحدهم بيده"


@dataclass(frozen=True)
class _Partner:
    """The emulator, and the token that it asks for."""

    url: str
    token: str

    def overwrite(self, key: str, field: str, value: str) -> None:
        """What an administrator of the partner's platform does by hand."""
        address = f"{self.url}/ims/oneroster/v1p1/users/{key}"
        headers = {"Authorization": f"Bearer {self.token}"}
        record = httpx.get(address, headers=headers).raise_for_status().json()
        record["user"][field] = value
        httpx.put(address, headers=headers, json=record).raise_for_status()


def story(folder: Path) -> int:
    """Run it in `folder`, made afresh; 0 only if every step ended as it should."""
    shutil.rmtree(folder, ignore_errors=True)
    checkout, home = folder / "checkout", folder / "home"
    for name in ("countries", "partners"):
        shutil.copytree(ROOT / name, checkout / name)
    with apart(home), chdir(checkout), _partner(folder / "partner", home) as partner:
        manifest = checkout / "countries" / f"{COUNTRY}.yaml"
        write_atomically(manifest, manifest.read_text("utf-8").replace(IN_MANIFEST, partner.url))
        return 0 if _told(partner) else 1


def _told(partner: _Partner) -> bool:
    whole = roster(Size(schools=3, classes=4, pupils=20))
    _delivered("today", whole)
    say("a roster that nobody is in: " + ", ".join(map(_named, whole["users"][1:4])) + ", …")
    today = ["--roster", "today"]
    apply = ["identity", "apply", COUNTRY, *today, "--yes"]
    plan = ["identity", "plan", COUNTRY, *today]
    if not run("what would be done at the partner; nothing is", plan, ExitCode.DIFFERENCES):
        return False
    if not run("carry it out", apply, ExitCode.CLEAN):
        return False
    _delivered("cut-off", _cut_off(whole))
    cut = ["identity", "apply", COUNTRY, "--roster", "cut-off", "--yes"]
    if not run("the next feed broke off on its way: nobody is disabled", cut, ExitCode.FAILED):
        return False
    say("somebody at the partner overwrites a pupil's name by hand")
    partner.overwrite(whole["users"][1]["sourcedId"], "familyName", BY_HAND)
    drift = ["identity", "drift", COUNTRY, *today]
    return (
        run("the check names that pupil by a pseudonym", drift, ExitCode.DIFFERENCES)
        and run("bring back what the ministry says", apply, ExitCode.CLEAN)
        and run("and it is gone", drift, ExitCode.CLEAN)
    )


def _named(user: Row) -> str:
    return f"{user['givenName']} {user['middleName']} {user['familyName']}"


def _delivered(name: str, tables: Mapping[str, Sequence[Row]]) -> None:
    write_package(Path(name), tables)


def _cut_off(whole: Tables) -> Tables:
    """The same feed, of whose people only the first school's arrived."""
    first = whole["orgs"][1]["sourcedId"]
    users = [user for user in whole["users"] if user["orgSourcedIds"] == first]
    enrolments = [one for one in whole["enrollments"] if one["schoolSourcedId"] == first]
    return {**whole, "users": users, "enrollments": enrolments}


@contextmanager
def _partner(folder: Path, home: Path) -> Iterator[_Partner]:
    """The sandbox's partner, its token in the key store."""
    (port,), token = free_ports(1), secrets.token_hex(32)
    key = home / "keys/identity/classera-token"
    key.parent.mkdir(mode=0o700, parents=True)
    write_atomically(key, token, mode=0o600)
    command = [sys.executable, "-m", "infra.sandbox.partner", "--home", str(folder)]
    command += ["--port", str(port), "--token", token]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        process.stdout.readline()
        yield _Partner(f"http://127.0.0.1:{port}", token)
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


if __name__ == "__main__":
    sys.exit(story(ROOT / ".wasl" / "demo-identity"))
