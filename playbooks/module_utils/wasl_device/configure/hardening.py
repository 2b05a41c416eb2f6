"""Hardening of a device: the controls of `controls.py`, but for those that the manifest waives."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..errors import DeviceError
from .controls import CONTROLS, SUDO_RULES, Control
from .managed import Options, Role, Told

SYSCTL, SSHD, MODPROBE = (
    "/etc/sysctl.d/60-wasl.conf",
    "/etc/ssh/sshd_config.d/10-wasl.conf",
    "/etc/modprobe.d/wasl.conf",
)
PROC = Path("/proc/sys")


def chosen(waived: Mapping[str, str]) -> list[Control]:
    """The controls that hold. Raises WASL-CONFIGURE-CONTROL for one waived that is none."""
    known = {control.id for control in CONTROLS}
    if unknown := sorted(set(waived) - known):
        raise DeviceError("WASL-CONFIGURE-CONTROL", control=unknown[0], known=", ".join(known))
    return [control for control in CONTROLS if control.id not in waived]


def configure(role: Role, options: Options) -> Told:
    """Hold the device to its controls; tells which, and what waits for its next start.

    Raises WASL-CONFIGURE-CONTROL, WASL-CONFIGURE-COMMAND.
    """
    waived = options["waived"]
    controls = chosen(waived)
    for control in controls:
        for path, text in control.files.items():
            _file(role, path, text)
        for path, mode in control.modes.items():
            role.mode(path, mode)
        role.mask(control.masked)
        for account in control.locked:
            _lock(role, account)
    role.file(MODPROBE, modprobe(controls))
    _sshd(role, controls)
    role.file(SYSCTL, sysctl(controls))
    waiting = _live(role, controls)
    return {"controls": [one.id for one in controls], "waived": waived, "waiting": waiting}


def sysctl(controls: Iterable[Control]) -> str:
    """`/etc/sysctl.d`'s file, in the order of the table."""
    return _settings(controls, "sysctl", "{} = {}\n")


def sshd(controls: Iterable[Control]) -> str:
    """A drop-in of sshd: it reads drop-ins first, and the first value of a setting counts."""
    return _settings(controls, "sshd", "{} {}\n")


def modprobe(controls: Iterable[Control]) -> str:
    """Modules that are neither loaded by name nor because something asks for them."""
    lines = [
        f"install {module} /bin/false\nblacklist {module}\n"
        for control in controls
        for module in control.modules
    ]
    return "".join(lines)


def _settings(controls: Iterable[Control], part: str, form: str) -> str:
    text = ""
    for control in controls:
        settings: Mapping[str, str] = getattr(control, part)
        if settings:
            text += f"# {control.id}: {', '.join(control.references)}\n"
            text += "".join(form.format(name, value) for name, value in settings.items())
    return text


def _file(role: Role, path: str, text: str) -> None:
    if path == SUDO_RULES:
        # A rule that sudo cannot read takes every right away, the keeper's too.
        _require_valid(role, text, "visudo", "-cqf")
        role.file(path, text, 0o440)
    else:
        role.file(path, text)


def _require_valid(role: Role, text: str, *command: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".wasl") as file:
        file.write(text)
        file.flush()
        role.require(role.machine.run(*command, file.name), *command)


def _sshd(role: Role, controls: Sequence[Control]) -> None:
    if not Path("/etc/ssh/sshd_config").exists():
        return
    if role.file(SSHD, sshd(controls), 0o600) and not role.check:
        said = role.machine.run("sshd", "-t")
        if said.status != 0:  # else nobody would come in again
            Path(SSHD).unlink()
        role.require(said, "sshd", "-t")
        role.machine.run("systemctl", "try-reload-or-restart", "ssh.service")


def _lock(role: Role, account: str) -> None:
    rows = [line.split(":") for line in role.machine.read("/etc/shadow").splitlines()]
    found = next((row[1] for row in rows if row[0] == account), "")
    if not found.startswith(("!", "*")):
        role.run(f"lock {account}", "usermod", "--lock", account)


def _live(role: Role, controls: Iterable[Control]) -> list[str]:
    """Set the running kernel too; what it does not let be set waits for the next start."""
    waiting = []
    for control in controls:
        for name, value in control.sysctl.items():
            path = PROC / name.replace(".", "/")
            if _now(path) == value:
                continue
            try:
                if not os.access(path, os.W_OK):  # as in a container, where /proc/sys is not ours
                    raise OSError
                if not role.check:
                    path.write_text(value)
                role.changes.append(f"{name} now")
            except OSError:
                waiting.append(name)
    return waiting


def _now(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:  # this kernel has no such setting
        return ""
