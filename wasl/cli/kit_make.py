"""What of `wasl kit` makes systems: the lock of packages, the system image."""

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
from wasl.planes.devices.home import Home
from wasl.planes.devices.systems import image, lock
from wasl.planes.devices.systems.cache import Cache
from wasl.planes.devices.systems.resolve import Wanted, resolve
from wasl.planes.devices.systems.wanted import image_packages, package_sets


def options(parser: argparse.ArgumentParser) -> None:
    """Where to write."""
    parser.add_argument("-o", dest="out", type=Path, metavar="FILE", help="image: the file to make")


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
    home = Home(context.home, country.code)
    out = args.out or home.data / "kit" / "system.wimg"
    job = image.Job(
        country,
        lock.read(lock.path(context.root, country.code), country.code),
        Cache.usual(),
        context.home / "scratch",
        signing_key(home, country),
    )
    digest = image.make(job, out, _saying(context))
    context.console.result(f"{out}\n")
    context.console.note(f"image {digest[:16]}, {out.stat().st_size / 1e6:.0f} MB")
    return ExitCode.CLEAN


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
