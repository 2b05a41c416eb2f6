"""School computers: their stages run, their records held against the country's key.

run CC                  take in, wipe and image the devices of an inventory, by their playbooks
drift CC                how devices differ from how they were left (--inventory FILE), or
                        this very device from what it keeps itself (--here)
verify-record FILE…     whether records are whole, and who signed them (files or folders)
list CC                 devices by site and stage
merge CC FOLDER…        bring in what other sticks and laptops recorded, on the country's word only
sync CC                 records to the country's bucket, and what others left there from it
console CC              the technician's page: what was found, which device, how far it is
enrol CC                take devices that asked for it into the country's fleet

`run` shows what it would do to each disk and asks; a device is only wiped or written to when the
inventory gives it `wasl_wipe_serial`, equal to what it reports, and says who answers for it
(`wasl_person`). A device without a serial goes by the number that intake tells. What the record
says was done is not done again unless `--again` names it. Plain Ansible does the same and writes
the same records: ansible-playbook -i lab.yml playbooks/site.yml --tags wipe,image
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from playbooks.module_utils.wasl_device import signed
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.files import whole_lines
from playbooks.module_utils.wasl_device.trust import Trust
from wasl.cli.context import Context
from wasl.errors import ExitCode, UsageError
from wasl.manifest.catalogue import load_country
from wasl.planes import keyring
from wasl.planes.devices import records
from wasl.planes.devices.home import Home
from wasl.planes.told import finding, sentence, spoken
from wasl.report import Report
from wasl.result import exit_code


def configure(parser: argparse.ArgumentParser) -> None:
    """The action and its objects."""
    parser.add_argument("action", choices=sorted(_ACTIONS), metavar="|".join(_ACTIONS))
    parser.add_argument("names", nargs="*", metavar="CC|FILE")
    group = parser.add_argument_group("run")
    group.add_argument("--inventory", type=Path, metavar="FILE", help="the devices")
    group.add_argument("--stages", default="intake,wipe,image", metavar="STAGE,…", help="which")
    group.add_argument("--image", type=Path, metavar="FILE", help="the image, served from here")
    group.add_argument("--packs", type=Path, metavar="FOLDER", help="packs, served from here")
    group.add_argument(
        "--again", default="", metavar="STAGE,…", help="wipe, image: for a device that came back"
    )
    group.add_argument("--limit", default="", metavar="HOSTS", help="only these hosts")
    parser.add_argument("--here", action="store_true", help="drift: of this device, as it keeps it")
    group = parser.add_argument_group("console")
    group.add_argument("--text", action="store_true", help="no page: ask on this terminal")
    group.add_argument("--port", type=int, default=0, help="the page's port (a free one)")
    group.add_argument("--address-file", type=Path, metavar="FILE", help="write its address there")
    parser.add_argument(
        "--statements",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="verify-record: certificates and revocations beside those under .wasl",
    )


def run(args: argparse.Namespace, context: Context) -> ExitCode:
    """What the action says; `verify-record` is CLEAN or FAILED."""
    with spoken(context.language):
        return _ACTIONS[args.action](args, context)


def _run(args: argparse.Namespace, context: Context) -> ExitCode:
    from wasl.cli.lab import prepare

    country = _country(args, context, "run CC --inventory FILE")
    return prepare(args, context, Home(context.home, country))


def _drift(args: argparse.Namespace, context: Context) -> ExitCode:
    from wasl.cli.checking import check_one, place

    if args.here:
        return _drift_here(args, context)
    country = _country(args, context, "drift CC --inventory FILE")
    where = replace(place(context), inventory=args.inventory, limit=args.limit)
    return check_one(context, where, "devices", country)


def _drift_here(args: argparse.Namespace, context: Context) -> ExitCode:
    """Believing the manifest's keys where a country is named, else those that the device keeps."""
    from wasl.planes.devices import here

    trust = trust_of(args.names[0], args.statements, context) if args.names else None
    findings = here.findings(trust=trust)
    context.report(Report(tuple(findings)))
    return exit_code(findings)


def _verify_record(args: argparse.Namespace, context: Context) -> ExitCode:
    if not args.names:
        raise UsageError("wasl devices verify-record FILE…", hint="name a record's files")
    paths = [Path(name) for name in args.names]
    checked = records.check(paths, _trust(paths, args.statements, context))
    problems = tuple(
        finding(one.problem.code, one.problem.arguments, target=one.device)
        for one in checked
        if one.problem
    )
    notes = tuple(note for one in checked if not one.problem for note in _notes(one, context))
    context.report(Report(findings=problems, notes=notes))
    return ExitCode.FAILED if problems else ExitCode.CLEAN


