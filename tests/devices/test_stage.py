"""What the controller writes down of a stage that saw the same as before, and when it may not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.identity import Identity
from wasl.cli import stick
from wasl.errors import WaslError
from wasl.planes.devices import records
from wasl.planes.devices.home import Home
from wasl.planes.devices.stage import Controller

ROOT = Path(__file__).resolve().parents[2]
KEPT = {"promises": [{"name": "boots", "kept": True, "found": "running"}]}


class Desk:
    """A controller, and what modules on one device return to it."""

    def __init__(self, folder: Path, laptop: Identity) -> None:
        self.controller = Controller(Home(folder, "jo"), "zarqa-1", "Amal", root=ROOT)
        self.identity = laptop.as_json()

    def done(self, stage: str, evidence: Mapping[str, Any], *, begun: bool = False) -> str:
        told = {"identity": self.identity, "evidence": evidence}
        before = self.controller.begin(stage, {**told, "evidence": {"plan": []}}) if begun else None
        return self.controller.append(stage, told, before).digest

    def configured(self, version: str) -> str:
        state = {"packages": {"a": version}, "packs": {}}
        return self.done("configure", {"state": state, "profile": "p"})

    def may_hand_over(self) -> None:
        self.controller.require_verified({"identity": self.identity, "evidence": {}})


@pytest.fixture
def desk(tmp_path: Path, laptop: Identity) -> Desk:
    return Desk(tmp_path, laptop)


def test_what_sees_the_same_again_is_no_new_entry(desk: Desk) -> None:
    assert desk.configured("1") == desk.configured("1")
    assert desk.done("verify", KEPT) == desk.done("verify", KEPT)
    desk.may_hand_over()


def test_what_was_undone_since_is_written_down_anew(desk: Desk) -> None:
    """Else a device that is verified could never be handed over again."""
    desk.configured("1")
    desk.done("verify", KEPT)
    desk.configured("2")
    with pytest.raises(DeviceError, match="WASL-HANDOVER-UNVERIFIED"):
        desk.may_hand_over()
    desk.done("verify", KEPT)
    desk.may_hand_over()
    desk.done("wipe", {"certificates": [], "complete": True}, begun=True)  # it came back
    desk.done("image", {"digest": "x"}, begun=True)
    desk.configured("2")
    desk.done("verify", KEPT)
    desk.may_hand_over()
    (device,) = records.devices(desk.controller.home.records)
    assert (device.stage, device.failed) == ("verify", "")


def test_an_intake_that_sees_the_same_after_a_wipe_is_no_new_entry(desk: Desk) -> None:
    seen = {"snapshot": {}, "grade": "accept", "reasons": []}
    first = desk.done("intake", seen)
    desk.done("wipe", {"certificates": [], "complete": True}, begun=True)
    assert desk.done("intake", seen) == first


def test_a_stick_finds_the_device_by_whatever_the_guard_took(desk: Desk, laptop: Identity) -> None:
    home = desk.controller.home
    desk.done("intake", {"snapshot": {}, "grade": "accept", "reasons": []})
    (number,) = [one.number for one in records.devices(home.records)]
    for told in (laptop.serial, f" {laptop.serial.lower()} ", number.upper()):
        assert stick.named(home, told) == number
    nameless = replace(laptop, serial="", uuid="8" * 8 + laptop.uuid[8:], disks=("Y",), macs=())
    desk.identity = nameless.as_json()
    desk.done("intake", {"snapshot": {}, "grade": "accept", "reasons": []})
    assert stick.named(home, nameless.uuid.upper()) != number
    with pytest.raises(WaslError, match="WASL-STICK-RUN"):
        stick.named(home, "S0METHING")
