"""A stick goes on with a computer that it put a system on; with any other it does nothing."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from playbooks.module_utils.wasl_device import kits, medium, record
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.hardware.snapshot import identify
from playbooks.module_utils.wasl_device.identity import Identity, number
from playbooks.module_utils.wasl_device.machine import Output, Recorded
from playbooks.module_utils.wasl_device.record import Work
from playbooks.module_utils.wasl_device.signed import SigningKey
from playbooks.module_utils.wasl_device.trust import statements
from tests.devices.conftest import Ministry
from tests.devices.lab import computer
from wasl.cli import stick
from wasl.errors import ExitCode, WaslError
from wasl.planes.devices import goes_on as going
from wasl.planes.devices import keys, pending
from wasl.planes.devices.home import Home
from wasl.planes.devices.practice import recording
from wasl.planes.devices.systems.run import Run, read

MADE = "2026-03-01T00:00:00Z"
RUN = "site: zarqa-1\nserial: BK5RJ01\nperson: ليلى\n"
AFTERWARDS = ("configure", "packs", "enrol", "verify", "handover")


def seen(tmp_path: Path, which: int) -> Recorded:
    file = tmp_path / f"computer-{which}.json"
    file.write_text(json.dumps(recording(computer(which))))
    return Recorded.load(file)


@dataclass
class Command:
    """What `wasl` was asked, and answers."""

    status: int
    asked: list[list[str]] = field(default_factory=list)
    inventory: dict[str, Any] = field(default_factory=dict)

    def __call__(self, words: list[str]) -> int:
        self.asked.append(words)
        self.inventory = yaml.safe_load(Path(words[words.index("--inventory") + 1]).read_text())
        return self.status


def imaged(home: Home, ministry: Ministry, identity: Identity) -> str:
    """The number of a computer that the stick put a system on."""
    entry = record.append(
        home.records, ministry.station(), Work("image", "done", identity, {}, "Amal")
    )
    return str(entry.body["device"])


# --- on the stick ---------------------------------------------------------------------------------


def test_what_the_installed_system_does_is_left_for_later(tmp_path: Path) -> None:
    (tmp_path / "run.yml").write_text(RUN + "then: poweroff\nagain: [wipe]\n")
    asked = read(tmp_path / "run.yml")
    assert asked.now == ("intake", "wipe", "image")
    assert asked.later is not None
    assert (asked.later.stages, asked.later.again, asked.later.then) == (AFTERWARDS, (), "wait")
    home = Home(tmp_path, "jo")
    pending.keep(home, "one", asked.later)
    assert pending.read(home, "one") == asked.later
    (tmp_path / "run.yml").write_text(RUN + "stages: [intake, wipe, image]\n")
    assert read(tmp_path / "run.yml").later is None


@pytest.mark.parametrize("status", [0, 1])
def test_a_run_that_ended_well_leaves_the_rest_pending(
    status: int,
    tmp_path: Path,
    ministry: Ministry,
    laptop: Identity,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = Home(tmp_path, "jo")
    device = imaged(home, ministry, laptop)
    command = Command(status)
    monkeypatch.setattr(stick, "wasl", command)
    asked = Run(site="zarqa-1", serial=laptop.serial, person="Amal")
    assert stick.unattended(asked, home) == status
    (words,) = command.asked
    assert words[words.index("--stages") + 1] == "intake,wipe,image"
    left = [path.name for path in home.pending.glob("*")]
    assert left == ([] if status else [f"{device}.json"])


def test_a_device_goes_by_its_number_too(
    tmp_path: Path, ministry: Ministry, laptop: Identity
) -> None:
    home = Home(tmp_path, "jo")
    device = imaged(home, ministry, laptop)
    assert stick.named(home, device.upper().replace("-", " ")) == device
    for stranger in ("OTHER", number("uuid", "another")):
        with pytest.raises(WaslError, match="no record of a device"):
            stick.named(home, stranger)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A certified stick's data, with one device's stages left."""
    home = Home(tmp_path, "jo")
    keys.make(home)
    keys.certify(home, keys.station(home).public, "Stick 1", "zarqa-1", 30, ("record",))
    later = Run.model_validate(yaml.safe_load(RUN)).later
    assert later is not None
    pending.keep(home, "one", later)
    monkeypatch.setattr(stick, "DATA", tmp_path)
    return home


