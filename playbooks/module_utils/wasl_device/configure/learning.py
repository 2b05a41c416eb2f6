"""Learning without a line: Kolibri with both its ports, reading from the offline library."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DeviceError
from ..kolibri import HOME, LIBRARY, USER, Kolibri
from .managed import Options, Role

UNIT, SERVICE = "/etc/systemd/system/kolibri.service", "kolibri.service"
READY = 180  # seconds that an old computer may take until Kolibri answers
# Kolibri's own names of languages, where they differ.
LANGUAGES = {"fr": "fr-fr"}


@dataclass(frozen=True)
class Wanted:
    """What the profile says; `shared` lets other computers of the school use it."""

    kolibri: bool
    program: str
    port: int
    content_port: int
    shared: bool
    school: str
    language: str

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Wanted:
        """From a module's parameters."""
        return cls(**{name: params[name] for name in cls.__dataclass_fields__})


def configure(role: Role, options: Options) -> None:
    """Make it so, and see it answer. Raises WASL-CONFIGURE-PROGRAM, -COMMAND, -SILENT."""
    wanted = Wanted.of(options)
    if not wanted.kolibri:
        _stop(role)
        return
    if shutil.which(wanted.program) is None:
        raise DeviceError("WASL-CONFIGURE-PROGRAM", program=wanted.program)
    _user(role)
    changed = role.file(f"{HOME}/options.ini", settings(wanted))
    changed = role.file(UNIT, unit(wanted)) or changed
    _provision(role, Kolibri(role.machine, wanted.program), wanted)
    _start(role, wanted, changed)


def settings(wanted: Wanted) -> str:
    """Kolibri's settings: lessons from its second port, so that a lesson's scripts see no more."""
    address = "0.0.0.0" if wanted.shared else "127.0.0.1"  # noqa: S104 - behind the firewall
    return (
        f"[Paths]\nCONTENT_FALLBACK_DIRS = {LIBRARY}/content\n\n"
        f"[Deployment]\nHTTP_PORT = {wanted.port}\nZIP_CONTENT_PORT = {wanted.content_port}\n"
        f"LISTEN_ADDRESS = {address}\nZEROCONF_ENABLED = False\n"
    )


def unit(wanted: Wanted) -> str:
    """A service that can write its own folder and nothing else."""
    return (
        "[Unit]\nDescription=Kolibri, lessons without a line\nAfter=network.target\n\n"
        f"[Service]\nUser={USER}\nEnvironment=KOLIBRI_HOME={HOME} LANG=C.UTF-8\n"
        f"ExecStart={wanted.program} start --foreground\nRestart=on-failure\nRestartSec=10\n"
        "NoNewPrivileges=yes\nPrivateTmp=yes\nProtectHome=yes\nProtectSystem=strict\n"
        f"ReadWritePaths={HOME}\n\n[Install]\nWantedBy=multi-user.target\n"
    )


def _user(role: Role) -> None:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--shell", "/usr/sbin/nologin"]
        role.run(f"account {USER}", *command, "--home-dir", str(HOME), USER)
    if not HOME.is_dir() and not role.check:
        HOME.mkdir(mode=0o750, parents=True)
    if not role.check:
        entry = pwd.getpwnam(USER)
        os.chown(HOME, entry.pw_uid, entry.pw_gid)


def _provision(role: Role, kolibri: Kolibri, wanted: Wanted) -> None:
    """A facility, a language, guests welcome; nobody administers it until handover says who."""
    if kolibri.is_provisioned:
        return
    role.changes.append("set up Kolibri")
    if role.check:
        return
    settings = {"allow_guest_access": True, "landing_page": "learn"}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(settings, file)
        file.flush()
        os.chmod(file.name, 0o644)  # no secret, and Kolibri's user reads it
        language = LANGUAGES.get(wanted.language, wanted.language)
        kolibri.manage(
            "provisiondevice",
            f"--facility={wanted.school}",
            "--preset=nonformal",
            f"--language_id={language}",
            f"--device_settings={file.name}",
            "--noinput",
        )
    if not kolibri.is_provisioned:
        raise DeviceError("WASL-CONFIGURE-COMMAND", command="provisiondevice", reason="no effect")


def _start(role: Role, wanted: Wanted, changed: bool) -> None:
    if changed:
        role.run("read the unit", "systemctl", "daemon-reload")
    if not _is(role, "is-enabled", "enabled"):
        role.run("enable Kolibri", "systemctl", "enable", SERVICE)
    if changed or not _is(role, "is-active", "active"):
        role.run("start Kolibri", "systemctl", "restart", SERVICE)
        if not role.check:
            _await(wanted.port)
            _await(wanted.content_port)


def _stop(role: Role) -> None:
    if Path(UNIT).exists():
        role.run("stop Kolibri", "systemctl", "disable", "--now", SERVICE)
        role.absent(UNIT)


def _is(role: Role, question: str, answer: str) -> bool:
    return role.machine.run("systemctl", question, SERVICE).text.strip() == answer


def _await(port: int) -> None:
    """Until something answers there. Raises WASL-CONFIGURE-SILENT."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + READY
    while True:
        try:
            opener.open(f"http://127.0.0.1:{port}/", timeout=10).close()
        except urllib.error.HTTPError:
            return  # an answer, whatever it says
        except OSError:
            if time.monotonic() > end:
                raise DeviceError("WASL-CONFIGURE-SILENT", port=port, seconds=READY) from None
            time.sleep(0.5)
        else:
            return
