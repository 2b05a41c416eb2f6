"""A stick as a file: its kit held to its signature, whatever was altered; its run.yml."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from playbooks.module_utils.wasl_device import kits
from playbooks.module_utils.wasl_device.errors import DeviceError
from tests.devices.conftest import Ministry
from wasl.cli import stick
from wasl.errors import WaslError
from wasl.planes import keyring
from wasl.planes.devices import keys
from wasl.planes.devices.home import Home
from wasl.planes.devices.systems import disk, opened
from wasl.planes.devices.systems.disk import Layout, Partition
from wasl.planes.devices.systems.run import inventory, read

MADE = "2026-03-01T00:00:00Z"
PARTS = (
    Partition("bios", disk.BIOS_BOOT, 1, number=4),
    Partition("esp", disk.ESP, 4, number=1),
    Partition("wasl-kit", disk.LINUX_DATA, 8, number=2),
    Partition("wasl-data", disk.LINUX_DATA, 4, number=3),
)


@dataclass(frozen=True)
class Stick:
    """A small stick of one country, made with the host's own programs."""

    image: Path
    plan: Layout

    def on_kit(self, request: str) -> None:
        """A change of the kit's partition, past the kit's signature."""
        place = f"{self.image}?offset={self.plan['wasl-kit'].start}"
        done = subprocess.run(["debugfs", "-w", "-R", request, place], capture_output=True)
        assert done.returncode == 0

    def on_esp(self, *command: str) -> None:
        program, *words = command
        place = f"{self.image}@@{self.plan['esp'].start}"
        subprocess.run([program, "-i", place, *words], check=True, capture_output=True)


