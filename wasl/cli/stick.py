"""What a stick does once it has started: run.yml where there is one, else what to do next.

It speaks on every console that the kernel speaks on, so that a screen and a serial line both show
it. `python3 -m wasl.cli.stick`, as the stick's own unit starts it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TextIO, cast

import yaml

from playbooks.module_utils.wasl_device import clock, files
from playbooks.module_utils.wasl_device.trust import statement_name, statements
from wasl.cli.main import main as wasl
from wasl.errors import ExitCode, WaslError
from wasl.planes import keyring
from wasl.planes.devices import keys
from wasl.planes.devices.home import Home
from wasl.planes.devices.systems import run as running
from wasl.planes.devices.systems.run import KIT
from wasl.planes.told import spoken

DATA, MARK = Path("/run/wasl/data"), Path("/etc/wasl-stick")
SCREENS = Path("/dev/dri")
CONSOLES = Path("/sys/class/tty/console/active")


class Everywhere:
    """A text stream that is all the kernel's consoles at once."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = tuple(paths)

    def write(self, text: str) -> int:
        """Consoles that are not there (a laptop without serial line) are passed over."""
        for path in self._paths:
            with suppress(OSError), path.open("w", encoding="utf-8", newline="\r\n") as console:
                console.write(text)
        return len(text)

    def flush(self) -> None:
        """Each write is whole."""

    def isatty(self) -> bool:
        """No one animates anything here."""
        return False


def main() -> int:
    """Do what is to be done on this start."""
    country = MARK.read_text().partition("country=")[2].split()[0]
    home = Home(DATA, country)
    adopt(home, KIT / "statements")
    file = DATA / "run.yml"
    if not file.exists() or _ran(file, home) == "wait":
        _wait_for_someone(home)
    return 0


def _ran(file: Path, home: Home) -> str:
    """Do what `run.yml` says; what it says to do then."""
    print("wasl: run.yml", flush=True)
    status: int = ExitCode.FAILED
    then = "wait"
    try:
        asked = running.read(file)
        then = asked.then
        status = unattended(asked, home, DATA, KIT)
    except WaslError as error:
        print(error, flush=True)
    done = {"status": int(status), "ended": clock.now()}
    files.write_atomic(DATA / "run.done.yml", yaml.safe_dump(done).encode())
    os.replace(file, DATA / "run.last.yml")  # not again at the next start
    files.sync_folder(DATA)
    print(f"wasl: ended with status {int(status)}", flush=True)
    if then == "poweroff":
        subprocess.run(["systemctl", "poweroff"], check=False)
    return then


def unattended(asked: running.Run, home: Home, data: Path, kit: Path) -> int:
    """The stages of `run.yml` by the same playbooks as always; safe to repeat after a power cut."""
    inventory = data / "run.inventory.yml"
    told = running.inventory(asked, home.country, data, kit)
    files.write_atomic(inventory, yaml.safe_dump(told).encode())
    words = ["devices", "run", home.country, "--inventory", str(inventory), "--yes"]
    return wasl([*words, "--stages", ",".join(asked.stages), "--language", asked.language])


def adopt(home: Home, folder: Path) -> None:
    """Certificates and revocations that the kit brings, beside those that are here."""
    with spoken():
        for statement in statements(folder):
            if not (home.statements / statement_name(statement)).exists():
                keys.keep(home, statement)


def _wait_for_someone(home: Home) -> None:
    """Whose stick it is; then the console, once the country has certified the stick."""
    key = keys.station(home).public
    certified = keyring.certificate(home, key) is not None
    print(f"wasl, {home.country}: station {key.id}, {'' if certified else 'not yet '}certified")
    print(f"  {key}")
    if not certified:
        print(f"  next, at the ministry:  wasl kit certify {home.country} {key} --name … --site …")
        print(f"  and put its file on this stick: wasl-data, {home.statements.relative_to(DATA)}/")
    print("wasl: ready", flush=True)
    if certified:
        unit = "wasl-kiosk" if list(SCREENS.glob("card*")) else "wasl-console-text"
        subprocess.run(["systemctl", "start", "--no-block", f"{unit}.service"], check=False)


def _consoles() -> list[Path]:
    return [Path("/dev") / name for name in CONSOLES.read_text().split()]


if __name__ == "__main__":
    stream = cast("TextIO", Everywhere(_consoles()))
    sys.stdout = sys.stderr = stream
    sys.exit(main())
