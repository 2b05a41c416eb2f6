"""The content part of the demo: two countries, what is delivered, what is held back, a withdrawal.

`python -m wasl.cli.demo_content` runs it alone. It works on a copy of the manifests and of lessons
made for the purpose, so that nothing of the checkout changes, and stays on this machine: packs for
devices go to its disk, resources for the partner to the sandbox's emulator of it. Each command is
shown before it runs.
"""

from __future__ import annotations

import csv
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

from infra.sandbox.service import free_ports
from wasl.cli.main import main as wasl
from wasl.errors import ExitCode
from wasl.files import write_atomically

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = Path("integrations/content/samples/alecso")
WITHDRAWN = "alecso:fractions"
AT_PARTNER, OFFLINE = "jo", "tn"

Step = tuple[str, list[str], ExitCode]


def story(folder: Path) -> int:
    """Run it in `folder`, made afresh; 0 only if every step ended as it should."""
    shutil.rmtree(folder, ignore_errors=True)
    checkout, home = folder / "checkout", folder / "home"
    for name in (Path("countries"), Path("partners"), SAMPLES):
        shutil.copytree(ROOT / name, checkout / name)
    with _apart(home), chdir(checkout), _partner(folder / "partner", home) as url:
        _deliver_to(checkout / "countries" / f"{AT_PARTNER}.yaml", url)
        return _told(checkout)


def _told(checkout: Path) -> int:
    for code in (AT_PARTNER, OFFLINE):
        steps: tuple[Step, ...] = (
            (f"{code}: the keys that packs are signed by", ["kit", "keys", code], ExitCode.CLEAN),
            (
                f"{code}: what would be delivered, and what the licence gate holds back",
                ["content", "plan", code],
                ExitCode.DIFFERENCES,
            ),
            (f"{code}: deliver it", ["content", "apply", code, "--yes"], ExitCode.CLEAN),
            (f"{code}: a check", ["content", "drift", code], ExitCode.CLEAN),
        )
        if not all(_run(*step) for step in steps):
            return 1
    _say(f"the publisher takes {WITHDRAWN} back")
    _withdraw(checkout / SAMPLES / "metadata.csv")
    for code in (AT_PARTNER, OFFLINE):
        apply = ["content", "apply", code, "--yes"]
        if not _run(f"{code}: it goes wherever it went", apply, ExitCode.CLEAN):
            return 1
    return 0


def _run(title: str, command: list[str], expected: ExitCode) -> bool:
    _say(title)
    print(f"$ wasl {' '.join(command)}", flush=True)
    status = wasl(command)
    if status != expected:
        print(f"the demo stops here: exit status {status}, expected {int(expected)}", flush=True)
    return status == expected


def _say(title: str) -> None:
    print(f"\n== {title}", flush=True)


def _deliver_to(manifest: Path, url: str) -> None:
    """Name the emulator in the copied manifest."""
    text = manifest.read_text("utf-8")
    where = (
        "content:\n  destinations: [devices, partner]\n"
        f"  partner: {{url: '{url}', client: alecso, secret_name: content/classera}}\n"
    )
    write_atomically(manifest, text.replace("content:\n", where, 1))


def _withdraw(table: Path) -> None:
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    with table.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(row for row in rows if row[0] != WITHDRAWN)


@contextmanager
def _apart(home: Path) -> Iterator[None]:
    """A local state of its own, and no tenancy that the user may be logged in to."""
    before = {name: os.environ.pop(name, None) for name in ("WASL_HOME", "PULUMI_BACKEND_URL")}
    os.environ["WASL_HOME"] = str(home)
    try:
        yield
    finally:
        os.environ.pop("WASL_HOME")
        os.environ.update({name: value for name, value in before.items() if value is not None})


@contextmanager
def _partner(folder: Path, home: Path) -> Iterator[str]:
    """The sandbox's partner, and the secret that it shares with us."""
    secret, (port,) = home / "keys" / "content" / "classera", free_ports(1)
    secret.parent.mkdir(mode=0o700, parents=True)
    write_atomically(secret, secrets.token_hex(32), mode=0o600)
    command = [sys.executable, "-m", "infra.sandbox.partner_content", "--home", str(folder)]
    command += ["--port", str(port), "--secret-file", str(secret)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


if __name__ == "__main__":
    sys.exit(story(ROOT / ".wasl" / "demo-content"))
