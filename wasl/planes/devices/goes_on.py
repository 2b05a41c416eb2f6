"""A stick put into a computer that it put a system on: it goes on there with the stages left.

The computer's own unit starts this (`wasl-device goes-on`), in a mount namespace of its own. What
runs is the stick's own system, copied while it is held to the country's signature, and only where
a station that the country certified left something to do; it comes back into the computer by ssh,
as a laptop would. On any other computer, and where nothing is left to do, nothing happens.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from playbooks.module_utils.wasl_device import medium
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.machine import Live
from playbooks.module_utils.wasl_device.signed import Document
from playbooks.module_utils.wasl_device.trust import Trust, statements
from wasl.errors import ExitCode

KIT, DATA = Path("/run/wasl/kit"), Path("/run/wasl/data")
PLACE = Path("/var/lib/wasl/stick")  # not below /run, which the stick's system sees as it is
CODE = "/usr/share/wasl"  # in the stick's system: the checkout that it works from
SCREEN = "display-manager.service"
_SHARED = ("dev", "proc", "sys", "run")
_ENVIRONMENT = {
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "PYTHONPATH": CODE,
    "WASL_HOME": str(DATA),
}


def goes_on(trusting: Callable[[Iterable[Document]], Trust]) -> ExitCode:
    """Do what is left to do here; `trusting` is whom the device believes with more statements.

    Raises `DeviceError` where the stick is not to be believed.
    """
    country = trusting(()).country
    partition = medium.data_partition(Live(), KIT)
    if not partition:
        return ExitCode.CLEAN
    _mend(partition)
    DATA.mkdir(parents=True, exist_ok=True)
    _run("mount", "-o", "nosuid,nodev,noatime", partition, str(DATA))
    trust = trusting(statements(medium.folder(DATA, country) / "statements"))
    number = medium.pending(Live(), DATA, trust)
    if not number:
        return ExitCode.CLEAN
    root = _system(trust)
    # Pulled out, the stick ends this by SIGTERM: the sign-in comes back then too.
    signal.signal(signal.SIGTERM, _pulled_out)
    shows = subprocess.run(["systemctl", "is-active", "--quiet", SCREEN], check=False)
    if shows.returncode == 0:  # nobody can sign in yet; the screen is for what is being done
        _run("systemctl", "stop", SCREEN)
    try:
        return _prepare(root, number)
    finally:
        if shows.returncode == 0:
            _run("systemctl", "start", "--no-block", SCREEN)


def _pulled_out(*_: object) -> None:
    raise SystemExit(ExitCode.FAILED)


def _mend(partition: str) -> None:
    done = subprocess.run(["e2fsck", "-p", partition], capture_output=True, check=False)
    if done.returncode not in (0, 1):  # 1: mended
        raise DeviceError("WASL-MEDIUM-GONE", file=partition, reason="e2fsck -p")


def _system(trust: Trust) -> Path:
    """The stick's system, ready to be gone into; what it writes stays in memory."""
    PLACE.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy = PLACE / medium.SYSTEM
    medium.copy_system(KIT, trust, copy)
    lower, memory, root = (PLACE / name for name in ("lower", "memory", "root"))
    for folder in (lower, memory, root):
        folder.mkdir(exist_ok=True)
    _run("mount", "-t", "squashfs", "-o", "loop,ro,nodev", str(copy), str(lower))
    copy.unlink()  # the mount keeps it until the end
    _run("mount", "-t", "tmpfs", "-o", "mode=0700", "tmpfs", str(memory))
    upper, work = memory / "upper", memory / "work"
    for folder in (upper, work):
        folder.mkdir()
    layers = f"lowerdir={lower},upperdir={upper},workdir={work}"
    _run("mount", "-t", "overlay", "-o", layers, "overlay", str(root))
    for name in _SHARED:
        _run("mount", "--rbind", f"/{name}", str(root / name))
    return root


def _prepare(root: Path, number: str) -> ExitCode:
    words = ["chroot", str(root), "/usr/bin/env", f"--chdir={CODE}"]
    words += ["/usr/bin/python3", "-m", "wasl.cli.stick", number]
    done = subprocess.run(words, env=_ENVIRONMENT, check=False)
    return ExitCode.CLEAN if done.returncode == 0 else ExitCode.FAILED


def _run(*command: str) -> None:
    """Raises WASL-STICK-MOUNT with what the program said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip()[-300:] or str(done.returncode)
        raise DeviceError("WASL-STICK-MOUNT", command=" ".join(command)[:200], reason=said)
