"""What of `wasl kit` makes systems: the lock of packages, the system image, the stick."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from playbooks.module_utils.wasl_device.signed import SigningKey
from wasl.cli.context import Context
from wasl.errors import ExitCode, UsageError, WaslError
from wasl.files import write_atomically
from wasl.manifest.catalogue import load_country
from wasl.manifest.country import Country
from wasl.planes import keyring
from wasl.planes.devices.home import Home
from wasl.planes.devices.systems import image, lock, stick
from wasl.planes.devices.systems.cache import Cache
from wasl.planes.devices.systems.resolve import Wanted, resolve
from wasl.planes.devices.systems.wanted import image_packages, package_sets

_DATA = "build: room for records (512)"


def options(parser: argparse.ArgumentParser) -> None:
    """Where to write."""
    group = parser.add_argument_group("image, build")
    group.add_argument("-o", dest="out", type=Path, metavar="FILE", help="the file to make")
    group.add_argument("--image", type=Path, metavar="FILE", help="build: the system image")
    group.add_argument(
        "--pack", type=Path, action="append", default=[], metavar="FOLDER", help="build: a pack"
    )
    group.add_argument("--updates", type=Path, metavar="FOLDER", help="build: newer .deb files")
    group.add_argument("--data", type=int, default=stick.BLANK, metavar="MIB", help=_DATA)


def make_lock(args: argparse.Namespace, context: Context) -> ExitCode:
    """Ask the mirror which versions there are, and write them down."""
    country = _country(args, context, "lock CC")
    sets, path = package_sets(), lock.path(context.root, country.code)
    names = {"image": image_packages(sets, country), "live": sets.live, "tools": sets.tools}
    before = set(lock.read(path, country.code).all) if path.exists() else set()
    made = resolve(Wanted(country.code, sets.suite, names), _saying(context))
    path.parent.mkdir(exist_ok=True)
    write_atomically(path, lock.render(made))
    came, went = len(set(made.all) - before), len(before - set(made.all))
    context.console.result(f"{path}\n")
    context.console.note(f"{len(made.all)} packages: {came} came, {went} went")
    return ExitCode.CLEAN


def make_image(args: argparse.Namespace, context: Context) -> ExitCode:
    """The signed system image of a country."""
    country = _country(args, context, "image CC -o FILE")
    out = args.out or _usual(context, country)
    digest = image.make(_job(country, context), out, _saying(context))
    context.console.result(f"{out}\n")
    context.console.note(f"image {digest[:16]}, {out.stat().st_size / 1e6:.0f} MB")
    return ExitCode.CLEAN


def make_kit(args: argparse.Namespace, context: Context) -> ExitCode:
    """The image of a stick that starts and prepares computers."""
    country = _country(args, context, "build CC -o FILE")
    if args.out is None:
        raise UsageError("wasl kit build CC -o FILE", hint="name the file: -o kit.img")
    if not 64 <= args.data <= 1_000_000:
        raise UsageError("--data is from 64 to 1000000 (MiB)")
    system = args.image or _usual(context, country)
    if not system.is_file():
        raise WaslError(
            "WASL-KIT-IMAGE",
            f"there is no system image for {country.code} yet",
            where=str(system),
            hint=f"make it first: wasl kit image {country.code}",
        )
    home = Home(context.home, country.code)
    updates = sorted(args.updates.glob("*.deb")) if args.updates else []
    contents = stick.Contents(system, args.pack, updates, home.statements, args.data)
    trust = keyring.trusted(country.code, country.devices.keys, [home.statements])
    job = _job(country, context)
    name = stick.make(context.root, job, contents, trust, args.out, _saying(context))
    context.console.result(f"{args.out}\n")
    context.console.note(f"kit {name}, {args.out.stat().st_size / 1e6:.0f} MB")
    context.console.note(f"put it on a stick: dd if={args.out} of=/dev/… bs=4M oflag=direct")
    return ExitCode.CLEAN


def _usual(context: Context, country: Country) -> Path:
    return Home(context.home, country.code).data / "kit" / "system.wimg"


def _job(country: Country, context: Context) -> image.Job:
    return image.Job(
        country,
        lock.read(lock.path(context.root, country.code), country.code),
        Cache.usual(),
        context.home / "scratch",
        signing_key(Home(context.home, country.code), country),
    )


def signing_key(home: Home, country: Country) -> SigningKey:
    """The country's own key, which its manifest must name: devices believe no other.

    Raises `WaslError` (WASL-KIT-KEY), `DeviceError` (WASL-KEY-MISSING).
    """
    key = SigningKey.load(home.country_key)
    if str(key.public) not in country.devices.keys.signing:
        raise WaslError(
            "WASL-KIT-KEY",
            f"the manifest of {country.code} does not name the key that is here: no device would "
            "believe what it signs",
            where=f"countries/{country.code}.yaml devices.keys.signing",
            hint=f"wasl kit keys {country.code} prints the lines to put there",
        )
    return key


def _country(args: argparse.Namespace, context: Context, usage: str) -> Country:
    if len(args.names) != 1:
        raise UsageError(f"wasl kit {usage}", hint="wasl kit --help")
    code = str(args.names[0])
    return load_country(context.root, code).countries[code]


def _saying(context: Context) -> Callable[[str], None]:
    """Progress: what is being done, with the seconds since the start."""
    began = time.monotonic()
    return lambda text: context.console.note(f"{time.monotonic() - began:6.0f} s  {text}")
