"""The real playbooks on practice computers: plain Ansible and `wasl devices run`, one record."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from playbooks.module_utils.wasl_device import trust
from playbooks.module_utils.wasl_device.image import build
from playbooks.module_utils.wasl_device.record import verify
from playbooks.module_utils.wasl_device.signed import SigningKey
from tests.devices.lab import MIB, PREPARED, Lab, computer, stages
from tests.devices.lying import lying_disk, why_no_fuse
from wasl.cli.main import main
from wasl.planes.told import hint, sentence

pytestmark = pytest.mark.slow


@pytest.fixture
def wasl(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.chdir(lab.root)
    monkeypatch.setenv("WASL_HOME", str(lab.root / ".wasl"))

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(words)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def holds_the_image(lab: Lab, disk: str) -> bool:
    raw = (lab.root / "system.raw").read_bytes()
    with open(disk, "rb") as device:
        return device.read(len(raw)) == raw


def test_plain_ansible_prepares_devices_and_repeats_safely(lab: Lab) -> None:
    disks = [lab.add(f"pc{place}", computer(place)) for place in (1, 2)]
    done = lab.play()
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(holds_the_image(lab, disk) for disk in disks)
    assert stages(lab) == PREPARED * 2
    for folder in lab.home.records.glob("*/"):
        key = SigningKey.load(lab.home.country_key).public
        whom = trust.Trust.of("jo", [key], trust.statements(lab.home.statements))
        entries = verify(folder.glob("*.jsonl"), whom)
        assert {signer.name for _, signer in entries} == {"Lab laptop"}
        bodies = {(entry.stage, entry.outcome): entry.body for entry, _ in entries}
        (planned,) = bodies["wipe", "begun"]["evidence"]["plan"]
        assert planned["technique"] == "overwrite with zeros"
        assert bodies["wipe", "done"]["person"] == "Amal"
        (certificate,) = bodies["wipe", "done"]["evidence"]["certificates"]
        assert certificate["person"] == "Amal"
        assert certificate["read_back"]["bytes"] == 16 * MIB
        assert bodies["image", "done"]["evidence"]["read_back"] == 8 * MIB

    lab.fill(disks[0])  # a pupil works with it: running everything again must not take that away
    again = lab.play()
    assert again.returncode == 0
    assert "changed=0" in again.stdout
    assert stages(lab) == PREPARED * 2
    assert not holds_the_image(lab, disks[0])

    assert lab.play("-e", '{"wasl_again": ["wipe", "image"]}', "-l", "pc1").returncode == 0
    assert holds_the_image(lab, disks[0])


@pytest.mark.parametrize("killed_in", [pytest.param("wipe", marks=pytest.mark.long), "image"])
def test_what_was_killed_is_not_taken_for_done_before(
    lab: Lab, wasl: Callable[..., tuple[int, str, str]], killed_in: str
) -> None:
    """A device that came back was to be done again, and the power failed: nothing is left of it."""
    disk = lab.add("pc1", computer(1), 192 * MIB)
    assert lab.play().returncode == 0
    lab.fill(disk)
    state = lab.root / "state" / "pc1"
    for path in state.glob("*.json"):
        path.unlink()
    again = ("-e", '{"wasl_again": ["wipe", "image"]}')
    lab.play_killed(*again, when=lambda: any(state.glob(f"{killed_in}-*.json")))
    assert stages(lab)[-1] == (killed_in, "begun")
    assert f"failed: {killed_in}" in wasl("devices", "list", "jo")[1]
    assert wasl("devices", "verify-record", str(lab.home.records))[0] == 0
    done = lab.play()
    assert done.returncode == 0, done.stdout
    assert holds_the_image(lab, disk)
    with open(disk, "rb") as device:
        device.seek(8 * MIB)
        assert not any(device.read(8 * MIB))
    assert "failed" not in wasl("devices", "list", "jo")[1]


def test_the_system_goes_to_no_disk_that_was_kept_out_of_the_wipe(lab: Lab) -> None:
    kept = lab.add("pc1", computer(1))
    data = Path(kept).read_bytes()
    wiped = lab.disk("pc1-second", 16 * MIB)
    lab.fill(wiped)
    lab.hosts["pc1"] |= {"wasl_practice": [kept, wiped], "wasl_wipe_disks": [wiped, ""]}
    done = lab.play()
    assert done.returncode == 0, done.stdout
    assert holds_the_image(lab, wiped)
    assert Path(kept).read_bytes() == data


def test_a_wipe_that_nobody_answers_for_is_refused(lab: Lab) -> None:
    disk = lab.add("pc1", computer(1))
    before = Path(disk).read_bytes()
    for words in ((), ("--check",)):
        done = lab.play("--tags", "wipe", "-e", "wasl_person=", "-e", "wasl_language=fr", *words)
        assert done.returncode == 2
        assert "WASL-WIPE-NOBODY" in done.stdout
        assert "personne n'est nommé" in done.stdout
    assert Path(disk).read_bytes() == before
    assert stages(lab) == [("wipe", "refused")]


def french(code: str, **arguments: str) -> tuple[str, str]:
    """What happened and what to do, as the technician reads it."""
    return sentence(code, arguments, "fr"), hint(code, arguments, "fr")


def test_the_record_says_what_a_lying_disk_did(
    lab: Lab, tmp_path: Path, wasl: Callable[..., tuple[int, str, str]]
) -> None:
    if reason := why_no_fuse():
        pytest.skip(reason)
    with lying_disk(tmp_path, 16 * MIB) as liar:
        lab.disk = lambda *_: liar.disk
        lab.add("pc1", computer(1))
        liar.order(lose_writes=[(0, 16 * MIB)], read_zeros=[(0, 16 * MIB)])
        done = lab.play("-e", "wasl_language=fr")
    assert done.returncode == 2
    assert stages(lab) == [*PREPARED[:2], ("wipe", "failed")]
    failed = lab.entries()[-1]["evidence"]
    assert failed["certificates"] == []
    assert failed["failure"]["code"] == "WASL-DISK-LIES"
    for told in french("WASL-DISK-LIES", **failed["failure"]["arguments"]):
        assert told in done.stdout
    assert "failed: wipe" in wasl("devices", "list", "jo")[1]
    assert wasl("devices", "verify-record", str(lab.home.records))[0] == 0


@pytest.mark.long
def test_the_record_says_what_a_damaged_image_did(
    lab: Lab, wasl: Callable[..., tuple[int, str, str]]
) -> None:
    disk = lab.add("pc1", computer(1))
    assert lab.play().returncode == 0
    image = lab.root / "system.wimg"
    data = bytearray(image.read_bytes())
    data[len(data) // 2] ^= 1
    image.write_bytes(data)
    done = lab.play("-e", '{"wasl_again": ["wipe", "image"], "wasl_language": "fr"}')
    assert done.returncode == 2
    assert stages(lab) == [*PREPARED, *PREPARED[1:4], ("image", "failed")]
    failure = lab.entries()[-1]["evidence"]["failure"]
    assert failure["code"] == "WASL-IMAGE-CHUNK"
    for told in french("WASL-IMAGE-CHUNK", **failure["arguments"]):
        assert told in done.stdout
    assert not holds_the_image(lab, disk)
    assert "failed: image" in wasl("devices", "list", "jo")[1]
    lab.image("system", seed=1)  # the image brought again
    assert lab.play().returncode == 0
    assert holds_the_image(lab, disk)
    assert stages(lab)[-2:] == PREPARED[3:]


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """`folder`, with what is in it, on a file system of its own that has no room left."""
    kept = folder.with_name(f"{folder.name}.kept")
    folder.rename(kept)
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=True)
    try:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        with (folder / "rest").open("wb", 0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("place", ["record", "state"])
def test_a_full_medium_stops_before_the_disk_is_touched(lab: Lab, place: str) -> None:
    disk = lab.add("pc1", computer(1))
    before = Path(disk).read_bytes()
    folder = lab.root / ".wasl" if place == "record" else lab.root / "state" / "pc1"
    folder.mkdir(parents=True, exist_ok=True)
    with full(folder):
        done = lab.play("--tags", "wipe,image")
        told = stages(lab)
    assert done.returncode == 2
    assert "WASL-MEDIUM-FULL" in done.stdout
    assert Path(disk).read_bytes() == before
    assert told == ([] if place == "record" else [("wipe", "begun"), ("wipe", "refused")])


def test_the_grade_and_its_reasons_are_told_in_the_technician_s_language(
    lab: Lab, wasl: Callable[..., tuple[int, str, str]]
) -> None:
    lab.add("pc1", computer(1, memory_mb=(1024, 0)))
    reason, step = french("WASL-GRADE-MEMORY", memory="1024", needed="3500")
    grade = sentence("WASL-CONSOLE-REPAIR", {}, "fr")
    done = lab.play("--tags", "intake", "-e", "wasl_language=fr")
    (number,) = [path.name for path in lab.home.records.glob("*/")]
    assert f"pc1: {number}: {grade}" in done.stdout
    assert reason in done.stdout
    assert step in done.stdout
    verb = ("devices", "run", "jo", "--inventory", str(lab.inventory), "--language", "fr")
    status, out, err = wasl(*verb, "--stages", "intake", "--yes")
    assert status == 0, out + err
    assert f"pc1: {number}: {grade}" in out
    assert reason in out


def test_a_disk_that_was_swapped_before_the_wipe_is_said_of_the_wipe(lab: Lab) -> None:
    lab.add("pc1", computer(1))
    assert lab.play("--tags", "intake").returncode == 0
    other = lab.disk("other", 16 * MIB)
    lab.hosts["pc1"]["wasl_practice"] = [other]
    done = lab.play("-e", "wasl_language=fr", "--tags", "wipe")
    assert done.returncode == 0
    swapped = {"came": "other.img", "went": "pc1.img"}
    said = [one["notices"] for one in lab.entries() if one["outcome"] != "refused"]
    told = [{"code": "WASL-DEVICE-DISK-SWAPPED", "arguments": swapped}]
    assert said == [[], told, told]
    warned = "".join(done.stderr.split())  # Ansible wraps what it warns of
    assert "".join(sentence("WASL-DEVICE-DISK-SWAPPED", swapped, "fr").split()) in warned


def test_a_device_without_a_serial_gets_its_label_at_intake(lab: Lab) -> None:
    disk = lab.add("pc1", computer(1, serial="To be filled by O.E.M."))
    done = lab.play("--tags", "intake", "-e", "wasl_language=fr")
    (number,) = [path.name for path in lab.home.records.glob("*/")]
    label = lab.home.papers / number / "label.pdf"
    assert label.read_bytes().startswith(b"%PDF")
    for told in french("WASL-DEVICE-LABEL", file=str(label)):
        assert told in done.stdout
    lab.hosts["pc1"]["wasl_wipe_serial"] = number
    assert lab.play().returncode == 0
    assert holds_the_image(lab, disk)
    assert stages(lab) == PREPARED


def test_check_mode_touches_nothing_and_records_nothing(lab: Lab) -> None:
    disk = lab.add("pc1", computer(1))
    before = Path(disk).read_bytes()
    done = lab.play("--check", "--diff", "--tags", "wipe,image")
    assert done.returncode == 0, done.stdout
    assert "changed=2" in done.stdout
    assert "+zeros" in done.stdout
    assert Path(disk).read_bytes() == before
    assert lab.entries() == []


def test_one_wrong_serial_stops_that_device_alone(lab: Lab) -> None:
    first, second = lab.add("pc1", computer(1)), lab.add("pc2", computer(2))
    lab.hosts["pc1"]["wasl_wipe_serial"] = "BK5RJ02"
    del lab.hosts["pc2"]["wasl_wipe_serial"]
    third = lab.add("pc3", computer(3))
    before = [Path(disk).read_bytes() for disk in (first, second)]
    done = lab.play("-e", "wasl_language=fr")
    assert done.returncode == 2
    assert "L'appareil" in done.stdout or "l'appareil nommé est BK5RJ02" in done.stdout
    assert "personne n'a dit quel appareil" in done.stdout
    assert [Path(disk).read_bytes() for disk in (first, second)] == before
    assert holds_the_image(lab, third)
    assert sorted(stages(lab)) == sorted([("intake", "done"), ("wipe", "refused")] * 2 + PREPARED)


def test_where_the_record_cannot_be_written_nothing_is_touched(lab: Lab) -> None:
    disk = lab.add("pc1", computer(1))
    before = Path(disk).read_bytes()
    lab.home.records.parent.mkdir(parents=True, exist_ok=True)
    lab.home.records.write_text("the stick was pulled")
    done = lab.play("--tags", "wipe,image")
    assert done.returncode == 2
    assert "WASL-MEDIUM-GONE" in done.stdout
    assert Path(disk).read_bytes() == before


def test_an_image_of_nobody_s_or_another_country_s_is_refused(lab: Lab) -> None:
    lab.add("pc1", computer(1))
    key = SigningKey.load(lab.home.country_key)
    forged = lab.root / "forged.wimg"
    for country, signer in (("jo", SigningKey.make()), ("tn", key)):
        naming = build.Naming("forged", country, "2026-03-01T00:00:00Z")
        build.build(lab.root / "system.raw", forged, naming, signer, chunk_size=MIB)
        done = lab.play("--tags", "image", "-e", f"wasl_image={forged}")
        assert done.returncode == 2
        assert "WASL-TRUST-UNKNOWN" in done.stdout
    assert stages(lab) == [("image", "refused")] * 2


def test_missing_variables_are_named(lab: Lab) -> None:
    lab.add("pc1", computer(1))
    done = lab.play("--tags", "wipe", "-e", "wasl_site=")
    assert done.returncode == 2
    assert "wasl_site" in done.stdout
    assert "playbooks/inventory/example.yml" in done.stdout


def test_wasl_devices_run_shows_asks_serves_and_journals(
    lab: Lab, wasl: Callable[..., tuple[int, str, str]]
) -> None:
    disk = lab.add("pc1", computer(1))
    verb = ("devices", "run", "jo", "--inventory", str(lab.inventory))
    image = ("--image", str(lab.root / "system.wimg"))
    before = Path(disk).read_bytes()
    assert wasl(*verb, *image)[0] == 64  # nobody is here to answer
    assert Path(disk).read_bytes() == before
    assert lab.entries() == []

    (lab.root / "moved.wimg").write_bytes((lab.root / "system.wimg").read_bytes())
    (lab.root / "system.wimg").unlink()  # it can only come from the laptop's server
    status, out, err = wasl(*verb, "--image", str(lab.root / "moved.wimg"), "--yes")
    assert status == 0, out + err
    assert "overwrite with zeros, reaches Clear" in out
    assert "pc1" in err
    assert holds_the_image(lab, disk)
    assert list((lab.root / ".wasl" / "scratch").iterdir()) == []
    (segment,) = lab.home.journal.glob("*.jsonl")
    events = [json.loads(line) for line in segment.read_text().splitlines()]
    assert [event["event"] for event in events] == ["intent", "note", "note", "note", "outcome"]
    assert "Amal" not in segment.read_text()

    lab.fill(disk)  # a pupil's work, and the device came back
    image = ("--image", str(lab.root / "moved.wimg"))
    assert wasl(*verb, *image, "--yes")[0] == 0
    assert not holds_the_image(lab, disk)
    status, out, err = wasl(*verb, *image, "--again", "wipe,image", "--yes")
    assert status == 0, out + err
    assert holds_the_image(lab, disk)

    lab.hosts["pc1"]["wasl_wipe_serial"] = "OTHER"
    status, out, _ = wasl(*verb, "--inventory", str(lab.inventory), "--yes", "--language", "ar")
    assert status == 1
    assert "الجهاز المحدّد هو OTHER" in out
    status, out, _ = wasl("devices", "list", "jo")
    assert " image " in out
    assert wasl("devices", "verify-record", str(lab.home.records))[0] == 0


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--inventory", "/nowhere.yml"),
        ("--inventory", "lab.yml", "--stages", "polish"),
        ("--inventory", "lab.yml", "--image", "/nowhere.wimg"),
        ("--inventory", "lab.yml", "--again", "intake"),
        ("--inventory", "lab.yml", "--stages", "intake", "--again", "wipe"),
    ],
)
def test_a_run_that_cannot_begin_says_why(
    lab: Lab, wasl: Callable[..., tuple[int, str, str]], words: tuple[str, ...]
) -> None:
    lab.add("pc1", computer(1))
    assert lab.inventory.exists()
    status, _, err = wasl("devices", "run", "jo", *words, "--yes")
    assert status in (1, 64)
    assert "WASL-BUG" not in err
    assert "WASL-" in err


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[dict[str, object]]:
    """A real sshd on a loopback port that lets the lab's key in."""
    program = shutil.which("sshd", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("openssh-server is not installed")
    Path("/run/sshd").mkdir(exist_ok=True)
    for name in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)]
        subprocess.run(command, check=True)
    shutil.copy(tmp_path / "user.pub", tmp_path / "authorized")
    port = 10_000 + hash(str(tmp_path)) % 50_000
    config = tmp_path / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {tmp_path}/host\nUsePAM no\n"
        f"AuthorizedKeysFile {tmp_path}/authorized\nStrictModes no\nPidFile none\n"
        "PermitRootLogin prohibit-password\n"
    )
    command = ["setpriv", "--pdeathsig", "TERM", program, "-D", "-e", "-f", str(config)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    known = tmp_path / "known"
    known.write_text(f"[127.0.0.1]:{port} {(tmp_path / 'host.pub').read_text()}")
    yield {
        "ansible_connection": "ssh",
        "ansible_host": "127.0.0.1",
        "ansible_port": port,
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(tmp_path / "user"),
        "ansible_ssh_common_args": f"-o UserKnownHostsFile={known} -o ControlMaster=no",
    }
    server.terminate()
    server.wait(10)


@pytest.mark.long
def test_over_ssh_the_device_fetches_the_image_from_the_laptop(
    lab: Lab, sshd: dict[str, object], wasl: Callable[..., tuple[int, str, str]]
) -> None:
    disk = lab.add("pc1", computer(1))
    lab.hosts["pc1"] |= sshd
    image = lab.root / "moved.wimg"
    (lab.root / "system.wimg").rename(image)
    verb = ("devices", "run", "jo", "--inventory", str(lab.inventory), "--image", str(image))
    status, out, err = wasl(*verb, "--yes")
    assert status == 0, out + err
    assert holds_the_image(lab, disk)
