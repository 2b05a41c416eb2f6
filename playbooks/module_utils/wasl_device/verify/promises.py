"""What a profile promises of a device, each promise tried by itself.

A promise that could not be tried was not kept: there is no third answer.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..configure.languages import keyboard
from ..errors import DeviceError
from ..machine import Machine
from ..state import LIBRARY, installed_packs
from . import arabic

Try = Callable[[Machine, "Promised"], tuple[bool, str]]
RIGHT_TO_LEFT = ("ar",)
_PAGE = 256 << 10  # bytes of a page that are looked at
_SECONDS = 20
PLAY = ("aplay", "-q", "-d", "1", "-f", "S16_LE", "-r", "48000", "-c", "2", "/dev/zero")


@dataclass(frozen=True)
class Promised:
    """A profile as the device was made by it."""

    languages: tuple[str, ...]
    keyboards: tuple[str, ...]
    accounts: tuple[str, ...]
    applications: tuple[str, ...]
    packs: tuple[str, ...]
    kolibri: str = ""  # its address on the device; empty where the profile has none
    library: Path = LIBRARY

    @classmethod
    def of(cls, profile: Mapping[str, Any], library: Path) -> Promised:
        """From the manifest's profile, as playbooks are told it."""

        def listed(name: str) -> tuple[str, ...]:
            return tuple(str(one) for one in profile.get(name) or ())

        learning = profile["learning"]
        kolibri = f"http://127.0.0.1:{learning['port']}" if learning["kolibri"] else ""
        return cls(
            languages=listed("languages"),
            keyboards=listed("keyboards"),
            accounts=tuple(str(one["name"]) for one in profile.get("accounts") or ()),
            applications=listed("applications"),
            packs=listed("packs"),
            kolibri=kolibri,
            library=library,
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """A promise, whether it was kept, and what was found."""

    name: str
    kept: bool
    found: str


def check(machine: Machine, promised: Promised) -> list[Kept]:
    """Every promise, in the order in which people ask."""
    return [_tried(name, one, machine, promised) for name, one in PROMISES.items()]


def result(kept: Sequence[Kept]) -> dict[str, Any]:
    """The stage's evidence, with a failure where a promise was broken."""
    told: dict[str, Any] = {"evidence": {"promises": [asdict(one) for one in kept]}}
    if broken := [one.name for one in kept if not one.kept]:
        names = ", ".join(broken)
        told["failure"] = {"code": "WASL-VERIFY-FAILED", "arguments": {"names": names}}
    return told


def _tried(name: str, work: Try, machine: Machine, promised: Promised) -> Kept:
    try:
        kept, found = work(machine, promised)
    except (OSError, ValueError, KeyError, DeviceError) as error:
        return Kept(name, False, str(error)[:200])
    return Kept(name, kept, found)


def _boots(machine: Machine, _: Promised) -> tuple[bool, str]:
    """Every unit is up, and the system came from the device's own disk."""
    state = machine.run("systemctl", "is-system-running", "--wait").text.strip() or "unknown"
    failed = machine.run("systemctl", "list-units", "--failed", "--plain", "--no-legend").text
    units = [line.split()[0] for line in failed.splitlines() if line.split()]
    disks = _started_from(machine)
    own = bool(disks) and all(transport != "usb" for transport in disks.values())
    told = ", ".join(f"{name} {transport}".strip() for name, transport in disks.items())
    return state == "running" and own, f"{' '.join([state, *units])}; from {told or 'no disk'}"


def _started_from(machine: Machine) -> dict[str, str]:
    """The disks that the root file system is on, each with its transport."""
    root = machine.run("findmnt", "--noheadings", "--output", "SOURCE", "/").text.strip()
    said = machine.run("lsblk", "--json", "--list", "--inverse", "--output", "NAME,TYPE,TRAN", root)
    if said.status != 0:
        return {}
    found = json.loads(said.text)["blockdevices"]
    return {str(one["name"]): one["tran"] or "" for one in found if one["type"] == "disk"}


def _network(machine: Machine, _: Promised) -> tuple[bool, str]:
    """A built-in interface has a line."""
    names = [path.split("/")[4] for path in machine.glob("/sys/class/net/*/device/uevent")]
    lines = {name: machine.read(f"/sys/class/net/{name}/carrier") for name in names}
    told = ", ".join(f"{name} {'up' if line == '1' else 'down'}" for name, line in lines.items())
    return "1" in lines.values(), told or "no interface"


def _sound(machine: Machine, _: Promised) -> tuple[bool, str]:
    """A card that plays, and a second of silence played on it."""
    cards = [line for line in machine.read("/proc/asound/pcm").splitlines() if "playback" in line]
    if not cards:
        return False, "no card that plays"
    done = machine.run(*PLAY)
    said = done.error.strip().splitlines()
    return done.status == 0, cards[0].split(":")[1].strip() if done.status == 0 else said[-1][:200]


def _arabic(_: Machine, __: Promised) -> tuple[bool, str]:
    """Drawn joined and right to left, with a font of this device."""
    found = arabic.drawn()
    return not found, "; ".join(found) or "joined, right to left"


def _kolibri(_: Machine, promised: Promised) -> tuple[bool, str]:
    """It answers, and its page runs as the first language does."""
    if not promised.kolibri:
        return True, "not in the profile"
    info = json.loads(_fetched(f"{promised.kolibri}/api/public/info/"))
    if info.get("application") != "kolibri":
        return False, "something else answers"
    told = f"Kolibri {info.get('kolibri_version', '?')}"
    if promised.languages[:1] and promised.languages[0] in RIGHT_TO_LEFT:
        page = _fetched(f"{promised.kolibri}/")
        if 'dir="rtl"' not in page.decode("utf-8", "replace"):
            return False, f"{told}, not right to left"
        told += ", right to left"
    return True, told


def _fetched(address: str) -> bytes:
    """A page of this device's own; never by way of a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=_SECONDS) as answer:
        return bytes(answer.read(_PAGE))


def _keyboards(machine: Machine, promised: Promised) -> tuple[bool, str]:
    wanted = keyboard(promised.keyboards).strip()
    kept = machine.read("/etc/default/keyboard").strip() == wanted
    return kept, ", ".join(promised.keyboards) if kept else "other layouts"


def _languages(machine: Machine, promised: Promised) -> tuple[bool, str]:
    """The first language is the system's, and each has a compiled locale."""
    there = {
        line.split("_")[0]
        for line in machine.run("localedef", "--list-archive").text.splitlines()
        if "utf" in line.lower()
    }
    lacking = [one for one in promised.languages if one not in there]
    setting = machine.read("/etc/default/locale").splitlines()
    first = next((line[5:].split("_")[0] for line in setting if line.startswith("LANG=")), "")
    if lacking:
        return False, f"no locale for {', '.join(lacking)}"
    wanted = promised.languages[:1]
    return not wanted or first == wanted[0], f"first: {first or 'none'}"


def _accounts(machine: Machine, promised: Promised) -> tuple[bool, str]:
    there = {line.split(":")[0] for line in machine.read("/etc/passwd").splitlines()}
    lacking = [name for name in promised.accounts if name not in there]
    return not lacking, f"lacks {', '.join(lacking)}" if lacking else f"{len(promised.accounts)}"


def _applications(machine: Machine, promised: Promised) -> tuple[bool, str]:
    names = promised.applications
    said = machine.run("dpkg-query", "--show", "--showformat=${Package} ${Status}\n", *names)
    there = {line.split()[0] for line in said.text.splitlines() if line.endswith(" installed")}
    lacking = [name for name in names if name not in there]
    return not lacking, f"lacks {', '.join(lacking)}" if lacking else f"{len(names)}"


def _packs(_: Machine, promised: Promised) -> tuple[bool, str]:
    """Each pack is installed, and each of its files is as it was signed."""
    there = installed_packs(promised.library)
    lacking = [name for name in promised.packs if name not in there]
    broken = [name for name in promised.packs if there.get(name, {}).get("wrong")]
    wrong = [f"lacks {name}" for name in lacking] + [f"{name} is damaged" for name in broken]
    return not wrong, ", ".join(wrong) or f"{len(promised.packs)}"


PROMISES: dict[str, Try] = {
    "boots": _boots,
    "network": _network,
    "sound": _sound,
    "languages": _languages,
    "arabic": _arabic,
    "keyboards": _keyboards,
    "accounts": _accounts,
    "applications": _applications,
    "packs": _packs,
    "kolibri": _kolibri,
}
