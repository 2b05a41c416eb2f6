"""All roles of `configure` by name, and a look at all of them at once.

A device that is already what its profile says is told so by one look, so that running everything
again costs little: the roles are only gone through where something differs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..errors import DeviceError
from ..machine import Machine
from . import (
    accessibility,
    accounts,
    desktop,
    firewall,
    hardening,
    languages,
    learning,
    onboard,
    updating,
)
from .managed import Options, Role, Told

ROLES: Mapping[str, Callable[[Role, Options], Told | None]] = {
    "languages": languages.configure,
    "accounts": accounts.configure,
    "desktop": desktop.configure,
    "accessibility": accessibility.configure,
    "learning": learning.configure,
    "hardening": hardening.configure,
    "updates": updating.configure,
    "onboard": onboard.configure,
    "firewall": firewall.configure,
}


def differing(machine: Machine, wanted: Mapping[str, Options]) -> list[str]:
    """Roles that would change something, or cannot tell: those say why when they are run."""
    found = []
    for name, options in wanted.items():
        try:
            role = Role(name, machine, check=True)
            ROLES[name](role, options)
            if role.changes or not role.is_listed:
                found.append(name)
        except (DeviceError, KeyError, TypeError, ValueError):
            found.append(name)
    return found
