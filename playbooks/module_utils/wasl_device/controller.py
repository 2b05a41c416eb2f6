"""The laptop that runs this device's stages, as the device sees it."""

from __future__ import annotations

import os


def address(text: str) -> str:
    """`text` with `{controller}` replaced by where the ssh connection came from."""
    place = os.environ.get("SSH_CONNECTION", "127.0.0.1").split()[0]
    return text.replace("{controller}", f"[{place}]" if ":" in place else place)
