"""What a stick does once it has started: run.yml where there is one, else what to do next.

It speaks on every console that the kernel speaks on, so that a screen and a serial line both show
it. `python3 -m wasl.cli.stick`, as the stick's own unit starts it; with a device's number it goes
on with what is pending for that, inside the device's own system.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO, cast

import yaml

from playbooks.module_utils.wasl_device import clock, files, record
from playbooks.module_utils.wasl_device.identity import is_number, printed
from playbooks.module_utils.wasl_device.trust import statement_name, statements
from playbooks.module_utils.wasl_device.wipe import guard
from wasl.cli.main import main as wasl
from wasl.errors import ExitCode, WaslError
from wasl.planes import keyring
from wasl.planes.devices import keys, pending
from wasl.planes.devices.home import Home
from wasl.planes.devices.systems import run as running
from wasl.planes.devices.systems.run import KIT
from wasl.planes.told import drawn, sentence, spoken

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


def main(words: Sequence[str] = ()) -> int:
    """Do what is to be done on this start."""
    country = MARK.read_text().partition("country=")[2].split()[0]
    home = Home(DATA, country)
    adopt(home, KIT / "statements")
    if words:
        return goes_on(home, words[0])
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
        status = unattended(asked, home)
    except WaslError as error:
        print(error, flush=True)
    os.replace(file, DATA / "run.last.yml")  # not again at the next start
    _ended(status)
    if then == "poweroff":
        subprocess.run(["systemctl", "poweroff"], check=False)
    return then


def _ended(status: int) -> None:
    done = {"status": int(status), "ended": clock.now()}
    files.write_atomic(DATA / "run.done.yml", yaml.safe_dump(done).encode())
    files.sync_folder(DATA)
    print(f"wasl: ended with status {int(status)}", flush=True)


def unattended(asked: running.Run, home: Home) -> int:
    """The stages of `run.yml` by the same playbooks as always; safe to repeat after a power cut."""
    status, later = 0, asked.later
    if asked.now:
        told = running.inventory(asked, home.country, home.root, KIT)
        status = _stages(home, told, asked, asked.now)
    if status == 0 and later is not None:
        pending.keep(home, named(home, asked.serial), later)
        print(f"wasl: {sentence('WASL-CONSOLE-DONE', {}, drawn(asked.language))}", flush=True)
    return status


def goes_on(home: Home, number: str) -> int:
    """What is pending for a device, on its own system; once done it is pending no more."""
    status = int(ExitCode.FAILED)
    try:
        asked = pending.read(home, number)
        print(f"wasl: {number}: {', '.join(asked.stages)}", flush=True)
        if _certified(home):
            told = running.installed(asked, home.country, home.root)
            status = _stages(home, told, asked, asked.stages)
    except WaslError as error:
        print(error, flush=True)
    if status == 0:
        pending.done(home, number)
    _ended(status)
    return status


def named(home: Home, serial: str) -> str:
    """The number of the recorded device that is called so, by that number or as the wipe's guard
    has it: by its serial, in any case, or by what it says of itself where it has none.

    Raises `WaslError` (WASL-STICK-RUN).
    """
    known = record.known_devices(home.records)
    for number, one in known.items():
        if guard.is_named(one, serial) or (is_number(serial) and printed(serial) == number):
            return number
    raise WaslError(
        "WASL-STICK-RUN",
        f"this stick has no record of a device with the serial {serial}",
        where=str(home.records),
        hint="let it take the device in: add intake to the stages of run.yml",
    )


def _stages(
    home: Home, inventory: dict[str, Any], asked: running.Run, stages: Sequence[str]
) -> int:
    # Not on the stick: Ansible reads and runs what lies beside an inventory.
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "inventory.yml"
        file.write_text(yaml.safe_dump(inventory), "utf-8")
        words = ["devices", "run", home.country, "--inventory", str(file), "--yes"]
        language = drawn(asked.language)
        return int(wasl([*words, "--stages", ",".join(stages), "--language", language]))


def adopt(home: Home, folder: Path) -> None:
    """Certificates and revocations that the kit brings, beside those that are here."""
    with spoken():
        for statement in statements(folder):
            if not (home.statements / statement_name(statement)).exists():
                keys.keep(home, statement)


def _wait_for_someone(home: Home) -> None:
    """Whose stick it is; then the console, once the country has certified the stick."""
    certified = _certified(home)
    print("wasl: ready", flush=True)
    if certified:
        unit = "wasl-kiosk" if list(SCREENS.glob("card*")) else "wasl-console-text"
        subprocess.run(["systemctl", "start", "--no-block", f"{unit}.service"], check=False)


def _certified(home: Home) -> bool:
    """Whether the country has certified the stick; says whose it is, and what to do if not."""
    key = keys.station(home).public
    certified = keyring.certificate(home, key) is not None
    print(f"wasl, {home.country}: station {key.id}, {'' if certified else 'not yet '}certified")
    print(f"  {key}")
    if not certified:
        print(f"  next, at the ministry:  wasl kit certify {home.country} {key} --name … --site …")
        print(f"  and put its file on this stick: wasl-data, {home.statements.relative_to(DATA)}/")
    return certified


def _consoles() -> list[Path]:
    return [Path("/dev") / name for name in CONSOLES.read_text().split()]


if __name__ == "__main__":
    stream = cast("TextIO", Everywhere(_consoles()))
    sys.stdout = sys.stderr = stream
    sys.exit(main(sys.argv[1:]))
