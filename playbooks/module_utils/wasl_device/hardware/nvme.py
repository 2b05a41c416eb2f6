"""What an NVMe controller says of itself (NVM Express base specification 2.0, figures 275, 298).

Answers are read as bytes: nvme-cli's JSON changes between its versions, the specification does not.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from ..machine import Machine

SANITIZE_LOG, LOG_LENGTH = 0x81, 512
DONE = 0xFFFF  # SPROG when no sanitize operation is under way


@dataclass(frozen=True, slots=True)
class Controller:
    """The fields of IDENTIFY CONTROLLER that erasing asks for."""

    serial: str
    model: str
    firmware: str
    manages_namespaces: bool  # there may be some that no system sees
    unallocated: int  # bytes that belong to no namespace
    can_format: bool
    format_crypto: bool
    sanitize: frozenset[str]  # crypto, block, overwrite


@dataclass(frozen=True, slots=True)
class SanitizeLog:
    """Progress (of 65536) and status of the most recent sanitize operation."""

    progress: int
    status: int  # 0 never, 1 done, 2 under way, 3 failed, 4 done without deallocation

    @property
    def is_running(self) -> bool:
        return self.status == 2

    @property
    def succeeded(self) -> bool:
        return self.status in (1, 4) and self.progress == DONE


def controller_path(path: str) -> str:
    """`/dev/nvme0n1` → `/dev/nvme0`."""
    return re.sub(r"n\d+$", "", path)


def identify(machine: Machine, path: str) -> Controller | None:
    """By `nvme id-ctrl`; None where the controller does not answer."""
    data = machine.run("nvme", "id-ctrl", controller_path(path), "--output-format=binary").raw
    if len(data) != 4096:
        return None
    (oacs,) = struct.unpack_from("<H", data, 256)
    (sanicap,) = struct.unpack_from("<I", data, 328)
    fna = data[524]
    return Controller(
        serial=data[4:24].decode("ascii", "replace").strip("\0 "),
        model=data[24:64].decode("ascii", "replace").strip("\0 "),
        firmware=data[64:72].decode("ascii", "replace").strip("\0 "),
        manages_namespaces=bool(oacs >> 3 & 1),
        unallocated=int.from_bytes(data[296:312], "little"),
        can_format=bool(oacs >> 1 & 1),
        format_crypto=bool(fna >> 2 & 1),
        sanitize=frozenset(
            name for bit, name in enumerate(("crypto", "block", "overwrite")) if sanicap >> bit & 1
        ),
    )


def namespaces(machine: Machine, path: str) -> tuple[int, ...] | None:
    """All that are allocated, attached or not (IDENTIFY, CNS 10h); None where it does not say."""
    arguments = ("--opcode=0x06", "--cdw10=0x10", "--data-len=4096", "--read", "--raw-binary")
    data = machine.run("nvme", "admin-passthru", controller_path(path), *arguments).raw
    if len(data) != 4096:
        return None
    return tuple(one for (one,) in struct.iter_unpack("<I", data) if one)


def sanitize_log(machine: Machine, path: str) -> SanitizeLog | None:
    """By `nvme get-log`; None where the log cannot be read."""
    arguments = (f"--log-id={SANITIZE_LOG:#x}", f"--log-len={LOG_LENGTH}", "--raw-binary")
    data = machine.run("nvme", "get-log", controller_path(path), *arguments).raw
    if len(data) != LOG_LENGTH:
        return None
    progress, status = struct.unpack_from("<HH", data, 0)
    return SanitizeLog(progress, status & 7)
