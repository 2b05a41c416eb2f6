"""Files and commands of a role: compared first, changed only where they differ, remembered.

What a role manages stands in `/var/lib/wasl/managed/<role>.json`, so that drift knows whose a
changed file is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import DeviceError
from ..files import write_atomic
from ..machine import Machine, Output

Options = Mapping[str, Any]
"""What a role is told, as its module's argument specification says."""
Told = Mapping[str, Any]
"""What a role has to tell beside what it changed."""

LISTS = Path("/var/lib/wasl/managed")
# Every system image of ours holds this file. Without it this is a technician's computer, or a
# stick's live system, and no role has any business here.
MARK = Path("/etc/wasl-release")


def require_installed() -> None:
    """Raises WASL-CONFIGURE-ELSEWHERE unless this is a school computer's own system."""
    if not MARK.is_file():
        raise DeviceError("WASL-CONFIGURE-ELSEWHERE", mark=MARK)


@dataclass
class Role:
    """One role at work on a device; in check mode nothing is done, and the same is said."""

    name: str
    machine: Machine
    check: bool
    changes: list[str] = field(default_factory=list)
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Raises WASL-CONFIGURE-ELSEWHERE."""
        require_installed()

    def file(self, path: str, text: str, mode: int = 0o644) -> bool:
        """Make a file hold `text`; whether it differed."""
        self.paths.append(path)
        here = Path(path)
        old = here.read_text("utf-8", "surrogateescape") if here.is_file() else ""
        same_mode = here.is_file() and here.stat().st_mode & 0o777 == mode
        if old == text and same_mode:
            return False
        self.before[path], self.after[path] = old, text
        self.changes.append(path)
        if not self.check:
            write_atomic(here, text.encode("utf-8", "surrogateescape"), mode)
        return True

    def data(self, path: str, data: bytes, mode: int) -> None:
        """Make a file hold bytes that nobody reads a difference of."""
        self.paths.append(path)
        here = Path(path)
        if here.is_file() and here.read_bytes() == data and here.stat().st_mode & 0o777 == mode:
            return
        self.changes.append(path)
        if not self.check:
            write_atomic(here, data, mode)

    def mask(self, units: Sequence[str]) -> None:
        """Make units unable to start; the link is all that masking is, and quickly read."""
        wanted = [unit for unit in units if not _is_masked(unit)]
        if wanted:
            # What still runs when systemd reads that it is masked fails (a timer: "unit to trigger
            # vanished"), and so the device would be called degraded: it is ended first.
            self.run(
                f"mask {', '.join(wanted)}", "systemctl", "mask", "--now", "--no-reload", *wanted
            )
            if not self.check:
                reload = ("systemctl", "daemon-reload")
                self.require(self.machine.run(*reload), *reload)

    def link(self, path: str, target: str) -> None:
        """Make a symbolic link."""
        self.paths.append(path)
        old = os.readlink(path) if os.path.islink(path) else ""
        if old == target:
            return
        self.before[path], self.after[path] = f"{old}\n", f"{target}\n"
        self.changes.append(path)
        if not self.check:
            temporary = f"{path}.wasl"
            Path(temporary).unlink(missing_ok=True)
            os.symlink(target, temporary)
            os.replace(temporary, path)

    def absent(self, path: str) -> None:
        """Make a file of ours not be there."""
        here = Path(path)
        if not here.is_file():
            return
        self.before[path], self.after[path] = here.read_text("utf-8", "surrogateescape"), ""
        self.changes.append(f"no {path}")
        if not self.check:
            here.unlink()

    def mode(self, path: str, mode: int) -> None:
        """Make a file or folder that a package brought have a mode; nothing where it is not."""
        here = Path(path)
        if here.exists() and here.stat().st_mode & 0o7777 != mode:
            self.changes.append(f"mode of {path}")
            if not self.check:
                here.chmod(mode)

    def run(self, what: str, *command: str) -> None:
        """Change something by a program, because `what`. Raises WASL-CONFIGURE-COMMAND."""
        self.changes.append(what)
        if not self.check:
            self.require(self.machine.run(*command, timeout=600), *command)

    def require(self, said: Output, *command: str) -> Output:
        """The answer of a program that had to succeed."""
        if said.status != 0:
            lines = (said.error or said.text).strip().splitlines()
            reason = lines[-1][:200] if lines else f"status {said.status}"
            raise DeviceError("WASL-CONFIGURE-COMMAND", command=" ".join(command), reason=reason)
        return said

    def packages(self, names: Sequence[str]) -> None:
        """Prove that packages are there: the image holds all, and configure fetches nothing.

        Raises WASL-CONFIGURE-PACKAGE.
        """
        if not names:
            return
        said = self.machine.run(
            "dpkg-query", "--show", "--showformat=${Package} ${Status}\n", *names
        )
        there = {line.split()[0] for line in said.text.splitlines() if line.endswith(" installed")}
        if lacking := sorted(set(names) - there):
            raise DeviceError("WASL-CONFIGURE-PACKAGE", packages=", ".join(lacking))

    @property
    def is_listed(self) -> bool:
        """Whether what this role manages is remembered as it is now."""
        path = LISTS / f"{self.name}.json"
        return path.exists() and path.read_text() == self._listed

    @property
    def _listed(self) -> str:
        return json.dumps(sorted(set(self.paths))) + "\n"

    def result(self, **told: Any) -> dict[str, Any]:
        """Remember what is managed; the module's result, with what else there is to tell."""
        if not self.check and not self.is_listed:
            write_atomic(LISTS / f"{self.name}.json", self._listed.encode())
        diff = [
            {"before_header": path, "before": self.before[path], "after": self.after[path]}
            for path in self.before
        ]
        evidence = {"changes": self.changes, **told}
        return {"changed": bool(self.changes), "evidence": evidence, "diff": diff}


def _is_masked(unit: str) -> bool:
    path = f"/etc/systemd/system/{unit}"
    return os.path.islink(path) and os.readlink(path) == "/dev/null"
