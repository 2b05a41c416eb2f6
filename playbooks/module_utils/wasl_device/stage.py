"""What the thin modules of `library/` share: their machine, their result, their failure.

A module returns evidence and never writes the record: the controller signs and appends that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from . import controller
from .errors import DeviceError
from .hardware.snapshot import identify
from .identity import Identity
from .machine import Live, Machine, Practice, Recorded

# The options that every stage has.
COMMON: dict[str, Any] = {
    "recording": {"type": "str"},
    "practice": {"type": "list", "elements": "str", "default": []},
    "state": {"type": "path"},
    "report": {"type": "str", "default": ""},
}


class AnsibleModule(Protocol):
    """As much of Ansible's class as is used here."""

    params: dict[str, Any]
    check_mode: bool

    def exit_json(self, **result: Any) -> None:
        """End well."""

    def fail_json(self, msg: str, **result: Any) -> None:
        """End badly."""


def machine(params: Mapping[str, Any]) -> Machine:
    """This computer; in practice the recorded one, with loop devices for disks.

    A recording without practice disks can be looked at, and has no disk that can be written.
    """
    if not params.get("recording"):
        return Live()
    recorded = Recorded.load(Path(params["recording"]))
    return Practice(recorded, Live()) if practice(params) else recorded


def practice(params: Mapping[str, Any]) -> tuple[str, ...]:
    """The loop devices that stand for disks."""
    return tuple(params.get("practice") or ())


def recorded(params: Mapping[str, Any]) -> Identity | None:
    """The device whose printed number the technician gave as its serial, as the record has it."""
    return Identity.from_json(params["recorded"]) if params.get("recorded") else None


def state(params: Mapping[str, Any]) -> Path | None:
    """Where marks and progress are kept."""
    return Path(params["state"]) if params.get("state") else None


def report(params: Mapping[str, Any]) -> str:
    """Where progress is sent to; empty for nowhere."""
    return controller.address(params.get("report") or "")


def run(module: AnsibleModule, work: Callable[[Machine], dict[str, Any]]) -> None:
    """Do the stage's work and end the module.

    `work` returns `evidence`, and optionally `changed`, `failure` (a code and its arguments),
    `diff`. Whatever happens, the result says which device it happened to.
    """
    told: dict[str, Any] = {}
    try:
        here = machine(module.params)
        told["identity"] = identify(here, practice(module.params)).as_json()
        result = work(here)
    except DeviceError as error:
        told |= {"evidence": {}, "failure": error.as_json()}
        module.fail_json(msg=str(error), wasl=told)
        return
    changed, diff = result.pop("changed", False), result.pop("diff", None)
    extra = {"diff": diff} if diff is not None else {}
    if result.get("failure"):
        module.fail_json(msg=result["failure"]["code"], wasl={**told, **result}, **extra)
        return
    module.exit_json(changed=changed, wasl={**told, **result}, **extra)
