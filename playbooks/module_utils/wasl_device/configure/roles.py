"""All roles of `configure` by name, and a look at all of them at once.

A device that is already what its profile says is told so by one look, so that running everything
again costs little: the roles are only gone through where something differs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

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
from .managed import Role

Options = Mapping[str, Any]


def _accounts(role: Role, options: Options) -> None:
    rows = options["accounts"]
    accounts.configure(role, [accounts.Account.of(row, options["language"]) for row in rows])


ROLES: Mapping[str, Callable[[Role, Options], object]] = {
    "languages": lambda role, told: languages.configure(role, languages.Wanted.of(told)),
    "accounts": _accounts,
    "desktop": lambda role, told: desktop.configure(role, desktop.Wanted.of(told)),
    "accessibility": lambda role, told: accessibility.configure(
        role, accessibility.Wanted.of(told)
    ),
    "learning": lambda role, told: learning.configure(role, learning.Wanted.of(told)),
    "hardening": lambda role, told: hardening.configure(role, told["waived"]),
    "updates": lambda role, told: updating.configure(role, told["repository"], told["roots"]),
    "onboard": lambda role, told: onboard.configure(role, told["program"], told["trust"]),
    "firewall": lambda role, told: firewall.configure(role, told["tcp"], told["udp"]),
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