def _notes(checked: records.Checked, context: Context) -> list[str]:
    """Who did what, and what was odd about it."""
    lines = [f"{checked.device}: whole, {len(checked.entries)} entries"]
    for entry, signer in checked.entries:
        body = entry.body
        doubt = " (clock in doubt)" if body["clock"] != "ok" else ""
        place = signer.certificate.site if signer.certificate else body["site"]
        lines.append(
            f"  {body['time']}{doubt}  {entry.stage:10} {entry.outcome:8} "
            f"{signer.name} ({signer.key.id}), {place}"
        )
        for notice in body["notices"]:
            told = sentence(notice["code"], notice["arguments"], context.language)
            lines.append(f"    {told}")
    return lines


def _trust(paths: list[Path], extra: list[Path], context: Context) -> Trust:
    """By the country that the records name: one country at a time, its manifest's keys alone."""
    countries = sorted({country for path in paths for country in _countries(path)})
    if len(countries) > 1:
        raise UsageError(
            f"these records are of {' and '.join(countries)}", hint="verify one country"
        )
    if not countries:
        return Trust("", ())
    return trust_of(countries[0], extra, context)


def trust_of(country: str, extra: list[Path], context: Context) -> Trust:
    """Whom the country's manifest trusts. Raises WASL-TRUST-NO-KEY."""
    manifest = load_country(context.root, country).countries[country].devices
    if not manifest.keys.signing:
        raise DeviceError("WASL-TRUST-NO-KEY", country=country)
    folders = [Home(context.home, country).statements, *extra]
    return keyring.trusted(country, manifest.keys, folders)


def _countries(path: Path) -> set[str]:
    """What the records say of themselves; whether it is true, their signatures tell."""
    found = set()
    for file in path.rglob("*.jsonl") if path.is_dir() else [path]:
        for line in whole_lines(file.read_bytes()).splitlines()[:1] if file.is_file() else []:
            try:
                body = signed.parse(line, file).get("body")
            except DeviceError:
                continue
            if isinstance(body, dict) and isinstance(body.get("country"), str):
                found.add(body["country"])
    return found


def _list(args: argparse.Namespace, context: Context) -> ExitCode:
    country = _country(args, context, "list CC")
    found = records.devices(Home(context.home, country).records)
    manifest = load_country(context.root, country).countries[country].devices
    rows = [
        f"{one.site:14} {one.number}  {one.stage or '-':10} "
        f"{'failed: ' + one.failed if one.failed else '':18} {one.grade:8} {one.name}"
        for one in found
    ]
    expected = {site.name: sum(e.count for e in site.expected) for site in manifest.sites}
    names = sorted({*expected, *(one.site for one in found)})
    for name in names:
        ready = sum(one.site == name and one.stage == "handover" for one in found)
        seen = sum(one.site == name for one in found)
        rows.append(f"{name}: {seen} seen, {ready} handed over, {expected.get(name, 0)} expected")
    context.report(Report(notes=tuple(rows)))
    return ExitCode.CLEAN


def _merge(args: argparse.Namespace, context: Context) -> ExitCode:
    if len(args.names) < 2:
        raise UsageError("wasl devices merge CC FOLDER…")
    country = str(args.names[0])
    trust, own = trust_of(country, args.statements, context), Home(context.home, country).records
    grown, refused = [], []
    for source in map(Path, args.names[1:]):
        if not source.is_dir():
            raise UsageError(f"there is no folder {source}", hint="it is `records` on a stick")
        for folder in sorted({file.parent for file in source.glob("*/*.jsonl")}):
            found = folder.glob("*.jsonl")
            files = {f"{folder.name}/{file.name}": file.read_bytes() for file in found}
            try:
                grown += records.bring(folder.name, files, own, trust)
            except DeviceError as error:
                told = finding(error.code, error.arguments, country=country, target=folder.name)
                refused.append(told)
    context.report(Report(tuple(refused), notes=tuple(f"grown: {file}" for file in grown)))
    return ExitCode.FAILED if refused else ExitCode.CLEAN


def _sync(args: argparse.Namespace, context: Context) -> ExitCode:
    from wasl.cli.fleet_devices import synced

    return synced(_country(args, context, "sync CC"), context)


def _console(args: argparse.Namespace, context: Context) -> ExitCode:
    from wasl.cli.console_devices import console

    return console(args, context, Home(context.home, _country(args, context, "console CC")))


def _enrol(args: argparse.Namespace, context: Context) -> ExitCode:
    from wasl.cli.fleet_devices import enrolled

    return enrolled(_country(args, context, "enrol CC"), context)


def _country(args: argparse.Namespace, context: Context, usage: str) -> str:
    if len(args.names) != 1:
        raise UsageError(f"wasl devices {usage}", hint="wasl devices --help")
    country = str(args.names[0])
    load_country(context.root, country)
    return country


_ACTIONS = {
    "run": _run,
    "drift": _drift,
    "verify-record": _verify_record,
    "list": _list,
    "merge": _merge,
    "sync": _sync,
    "console": _console,
    "enrol": _enrol,
}
