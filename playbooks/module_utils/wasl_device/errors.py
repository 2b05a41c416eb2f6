"""The one exception of what runs on a device: a stable code and its arguments, no words.

Words belong to the technician's language and stand in `wasl/messages/`, which a device lacks.
"""

from __future__ import annotations

from typing import Any


class DeviceError(Exception):
    """Something that the technician can act on; `code` is stable (`WASL-…`)."""

    def __init__(self, code: str, **arguments: object) -> None:
        self.code = code
        self.arguments = {name: str(value) for name, value in arguments.items()}
        told = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
        super().__init__(f"{code}: {told}" if told else code)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON: what a module returns as its failure."""
        return {"code": self.code, "arguments": self.arguments}
