"""What a stick is to do by itself: `run.yml` on wasl-data, an inventory of one device.

The device must be named there by its serial, as everywhere: another computer is left alone. What
is done on the installed system stays pending (`wasl.planes.devices.pending`) until the computer has
started from its own disk and the stick is put into it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import Field, ValidationError

from wasl.errors import WaslError
from wasl.manifest.base import FileName, Line, Model

KIT = Path("/run/wasl/kit")  # on a stick
SELF = "this-device"
IMAGE = "system.wimg"  # of a kit

Stage = Literal["intake", "wipe", "image", "configure", "packs", "enrol", "verify", "handover"]
FROM_STICK: tuple[Stage, ...] = ("intake", "wipe", "image")
"""Done by the system of the stick; all others on the installed one."""
STAGES: tuple[Stage, ...] = get_args(Stage)


class Run(Model):
    """A file that a depot or a test puts on the stick."""

    site: FileName = Field(description="Where the stick works.")
    serial: Line = Field(description="The serial of the device that may be written to.")
    person: Line = Field(description="Who answers for it; each certificate names them.")
    profile: FileName = Field(default="pupil", description="What the device is to be.")
    language: Literal["ar", "fr", "en"] = Field(default="en", description="Of what is said.")
    stages: tuple[Stage, ...] = Field(default=STAGES, min_length=1, description="What to do.")
    again: tuple[Literal["wipe", "image"], ...] = Field(
        default=(), description="What to do although it was done before: a device that came back."
    )
    wipe_disks: tuple[Line, ...] = Field(
        default=(), description="All of the device's own if empty."
    )
    image_disk: str = Field(default="", max_length=200, description="The fastest if empty.")
    then: Literal["poweroff", "wait"] = Field(
        default="wait", description="What the stick's own system does afterwards."
    )

    @property
    def now(self) -> tuple[Stage, ...]:
        """What the stick's own system does."""
        return tuple(stage for stage in self.stages if stage in FROM_STICK)

    @property
    def later(self) -> Run | None:
        """What is done on the installed system; None where nothing is."""
        rest = tuple(stage for stage in self.stages if stage not in FROM_STICK)
        told: dict[str, Any] = {"stages": rest, "again": (), "then": "wait"}
        return self.model_copy(update=told) if rest else None


def read(path: Path) -> Run:
    """Raises `WaslError` (WASL-STICK-RUN)."""
    try:
        return Run.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, ValueError, yaml.YAMLError, ValidationError) as error:
        raise WaslError(
            "WASL-STICK-RUN",
            f"what the stick is to do cannot be read: {str(error)[:300]}",
            where=str(path),
            hint="name site, serial and person; take the file away to use the console",
        ) from None


def installed(run: Run, country: str, data: Path) -> dict[str, Any]:
    """The computer whose own system has started, reached as a laptop would reach it."""
    variables = _variables(run, country, data) | {
        "ansible_host": "127.0.0.1",
        "ansible_user": "root",
        # Nobody is between a computer and itself, and its host keys are minutes old.
        "ansible_ssh_common_args": "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
        " -o LogLevel=ERROR",
    }
    return {"all": {"vars": variables, "hosts": {SELF: {}}}}


def inventory(run: Run, country: str, data: Path, kit: Path) -> dict[str, Any]:
    """This computer as an inventory's only host."""
    variables = _variables(run, country, data) | {
        "wasl_state": str(data / "state"),
        "wasl_image": str(kit / IMAGE),
        "wasl_again": list(run.again),
        "wasl_wipe_disks": list(run.wipe_disks),
        "wasl_image_disk": run.image_disk,
        "ansible_connection": "local",
    }
    return {"all": {"vars": variables, "hosts": {SELF: {"wasl_wipe_serial": run.serial}}}}


def _variables(run: Run, country: str, data: Path) -> dict[str, Any]:
    """What all stages are told."""
    return {
        "wasl_country": country,
        "wasl_site": run.site,
        "wasl_profile": run.profile,
        "wasl_person": run.person,
        "wasl_language": run.language,
        "wasl_home": str(data),
        "ansible_python_interpreter": "/usr/bin/python3",
    }
