"""On the device itself, without a controller: its drift, a stick's updates and newer packs.

A stick that put the system on the device goes on with it here (`goes_on`).

`wasl-device drift` compares the device with how it was left, which it keeps as the station signed
it (`/var/lib/wasl/kept`), believing whom `/etc/wasl/trust.json` names. A pupil changes neither;
whoever became root could, so a laptop with the records has the last word.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from playbooks.module_utils.wasl_device import library, packs, record, signed, state
from playbooks.module_utils.wasl_device.configure.onboard import KEPT, TRUST
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.kolibri import Kolibri
from playbooks.module_utils.wasl_device.machine import Live
from playbooks.module_utils.wasl_device.signed import Document, PublicKey
from playbooks.module_utils.wasl_device.trust import Trust
from playbooks.module_utils.wasl_device.updates import REPOSITORY, update
from wasl.errors import ExitCode
from wasl.messages import LANGUAGES, Language, next_step, say
from wasl.planes.devices.drift import Subject, compare, left, no_baseline
from wasl.planes.devices.goes_on import goes_on
from wasl.result import Finding, Message, by_severity, exit_code


def trusted(path: Path = Path(TRUST), more: Iterable[Document] = ()) -> Trust:
    """Whom this device believes, by its own statements and `more`.

    Raises WASL-DOCUMENT-BAD, WASL-KEY-BAD.
    """
    try:
        told = signed.parse(path.read_bytes(), path)
        roots = [PublicKey.parse(root) for root in told["roots"]]
        return Trust.of(str(told["country"]), roots, [*told["statements"], *more])
    except (OSError, KeyError, TypeError) as error:
        raise DeviceError("WASL-DOCUMENT-BAD", file=path, reason=error) from None


def kept(folder: Path, trust: Trust) -> dict[str, Mapping[str, Any]]:
    """Each stage's newest entry that is here, its signature held to. Raises `Trust.check`'s."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        document = signed.parse(path.read_bytes(), path)
        at = str((document.get("body") or {}).get("time", ""))
        body, _ = trust.check(document, record.KIND, "record", at, path)
        if body["country"] == trust.country:
            found[str(body["stage"])] = body
    return found


def findings(folder: Path = Path(KEPT), trust: Trust | None = None) -> list[Finding]:
    """How this device differs from how it was left. Raises `DeviceError`."""
    trust = trust or trusted()
    bodies = kept(folder, trust)
    if "configure" not in bodies:
        return [no_baseline(Subject(trust.country, os.uname().nodename))]
    subject = Subject(trust.country, str(bodies["configure"]["device"]))
    expected = left([bodies[stage] for stage in ("configure", "packs") if stage in bodies])
    return sorted(compare(expected, state.observe(Live()), subject), key=by_severity)


def main(words: Sequence[str] | None = None) -> int:
    """`wasl-device drift|update|packs|goes-on`.

    0 as it should be, 2 differences, 1 failed, 64 usage.
    """
    parser = argparse.ArgumentParser(prog="wasl-device", description="What this device can do.")
    parser.add_argument("action", choices=_ACTIONS)
    parser.add_argument("folder", nargs="?", type=Path, help="of updates or packs (a stick's)")
    parser.add_argument("--look", action="store_true", help="only say which are newer")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--language", choices=LANGUAGES, default=_language())
    try:
        args = parser.parse_args(words)
    except SystemExit as error:
        return ExitCode.USAGE if error.code else ExitCode.CLEAN
    try:
        return _ACTIONS[args.action](args)
    except DeviceError as error:
        print(f"{error.code}: {say(Message(error.code, error.arguments), args.language)}")
        return ExitCode.FAILED


def _drift(args: argparse.Namespace) -> ExitCode:
    found = findings()
    if args.format == "json":
        rows = [finding.as_json() for finding in found]
        json.dump(rows, sys.stdout, ensure_ascii=False, indent=1)
        print()
    for finding in found if args.format == "text" else ():
        said = say(finding.message, args.language) if finding.message else finding.property
        print(f"{finding.severity.value}: {said}\n  → {next_step(finding, args.language)}")
    return exit_code(found)


def _update(args: argparse.Namespace) -> ExitCode:
    place = (args.folder or REPOSITORY).resolve()
    done = update(Live(), place, trusted().roots, look=args.look)
    for one in done:
        print(f"{one.package}: {one.before} → {one.after}")
    return ExitCode.DIFFERENCES if done and args.look else ExitCode.CLEAN


def _packs(args: argparse.Namespace) -> ExitCode:
    """Newer versions of the packs that are here; which packs a device has, its profile says."""
    trust = trusted()
    before = {one.name: one.version for one in packs.installed(state.LIBRARY, trust)}
    source = str(args.folder or REPOSITORY.with_name("packs"))
    request = library.Request(source, tuple(sorted(before)), trust)
    planned = library.plan(request)
    if not args.look:
        library.run(Live(), request, Kolibri(Live()))
    for one in planned:
        print(f"{one['pack']}: {before[one['pack']]} → {one['version']}")
    return ExitCode.DIFFERENCES if planned and args.look else ExitCode.CLEAN


def _goes_on(args: argparse.Namespace) -> ExitCode:
    del args
    return goes_on(lambda more: trusted(more=more))


_ACTIONS = {"drift": _drift, "update": _update, "packs": _packs, "goes-on": _goes_on}


def _language() -> Language:
    code = os.environ.get("LANGUAGE", os.environ.get("LANG", ""))[:2]
    return next((language for language in LANGUAGES if language == code), "en")
