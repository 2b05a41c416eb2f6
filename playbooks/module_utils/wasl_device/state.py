"""The state of a prepared device, for drift: what a pupil or a stranger could have changed."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from . import listing, signed
from .configure.managed import LISTS
from .errors import DeviceError
from .machine import Machine
from .packs import INSTALLED

FIRST_PERSON, NOBODY = 1000, 65534
DHCP, EPHEMERAL = ("68", "546"), 32768
SUDO = ("/etc/sudoers", "/etc/sudoers.d")
LIBRARY = Path("/var/lib/wasl/library")


def observe(machine: Machine, library: Path = LIBRARY) -> dict[str, Any]:
    """Everything drift compares, as plain JSON; accounts by id, so that no name leaves the device.

    What could not be looked at stands in `unreadable`, by part.
    """
    managed = _managed()
    packages, lacking = _packages(machine)
    verified, unknown = _verified(machine, {*managed, *SUDO})
    ports, silent = _ports(machine)
    return {
        "files": verified,
        "managed": {path: _digest(Path(path)) for path in managed},
        "accounts": _accounts(machine),
        "sudo": {str(path): _digest(path) for path in _sudo()},
        "keys": _keys(machine),
        "packages": packages,
        "units": _units(machine),
        "ports": ports,
        "firewall": _firewall(machine),
        "packs": installed_packs(library),
        "unreadable": [*unknown, *lacking, *silent],
    }


def _managed() -> list[str]:
    """What roles wrote, but for sudo's rules, which are looked at with all others of their kind."""
    found: set[str] = set()
    for path in sorted(LISTS.glob("*.json")):
        found |= set(json.loads(path.read_text()))
    return sorted(path for path in found if not path.startswith(SUDO))


def _verified(machine: Machine, apart: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Packaged files that are not as packaged (`dpkg --verify`), but for those that are managed."""
    skipped = set(apart)
    found = {}
    said = machine.run("dpkg", "--verify", timeout=900)
    if said.status not in (0, 1):  # 1: some file is not; else it could not look, or not to its end
        return {}, ["files"]
    for line in said.text.splitlines():
        match = re.match(r"(\S{9}|missing)\s+(?:c\s+)?(/.*)$", line)
        if match and match[2] not in skipped:
            how = "missing" if match[1] == "missing" else _digest(Path(match[2]))
            found[match[2]] = how
    return found, []


def _accounts(machine: Machine) -> dict[str, dict[str, Any]]:
    """People's accounts, and any other that can sign in or is another root, by id."""
    groups: dict[str, list[str]] = {}
    for row in _rows(machine, "/etc/group", 4):
        for name in filter(None, row[3].split(",")):
            groups.setdefault(name, []).append(row[0])
    found = {}
    for row in _rows(machine, "/etc/passwd", 7):
        uid, shell = int(row[2]), row[6]
        person = FIRST_PERSON <= uid < NOBODY
        if person or uid == 0 or not shell.endswith(("nologin", "false", "sync")):
            key = str(uid) if str(uid) not in found else f"{uid} again"
            found[key] = {"shell": shell, "groups": sorted(groups.get(row[0], []))}
    return found


def _sudo() -> list[Path]:
    rules = sorted(Path(SUDO[1]).glob("*")) if Path(SUDO[1]).is_dir() else []
    return [path for path in (Path(SUDO[0]), *rules) if path.is_file()]


def _keys(machine: Machine) -> list[str]:
    """Keys that let someone in: `<uid> <SHA-256 of the key>`."""
    found = set()
    for row in _rows(machine, "/etc/passwd", 7):
        for name in ("authorized_keys", "authorized_keys2"):
            text = machine.read(f"{row[5]}/.ssh/{name}")
            for line in text.splitlines():
                match = re.search(r"\b(?:ssh-|ecdsa-|sk-)\S+\s+(\S+)", line)
                if match and not line.lstrip().startswith("#"):
                    found.add(f"{row[2]} {hashlib.sha256(match[1].encode()).hexdigest()[:16]}")
    return sorted(found)


def _packages(machine: Machine) -> tuple[dict[str, str], list[str]]:
    said = machine.run("dpkg-query", "--show", "--showformat=${binary:Package} ${Version}\n")
    if said.status != 0:
        return {}, ["packages"]
    return dict(line.split(" ", 1) for line in said.text.splitlines() if " " in line), []


def _units(machine: Machine) -> dict[str, str]:
    """Enabled units and the package that brought each, empty where none did."""
    found = {}
    for folder in ("/etc/systemd/system", "/etc/systemd/user"):
        for place, folders, names in os.walk(folder):
            for name in (*folders, *names):
                path = Path(place, name)
                if place.endswith((".wants", ".requires", ".upholds")) and path.is_symlink():
                    found[name] = os.readlink(path)
    targets = sorted(set(found.values()))
    said = machine.run("dpkg-query", "--search", *targets) if targets else None
    owners = {}
    for line in said.text.splitlines() if said else ():
        owner, _, owned = line.partition(": ")
        owners[owned] = owner.split(",")[0]
    return {name: owners.get(target, "") for name, target in sorted(found.items())}


def _ports(machine: Machine) -> tuple[list[str], list[str]]:
    """What others can connect to: `tcp 22`; loopback is left out.

    So are the ports that a program is given when it asks somewhere, and DHCP's: they come and go.
    """
    said = machine.run("ss", "--listening", "--tcp", "--udp", "--numeric", "--no-header")
    if said.status != 0:
        return [], ["ports"]
    found = set()
    for line in said.text.splitlines():
        parts = line.split()
        address, _, port = parts[4].rpartition(":")
        inside = address.strip("[]").split("%")[0]
        passing = parts[0] == "udp" and (port in DHCP or int(port) >= EPHEMERAL)
        if not passing and not inside.startswith("127.") and inside != "::1":
            found.add(f"{parts[0]} {port}")
    return sorted(found), []


def _firewall(machine: Machine) -> str:
    """A digest of the rules that are loaded, without counters and handles; `off` where none are."""
    said = machine.run("nft", "--stateless", "list", "ruleset")
    text = said.text.strip()
    if said.status != 0 or "hook input" not in text:
        return "off"
    return hashlib.sha256(text.encode()).hexdigest()


def installed_packs(library: Path) -> dict[str, dict[str, Any]]:
    """Packs by name: what is installed, and which of its files are not as they should be."""
    found = {}
    for path in sorted((library / INSTALLED).glob("*.json")):
        try:
            body = signed.parse(path.read_bytes(), path)["body"]
            files = {file["path"]: file["sha256"] for file in body["files"]}
            wrong = sorted(name for name, sha in files.items() if _digest(library / name) != sha)
            found[path.stem] = {"digest": signed.digest(body), "wrong": wrong}
        except (DeviceError, KeyError, TypeError, OSError) as error:
            found[path.stem] = {"digest": "", "wrong": [str(error)[:100]]}
    return found


def _rows(machine: Machine, path: str, width: int) -> list[list[str]]:
    rows = [line.split(":") for line in machine.read(path).splitlines()]
    return [row for row in rows if len(row) == width]


def _digest(path: Path) -> str:
    """A file's SHA-256, a link's target; `missing` where there is neither."""
    try:
        if path.is_symlink():
            return f"link {os.readlink(path)}"
        return listing.digest(path)
    except OSError:
        return "missing"
