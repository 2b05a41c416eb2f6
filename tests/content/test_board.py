"""What a delivery leaves in the journal for the board."""

from __future__ import annotations

import pytest

from tests.content.conftest import Country, row
from wasl.board.facts import Standing
from wasl.planes.content.facts import facts


@pytest.mark.usefixtures("library_only")
def test_resources_are_counted_once_and_a_second_run_keeps_the_count(country: Country) -> None:
    described = country.setting.country
    assert facts(country.home, described)[0].standing is Standing.NONE
    country.write(row(1), row(2), row(3))
    country.apply()
    plane, delivered = facts(country.home, described)
    assert (plane.standing, delivered.value) == (Standing.IN_PLACE, 3)
    country.apply()
    assert facts(country.home, described)[1] == delivered
    country.write(row(1), row(2))
    country.apply()
    assert facts(country.home, described)[1].value == 2
