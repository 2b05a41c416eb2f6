"""Enrolment on the device: an identity made here, and a request that only the country can open.

The private key never leaves the device. The request says whose it is (the device's identity, site
and profile), is signed by the device's key and sealed to the country's recipient; it travels in
the device's record, by stick or by line. The same request is given out until something in it
changes, so that enrolling again does nothing.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import sealing, signed
from .errors import DeviceError
from .files import write_atomic
from .identity import Identity
from .signed import SigningKey

KIND = "enrolment"
FOLDER = Path("/var/lib/wasl/device")


@dataclass(frozen=True)
class Request:
    """What a device asks its country for, and where the device keeps its identity."""

    country: str
    site: str
    profile: str
    recipient: str
    folder: Path = FOLDER


def plan(request: Request) -> dict[str, Any]:
    """What enrolling would make; nothing is written. Raises WASL-ENROL-NO-RECIPIENT."""
    _require_recipient(request)
    lacking = [path.name for path in _paths(request) if not path.exists()]
    return {"makes": lacking}


def enrol(identity: Identity, request: Request) -> tuple[dict[str, Any], bool]:
    """The evidence, and whether anything was made.

    Raises WASL-ENROL-NO-RECIPIENT, WASL-KEY-BAD, WASL-MEDIUM-FULL, WASL-MEDIUM-GONE.
    """
    _require_recipient(request)
    path, kept = _paths(request)
    made = not path.exists()
    if made:
        SigningKey.make().save(path)
    key = SigningKey.load(path)
    body = _body(identity, request, key)
    told = {"body": signed.digest(body), "recipient": request.recipient}
    before = _kept(kept)
    if {name: before.get(name) for name in told} == told:
        sealed = str(before["sealed"])
    else:
        document = signed.canonical(signed.sign(KIND, body, key))
        sealed = base64.b64encode(sealing.seal(document, request.recipient)).decode()
        write_atomic(kept, json.dumps({**told, "sealed": sealed}).encode(), 0o600)
        made = True
    evidence = {"device_key": str(key.public), "recipient": request.recipient, "request": sealed}
    return evidence, made


def _body(identity: Identity, request: Request, key: SigningKey) -> dict[str, Any]:
    return {
        "version": 1,
        "country": request.country,
        "site": request.site,
        "profile": request.profile,
        "device_key": str(key.public),
        "identity": identity.as_json(),
    }


def _paths(request: Request) -> tuple[Path, Path]:
    return request.folder / "device.key", request.folder / "request.json"


def _kept(path: Path) -> Mapping[str, Any]:
    """The request given out before; nothing where there is none that can be read."""
    try:
        told = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) and isinstance(told.get("sealed"), str) else {}


def _require_recipient(request: Request) -> None:
    if not request.recipient:
        raise DeviceError("WASL-ENROL-NO-RECIPIENT", country=request.country)
