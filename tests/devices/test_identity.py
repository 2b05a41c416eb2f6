"""Which computer it is: placeholders, shared UUIDs, swapped disks, two devices alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.module_utils.wasl_device.identity import (
    _ALPHABET,
    Identity,
    cleaned,
    is_number,
    is_placeholder,
    number,
    recognise,
)


@pytest.mark.parametrize(
    "text",
    [
        "To be filled by O.E.M.",
        "Default string",
        "System Serial Number",
        "None",
        "Not Specified",
        "0000000000",
        "0123456789",
        "123456789",
        "INVALID",
        "",
        "   ",
        "XXXXXXXXXX",
        "O.E.M.",
        "N/A",
        "Chassis Serial Number",
    ],
)
def test_what_makers_leave_behind_is_no_serial(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["BK5RJ22", "PF0W1X2Y", "5CG8123ABC", "R90ABCDE", "MP1234567"])
def test_real_serials_are_kept(text: str) -> None:
    assert not is_placeholder(text)


def test_shared_uuids_are_dropped() -> None:
    seen = cleaned(Identity("03000200-0400-0500-0006-000700080009", "Default string"))
    assert (seen.uuid, seen.serial) == ("", "")


@given(st.text(), st.integers(0, 8), st.sampled_from(_ALPHABET))
def test_a_misread_sign_of_a_number_is_found(part: str, place: int, sign: str) -> None:
    digits = number("x", part).replace("-", "")
    assert is_number(digits)
    wrong = digits[:place] + sign + digits[place + 1 :]
    assert is_number(wrong) == (wrong == digits)


@given(st.text(), st.integers(0, 7))
def test_two_signs_that_changed_places_are_found(part: str, place: int) -> None:
    digits = number(part).replace("-", "")
    wrong = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    assert is_number(wrong) == (wrong == digits)


def test_the_same_device_keeps_its_number(laptop: Identity) -> None:
    first, notices = recognise(laptop, {})
    assert is_number(first)
    assert not notices
    assert recognise(laptop, {first: laptop}) == (first, [])


def test_a_swapped_disk_is_said(laptop: Identity) -> None:
    first, _ = recognise(laptop, {})
    again, notices = recognise(replace(laptop, disks=("OTHER-9",)), {first: laptop})
    assert again == first
    assert [n.code for n in notices] == ["WASL-DEVICE-DISK-SWAPPED"]
    assert notices[0].arguments == {"came": "OTHER-9", "went": "WD-WX41A12345"}


def test_a_removed_disk_is_said(laptop: Identity) -> None:
    first, _ = recognise(laptop, {})
    again, notices = recognise(replace(laptop, disks=()), {first: laptop})
    assert again == first
    assert notices[0].arguments["came"] == "-"


def test_two_devices_alike_get_two_numbers(laptop: Identity) -> None:
    first, _ = recognise(laptop, {})
    twin = replace(laptop, disks=("OTHER-9",), macs=("5c:f9:dd:ff:ff:ff",))
    second, notices = recognise(twin, {first: laptop})
    assert second != first
    assert [n.code for n in notices] == ["WASL-DEVICE-ALIKE"]
    assert notices[0].arguments["other"] == first
    assert recognise(twin, {first: laptop, second: twin}) == (second, [])


def test_a_disk_known_from_another_device_is_said(laptop: Identity) -> None:
    first, _ = recognise(laptop, {})
    other = Identity(
        "aaaa4544-004b-3510-8052-b4c04f4a3232", "ZZ", "HP", "x", laptop.disks, ("0a:1",)
    )
    second, notices = recognise(other, {first: laptop})
    assert second != first
    assert [n.code for n in notices] == ["WASL-DEVICE-DISK-KNOWN"]


def test_without_firmware_identity_the_address_decides() -> None:
    nameless = Identity(disks=("D1",), macs=("aa:bb:cc:00:00:01",))
    first, _ = recognise(nameless, {})
    again, notices = recognise(replace(nameless, disks=("D2",)), {first: nameless})
    assert again == first
    assert notices[0].code == "WASL-DEVICE-DISK-SWAPPED"


def test_a_new_mainboard_keeps_the_number_when_disk_and_address_stay(laptop: Identity) -> None:
    first, _ = recognise(laptop, {})
    assert recognise(replace(laptop, uuid="bbbb4544-0", serial="new"), {first: laptop})[0] == first
