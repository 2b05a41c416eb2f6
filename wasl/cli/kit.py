"""Keys, stations, systems and kits of a country.

keys CC                 make the country's signing and sealing keys; print the manifest's lines
station CC              make this laptop's station key (at first use) and print it
certify CC KEY          let the country key say whose a station key is (KEY: ed25519:… or a file)
verify FILE…            whether sticks (.img, /dev/…), kits, packs (folders) and images (.wimg) are
                        whole and signed
revoke CC ID            let the country key take that back, by the key or its id
lock CC                 write down which Debian packages its systems are made of, by SHA-256
image CC                make the signed system image of its school computers (-o FILE; as root)
build CC -o FILE        make a stick's disk image: it starts, wipes, images, keeps records (as root)

Private keys stay under .wasl/keys/ (or WASL_HOME), readable by their owner alone, and never enter
a kit. What certify and revoke write under .wasl/devices/CC/statements/ travels with kits and
records.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.signed import PREFIX, PublicKey
from playbooks.module_utils.wasl_device.trust import TIME, Role
from wasl.cli import kit_make
from wasl.cli.context import Context
from wasl.errors import ExitCode, UsageError
from wasl.manifest.catalogue import load_country
from wasl.planes import keyring
from wasl.planes.devices import keys, verifying
from wasl.planes.devices.home import Home
from wasl.planes.told import finding, spoken
from wasl.report import Report
from wasl.result import Message

ROLES: tuple[Role, ...] = ("record", "publish")


def configure(parser: argparse.ArgumentParser) -> None:
    """The action, its objects, and what a certificate says."""
    parser.add_argument("action", choices=sorted(_ACTIONS), metavar="|".join(_ACTIONS))
    parser.add_argument("names", nargs="*", metavar="CC|KEY|ID|FILE")
    parser.add_argument("--country", metavar="CC", help="verify: whose it must be")
    parser.add_argument("--name", help="certify: what people call the station")
    parser.add_argument("--site", help="certify: the site it works at")
    parser.add_argument("--days", type=int, default=365, help="certify: how long (365)")
    parser.add_argument("--role", choices=ROLES, default="record", help="certify: what it may sign")
    parser.add_argument("--reason", default="", help="revoke: why")
    parser.add_argument("--since", default="", metavar="TIME", help="revoke: from when on (always)")
    kit_make.options(parser)


def run(args: argparse.Namespace, context: Context) -> ExitCode:
    """CLEAN, or FAILED where something is not whole or not trusted."""
    with spoken(context.language):
        return _ACTIONS[args.action](args, context)


def _keys(args: argparse.Namespace, context: Context) -> ExitCode:
    (country,) = _names(args, 1, "keys CC")
    load_country(context.root, country)
    home = Home(context.home, country)
    made = keys.make(home) if not home.country_key.exists() else keys.public(home)
    context.console.result(made.as_yaml())
    context.console.note(f"put these lines into countries/{country}.yaml")
    context.console.note(
        f"keep {home.country_key.parent} safe and apart: who has it is the country"
    )
    return ExitCode.CLEAN


def _station(args: argparse.Namespace, context: Context) -> ExitCode:
    (country,) = _names(args, 1, "station CC")
    load_country(context.root, country)
    home = Home(context.home, country)
    public = keys.station(home).public
    context.console.result(f"{public}\n")
    if keyring.certificate(home, public) is None:
        context.console.note("no certificate of this station is here yet")
        context.console.note(f"  next:  wasl kit certify {country} {public} --name … --site …")
    return ExitCode.CLEAN


def _certify(args: argparse.Namespace, context: Context) -> ExitCode:
    country, text = _names(args, 2, "certify CC KEY --name NAME --site SITE")
    if not args.name or not args.site:
        raise UsageError("a certificate says whose key it is", hint="add --name and --site")
    if not 1 <= args.days <= keys.LONGEST:
        raise UsageError(f"--days is from 1 to {keys.LONGEST}")
    sites = [
        site.name for site in load_country(context.root, country).countries[country].devices.sites
    ]
    if args.site not in sites:
        raise UsageError(
            f"countries/{country}.yaml has no site {args.site!r}", hint=f"known: {', '.join(sites)}"
        )
    key = PublicKey.parse(Path(text).read_text("ascii").strip() if Path(text).exists() else text)
    path = keys.certify(
        Home(context.home, country), key, args.name, args.site, args.days, (args.role,)
    )
    context.console.result(f"{path}\n")
    context.console.note(f"station {key.id} is certified; copy this file to it, or into its kit")
    return ExitCode.CLEAN


def _revoke(args: argparse.Namespace, context: Context) -> ExitCode:
    country, asked = _names(args, 2, "revoke CC ID --reason WHY")
    if not args.reason:
        raise UsageError("say why", hint="add --reason")
    if args.since and not TIME.fullmatch(args.since):
        hint = "such as 2026-01-31T12:00:00Z; without it, all that the key ever signed"
        raise UsageError(f"{args.since!r} is no time", hint=hint)
    station = _key_id(asked)
    name = "ask.revoke-since" if args.since else "ask.revoke"
    question = Message(name, {"station": station, "since": args.since})
    if not context.confirm(question):
        return ExitCode.FAILED
    path = keys.revoke(Home(context.home, country), station, args.reason, args.since)
    context.console.result(f"{path}\n")
    return ExitCode.CLEAN


def _key_id(text: str) -> str:
    """A key's id, given itself or as the key. Raises `UsageError`: another text revokes nothing."""
    if text.startswith(PREFIX):
        return PublicKey.parse(text).id
    if not re.fullmatch("[0-9a-f]{20}", text):
        hint = "the 20 signs that verify-record and the stick show, or ed25519:…"
        raise UsageError(f"{text!r} is no key's id", hint=hint)
    return text


def _verify(args: argparse.Namespace, context: Context) -> ExitCode:
    """Against the key of one country's manifest: never the one that a kit brings along."""
    if not args.names or not args.country:
        raise UsageError("wasl kit verify FILE… --country CC", hint="say whose kit it must be")
    manifest = load_country(context.root, args.country).countries[args.country].devices
    if not manifest.keys.signing:
        raise DeviceError("WASL-TRUST-NO-KEY", country=args.country)
    folders = [Home(context.home, args.country).statements]
    trust = keyring.trusted(args.country, manifest.keys, folders)
    notes, problems = [], []
    for name in args.names:
        try:
            notes.append(verifying.verify(Path(name), trust))
        except DeviceError as error:
            problems.append(finding(error.code, error.arguments, country=args.country, target=name))
    context.report(Report(tuple(problems), notes=tuple(notes)))
    return ExitCode.FAILED if problems else ExitCode.CLEAN


def _names(args: argparse.Namespace, count: int, usage: str) -> list[str]:
    if len(args.names) != count:
        raise UsageError(f"wasl kit {usage}", hint="wasl kit --help")
    return [str(name) for name in args.names]


_ACTIONS = {
    "keys": _keys,
    "station": _station,
    "certify": _certify,
    "revoke": _revoke,
    "verify": _verify,
    "lock": kit_make.make_lock,
    "image": kit_make.make_image,
    "build": kit_make.make_kit,
}
