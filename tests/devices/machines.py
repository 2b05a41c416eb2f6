"""Virtual computers: QEMU with UEFI (Secure Boot enforced, Microsoft's keys) or BIOS.

They speak over a serial line. Secure Boot's firmware needs System Management Mode, which virtual
hosts often lack, so it is emulated (TCG); BIOS machines run on the host's processor where
that runs guests by itself.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

QEMU = "qemu-system-x86_64"
FIRMWARE = Path("/usr/share/OVMF")
CODE, VARIABLES = FIRMWARE / "OVMF_CODE_4M.ms.fd", FIRMWARE / "OVMF_VARS_4M.ms.fd"
STUCK = ("grub>", "(initramfs)", "Kernel panic")  # it goes no further
# Where the processor itself runs guests. A host that only translates them does GRUB's 32 bits one
# instruction after the other, and never comes to a kernel.
HARDWARE = (Path("/sys/module/kvm_intel"), Path("/sys/module/kvm_amd"))
KVM = ("-accel", "kvm", "-cpu", "max,-arch-capabilities")  # virtual hosts let no one set these
TCG = ("-accel", "tcg,thread=multi")
Firmware = Literal["secure", "bios"]
Bus = Literal["sata", "nvme", "usb"]


def why_not() -> str:
    """Why this machine cannot have virtual ones, or nothing."""
    if shutil.which(QEMU) is None:
        return f"not installed: {QEMU}"
    return "" if CODE.exists() and VARIABLES.exists() else "not installed: ovmf"


@cache
def processor() -> tuple[str, ...]:
    """The words for the host's processor where it lends itself, else for an emulated one."""
    if not any(place.exists() for place in HARDWARE):
        return TCG
    words = [QEMU, *KVM, "-S", "-display", "none", "-nodefaults", "-monitor", "stdio"]
    tried = subprocess.run(words, input=b"quit\n", capture_output=True, check=False)
    return KVM if tried.returncode == 0 else TCG


@dataclass
class Virtual:
    """A running virtual computer."""

    process: subprocess.Popen[bytes]
    log: Path
    control: Path

    @property
    def said(self) -> str:
        """All that came over the serial line, after what the BIOS told of itself."""
        told = (self.log.with_suffix(".bios"), self.log)
        return "".join(file.read_text("utf-8", "replace") for file in told if file.exists())

    def wait_for(self, *texts: str, seconds: float) -> str:
        """The first of `texts` that it says. Raises AssertionError with what it said instead."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            said = self.said
            for text in texts:
                if text in said:
                    return text
            if self.process.poll() is not None or any(text in said for text in STUCK):
                break
            time.sleep(0.5)
        raise AssertionError(f"no {' or '.join(texts)}:\n{self.said[-4000:]}")

    def ended(self, seconds: float) -> None:
        """Wait until it has switched itself off."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it goes on:\n{self.said[-4000:]}") from None

    def switch_off(self, seconds: float) -> None:
        """Press the power button, as a person does, until it heeds it."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError):  # it may have ended since it was looked at
                self.command("system_powerdown")
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(15)
        self.ended(0.1)

    def shows(self, out: Path, colours: int, seconds: float) -> None:
        """Wait until the screen shows so many colours and stands still; it is kept as `out`."""
        deadline = time.monotonic() + seconds
        before = b""
        while time.monotonic() < deadline:
            # A screen that nobody looks at is switched off after a while.
            self.command("send-key", keys=[{"type": "qcode", "data": "shift"}])
            self.command("screendump", filename=str(out))
            now = out.read_bytes()
            if now == before and len({now[place : place + 3] for place in _pixels(now)}) >= colours:
                return
            before = now
            time.sleep(3)
        raise AssertionError(f"the screen stayed as {out} shows it:\n{self.said[-4000:]}")

    def plug(self, file: Path) -> None:
        """Put a stick into the running computer (which has a hub `xhci`)."""
        inner = {"driver": "file", "filename": str(file)}
        self.command("blockdev-add", **{"node-name": "late", "driver": "raw", "file": inner})
        self.command("device_add", driver="usb-storage", id="late", drive="late", bus="xhci.0")

    def unplug(self) -> None:
        """Pull that stick."""
        self.command("device_del", id="late")

    def command(self, name: str, **arguments: Any) -> None:
        """One command of QEMU's control socket."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.control))
            with line.makefile("rwb") as file:
                file.readline()
                for order in ({"execute": "qmp_capabilities"}, _order(name, arguments)):
                    file.write(json.dumps(order).encode() + b"\n")
                    file.flush()
                    file.readline()

    def cut(self) -> None:
        """The power fails."""
        self.process.kill()
        self.process.wait()