@pytest.mark.parametrize("status", [0, 1])
def test_the_rest_is_done_over_ssh_and_pending_until_it_ended_well(
    status: int, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = Command(status)
    monkeypatch.setattr(stick, "wasl", command)
    assert stick.goes_on(home, "one") == status
    (words,) = command.asked
    assert words[words.index("--stages") + 1] == ",".join(AFTERWARDS)
    told = command.inventory["all"]
    assert told["vars"]["ansible_host"] == "127.0.0.1"
    assert "ansible_connection" not in told["vars"]
    assert told["vars"]["wasl_person"] == "ليلى"
    assert (home.pending / "one.json").exists() == bool(status)
    assert yaml.safe_load((home.root / "run.done.yml").read_text())["status"] == status


def test_a_stick_that_nobody_certified_is_told_whom_to_ask(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for statement in home.statements.glob("*"):
        statement.unlink()
    monkeypatch.setattr(stick, "wasl", lambda _: pytest.fail("it ran all the same"))
    assert stick.goes_on(home, "one") == ExitCode.FAILED
    assert "not yet certified" in capsys.readouterr().out
    assert (home.pending / "one.json").exists()


# --- on the computer ------------------------------------------------------------------------------


def left(tmp_path: Path, ministry: Ministry, which: int = 1, *, certified: bool = True) -> str:
    """A stick that put a system on a computer, and has the rest left; the computer's number."""
    home = Home(tmp_path, "jo")
    device = imaged(home, ministry, identify(seen(tmp_path, which)))
    ministry.key.save(home.country_key)
    if certified:
        keys.certify(home, keys.station(home).public, "Stick 1", "zarqa-1", 30, ("record",))
    later = Run.model_validate(yaml.safe_load(RUN)).later
    assert later is not None
    pending.keep(home, device, later)
    return device


def test_only_the_computer_that_something_is_left_for_is_meant(
    tmp_path: Path, ministry: Ministry
) -> None:
    here, other = seen(tmp_path, 1), seen(tmp_path, 2)
    assert medium.pending(here, tmp_path, ministry.trust()) == ""
    imaged(Home(tmp_path, "jo"), ministry, identify(other))
    device = left(tmp_path, ministry)
    assert medium.pending(here, tmp_path, ministry.trust()) == device
    assert medium.pending(other, tmp_path, ministry.trust()) == ""


def test_a_stick_certified_after_its_work_is_believed(tmp_path: Path, ministry: Ministry) -> None:
    home, here = Home(tmp_path, "jo"), seen(tmp_path, 1)
    device = left(tmp_path, ministry, certified=False)
    with pytest.raises(DeviceError, match="WASL-TRUST-UNKNOWN"):
        medium.pending(here, tmp_path, ministry.trust())
    keys.certify(home, keys.station(home).public, "Stick 1", "zarqa-1", 30, ("record",))
    trust = ministry.trust(*statements(home.statements))
    assert medium.pending(here, tmp_path, trust) == device


def test_what_is_left_for_one_device_is_not_done_to_another(
    tmp_path: Path, ministry: Ministry
) -> None:
    folder = Home(tmp_path, "jo").pending
    device = left(tmp_path, ministry)
    other = imaged(Home(tmp_path, "jo"), ministry, identify(seen(tmp_path, 2)))
    (folder / f"{device}.json").rename(folder / f"{other}.json")
    with pytest.raises(DeviceError, match="another device"):
        medium.pending(seen(tmp_path, 2), tmp_path, ministry.trust())


def test_the_data_is_that_of_the_very_stick() -> None:
    kit = Path("/run/wasl/kit")
    answers = {
        f"findmnt --noheadings --output SOURCE {kit}": "/dev/sdc2\n",
        "lsblk --noheadings --nodeps --output PKNAME /dev/sdc2": "sdc\n",
        " ".join((*medium._PARTS, "/dev/sdc")): "/dev/sdc\n/dev/sdc1 esp\n/dev/sdc3 wasl-data\n",
    }
    told = {command: Output(0, text) for command, text in answers.items()}
    assert medium.data_partition(Recorded(told, {}, {}), kit) == "/dev/sdc3"
    assert medium.data_partition(Recorded({}, {}, {}), kit) == ""


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    folder = tmp_path / "kit"
    (folder / "live-1").mkdir(parents=True)
    (folder / "live-1" / medium.SYSTEM).write_bytes(b"system" * 1000)
    return folder


def test_the_stick_s_system_is_copied_as_it_was_signed(
    kit: Path, ministry: Ministry, tmp_path: Path
) -> None:
    kits.sign(kit, "jo", "jo-1", MADE, ministry.key)
    medium.copy_system(kit, ministry.trust(), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"system" * 1000


def changed(kit: Path, ministry: Ministry) -> None:
    kits.sign(kit, "jo", "jo-1", MADE, ministry.key)
    (kit / "live-1" / medium.SYSTEM).write_bytes(b"sYstem" * 1000)


def of_a_stranger(kit: Path, ministry: Ministry) -> None:
    kits.sign(kit, "jo", "jo-1", MADE, SigningKey.make())


def of_another_country(kit: Path, ministry: Ministry) -> None:
    kits.sign(kit, "tn", "tn-1", MADE, ministry.key)


def without(kit: Path, ministry: Ministry) -> None:
    (kit / "live-1" / medium.SYSTEM).unlink()
    kits.sign(kit, "jo", "jo-1", MADE, ministry.key)


def unsigned(kit: Path, ministry: Ministry) -> None:
    """Nothing is signed."""


WRONG: dict[Callable[[Path, Ministry], None], str] = {
    changed: "WASL-KIT-ALTERED",
    of_a_stranger: "WASL-TRUST-UNKNOWN",
    of_another_country: "WASL-DOCUMENT-BAD",
    without: "WASL-KIT-ALTERED",
    unsigned: "WASL-KIT-MISSING",
}


@pytest.mark.parametrize("make", WRONG)
def test_no_other_system_is_run(
    make: Callable[[Path, Ministry], None], kit: Path, ministry: Ministry, tmp_path: Path
) -> None:
    make(kit, ministry)
    with pytest.raises(DeviceError) as told:
        medium.copy_system(kit, ministry.trust(), tmp_path / "copy")
    assert told.value.code == WRONG[make]


@pytest.fixture
def commands(tmp_path: Path, kit: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is run on the computer, and is not: the stick is put into computer 1."""
    ran: list[str] = []
    monkeypatch.setattr(going, "Live", lambda: seen(tmp_path, 1))
    monkeypatch.setattr(going, "KIT", kit)
    monkeypatch.setattr(going, "DATA", tmp_path)
    monkeypatch.setattr(going, "PLACE", tmp_path / "place")
    monkeypatch.setattr(going, "_mend", lambda partition: None)
    monkeypatch.setattr(going, "_run", lambda *words: ran.append(" ".join(words)))
    monkeypatch.setattr(medium, "data_partition", lambda *_: "/dev/sdz3")
    return ran


def test_a_computer_for_which_nothing_is_left_is_let_be(
    commands: list[str], ministry: Ministry, tmp_path: Path
) -> None:
    assert going.goes_on(lambda more: ministry.trust(*more)) == ExitCode.CLEAN
    assert [command.split()[0] for command in commands] == ["mount"]
    assert not (tmp_path / "place").exists()


def test_an_altered_stick_is_refused_before_anything_of_it_runs(
    commands: list[str], kit: Path, ministry: Ministry, tmp_path: Path
) -> None:
    left(tmp_path, ministry)
    changed(kit, ministry)
    with pytest.raises(DeviceError, match="WASL-KIT-ALTERED"):
        going.goes_on(lambda more: ministry.trust(*more))
    assert [command.split()[0] for command in commands] == ["mount"]


def test_a_stick_that_is_pulled_out_leaves_the_sign_in(
    commands: list[str], ministry: Ministry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path, ministry)

    def pulled_out(root: Path, number: str) -> ExitCode:
        signal.raise_signal(signal.SIGTERM)
        raise AssertionError("it went on")

    monkeypatch.setattr(going, "_system", lambda trust: tmp_path)
    monkeypatch.setattr(going, "_prepare", pulled_out)
    monkeypatch.setattr(
        "subprocess.run", lambda words, **_: subprocess.CompletedProcess(words, 0, "", "")
    )
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit):
            going.goes_on(lambda more: ministry.trust(*more))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert commands[1:] == [
        f"systemctl stop {going.SCREEN}",
        f"systemctl start --no-block {going.SCREEN}",
    ]
