"""Records and enrolments carried to the country's account, here the sandbox's S3 and SSM."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyrage
import pytest

from infra.aws.model import Aws, Credentials
from infra.sandbox.account import SANDBOX_KEY
from playbooks.module_utils.wasl_device import enrol, record
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.identity import Identity
from playbooks.module_utils.wasl_device.record import Station, Work
from tests.content.s3 import REGION, bucket
from tests.devices.conftest import Ministry
from tests.emulated import emulated_aws
from wasl.planes.devices import enrolment, records
from wasl.planes.devices.enrolment import Parameters
from wasl.planes.devices.sync import Bucket, sync
from wasl.report import told
from wasl.result import Action

pytestmark = pytest.mark.slow
PATH = "/wasl/jo/fleet"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with emulated_aws(tmp_path_factory.mktemp("sandbox")) as url:
        yield url


@pytest.fixture
def depot(endpoint: str, tmp_path: Path) -> Bucket:
    made = bucket(endpoint, f"records-{abs(hash(str(tmp_path)))}")
    return Bucket(made.client, made.name)


def ssm(endpoint: str) -> Any:
    keys = Credentials(SANDBOX_KEY, SANDBOX_KEY)
    return Aws(REGION, keys, endpoint, read_only=False).client("ssm")


def note(folder: Path, station: Station, device: Identity, stage: str = "intake") -> record.Entry:
    return record.append(folder, station, Work(stage, "done", device, {}))


def test_two_stations_meet_in_the_bucket(
    depot: Bucket, ministry: Ministry, laptop: Identity, tmp_path: Path
) -> None:
    here, there, trust = tmp_path / "a" / "records", tmp_path / "b" / "records", ministry.trust()
    stick, other = ministry.station("stick"), ministry.station("other")
    note(here, stick, laptop)
    note(there, other, replace(laptop, uuid="9" * 8 + laptop.uuid[8:], disks=("X",), macs=("1",)))
    assert len(sync(here, depot, trust, tmp_path / "a.json").sent) == 1
    both = sync(there, depot, trust, tmp_path / "b.json")
    assert (len(both.sent), len(both.fetched), both.findings) == (1, 1, [])
    note(there, other, laptop, "wipe")  # the other station goes on with the first one's device
    assert len(sync(there, depot, trust, tmp_path / "b.json").sent) == 1
    back = sync(here, depot, trust, tmp_path / "a.json")
    assert (len(back.sent), len(back.fetched)) == (0, 2)
    assert {one.problem for one in records.check([here], trust)} == {None}
    stages = sorted(one.stage for one in records.devices(here))
    assert stages == ["intake", "wipe"]
    for _ in range(2):  # nothing is left to do, with and without the memory of it
        again = sync(here, depot, trust, tmp_path / "a.json")
        assert (again.sent, again.fetched, again.findings) == ([], [], [])
        (tmp_path / "a.json").unlink()


def test_a_copied_stick_and_a_stranger_are_refused(
    depot: Bucket, ministry: Ministry, laptop: Identity, tmp_path: Path
) -> None:
    here, copy, trust = tmp_path / "a" / "records", tmp_path / "b" / "records", ministry.trust()
    stick = ministry.station("stick")
    note(here, stick, laptop)
    shutil.copytree(here, copy)
    note(here, stick, laptop, "wipe")
    note(copy, stick, laptop, "image")
    sync(here, depot, trust, tmp_path / "a.json")
    forked = sync(copy, depot, trust, tmp_path / "b.json")
    assert [one.message.id for one in forked.findings if one.message] == ["WASL-RECORD-FORK"]
    assert forked.sent == []
    assert [e.stage for e in record.read(next(copy.glob("*/*.jsonl")))] == ["intake", "image"]

    stranger = tmp_path / "c" / "records"
    note(stranger, ministry.station("nobody", certified=False), replace(laptop, macs=()))
    name = next(stranger.glob("*/*.jsonl")).relative_to(stranger).as_posix()
    data = (stranger / name).read_bytes()
    depot.put(name, data, "")
    refused = sync(here, depot, trust, tmp_path / "a.json")
    assert [one.message.id for one in refused.findings if one.message] == ["WASL-TRUST-UNKNOWN"]
    assert not (here / name).exists()


def test_of_two_that_write_at_once_one_is_told(depot: Bucket) -> None:
    name = "k7q2-m4xa-9p/" + "0" * 20 + ".jsonl"
    first = depot.put(name, b"1\n", "")
    depot.put(name, b"1\n2\n", first)
    with pytest.raises(DeviceError, match="WASL-SYNC-RACE"):
        depot.put(name, b"1\n3\n", first)
    with pytest.raises(DeviceError, match="WASL-SYNC-RACE"):
        depot.put(name, b"1\n3\n", "")


class Office:
    """A ministry's sealing key, and devices that ask it."""

    def __init__(self, ministry: Ministry, folder: Path) -> None:
        self.identity = pyrage.x25519.Identity.generate()
        self.ministry, self.folder = ministry, folder
        self.records = folder / "records"
        self.station = ministry.station()

    def ask(self, device: Identity, *, site: str = "amman-1", **changes: Any) -> enrol.Request:
        """A device runs the stage enrol, and its station writes it down."""
        recipient = changes.pop("recipient", str(self.identity.to_public()))
        place = self.folder / "device" / device.serial
        asked = enrol.Request("jo", site, "pupil", recipient, place)
        evidence, _ = enrol.enrol(device, asked)
        work = Work("enrol", "done", device, {**evidence, **changes})
        record.append(self.records, self.station, work)
        return asked

    def asked(self) -> tuple[list[enrolment.Member], list[str]]:
        members, problems = enrolment.asked(self.records, self.ministry.trust(), self.identity)
        return members, [one.message.id for one in problems if one.message]


