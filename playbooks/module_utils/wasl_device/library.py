"""The stage `packs`: the device's library holds the profile's packs, and nothing of any other.

Packs of the kind `kolibri-channel` are shown by Kolibri too. It reads their files where they are
(`content/` in the library), so a file that a pack withdraws is gone for it as well; its database
is held to the channel's own file, node by node.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import packs
from .errors import DeviceError
from .kolibri import LIBRARY, Kolibri, offered
from .machine import Machine
from .packs import Pack
from .shelf import shelf
from .signed import PublicKey
from .state import installed_packs
from .trust import Trust

CHANNEL = "kolibri-channel"


@dataclass(frozen=True)
class Request:
    """What to have: packs by name, from a folder of the device or an address, as whom it trusts."""

    source: str
    wanted: tuple[str, ...]
    trust: Trust
    library: Path = LIBRARY

    @classmethod
    def of(
        cls,
        source: str,
        wanted: Sequence[str],
        country: str,
        roots: Sequence[str],
        statements: Sequence[dict[str, Any]],
        library: str,
    ) -> Request:
        """From plain values. Raises WASL-KEY-BAD."""
        keys = [PublicKey.parse(root) for root in roots]
        return cls(source, tuple(wanted), Trust.of(country, keys, statements), Path(library))


def plan(request: Request) -> list[dict[str, Any]]:
    """What would come and go, by name and version; nothing is changed."""
    before = {one.name: one for one in packs.installed(request.library, request.trust)}
    planned = []
    with shelf(request.source, request.library, request.trust) as here:
        for name in request.wanted:
            pack = here.newest(name)
            if name not in before or before[name].digest != pack.digest:
                planned.append(_step("install", name, pack.version))
    gone = sorted(set(before) - set(request.wanted))
    return planned + [_step("remove", name, before[name].version) for name in gone]


def _step(action: str, pack: str, version: int) -> dict[str, Any]:
    return {"pack": pack, "version": version, "action": action}


def run(machine: Machine, request: Request, kolibri: Kolibri) -> dict[str, Any]:
    """Install, withdraw, show; the evidence. Safe to repeat and to cut off.

    Raises what `packs.install` raises, WASL-PACK-NONE, WASL-PACK-CUT, WASL-PACK-CHANNEL,
    WASL-CONFIGURE-COMMAND.
    """
    os.umask(0o022)  # pupils and Kolibri read the library
    changes = []
    with shelf(request.source, request.library, request.trust) as here:
        for name in request.wanted:
            folder = here.bring(name)
            done = packs.install(folder, request.library, request.trust)
            if done.written or done.removed:
                told = {"written": len(done.written), "removed": list(done.removed)}
                changes.append({**_step("install", name, done.version), **told})
    before = packs.installed(request.library, request.trust)
    for pack in before:
        if pack.name not in request.wanted:
            removed = packs.uninstall(pack.name, request.library, request.trust)
            changes.append({**_step("remove", pack.name, pack.version), "removed": removed})
    kept = [pack for pack in before if pack.name in request.wanted]
    channels, shown = _show(kolibri, request.library, kept)
    state = installed_packs(request.library)
    return {"changes": changes + shown, "channels": channels, "packs": state}


def _show(
    kolibri: Kolibri, library: Path, kept: Sequence[Pack]
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Kolibri's nodes a channel, and what changed for that; nothing where it is not set up."""
    if not kolibri.is_provisioned:
        return {}, []
    wanted = {str(pack.meta["channel"]) for pack in kept if pack.kind == CHANNEL}
    changed = []
    for channel in sorted(kolibri.channels() - wanted):
        kolibri.manage("deletechannel", channel)
        changed.append({"channel": channel, "action": "delete"})
    for channel in sorted(wanted):
        if not _is_shown(kolibri, library, channel):
            kolibri.manage("scanforcontent", "--channels", channel)
            changed.append({"channel": channel, "action": "import"})
        if not _is_shown(kolibri, library, channel):
            raise DeviceError("WASL-PACK-CHANNEL", channel=channel)
    return {channel: len(kolibri.nodes(channel)) for channel in sorted(wanted)}, changed


def _is_shown(kolibri: Kolibri, library: Path, channel: str) -> bool:
    """Whether Kolibri has the channel's nodes, all to be opened, and no other of that channel."""
    brought = offered(library, channel)
    return kolibri.nodes(channel) == brought == kolibri.known(channel)
