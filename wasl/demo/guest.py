"""Devices to configure: a Debian of the image's release, booted by nspawn, reached by a real sshd.

The base tree is made once and kept under the user's cache; each guest is an overlay over it, in
memory, with its own network. sshd runs inside by `nsenter … sshd -i`, so that no address is needed.
Where the process that asked for guests is killed, they end and their mounts are taken down too.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.engine.lock import cache
from integrations.content.kolibri.environment import Kolibri, kolibri
from integrations.content.kolibri.system import lay
from wasl.planes.devices.systems.tree import APART

SUITE = "trixie"
PACKAGES = (
    "systemd,systemd-sysv,dbus,openssh-server,python3,python3-cryptography,python3-zstandard,sudo,"
    "nftables,locales,iproute2,passwd,keyboard-configuration,xkb-data,tzdata,fonts-hosny-amiri,cron"
)
# What a guest lacks of the image, to be small: the desktop's and the aids' programs (what roles
# write for them is there), and most fonts. It has no kernel of its own either, so settings of the
# kernel that are not the network's wait for a next start that never comes.
LACKING: Mapping[str, list[str]] = {
    "wasl_fonts": ["fonts-hosny-amiri"],
    "wasl_desktop": [],
    "wasl_applications": [],
    "wasl_aids": [],
}
PROGRAMS = ("mmdebstrap", "systemd-nspawn", "nsenter", "setpriv", "ssh-keygen", "mount")
# Waits until whoever started it lets go of its input, or is gone. What ran on the mount may end a
# moment later than its first process.
_TAKE_DOWN = """\
read _
for _ in $(seq 50); do
  umount --recursive "$0" 2>/dev/null || mountpoint --quiet "$0" || exit 0
  mountpoint --quiet "$0" || exit 0
  sleep 0.1
done
umount --recursive --lazy "$0"
"""
SMALL = ("man", "doc", "info")  # folders of /usr/share that no test looks at


@dataclass(frozen=True)
class Guest:
    """A running device."""

    name: str
    root: Path
    leader: int
    key: Path

    def run(self, *command: str) -> str:
        """What a program says inside. Raises CalledProcessError."""
        inside = ["nsenter", "--target", str(self.leader), "--all", "--", *command]
        return subprocess.run(inside, check=True, capture_output=True, text=True).stdout

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """A program inside that goes on running."""
        inside = ["nsenter", "--target", str(self.leader), "--all", "--", *command]
        return subprocess.Popen(inside, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def host(self) -> dict[str, Any]:
        """Its variables in an inventory."""
        proxy = f"nsenter --target {self.leader} --all -- /usr/sbin/sshd -i"
        options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
        return {
            # Ansible keeps connections open by this name: another guest must not be given ours.
            "ansible_host": f"{self.name}-{self.leader}",
            "ansible_user": "root",
            "ansible_python_interpreter": "/usr/bin/python3",
            "ansible_ssh_private_key_file": str(self.key),
            "ansible_ssh_common_args": f"{options} -o LogLevel=ERROR -o ProxyCommand='{proxy}'",
            **LACKING,
        }


def why_not() -> str:
    """Why this machine cannot have guests, or nothing."""
    if os.geteuid() != 0:
        return "guests need root"
    lacking = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


def base() -> Path:
    """The base tree, made at first use; raises RuntimeError where it cannot be got."""
    recipe = hashlib.sha256(f"{SUITE} {PACKAGES} {SMALL}".encode()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wasl"
    cache.mkdir(parents=True, exist_ok=True)
    tree = cache / f"guest-{recipe}"
    with (cache / "guest.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not tree.exists():
            _bootstrap(tree)
    return tree


def _bootstrap(tree: Path) -> None:
    fresh = tree.with_suffix(f".{os.getpid()}")
    command = [*APART, "mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}"]
    command += ["--aptopt=Acquire::Languages none"]
    command += [f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in SMALL]
    try:
        done = subprocess.run(
            [*command, SUITE, str(fresh)], capture_output=True, text=True, check=False, timeout=240
        )
        if done.returncode != 0:
            raise RuntimeError(f"mmdebstrap: {done.stderr.strip().splitlines()[-1:]}")
        (fresh / "etc/wasl-release").write_text("test guest\n")
        (fresh / "run/sshd").mkdir(exist_ok=True)
        os.replace(fresh, tree)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def kolibri_layer() -> Path:
    """What lies over the base tree where a guest has Kolibri, as an image has it; made once.

    Kolibri's files are those of its own locked environment, run by the guest's Python.
    """
    tree, program = base(), kolibri(cache())
    layer = tree.with_name(f"{tree.name}-kolibri-{program.python.parents[1].name}")
    with (tree.parent / "guest.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not layer.exists():
            _add_kolibri(tree, layer, program)
    return layer


def _add_kolibri(tree: Path, layer: Path, program: Kolibri) -> None:
    fresh = layer.with_suffix(f".{os.getpid()}")
    upper, work, root = (fresh / part for part in ("upper", "work", "root"))
    for part in (upper, work, root):
        part.mkdir(parents=True)
    layers = f"lowerdir={tree},upperdir={upper},workdir={work}"
    with _mounted(root, "-t", "overlay", "overlay", "-o", layers):
        lay(program, root)
    os.replace(upper, layer)
    shutil.rmtree(fresh)


@contextmanager
def guests(folder: Path, *names: str, with_kolibri: bool = False) -> Iterator[list[Guest]]:
    """Booted guests; everything is taken down again."""
    with trees(folder, *names, with_kolibri=with_kolibri) as made, powered(made) as running:
        yield running


@dataclass(frozen=True)
class Tree:
    """A guest's disk, to be booted."""

    name: str
    root: Path
    key: Path


