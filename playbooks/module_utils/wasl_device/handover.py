"""The last step on a device: its people's accounts opened, each to choose a password at once.

Accounts are locked until here. Whoever signs in first on an opened account is asked for a new
password before anything else; sshd lets no empty password in.
"""

from __future__ import annotations

from collections.abc import Sequence

from .errors import DeviceError
from .machine import Machine


def locked(machine: Machine, accounts: Sequence[str]) -> list[str]:
    """The accounts that nobody can sign in to yet. Raises WASL-HANDOVER-ACCOUNT."""
    return [name for name in accounts if _status(machine, name) in ("L", "LK")]


def open_accounts(machine: Machine, accounts: Sequence[str]) -> list[str]:
    """Open the locked ones, and no other; returns them. Raises WASL-HANDOVER-ACCOUNT."""
    names = locked(machine, accounts)
    for name in names:
        # Expired first: cut off between the two, the account is still locked.
        for command in (("chage", "--lastday", "0", name), ("passwd", "--delete", name)):
            said = machine.run(*command)
            if said.status != 0:
                raise _failed(name, said.error or said.text)
    return names


def _status(machine: Machine, name: str) -> str:
    said = machine.run("passwd", "--status", name)
    words = said.text.split()
    if said.status != 0 or len(words) < 2:
        raise _failed(name, said.error or said.text)
    return words[1]


def _failed(name: str, said: str) -> DeviceError:
    lines = said.strip().splitlines()
    return DeviceError(
        "WASL-HANDOVER-ACCOUNT", account=name, reason=lines[-1][:200] if lines else "-"
    )
