"""From an installed system to a school: enrol, verify, hand over, by the real playbooks."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyrage
import pytest

from playbooks.module_utils.wasl_device import record
from playbooks.module_utils.wasl_device.identity import Identity
from playbooks.module_utils.wasl_device.record import Station, Work
from playbooks.module_utils.wasl_device.signed import SigningKey
from playbooks.module_utils.wasl_device.trust import Trust
from tests.devices.lab import Lab, booted, computer
from wasl.demo.guest import Guest
from wasl.planes import keyring
from wasl.planes.devices import enrolment, keys, records
from wasl.planes.devices.practice import recording

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, Guest]]:
    made = Lab(tmp_path_factory.mktemp("lab"), lambda name, size: "")
    made.prepare()
    with booted(made.root) as guest:
        (guest.root / "var/recording.json").write_text(json.dumps(recording(computer(1))))
        made.hosts["device-1"] = {**guest.host(), "wasl_recording": "/var/recording.json"}
        for account in ("pupil", "keeper"):
            guest.run("useradd", "--create-home", account)
        yield made, guest


def bodies(made: Lab, stage: str) -> list[Mapping[str, Any]]:
    return [body for body in made.entries() if body["stage"] == stage]


def test_a_device_enrols_with_a_key_of_its_own(lab: tuple[Lab, Guest]) -> None:
    made, guest = lab
    for _ in range(2):  # the second time nothing is made, and nothing more is written down
        done = made.play("--tags", "enrol")
        assert done.returncode == 0, done.stdout + done.stderr
    assert "changed=0" in done.stdout
    (body,) = bodies(made, "enrol")
    assert guest.run("stat", "-c", "%a %U", "/var/lib/wasl/device/device.key") == "600 root\n"
    secret = guest.run("cat", "/var/lib/wasl/device/device.key").strip()
    assert secret not in json.dumps(body)
    trust = Trust.of("jo", [SigningKey.load(made.home.country_key).public])
    members, problems = enrolment.asked(made.home.records, trust, enrolment.identity(made.home))
    assert problems == []
    assert [(one.profile, one.site) for one in members] == [("pupil", "zarqa-1")]
    sealed = base64.b64decode(body["evidence"]["request"])
    stranger = pyrage.x25519.Identity.generate()
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [stranger])


def test_what_a_container_cannot_keep_is_named_and_stops_the_handover(
    lab: tuple[Lab, Guest],
) -> None:
    made, _ = lab
    done = made.play("--tags", "verify,handover")
    assert done.returncode == 2
    assert "WASL-VERIFY-FAILED" in done.stdout
    (body,) = bodies(made, "verify")
    assert body["outcome"] == "failed"
    kept = {one["name"]: one["kept"] for one in body["evidence"]["promises"]}
    assert kept["accounts"]
    assert not kept["network"]
    assert not kept["kolibri"]
    assert bodies(made, "handover") == []
    done = made.play("--tags", "handover", "-e", "wasl_language=fr")
    assert done.returncode == 2
    assert "n'a pas été vérifié" in done.stdout
    assert bodies(made, "handover") == []


def test_a_verified_device_is_handed_over_with_papers(lab: tuple[Lab, Guest]) -> None:
    made, guest = lab
    _verified(made)
    before = guest.run("passwd", "--status", "pupil").split()[1]
    done = made.play("--tags", "handover")
    assert done.returncode == 0, done.stdout + done.stderr
    assert before == "L"
    assert guest.run("passwd", "--status", "pupil").split()[1] == "NP"
    assert "password must be changed" in guest.run("chage", "--list", "pupil")
    (body,) = bodies(made, "handover")
    assert body["evidence"]["opened"] == 2
    papers = made.home.papers / str(body["device"])
    assert {path.name for path in papers.iterdir()} == {"label.pdf", "sheet.pdf"}
    (device,) = records.devices(made.home.records)
    assert device.stage == "handover"


def _verified(made: Lab) -> None:
    """As if this container had a network, a sound card and the rest."""
    body = bodies(made, "verify")[-1]
    key = keys.station(made.home)
    station = Station(key, "jo", "zarqa-1", keyring.certificate(made.home, key.public))
    work = Work("verify", "done", Identity.from_json(body["identity"]), {})
    record.append(made.home.records, station, work)


def test_a_technician_s_own_computer_is_no_school_computer(
    lab: tuple[Lab, Guest], tmp_path: Path
) -> None:
    made, _ = lab
    (tmp_path / "pc.json").write_text(json.dumps(recording(computer(9))))
    made.hosts["laptop"] = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "/usr/bin/python3",
        "wasl_recording": str(tmp_path / "pc.json"),
    }
    done = made.play("--tags", "verify,handover", "-l", "laptop")
    assert done.returncode == 2
    assert "WASL-CONFIGURE-ELSEWHERE" in done.stdout
