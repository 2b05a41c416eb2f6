"""What school computers register with is never about to end, and is renewed seldom."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

from infra.aws.catalogue import TYPES
from infra.components.fleet import expiry
from tests.components.described import country, described

ACTIVATION = "aws:ssm/activation:Activation"


def test_it_holds_for_as_long_as_aws_permits_and_is_renewed_twice_a_month() -> None:
    days = [date(2027, 12, 1) + timedelta(days=at) for at in range(500)]  # with a leap day
    ends = {day: date.fromisoformat(expiry(day)[:10]) for day in days}
    assert {expiry(day)[10:] for day in days} == {"T00:00:00Z"}
    assert all(12 <= (end - day).days < 30 for day, end in ends.items())
    for day in days:
        same = [end for other, end in ends.items() if other.replace(day=1) == day.replace(day=1)]
        assert len(set(same)) <= 2


def test_the_tenancy_says_until_when() -> None:
    before, after = datetime.now(UTC).date(), described(country()).one(ACTIVATION)
    assert after["expirationDate"] in {expiry(before), expiry(datetime.now(UTC).date())}


def test_aws_says_it_in_whatever_time_zone() -> None:
    known = {"Expired": False, "IamRole": "x", "RegistrationsCount": 0, "RegistrationLimit": 1}
    amman = datetime(2026, 12, 14, 3, tzinfo=timezone(timedelta(hours=3)))
    read = TYPES[ACTIVATION].normalise({**known, "ExpirationDate": amman})
    assert read["expirationDate"] == "2026-12-14T00:00:00Z"
