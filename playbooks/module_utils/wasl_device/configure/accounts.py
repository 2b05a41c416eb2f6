"""Local accounts of a device: those of its profile, locked until handover gives them passwords."""

from __future__ import annotations

import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DeviceError
from .managed import Options, Role

GROUPS = {
    "learner": ("audio", "video", "plugdev"),
    "teacher": ("audio", "video", "plugdev"),
    "keeper": ("audio", "video", "plugdev", "sudo"),
}
FIRST = 1000  # the first id of a person's account


@dataclass(frozen=True)
class Account:
    """An account as the profile wants it."""

    name: str
    shown: str
    role: str

    @classmethod
    def of(cls, row: Mapping[str, Any], language: str) -> Account:
        """From the manifest's account; its name on the screen in the device's first language."""
        shown = row["shown"]
        return cls(row["name"], str(shown.get(language) or shown["en"]), row["role"])


def configure(role: Role, options: Options) -> None:
    """Make the accounts, their names and groups. Raises WASL-CONFIGURE-ACCOUNT, -COMMAND.

    Another account is never removed or changed here: drift says that it is there.
    """
    language = options["language"]
    accounts = [Account.of(row, language) for row in options["accounts"]]
    here = _groups(role)
    for account in accounts:
        wanted = {group for group in GROUPS[account.role] if group in here}
        _require_no_system_account(account)
        present = _entry(account.name)
        if present is None:
            _create(role, account, wanted)
            continue
        if present.pw_gecos.split(",")[0] != account.shown:
            role.run(f"name of {account.name}", "usermod", "-c", account.shown, account.name)
        had = {group for group, members in here.items() if account.name in members}
        if had & set(GROUPS["keeper"]) != wanted:
            kept = sorted((had - set(GROUPS["keeper"])) | wanted)
            role.run(f"groups of {account.name}", "usermod", "-G", ",".join(kept), account.name)
        _private_home(role, Path(present.pw_dir))


def _create(role: Role, account: Account, groups: set[str]) -> None:
    command = ["useradd", "--create-home", "--shell", "/bin/bash", "--comment", account.shown]
    if groups:
        command += ["--groups", ",".join(sorted(groups))]
    role.run(f"account {account.name}", *command, account.name)
    if not role.check:
        _private_home(role, Path("/home", account.name))


def _private_home(role: Role, home: Path) -> None:
    """Pupils do not read each other's files."""
    if home.is_dir() and home.stat().st_mode & 0o777 != 0o700:
        if f"account {home.name}" not in role.changes:
            role.changes.append(f"mode of {home}")
        if not role.check:
            home.chmod(0o700)


def _require_no_system_account(account: Account) -> None:
    present = _entry(account.name)
    if present is not None and present.pw_uid < FIRST:
        raise DeviceError("WASL-CONFIGURE-ACCOUNT", account=account.name, uid=present.pw_uid)


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _groups(role: Role) -> dict[str, set[str]]:
    rows = [line.split(":") for line in role.machine.read("/etc/group").splitlines()]
    return {row[0]: set(filter(None, row[3].split(","))) for row in rows if len(row) == 4}
