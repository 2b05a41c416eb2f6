"""What a device can do without a controller: see its own drift, take a stick's updates."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from .managed import Options, Role

PROGRAM = "/usr/local/sbin/wasl-device"
TRUST = "/etc/wasl/trust.json"
# Each stage's newest entry, as the station signed it: how the device was left.
KEPT = "/var/lib/wasl/kept"


def configure(role: Role, options: Options) -> None:
    """Write the program (an archive that Python runs) and whom it believes."""
    role.data(PROGRAM, base64.b64decode(options["program"]), 0o755)
    role.file(TRUST, believed(options["trust"]))


def believed(trust: Mapping[str, Any]) -> str:
    """Whom a device believes, as it keeps it: `country`, `roots`, `statements`."""
    return f"{json.dumps(trust, ensure_ascii=False, indent=1, sort_keys=True)}\n"
