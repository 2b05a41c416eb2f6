"""A Debian system from locked packages: a tar of its tree, the same for the same lock.

mmdebstrap installs from a repository of the locked packages alone; nothing comes from elsewhere.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path

from wasl.errors import WaslError
from wasl.planes.devices.systems import repository
from wasl.planes.devices.systems.cache import Cache
from wasl.planes.devices.systems.lock import Lock

PROGRAMS = ("mmdebstrap", "apt-get", "dpkg-deb", "unshare", "chroot")
# What a program mounts is seen by it alone and goes with it, killed or not: a folder that somebody
# then removes has no door to this machine's own /dev, /proc and /sys in it.
APART = ("unshare", "--mount", "--propagation=private")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Recipe:
    """What a system is: a use of the lock, which packages were asked for, and what is added."""

    use: str
    asked: Sequence[str] = ()  # the others are installed for them
    files: Mapping[str, tuple[str | bytes, int]] = field(default_factory=dict)  # path: text, mode
    folders: Mapping[str, Path] = field(default_factory=dict)  # path: a folder to copy there
    _: KW_ONLY
    laid: Sequence[str] = ()  # a program of this machine, told the tree's place as its last word
    script: str = ""  # shell, run inside at the end


def why_not() -> str:
    """Why no system can be made on this machine, or nothing."""
    if os.geteuid() != 0:
        return "systems are made as root"
    lacking = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


def require_able() -> None:
    """Raises `WaslError` (WASL-SYSTEM-TOOL)."""
    if reason := why_not():
        hint = "run it as root on Debian, with the packages of playbooks/debian-packages.txt"
        raise WaslError("WASL-SYSTEM-TOOL", reason, hint=hint)


def make(lock: Lock, recipe: Recipe, cache: Cache, out: Path, say: Say) -> None:
    """Write `out`, a tar (or a folder where it ends in no `.tar`); the packages must be cached.

    Raises `WaslError` (WASL-SYSTEM-TOOL, WASL-SYSTEM-BUILD).
    """
    require_able()
    packages = lock.packages(recipe.use)
    with tempfile.TemporaryDirectory(prefix=".tree-", dir=out.parent) as folder:
        work = Path(folder)
        repository.make(work / "repository", packages, cache)
        _overlay(work / "overlay.tar", recipe, lock.date)
        (work / "script").write_text(_script(recipe, [package.name for package in packages]))
        command = [
            *(*APART, "mmdebstrap", "--mode=root", "--variant=apt", "--skip=check/qemu"),
            *("--aptopt=APT::Install-Recommends false", "--aptopt=Acquire::Languages none"),
            "--include=" + ",".join(package.name for package in packages),
            *([f'--customize-hook={shlex.join(recipe.laid)} "$1"'] if recipe.laid else []),
            f"--customize-hook=tar-in {work}/overlay.tar /",
            f'--customize-hook=chroot "$1" sh -eu < {work}/script',
            *(lock.suite, str(out), f"deb [trusted=yes] copy://{work}/repository ./"),
        ]
        _run(command, lock.date, len(packages), recipe.use, say)


def _run(command: list[str], date: int, count: int, use: str, say: Say) -> None:
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ},
        "SOURCE_DATE_EPOCH": str(date),
        "PYTHONHASHSEED": "0",  # compiled Python holds sets in the order of their hashes
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "DEBIAN_FRONTEND": "noninteractive",
    }
    with subprocess.Popen(
        [*command, "--verbose"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        try:
            said = _heard(process.stderr or (), count, use, say)
        except BaseException:
            process.terminate()  # it takes its folder down
            raise
    if process.returncode != 0:
        raise _failed(said, use)


def _heard(lines: Iterable[str], count: int, use: str, say: Say) -> list[str]:
    """The last lines that mmdebstrap said, once it is done."""
    said: list[str] = []
    done = 0
    for line in lines:
        said = [*said[-200:], line.rstrip()]
        if line.startswith("Setting up "):
            done += 1
            if done % 100 == 0:
                say(f"{use}: {done} of {count} packages set up")
    return said


def _failed(said: Sequence[str], use: str) -> WaslError:
    telling = [line for line in said if re.search(r"\b[Ee](rror)?:|cannot|failed", line)]
    what = (telling or list(said) or ["it said nothing"])[-3:]
    return WaslError(
        "WASL-SYSTEM-BUILD",
        f"the {use} system could not be made: {' / '.join(what)[:600]}",
        hint="make room or mend the package named; then make it again",
    )


def _script(recipe: Recipe, names: Sequence[str]) -> str:
    """What is ours at the end, then everything away that differs by itself or may not be shared."""
    marks = ""
    if recipe.asked:
        marks = f"apt-mark -q auto {' '.join(names)} >/dev/null\n"
        marks += f"apt-mark -q manual {' '.join(recipe.asked)} >/dev/null\n"
    return f"{marks}{recipe.script}\n{_UNSHARED}"


_UNSHARED = """\
rm -f /etc/ssh/ssh_host_*_key* /var/lib/systemd/random-seed /var/lib/dbus/machine-id
# It asks for a virtual machine's socket, and complains on every other computer.
mkdir -p /etc/systemd/system-generators
ln -sf /dev/null /etc/systemd/system-generators/systemd-ssh-generator
rm -f /etc/passwd- /etc/group- /etc/shadow- /etc/gshadow- /etc/subuid- /etc/subgid-
rm -f /var/cache/debconf/*-old /var/lib/dpkg/*-old /var/cache/ldconfig/aux-cache
find /var/lib/apt/lists -type f -delete
rm -rf /var/cache/apt/*.bin /var/cache/fontconfig/* /var/log/* /tmp/* /var/tmp/* ~root/.cache
: > /etc/machine-id
"""


def _overlay(out: Path, recipe: Recipe, date: int) -> None:
    with tarfile.open(out, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, (content, mode) in sorted(recipe.files.items()):
            data = content.encode() if isinstance(content, str) else content
            _member(archive, name, data, mode, date)
        for name, folder in sorted(recipe.folders.items()):
            for path in sorted(folder.rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    mode = 0o755 if os.access(path, os.X_OK) else 0o644
                    inside = f"{name}/{path.relative_to(folder)}"
                    _member(archive, inside, path.read_bytes(), mode, date)


def _member(archive: tarfile.TarFile, name: str, data: bytes, mode: int, date: int) -> None:
    member = tarfile.TarInfo(f"./{name.lstrip('/')}")
    member.size, member.mode, member.mtime = len(data), mode, date
    archive.addfile(member, io.BytesIO(data))
