"""Whom a verifier believes: the manifest's key, and whom it certified, until it takes that back."""

from __future__ import annotations

import pytest

from playbooks.module_utils.wasl_device import signed, trust
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.signed import SigningKey
from tests.devices.conftest import SINCE, UNTIL, Ministry

NOON = "2026-06-01T12:00:00Z"


def test_the_country_itself_is_believed(ministry: Ministry) -> None:
    document = signed.sign("pack", {"x": 1}, ministry.key)
    body, signer = ministry.trust().check(document, "pack", "publish", NOON)
    assert body == {"x": 1}
    assert signer.name == "country"


def test_a_certified_station_is_believed_by_its_own_certificate(ministry: Ministry) -> None:
    station = ministry.station("Amman stick")
    document = signed.sign("record", {}, station.key, station.certificate)
    _, signer = ministry.trust().check(document, "record", "record", NOON)
    assert signer.name == "Amman stick"


def test_a_certificate_may_come_beside_the_document(ministry: Ministry) -> None:
    station = ministry.station(certified=False)
    document = signed.sign("record", {}, station.key)
    with pytest.raises(DeviceError, match="WASL-TRUST-UNKNOWN"):
        ministry.trust().check(document, "record", "record", NOON)
    late = trust.certify(
        "jo", station.key.public, "s", "amman-1", ("record",), SINCE, UNTIL, ministry.key
    )
    assert ministry.trust(late).check(document, "record", "record", NOON)[1].name == "s"


def test_another_country_s_word_does_not_count(ministry: Ministry) -> None:
    other = Ministry(SigningKey.make())
    station = other.station()
    document = signed.sign("record", {}, station.key, station.certificate)
    with pytest.raises(DeviceError, match="WASL-TRUST-UNKNOWN"):
        ministry.trust().check(document, "record", "record", NOON)


def test_a_certificate_of_the_same_key_for_another_country_does_not_count(
    ministry: Ministry,
) -> None:
    key = SigningKey.make()
    word = trust.certify("tn", key.public, "s", "x", ("record",), SINCE, UNTIL, ministry.key)
    document = signed.sign("record", {}, key, word)
    with pytest.raises(DeviceError, match="WASL-TRUST-UNKNOWN"):
        ministry.trust().check(document, "record", "record", NOON)


def test_someone_else_s_certificate_does_not_cover_a_key(ministry: Ministry) -> None:
    station, thief = ministry.station(), SigningKey.make()
    document = signed.sign("record", {}, thief, station.certificate)
    with pytest.raises(DeviceError, match="WASL-TRUST-UNKNOWN"):
        ministry.trust().check(document, "record", "record", NOON)


def test_a_station_may_not_publish(ministry: Ministry) -> None:
    station = ministry.station()
    document = signed.sign("image", {}, station.key, station.certificate)
    with pytest.raises(DeviceError, match="WASL-TRUST-ROLE"):
        ministry.trust().check(document, "image", "publish", NOON)


def test_after_its_last_day_a_station_is_not_believed(ministry: Ministry) -> None:
    station = ministry.station()
    document = signed.sign("record", {}, station.key, station.certificate)
    with pytest.raises(DeviceError, match="WASL-TRUST-EXPIRED"):
        ministry.trust().check(document, "record", "record", "2036-01-01T00:00:01Z")


def test_a_revocation_takes_all_or_what_came_after(ministry: Ministry) -> None:
    station = ministry.station()
    document = signed.sign("record", {}, station.key, station.certificate)
    stolen = trust.revoke("jo", station.key.public.id, "copied", "", ministry.key)
    lost = trust.revoke("jo", station.key.public.id, "lost", "2026-07-01T00:00:00Z", ministry.key)
    with pytest.raises(DeviceError, match="WASL-TRUST-REVOKED"):
        ministry.trust(stolen).check(document, "record", "record", NOON)
    assert ministry.trust(lost).check(document, "record", "record", NOON)
    with pytest.raises(DeviceError, match="WASL-TRUST-REVOKED"):
        ministry.trust(lost).check(document, "record", "record", "2026-08-01T00:00:00Z")
    with pytest.raises(DeviceError, match="WASL-TRUST-REVOKED"):
        ministry.trust(lost, stolen).check(document, "record", "record", NOON)


def test_a_forged_revocation_changes_nothing(ministry: Ministry) -> None:
    station = ministry.station()
    document = signed.sign("record", {}, station.key, station.certificate)
    forged = trust.revoke("jo", station.key.public.id, "x", "", SigningKey.make())
    assert ministry.trust(forged).check(document, "record", "record", NOON)