@pytest.fixture
def office(ministry: Ministry, tmp_path: Path) -> Office:
    return Office(ministry, tmp_path)


def test_a_device_is_taken_into_the_fleet_once(
    office: Office, laptop: Identity, endpoint: str, tmp_path: Path
) -> None:
    fleet = Parameters(ssm(endpoint), f"{PATH}-{abs(hash(str(tmp_path)))}")
    office.ask(laptop)
    (member,), problems = office.asked()
    assert problems == []
    (change,) = enrolment.plan("jo", [member], fleet.members())
    assert (change.action, change.target) == (Action.CREATE, member.number)
    fleet.put(member.number, member.value)
    assert fleet.members() == {member.number: member.value}
    assert laptop.serial not in member.value
    office.ask(laptop)  # the same request again
    (again,), _ = office.asked()
    assert enrolment.plan("jo", [again], fleet.members()) == []

    shutil.rmtree(tmp_path / "device")  # imaged anew: another key
    office.ask(laptop)
    (anew,), _ = office.asked()
    (change,) = enrolment.plan("jo", [anew], fleet.members())
    assert change.action is Action.UPDATE
    assert "new key" in told(change.reason, "en")
    note(office.records, office.station, laptop, "wipe")
    assert office.asked() == ([], [])


def test_enrolling_again_makes_nothing_and_the_key_is_its_owner_s(
    office: Office, laptop: Identity
) -> None:
    request = office.ask(laptop)
    before, made = enrol.enrol(laptop, request)
    assert not made
    assert enrol.enrol(laptop, request) == (before, False)
    assert (request.folder / "device.key").stat().st_mode & 0o777 == 0o600
    elsewhere = replace(request, site="amman-2")
    assert enrol.enrol(laptop, elsewhere)[1]


def test_requests_that_do_not_fit_are_not_taken_in(office: Office, laptop: Identity) -> None:
    other = pyrage.x25519.Identity.generate()
    office.ask(laptop, recipient=str(other.to_public()))
    assert office.asked() == ([], ["WASL-ENROL-SEALED"])
    office.ask(laptop, site="amman-2")  # the request says another site than its record
    assert office.asked() == ([], ["WASL-ENROL-OTHER"])
    office.ask(laptop, device_key="ed25519:other")
    assert office.asked() == ([], ["WASL-ENROL-OTHER"])
    office.ask(laptop)
    assert office.asked()[1] == []
    with pytest.raises(DeviceError, match="WASL-ENROL-NO-RECIPIENT"):
        office.ask(laptop, recipient="")
