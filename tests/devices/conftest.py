"""Keys, stations and practice disks for the tests of the devices plane."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from playbooks.module_utils.wasl_device import trust
from playbooks.module_utils.wasl_device.identity import Identity
from playbooks.module_utils.wasl_device.record import Station
from playbooks.module_utils.wasl_device.signed import Document, SigningKey
from tests.devices.lab import Lab
from wasl.planes.devices.loop import loop_disk, why_not

SINCE, UNTIL = "2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z"


@dataclass(frozen=True)
class Ministry:
    """A country's signing key and what it says."""

    key: SigningKey

    def station(self, name: str = "stick-1", *, certified: bool = True) -> Station:
        """A station of its own key."""
        key = SigningKey.make()
        certificate = None
        if certified:
            certificate = trust.certify(
                "jo", key.public, name, "amman-1", ("record",), SINCE, UNTIL, self.key
            )
        return Station(key, "jo", "amman-1", certificate, {"wasl": "0"})

    def trust(self, *statements: Document) -> trust.Trust:
        """What someone believes who knows the country's key and these statements."""
        return trust.Trust.of("jo", [self.key.public], statements)


@pytest.fixture
def ministry() -> Ministry:
    return Ministry(SigningKey.make())


@pytest.fixture
def laptop() -> Identity:
    return Identity(
        "4c4c4544-004b-3510-8052-b4c04f4a3232",
        "BK5RJ22",
        "Dell Inc.",
        "Latitude E6430",
        ("WD-WX41A12345",),
        ("5c:f9:dd:01:02:03",),
    )


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Makes practice disks: `disk("a", 64 << 20)` is a `/dev/loopN` over `a.img`."""
    if reason := why_not():
        pytest.skip(reason)
    with ExitStack() as stack:

        def make(name: str, size: int | None = None, *, direct: bool = True) -> str:
            file = tmp_path / f"{name}.img"
            return stack.enter_context(loop_disk(file, size, direct=direct))

        yield make


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A technician's laptop, and disks that are loop devices."""
    if reason := why_not():
        pytest.skip(reason)
    with ExitStack() as stack:

        def disk(name: str, size: int) -> str:
            return stack.enter_context(loop_disk(tmp_path / f"{name}.img", size))

        made = Lab(tmp_path, disk)
        made.prepare()
        yield made
