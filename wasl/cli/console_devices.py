"""`wasl devices console`: the technician's page, or its questions on a text terminal.

Without an inventory it is about the very computer that it runs on, as on a stick.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from playbooks.module_utils.wasl_device.files import write_atomic
from wasl.cli.context import Context
from wasl.cli.lab import job
from wasl.errors import ExitCode, UsageError
from wasl.messages import Language
from wasl.planes import keyring
from wasl.planes.devices import keys, pending
from wasl.planes.devices.console.server import serving, words
from wasl.planes.devices.console.session import Erased, Session
from wasl.planes.devices.home import Home
from wasl.planes.devices.systems.run import IMAGE, KIT, Run
from wasl.planes.told import drawn

STAGES = "wipe,image"
SELF = "this-computer"


def console(args: argparse.Namespace, context: Context, home: Home) -> ExitCode:
    """Serve until the technician stops it; in text mode until every device is done."""
    erased = None
    if args.inventory is None:
        site, args.inventory = _own_inventory(home)
        erased = _going_on(home, site, context.language)
    args.stages = STAGES if args.stages == "intake,wipe,image" else args.stages
    session = Session(job(args, context, home), home.console, erased)
    session.look()
    if args.text:
        return _asked(session, context)
    with serving(session, context.language, args.port) as served:
        if args.address_file is not None:
            write_atomic(args.address_file.resolve(), f"{served.address}\n".encode(), 0o640)
        context.console.result(f"{served.address}\n")
        context.console.note("open this address in a browser of this computer; Ctrl-C ends it")
        try:
            while True:
                time.sleep(60)
        except KeyboardInterrupt:
            return ExitCode.CLEAN


def _going_on(home: Home, site: str, language: Language) -> Erased:
    """A stick keeps for each computer what is left to do once that has started by itself."""

    def keep(number: str, serial: str, person: str) -> None:
        later = Run(site=site, serial=serial, person=person, language=language).later
        if later is not None:
            pending.keep(home, number, later)

    return keep


def _own_inventory(home: Home) -> tuple[str, Path]:
    """The site, and this computer as the only device; its progress is kept beside the records."""
    certificate = keyring.certificate(home, keys.station(home).public)
    if certificate is None:
        raise UsageError(
            "this station is not certified: nobody would believe its records",
            hint=f"wasl kit certify {home.country} … , or name devices by --inventory FILE",
        )
    site = str(certificate["body"]["site"])
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "wasl_country": home.country,
        "wasl_site": site,
        "wasl_state": str(home.data / "state"),
    }
    if (KIT / IMAGE).is_file():
        variables["wasl_image"] = str(KIT / IMAGE)
    path = home.data / "this-computer.yml"
    write_atomic(path, json.dumps({"all": {"hosts": {SELF: variables}}}).encode())
    return site, path


def _asked(session: Session, context: Context) -> ExitCode:
    """On a terminal."""
    language = drawn(context.language)
    spoken, say = words(language), replace(context, language=language).console.note
    if not context.console.interactive:
        raise UsageError("nobody is here to answer", hint="leave --text out, or use devices run")
    say(spoken["reading"])
    session.wait()
    person = session.person
    while not person:
        typed = _answer(spoken["person"], spoken, say)
        if typed is None:
            return ExitCode.FAILED
        person = typed
    settled: set[str] = set()  # prepared here, or left as an earlier day had made them
    while True:
        session.wait()
        failed = [one for one in session.told(language) if one["phase"] == "failed"]
        for one in failed:
            say(" ".join([one["host"], spoken["failed"], *one["why"]]))
        waiting = [
            one
            for one in session.told(language)
            if one["phase"] in ("ready", "failed")
            or (one["phase"] == "done" and one["host"] not in settled)
        ]
        if not waiting:
            say(spoken["done"])
            return ExitCode.CLEAN
        for one in waiting:
            again, named = one["phase"] == "done", spoken["serial" if one["label"] else "number"]
            for line in (_line(one, spoken), *one["reasons"]):
                say(line)
            question = f"{spoken['returned']} {named}; {spoken['leave']}" if again else named
            serial = _answer(question, spoken, say)
            if serial is None:
                return ExitCode.FAILED
            settled.add(one["host"])
            session.start(one["host"], serial, person, again=again)
        _watch(session, context, language, spoken)


def _answer(question: str, spoken: dict[str, str], say: Callable[[str], None]) -> str | None:
    """A line typed; None where the technician stops."""
    say(f"{question} ({spoken['stop']}): ")
    typed = sys.stdin.readline()
    return typed.strip() if typed else None


def _watch(session: Session, context: Context, language: Language, spoken: dict[str, str]) -> None:
    """A line a device and step while any is at work."""
    said: dict[str, str] = {}
    while any(one["phase"] == "running" for one in session.told(language)):
        for one in session.told(language):
            line = f"{one['host']}  {spoken.get(one['stage'], one['stage'])}  {one['percent']} %"
            if one["phase"] == "running" and said.get(one["host"]) != line:
                said[one["host"]] = line
                rate = f"{one['rate'] / 1e6:.0f} MB/s" if one["rate"] else ""
                minutes = f"{-(-one['left'] // 60)} min" if one["rate"] and one["left"] >= 0 else ""
                context.console.note(f"{line}  {rate}  {minutes}".rstrip())
        time.sleep(1)


def _line(one: dict[str, Any], spoken: dict[str, str]) -> str:
    """What was found of a device."""
    disks = ", ".join(
        f"{disk['model'] or disk['kind']} {disk['size'] // 10**9} GB" for disk in one["disks"]
    )
    grade = spoken.get(one["grade"], one["grade"])
    number = "" if one["label"] else f"{one['number']}; "
    return f"{one['host']}: {number}{one['name']}; {one['processor']}; {disks}; {grade}"
