"""The stick's own system: Debian's live boot, the playbooks, an Ansible of the same lock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from wasl.manifest.country import Country
from wasl.planes.devices.systems import tree
from wasl.planes.devices.systems.cache import Cache
from wasl.planes.devices.systems.lock import Lock
from wasl.planes.devices.systems.tools import Tools
from wasl.planes.devices.systems.wanted import package_sets

HERE = Path(__file__).parent / "live"
CODE = ("wasl", "playbooks")  # of the checkout
DATA = ("countries", "partners")
PLACE = "usr/share/wasl"
# The console is started by what the stick does (`wasl.cli.stick`), not by itself.
_UNITS = (
    *("wasl-stick-setup.service", "wasl-stick.service"),
    *("wasl-console.service", "wasl-kiosk.service", "wasl-console-text.service"),
)
_COMMAND = """\
#!/bin/sh
export WASL_HOME=${WASL_HOME:-/run/wasl/data} PYTHONPATH=/usr/share/wasl
cd /usr/share/wasl && exec python3 -m wasl.cli.main "$@"
"""
_METADATA = "Metadata-Version: 2.1\nName: wasl\nVersion: {version}\n"
_SCRIPT = """\
systemd-sysusers kiosk.conf
systemctl enable --quiet wasl-stick-setup.service wasl-stick.service
systemctl mask --quiet systemd-networkd-wait-online.service
python3 -m compileall -q --invalidation-mode unchecked-hash /usr/share/wasl
"""


def make(
    root: Path,
    country: Country,
    lock: Lock,
    cache: Cache,
    made: Tools,
    version: str,
    say: Callable[[str], None],
) -> None:
    """Below the tools' folder: `kit/live/filesystem.squashfs`, `kit/boot/vmlinuz` and `initrd.img`.

    Raises `WaslError` (of `tree` and `tools`).
    """
    place = made.work / "live"
    say("installing the stick's system")
    tree.make(lock, recipe(root, country, version), cache, place, say)
    kit = made.work / "kit"
    for folder in ("boot", "live"):
        (kit / folder).mkdir(parents=True, exist_ok=True)
    (kernel,), (initrd,) = place.glob("boot/vmlinuz-*"), place.glob("boot/initrd.img-*")
    kernel.rename(kit / "boot" / "vmlinuz")
    initrd.rename(kit / "boot" / "initrd.img")
    say("packing the stick's system")
    made.run(
        *("mksquashfs", "/build/live", "/build/kit/live/filesystem.squashfs"),
        *("-comp", "zstd", "-Xcompression-level", "15", "-noappend", "-no-progress", "-quiet"),
    )


def mark(country: Country) -> str:
    """What tells a system that it is a stick, and whose; units read it as their environment."""
    return f"country={country.code}\nlanguage={country.languages[0].code}\n"


def recipe(root: Path, country: Country, version: str) -> tree.Recipe:
    """What a country's stick is made of; `root` is the checkout with the countries."""
    site = "usr/lib/python3/dist-packages"
    files: dict[str, tuple[str | bytes, int]] = {
        "etc/hostname": ("wasl-stick\n", 0o644),
        "etc/hosts": ("127.0.0.1 localhost\n127.0.1.1 wasl-stick\n::1 localhost\n", 0o644),
        "etc/wasl-stick": (mark(country), 0o644),
        "usr/bin/wasl": (_COMMAND, 0o755),
        "usr/lib/wasl/wasl-stick-setup": ((HERE / "wasl-stick-setup").read_bytes(), 0o755),
        f"{site}/wasl-{version}.dist-info/METADATA": (_METADATA.format(version=version), 0o644),
    }
    files["usr/lib/sysusers.d/kiosk.conf"] = ((HERE / "kiosk.conf").read_bytes(), 0o644)
    for unit in _UNITS:
        files[f"usr/lib/systemd/system/{unit}"] = ((HERE / unit).read_bytes(), 0o644)
    # The code is that of the running wasl; the countries are the checkout's.
    own = Path(__file__).parents[4]
    folders = {f"{PLACE}/{name}": own / name for name in CODE if (own / name).is_dir()}
    folders |= {f"{PLACE}/{name}": root / name for name in DATA}
    return tree.Recipe("live", package_sets().live, files, folders, script=_SCRIPT)
