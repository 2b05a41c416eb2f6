"""What the modules of `library/` that are a role share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import stage
from ..machine import Machine
from .managed import Options, Role, Told


def run(
    module: stage.AnsibleModule, name: str, configure: Callable[[Role, Options], Told | None]
) -> None:
    """Do a role's work and end the module."""

    def work(machine: Machine) -> dict[str, Any]:
        role = Role(name, machine, module.check_mode)
        return role.result(**configure(role, module.params) or {})

    stage.run(module, work)