def _pixels(picture: bytes) -> range:
    """Where the pixels of a PPM of three bytes a pixel stand; its head has three lines."""
    return range(len(b"\n".join(picture.split(b"\n", 3)[:3])) + 1, len(picture) - 2, 3)


def _order(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"execute": name, "arguments": arguments} if arguments else {"execute": name}


@contextmanager
def virtual(
    folder: Path,
    name: str,
    *devices: str,
    firmware: Firmware = "secure",
    memory: int = 1024,
    serial: str = "BK5RJ01",
) -> Iterator[Virtual]:
    """A computer with `devices` (further words of QEMU's command line); ended at the end."""
    log, control = folder / f"{name}.serial", folder / f"{name}.control"
    log.unlink(missing_ok=True)
    control.unlink(missing_ok=True)
    words = processor() if firmware == "bios" else TCG
    # Of two emulated processors, one loses its timer where the host is busy, and all stands still.
    cores = "1" if words == TCG else "2"
    command = [
        *(QEMU, *words, "-smp", cores, "-m", str(memory), "-nodefaults"),
        *("-display", "none", "-no-reboot", "-vga", "std", "-serial", f"file:{log}"),
        *("-smbios", f"type=1,manufacturer=Virtual,product=Laptop,serial={serial}"),
        *("-qmp", f"unix:{control},server=on,wait=off", *_firmware(folder, name, firmware)),
        *devices,
    ]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        yield Virtual(process, log, control)
    finally:
        process.kill()
        process.communicate()


def disk(file: Path, serial: str, bus: Bus = "sata", rate: int = 0) -> Sequence[str]:
    """The words for a raw disk; one of `rate` bytes a second is as slow as disks were."""
    model = {
        "sata": f"ide-hd,serial={serial}",
        "nvme": f"nvme,serial={serial}",
        "usb": f"usb-storage,bus=xhci.0,serial={serial},removable=on",
    }[bus]
    hub = ["-device", "qemu-xhci,id=xhci"] if bus == "usb" else []
    drive = f"if=none,id={serial},format=raw,file={file},cache=writeback"
    drive += f",throttling.bps-total={rate}" if rate else ""
    first = 1 if bus == "usb" else 2  # as a technician chooses the stick
    return (*hub, "-drive", drive, "-device", f"{model},drive={serial},bootindex={first}")


def _firmware(folder: Path, name: str, firmware: Firmware) -> list[str]:
    if firmware == "bios":
        # What the BIOS says goes to a port of its own: on the serial line (`graphics=off`) it takes
        # GRUB's keyboard, which waits for ever.
        told = f"file,id=bios,path={folder / name}.bios"
        return [
            "-machine",
            "q35",
            "-chardev",
            told,
            "-device",
            "isa-debugcon,iobase=0x402,chardev=bios",
        ]
    own = folder / f"{name}.variables"
    if not own.exists():
        shutil.copyfile(VARIABLES, own)
    flash = "if=pflash,format=raw"
    return [
        *("-machine", "q35,smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on"),
        *("-drive", f"{flash},unit=0,readonly=on,file={CODE}"),
        *("-drive", f"{flash},unit=1,file={own}"),
    ]