@pytest.fixture
def made(tmp_path: Path, ministry: Ministry) -> Stick:
    lacking = [name for name in (*opened.PROGRAMS, "mkfs.ext4") if shutil.which(name) is None]
    if lacking:
        pytest.skip(f"not installed: {', '.join(lacking)}")
    kit = tmp_path / "kit"
    for name, text in (
        ("efi/EFI/BOOT/BOOTX64.EFI", "shim"),
        ("efi/EFI/debian/grub.cfg", "menu"),
        ("bios/boot.img", "first"),
        ("bios/core.img", "rest"),
        ("live/filesystem.squashfs", "system"),
    ):
        (kit / name).parent.mkdir(parents=True, exist_ok=True)
        (kit / name).write_text(text)
    kits.sign(kit, "jo", "jo-1", MADE, ministry.key)
    plan, image = disk.layout("seed", PARTS), tmp_path / "stick.img"
    with image.open("xb") as file:
        file.truncate(plan.size)
    subprocess.run(["sfdisk", "-q", str(image)], input=plan.script().encode(), check=True)
    place = plan["wasl-kit"]
    options = ["-E", f"offset={place.start}", "-d", str(kit)]
    command = ["mkfs.ext4", "-q", "-F", *options, str(image), f"{place.size >> 10}k"]
    subprocess.run(command, check=True)
    one = Stick(image, plan)
    one.on_esp("mformat", "-T", str(plan["esp"].size // 512), "::")
    for path in (kit / "efi").iterdir():
        one.on_esp("mcopy", "-s", str(path), "::")
    code = {name: (kit / "bios" / name).read_bytes() for name in ("boot.img", "core.img")}
    disk.embed(image, plan["bios"], code)
    return one


def test_a_whole_stick_is_told_by_its_name(made: Stick, ministry: Ministry) -> None:
    kit = opened.verify(made.image, ministry.trust())
    assert (kit.name, kit.country, kit.files) == ("jo-1", "jo", 5)


def refused(made: Stick, ministry: Ministry) -> str:
    with pytest.raises(DeviceError) as told:
        opened.verify(made.image, ministry.trust())
    return told.value.code


def test_an_altered_file_of_the_kit_is_refused(
    made: Stick, ministry: Ministry, tmp_path: Path
) -> None:
    (tmp_path / "other").write_text("sYstem")
    made.on_kit("rm live/filesystem.squashfs")
    made.on_kit(f"write {tmp_path / 'other'} live/filesystem.squashfs")
    assert refused(made, ministry) == "WASL-KIT-ALTERED"


def test_a_file_beside_the_kit_is_refused(made: Stick, ministry: Ministry, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("more")
    made.on_kit(f"write {tmp_path / 'other'} more")
    assert refused(made, ministry) == "WASL-KIT-ALTERED"


@pytest.mark.parametrize("name", ["EFI/debian/grub.cfg", "EFI/BOOT/more.efi"])
def test_another_file_for_the_firmware_is_refused(
    name: str, made: Stick, ministry: Ministry, tmp_path: Path
) -> None:
    (tmp_path / "other").write_text("evil")
    made.on_esp("mcopy", "-o", str(tmp_path / "other"), f"::{name}")
    assert refused(made, ministry) == "WASL-KIT-ALTERED"


@pytest.mark.parametrize("place", [0, 1 << 20])
def test_other_boot_code_is_refused(place: int, made: Stick, ministry: Ministry) -> None:
    with made.image.open("r+b") as file:
        file.seek(place)
        file.write(b"X")
    assert refused(made, ministry) == "WASL-KIT-ALTERED"


def sfdisk(made: Stick, *words: str, told: str = "") -> None:
    command = ["sfdisk", "--quiet", *words]
    subprocess.run(command, input=told, text=True, check=True, capture_output=True)


def test_a_second_partition_for_the_firmware_is_refused(made: Stick, ministry: Ministry) -> None:
    with made.image.open("r+b") as file:
        file.truncate(made.plan.size + (4 << 20))
    sfdisk(made, "--relocate", "gpt-bak-std", str(made.image))
    assert opened.verify(made.image, ministry.trust()).name == "jo-1"
    sfdisk(made, "--append", str(made.image), told=f'size=2048, type={disk.ESP}, name="more"\n')
    assert refused(made, ministry) == "WASL-KIT-ALTERED"


def test_a_partition_that_became_one_for_the_firmware_is_refused(
    made: Stick, ministry: Ministry
) -> None:
    sfdisk(made, "--part-type", str(made.image), "3", disk.ESP)
    assert refused(made, ministry) == "WASL-KIT-ALTERED"


def test_another_country_s_stick_is_refused(made: Stick, ministry: Ministry) -> None:
    other = Ministry(type(ministry.key).make())
    assert refused(made, other) == "WASL-TRUST-UNKNOWN"


def test_a_disk_that_is_no_stick_is_told(tmp_path: Path, ministry: Ministry) -> None:
    if shutil.which("sfdisk") is None:
        pytest.skip("not installed: sfdisk")
    (tmp_path / "other.img").write_bytes(bytes(1 << 20))
    with pytest.raises((DeviceError, WaslError)) as told:
        opened.verify(tmp_path / "other.img", ministry.trust())
    assert getattr(told.value, "code", "") in ("WASL-KIT-MISSING", "WASL-SYSTEM-TOOL")


def test_run_yml_names_one_device(tmp_path: Path) -> None:
    file = tmp_path / "run.yml"
    file.write_text("site: zarqa-1\nserial: BK5RJ01\nperson: Amal\n")
    told = inventory(read(file), "jo", tmp_path, Path("/run/wasl/kit"))
    assert told["all"]["vars"]["wasl_person"] == "Amal"
    assert told["all"]["vars"]["wasl_again"] == []
    assert list(told["all"]["hosts"].values()) == [{"wasl_wipe_serial": "BK5RJ01"}]
    assert told["all"]["vars"]["wasl_image"] == "/run/wasl/kit/system.wimg"


def test_run_yml_may_say_that_a_device_came_back(tmp_path: Path) -> None:
    file = tmp_path / "run.yml"
    file.write_text("site: zarqa-1\nserial: X\nperson: Amal\nagain: [wipe, image]\n")
    told = inventory(read(file), "jo", tmp_path, Path("/run/wasl/kit"))
    assert told["all"]["vars"]["wasl_again"] == ["wipe", "image"]


@pytest.mark.parametrize(("screens", "unit"), [(True, "kiosk"), (False, "console-text")])
def test_where_nothing_draws_the_console_asks_as_text(
    screens: bool, unit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "data", "jo")
    keys.make(home)
    keys.certify(home, keys.station(home).public, "Stick 1", "zarqa-1", 30, ("record",))
    (tmp_path / "dri").mkdir()
    if screens:
        (tmp_path / "dri" / "card0").touch()
    started: list[list[str]] = []
    monkeypatch.setattr(stick, "SCREENS", tmp_path / "dri")
    monkeypatch.setattr(stick, "DATA", tmp_path / "data")
    monkeypatch.setattr("subprocess.run", lambda words, **_: started.append(words))
    stick._wait_for_someone(home)
    assert started == [["systemctl", "start", "--no-block", f"wasl-{unit}.service"]]


@pytest.mark.parametrize(
    "text",
    [
        *("site: zarqa-1\n", "serial: X\n", "[", "- 1\n"),
        "site: zarqa-1\nserial: X\n",  # nobody answers for it
        "site: zarqa-1\nserial: X\nperson: ''\n",
        "site: zarqa-1\nserial: X\nperson: Amal\nevil: 1\n",
        "site: zarqa-1\nserial: X\nperson: Amal\nagain: [intake]\n",
    ],
)
def test_a_bad_run_yml_does_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "run.yml").write_text(text)
    with pytest.raises(WaslError) as told:
        read(tmp_path / "run.yml")
    assert told.value.code == "WASL-STICK-RUN"


def test_the_kit_s_statements_come_to_the_stick_once(tmp_path: Path, ministry: Ministry) -> None:
    home = Home(tmp_path / "data", "jo")
    station = ministry.station().key.public
    maker = Home(tmp_path / "ministry", "jo")
    keys.make(maker)
    keys.certify(maker, station, "Stick 1", "zarqa-1", 30, ("record",))
    stick.adopt(home, maker.statements)
    stick.adopt(home, maker.statements)
    assert [path.name for path in home.statements.iterdir()] == [
        path.name for path in maker.statements.iterdir()
    ]
    certificate = keyring.certificate(home, station)
    assert certificate is not None
    assert certificate["body"]["site"] == "zarqa-1"
