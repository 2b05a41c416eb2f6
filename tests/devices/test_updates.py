"""One package updated offline, from a repository made and signed here, by a device's own apt."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from playbooks.module_utils.wasl_device.configure.onboard import PROGRAM, TRUST
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.openpgp import opened
from playbooks.module_utils.wasl_device.packs import install
from playbooks.module_utils.wasl_device.signed import SigningKey
from playbooks.module_utils.wasl_device.trust import Trust
from tests.devices.lab import ROOT, booted, deb
from wasl.demo.guest import Guest
from wasl.pack import Maker, PackFile, make
from wasl.planes.devices.program import program

repository = pytest.importorskip("wasl.planes.devices.systems.repository")
openpgp = pytest.importorskip("wasl.planes.devices.systems.openpgp")

MADE = 1_772_323_200  # 2026-03-01


def test_the_key_of_a_certificate_is_read_and_nothing_else_is() -> None:
    key = SigningKey.make()
    good = openpgp.certificate(key, "wasl jo updates").encode()
    read, packets = opened(good)
    assert read == key.public
    for bad in (b"", good[:60], good + good, good.replace(b"PUBLIC", b"PRIVAT"), b"\xff" * 99):
        with pytest.raises(DeviceError, match="WASL-DOCUMENT-BAD"):
            opened(bad)
    _, his = opened(openpgp.certificate(SigningKey.make(), "nobody").encode())
    body = his[6 : 6 + int.from_bytes(his[2:6], "big")]
    old = bytes([0x80 | 6 << 2, len(body)]) + body  # a key as GnuPG itself writes it (4.2.1)
    for more in (old, his, bytes([0xC0 | 14]) + his[1:]):
        with pytest.raises(DeviceError, match="WASL-DOCUMENT-BAD"):
            opened(openpgp._armour("PUBLIC KEY BLOCK", packets + more).encode())


@dataclass
class Desk:
    """A device that trusts the country's key, and where sticks are made for it."""

    guest: Guest
    key: SigningKey
    folder: Path

    def package(self, name: str, version: str) -> Path:
        """A package that holds one file."""
        return deb(self.folder, name, version)

    def stick(self, name: str, *debs: Path, key: SigningKey | None = None) -> str:
        """A repository on the device, as a stick brings it; its path there."""
        place = self.guest.root / "var/sticks" / name
        place.mkdir(parents=True)
        repository.add(place, debs)
        repository.sign(place, "jo", MADE, key or self.key)
        return f"/var/sticks/{name}"

    def version(self) -> str:
        return self.guest.run("dpkg-query", "--show", "--showformat=${Version}", "toy")

    def update(self, *words: str, action: str = "update") -> subprocess.CompletedProcess[str]:
        """The device's own program."""
        inside = ["nsenter", "--target", str(self.guest.leader), "--all", "--", "wasl-device"]
        command = [*inside, action, *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def role(self, place: str, *words: str) -> subprocess.CompletedProcess[str]:
        """The role alone, by plain Ansible."""
        play = {"hosts": "all", "gather_facts": False, "roles": ["updates"]}
        values = {"updates_repository": place, "updates_roots": [str(self.key.public)]}
        (self.folder / "play.yml").write_text(yaml.safe_dump([play | {"vars": values}]))
        hosts = {"all": {"hosts": {self.guest.name: self.guest.host()}}}
        (self.folder / "lab.yml").write_text(json.dumps(hosts))
        ansible = str(Path(sys.executable).parent / "ansible-playbook")
        environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "playbooks" / "ansible.cfg")}
        return subprocess.run(
            [ansible, "-i", str(self.folder / "lab.yml"), str(self.folder / "play.yml"), *words],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("sticks")
    with booted(folder) as guest:
        made = Desk(guest, SigningKey.make(), folder)
        own = guest.root / PROGRAM.lstrip("/")
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_bytes(program())
        own.chmod(0o755)
        trust = guest.root / TRUST.lstrip("/")
        trust.parent.mkdir(parents=True)
        told = {"country": "jo", "roots": [str(made.key.public)], "statements": []}
        trust.write_text(json.dumps(told))
        shutil.copy(made.package("toy", "1"), guest.root / "var/toy.deb")
        guest.run("dpkg", "--install", "/var/toy.deb")
        yield made


pytestmark = pytest.mark.slow


def test_a_role_takes_what_the_stick_brought_and_once(desk: Desk) -> None:
    place = desk.stick("second", desk.package("toy", "2"), desk.package("other", "1"))
    desk.guest.run("systemctl", "start", "apt-daily.timer")  # as on a device that was started
    checked = desk.role(place, "--check")
    assert "changed=1" in checked.stdout, checked.stdout
    assert desk.version() == "1"
    done = desk.role(place)
    assert done.returncode == 0, done.stdout
    assert desk.version() == "2"
    assert (desk.guest.root / "usr/share/toy.txt").read_text() == "2\n"
    assert not (desk.guest.root / "usr/share/other.txt").exists()  # nothing that was not there
    assert "changed=0" in desk.role(place).stdout
    masked = desk.guest.run("sh", "-c", "systemctl is-enabled apt-daily.timer || true")
    assert masked.strip() == "masked"
    assert desk.guest.run("systemctl", "list-units", "--failed", "--plain", "--no-legend") == ""


def test_the_device_updates_itself_without_a_controller(desk: Desk) -> None:
    place = desk.stick("third", desk.package("toy", "3"))
    looked = desk.update(place, "--look")
    assert (looked.returncode, looked.stdout) == (2, "toy: 2 → 3\n"), looked.stdout
    assert desk.version() == "2"
    done = desk.update(place)
    assert (done.returncode, done.stdout) == (0, "toy: 2 → 3\n")
    assert desk.version() == "3"
    assert desk.update(place).stdout == ""


def test_newer_lessons_come_without_a_controller(desk: Desk) -> None:
    for version, name in ((1, "lesson"), (2, "lesson"), (1, "other")):
        source = desk.folder / "lesson.html"
        source.write_text(f"{name} {version}")
        maker = Maker(name, "jo", version, "2026-03-01T00:00:00Z")
        place = desk.guest.root / f"var/sticks/packs/{name}-{version}"
        make(place, maker, [PackFile(f"lessons/{name}.html", source)], desk.key)
    trust = Trust.of("jo", [desk.key.public], [])
    library = desk.guest.root / "var/lib/wasl/library"
    install(desk.guest.root / "var/sticks/packs/lesson-1", library, trust)
    looked = desk.update("/var/sticks/packs", "--look", action="packs")
    assert (looked.returncode, looked.stdout) == (2, "lesson: 1 → 2\n"), looked.stdout
    assert (library / "lessons/lesson.html").read_text() == "lesson 1"
    done = desk.update("/var/sticks/packs", action="packs")
    assert (done.returncode, done.stdout) == (0, "lesson: 1 → 2\n"), done.stdout
    assert (library / "lessons/lesson.html").read_text() == "lesson 2"
    assert not (library / "lessons/other.html").exists()  # the profile does not have it
    assert desk.update("/var/sticks/packs", action="packs").stdout == ""
    shutil.rmtree(desk.guest.root / "var/sticks/packs/lesson-2")
    older = desk.update("/var/sticks/packs", action="packs")
    assert (older.returncode, older.stdout[:15]) == (1, "WASL-PACK-OLDER")


def test_an_older_stick_takes_nothing_back(desk: Desk) -> None:
    before = desk.version()
    assert desk.update(desk.stick("old", desk.package("toy", "0.5"))).returncode == 0
    assert desk.version() == before


def forged(desk: Desk) -> str:
    """Signed by someone else, whole in itself."""
    return desk.stick("forged", desk.package("toy", "9"), key=SigningKey.make())


def swapped(desk: Desk) -> str:
    """The country's certificate beside another's signature."""
    place = desk.stick("swapped", desk.package("toy", "9"), key=SigningKey.make())
    text = openpgp.certificate(desk.key, repository.owner("jo"))
    (desk.guest.root / place.lstrip("/") / "wasl-jo.asc").write_text(text)
    return place


def altered(desk: Desk) -> str:
    """A package that is not the one that was signed for."""
    place = desk.stick("altered", desk.package("toy", "9"))
    with (desk.guest.root / place.lstrip("/") / "pool/toy_9_all.deb").open("r+b") as file:
        file.seek(200)
        file.write(b"x")
    return place


def unsigned(desk: Desk) -> str:
    place = desk.stick("unsigned", desk.package("toy", "9"))
    (desk.guest.root / place.lstrip("/") / "Release.gpg").unlink()
    return place


def empty(desk: Desk) -> str:
    (desk.guest.root / "var/sticks/empty").mkdir()
    return "/var/sticks/empty"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (forged, "WASL-UPDATE-UNTRUSTED"),
        (swapped, "WASL-UPDATE-UNTRUSTED"),
        (unsigned, "WASL-UPDATE-UNTRUSTED"),
        (altered, "WASL-UPDATE-FAILED"),
        (empty, "WASL-UPDATE-MISSING"),
    ],
)
def test_what_the_country_did_not_sign_is_not_taken(
    desk: Desk, make: Callable[[Desk], str], code: str
) -> None:
    before = desk.version()
    said = desk.update(make(desk))
    assert said.returncode == 1
    assert said.stdout.startswith(code), said.stdout + said.stderr
    assert desk.version() == before


def test_what_a_power_cut_left_half_done_is_finished(desk: Desk) -> None:
    shutil.copy(desk.package("toy", "4"), desk.guest.root / "var/toy.deb")
    desk.guest.run("dpkg", "--unpack", "/var/toy.deb")  # and here the power fails
    place = desk.stick("fifth", desk.package("toy", "5"))
    assert desk.update(place).returncode == 0
    status = desk.guest.run("dpkg-query", "--show", "--showformat=${Status} ${Version}", "toy")
    assert status == "install ok installed 5"
