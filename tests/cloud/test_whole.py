"""The whole tenancy: its URNs, and a sandbox that is as it was after a restart."""

from __future__ import annotations

import pytest

from tests.cloud.conftest import Cli, clean, pulumi
from tests.cloud.inventory import held, listed
from tests.cloud.urns import golden, urns
from wasl.planes.cloud.stacks import Stacks

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def jordan(whole: Cli) -> None:
    """One country is up."""
    whole.ok("up", "jo", "--yes")


def test_the_urns_are_those_that_are_kept(tenancies: Stacks) -> None:
    """The files are written without an engine; see test_urns."""
    assert urns(tenancies, "jo") == golden("pilot").read_text().splitlines()


def test_a_restart_changes_nothing(whole: Cli, tenancies: Stacks) -> None:
    before = held(tenancies, "jo")
    whole.ok("sandbox", "stop")
    whole.ok("sandbox", "start")
    clean(whole, "jo")
    assert held(tenancies, "jo") == before == listed(tenancies, "jo")


def test_plain_pulumi_and_wasl_see_the_same(whole: Cli, tenancies: Stacks) -> None:
    """What plain `pulumi up` made is as described for wasl, and the other way round."""
    pulumi(whole, "up", "dj", "--yes", "--skip-preview")
    whole.ok("drift", "dj")
    assert held(tenancies, "dj") == listed(tenancies, "dj")
    pulumi(whole, "destroy", "dj", "--yes", "--skip-preview")
    assert held(tenancies, "dj") == {}