@contextmanager
def trees(folder: Path, *names: str, with_kolibri: bool = False) -> Iterator[list[Tree]]:
    """Disks of guests, in memory."""
    lower = f"{kolibri_layer()}:{base()}" if with_kolibri else str(base())
    key = folder / "guest-key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    memory = folder / "memory"
    memory.mkdir()
    with _mounted(memory, "-t", "tmpfs", "tmpfs"):
        yield [_tree(lower, memory / name, name, key) for name in names]


@contextmanager
def powered(made: Sequence[Tree]) -> Iterator[list[Guest]]:
    """Guests from when they have booted until their power is cut."""
    with ExitStack() as stack:
        yield [
            Guest(tree.name, tree.root, stack.enter_context(_booted(tree.root)), tree.key)
            for tree in made
        ]


def _tree(lower: str, place: Path, name: str, key: Path) -> Tree:
    """A guest's disk; it is taken down with the memory that it is in."""
    upper, work, root = (place / part for part in ("upper", "work", "root"))
    for part in (upper, work, root):
        part.mkdir(parents=True)
    layers = f"lowerdir={lower},upperdir={upper},workdir={work}"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, str(root)], check=True)
    ssh = root / "root/.ssh"
    ssh.mkdir(mode=0o700, exist_ok=True)
    shutil.copy(key.with_suffix(".pub"), ssh / "authorized_keys")
    (root / "etc/machine-id").write_text("")
    (root / "etc/hostname").write_text(f"{name}\n")
    return Tree(name, root, key)


@contextmanager
def _booted(root: Path) -> Iterator[int]:
    # In a process namespace of its own: a guest outlives an nspawn that is killed, but not that.
    command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--mount-proc"]
    command += ["--kill-child=KILL", "systemd-nspawn", "--quiet", "--boot"]
    command += ["--register=no", "--keep-unit"]
    command += ["--private-network", "--console=pipe", f"--directory={root}"]
    environment = {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # A Ctrl-C is not for it: a guest that shuts down in order stops all that runs in it for a
        # moment, and an nsenter whose program is stopped stops too, for ever.
        start_new_session=True,
    )
    try:
        yield _ready(process)
    finally:  # its tree is thrown away, so nothing need be shut down in order
        for nspawn in _children(process.pid):
            with suppress(ProcessLookupError):
                os.kill(nspawn, signal.SIGKILL)
        process.wait()  # until all in the namespace have ended


def _ready(process: subprocess.Popen[bytes]) -> int:
    """The id of the guest's first process, once the guest says that it runs."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("the guest did not boot")
        leaders = [leader for nspawn in _children(process.pid) for leader in _children(nspawn)]
        if leaders:
            inside = ["nsenter", "--target", str(leaders[0]), "--all", "--"]
            said = subprocess.run(
                [*inside, "systemctl", "is-system-running"],
                capture_output=True,
                text=True,
                check=False,
            )
            if said.stdout.strip() in ("running", "degraded"):
                return leaders[0]
        time.sleep(0.1)
    raise RuntimeError("the guest did not come up in time")


def _children(process: int) -> list[int]:
    """The processes that one has started."""
    try:
        found = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:  # it has just ended
        return []
    return [int(child) for child in found.split()]


@contextmanager
def _mounted(place: Path, *what: str) -> Iterator[None]:
    """A mount, and those below it, until the end of the block or of this process."""
    subprocess.run(["mount", *what, str(place)], check=True)
    keeper = ["sh", "-c", _TAKE_DOWN, str(place)]
    with subprocess.Popen(keeper, stdin=subprocess.PIPE, start_new_session=True):
        yield
