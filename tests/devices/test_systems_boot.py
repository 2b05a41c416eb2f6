"""A system image made of Debian's packages: the same bytes twice, and a computer that starts."""

from __future__ import annotations

import hmac
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.devices.lab import Lab, computer
from tests.devices.machines import Firmware, disk, virtual
from tests.devices.machines import why_not as why_no_machine
from tests.devices.sticks import HOURS, LOGIN, SMALL, inside
from wasl.cli.main import main
from wasl.files import sha256_of
from wasl.planes.devices.loop import loop_disk
from wasl.planes.devices.loop import why_not as why_no_loop
from wasl.planes.devices.systems.tree import why_not as why_no_tree

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]
GIB = 1 << 30
APPLICATION = bytes.fromhex("3f0c6a51d7f24e0f9b1e6a1c6f0d2b48")  # of `wasl-name`


@dataclass(frozen=True)
class Prepared:
    """A lab with a small system image, and a disk that the image stage wrote it to."""

    lab: Lab
    image: Path
    disk: Path


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    for reason in (why_no_tree(), why_no_loop(), why_no_machine()):
        if reason:
            pytest.skip(reason)
    root = tmp_path_factory.mktemp("systems")
    with loop_disk(root / "target.img", 4 * GIB) as target:
        lab = Lab(root, lambda _name, _size: target)
        lab.prepare()
        lab.edit("  sites:\n", f"{SMALL}  sites:\n")
        with inside(lab):
            assert main(["kit", "lock", "jo"]) == 0
            assert main(["kit", "image", "jo", "-o", str(root / "system.wimg")]) == 0
        lab.add("bench-1", computer(1), 4 * GIB)
        played = lab.play("--tags", "image")
        assert played.returncode == 0, played.stdout
    return Prepared(lab, root / "system.wimg", root / "target.img")


@pytest.fixture
def copy(prepared: Prepared, tmp_path: Path) -> Path:
    """A copy of the written disk."""
    command = ["cp", "--sparse=always", str(prepared.disk), str(tmp_path / "disk.img")]
    subprocess.run(command, check=True)
    return tmp_path / "disk.img"


def test_the_image_stage_wrote_and_read_back_what_was_signed(prepared: Prepared) -> None:
    begun, done = [one for one in prepared.lab.entries() if one["stage"] == "image"]
    assert (begun["outcome"], done["outcome"]) == ("begun", "done")
    assert done["evidence"]["image"] == "debian-trixie-jo"
    assert done["evidence"]["read_back"] >= done["evidence"]["mapped"]


@pytest.mark.parametrize("firmware", ["secure", "bios"])
def test_it_starts_to_a_login_as_a_computer_of_its_own(
    firmware: Firmware, copy: Path, tmp_path: Path
) -> None:
    with virtual(tmp_path, "device", *disk(copy, "QM0001"), firmware=firmware) as device:
        device.wait_for(LOGIN, seconds=HOURS)
        device.switch_off(HOURS)
        said = device.said
    with mounted(copy) as root:
        machine = bytes.fromhex((root / "etc/machine-id").read_text().strip())
        name = (root / "etc/hostname").read_text().strip()
        # Its own, of its own machine-id; it was called so before anyone could read it.
        assert name == f"wasl-{hmac.digest(machine, APPLICATION, 'sha256').hex()[:8]}"
        assert f"{name} login:" in said
        assert f" {name}\n" in (root / "etc/hosts").read_text()
        assert (root / "etc/ssh/ssh_host_ed25519_key").exists()
        size = os.statvfs(root)
        assert size.f_blocks * size.f_frsize > 3 * GIB  # it grew to the disk


def test_the_written_disk_holds_nothing_that_two_may_not_share(copy: Path) -> None:
    with mounted(copy) as root:
        assert (root / "etc/machine-id").read_bytes() == b""
        assert not list((root / "etc/ssh").glob("ssh_host_*"))
        assert not (root / "var/lib/systemd/random-seed").exists()
        assert "root:*" in (root / "etc/shadow").read_text()  # no one signs in yet


def test_an_altered_boot_loader_is_refused_by_secure_boot(copy: Path, tmp_path: Path) -> None:
    data = copy.read_bytes()[: 70 << 20]
    place = data.index(b"grub_strtoul")  # in GRUB, on the EFI system partition
    with copy.open("r+b") as file:
        file.seek(place)
        file.write(b"grub_STRTOUL")
    with virtual(tmp_path, "device", *disk(copy, "QM0001")) as device:
        told = device.wait_for("Security Violation", "Verification failed", LOGIN, seconds=HOURS)
    assert told != LOGIN


def test_the_same_lock_gives_the_same_bytes(prepared: Prepared, tmp_path: Path) -> None:
    with inside(prepared.lab):
        assert main(["kit", "image", "jo", "-o", str(tmp_path / "again.wimg")]) == 0
    assert sha256_of(tmp_path / "again.wimg") == sha256_of(prepared.image)


@contextmanager
def mounted(image: Path) -> Iterator[Path]:
    """The third partition of a disk image, read-only."""
    told = subprocess.run(
        ["sfdisk", "--dump", str(image)], capture_output=True, text=True, check=True
    )
    (row,) = [line for line in told.stdout.splitlines() if line.startswith(f"{image}3")]
    start = int(row.partition("start=")[2].split(",")[0]) * 512
    place = image.with_suffix(".mnt")
    place.mkdir()
    options = f"ro,loop,noload,offset={start}"
    subprocess.run(["mount", "-o", options, str(image), str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)
        place.rmdir()
