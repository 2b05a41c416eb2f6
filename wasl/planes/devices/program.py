"""The program that a device keeps (`wasl-device`): this very code as one archive that Python runs.

It holds what its verbs need and nothing that is not in the standard library or on
every device (python3-cryptography), so a device tells the same findings as a laptop, in the same
words.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODULES = (
    "wasl/__init__.py",
    "wasl/errors.py",
    "wasl/result.py",
    "wasl/planes/__init__.py",
    "wasl/planes/devices/__init__.py",
    "wasl/planes/devices/drift.py",
    "wasl/planes/devices/goes_on.py",
    "wasl/planes/devices/here.py",
    "playbooks/__init__.py",
    "playbooks/module_utils/__init__.py",
    "playbooks/module_utils/wasl_device/configure/__init__.py",
    "playbooks/module_utils/wasl_device/configure/managed.py",
    "playbooks/module_utils/wasl_device/configure/onboard.py",
)
_FOLDERS = (
    ("wasl/messages", "__init__.py"),
    ("wasl/messages", "devices.*.json"),
    ("playbooks/module_utils/wasl_device", "*.py"),
    ("playbooks/module_utils/wasl_device/hardware", "*.py"),
    ("playbooks/module_utils/wasl_device/image", "*.py"),
)
_START = b"from wasl.planes.devices.here import main\n\nraise SystemExit(main())\n"


@cache
def program() -> bytes:
    """The archive, a line for the kernel before it; the same code is the same bytes."""
    out = io.BytesIO()
    out.write(b"#!/usr/bin/python3 -I\n")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(set(_names())):
            archive.writestr(_entry(name), (ROOT / name).read_bytes())
        archive.writestr(_entry("__main__.py"), _START)
    return out.getvalue()


def _names() -> Iterator[str]:
    yield from _MODULES
    for folder, pattern in _FOLDERS:
        for path in (ROOT / folder).glob(pattern):
            yield path.relative_to(ROOT).as_posix()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
