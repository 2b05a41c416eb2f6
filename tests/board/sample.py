"""A programme in the middle of its work: real journals, signed records, states and checks."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from playbooks.module_utils.wasl_device import record, trust
from playbooks.module_utils.wasl_device.identity import Identity
from playbooks.module_utils.wasl_device.record import Station, Work
from playbooks.module_utils.wasl_device.signed import SigningKey
from tests.manifest.conftest import ROOT
from wasl.journal import FolderStore, Journal
from wasl.manifest.catalogue import load_country
from wasl.planes.latest import keep
from wasl.result import Checked, Finding, Kind, Plane, Severity

CHECKED = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
SINCE, UNTIL = "2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z"


@dataclass
class Programme:
    """A checkout and its local state."""

    root: Path
    home: Path
    keys: dict[str, SigningKey] = field(default_factory=dict)

    @classmethod
    def new(cls, folder: Path) -> Programme:
        """The nine manifests, and nothing begun."""
        made = cls(folder / "checkout", folder / "home")
        for name in ("countries", "partners"):
            shutil.copytree(ROOT / name, made.root / name)
        made.home.mkdir()
        return made

    def digest(self, code: str) -> str:
        """What a run of today says it went by."""
        return load_country(self.root, code).countries[code].digest

    def key(self, code: str) -> SigningKey:
        """The country's key, named in its manifest from now on."""
        if code not in self.keys:
            self.keys[code] = SigningKey.make()
            path = self.root / "countries" / f"{code}.yaml"
            text = path.read_text("utf-8")
            named = f"  keys: {{signing: ['{self.keys[code].public}']}}\n"
            old = "  keys: {}\n"
            text = text.replace(old, named) if old in text else text + f"devices:\n{named}"
            path.write_text(text, "utf-8")
        return self.keys[code]

    def journal(self, plane: str, code: str) -> Journal:
        """A new segment of a plane's journal."""
        folder = self.home / plane / code / "journal"
        if plane == "cloud":
            folder = self.home / "sandbox/state/.wasl/journal" / code
        return Journal(FolderStore(folder), self.digest(code))

    def up(self, code: str, resources: int = 171, manifest: str | None = "") -> None:
        """A tenancy that was brought up; by no manifest, where that is None."""
        with self.journal("cloud", code).unit("up", code, changes=str(resources)) as outcome:
            outcome["steps"] = resources
        digest = "" if manifest is None else manifest or self.digest(code)
        root = f"urn:pulumi:{code}::wasl::pulumi:pulumi:Stack::wasl-{code}"
        stack = {
            "urn": root,
            "type": "pulumi:pulumi:Stack",
            "outputs": {"tenancy": {"manifest_digest": digest}},
        }
        others = [
            {
                "urn": f"urn:pulumi:{code}::wasl::aws:sqs/queue:Queue::{one}",
                "custom": True,
                "id": str(one),
                "type": "aws:sqs/queue:Queue",
            }
            for one in range(resources)
        ]
        state = {"checkpoint": {"latest": {"resources": [stack, *others]}}}
        path = self.home / "sandbox/state/.pulumi/stacks/wasl" / f"{code}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(state))

    def fail(self, plane: str, code: str, verb: str) -> None:
        """A run that ended by an error."""
        try:
            with self.journal(plane, code).unit(verb, code):
                raise OSError("the network went away")
        except OSError:
            pass

    def cut_off(self, plane: str, code: str, verb: str) -> None:
        """A run that never said how it ended."""
        self.journal(plane, code)._append("intent", verb, code, {})

    def roster(self, code: str, **reached: int) -> None:
        """A roster that the partner took."""
        journal = self.journal("identity", code)
        with journal.unit("identity.plan", "classera", plan="f" * 64) as outcome:
            journal.note("identity.reached", "classera", **{"unconfirmed": 0, **reached})
            outcome.update(accepted=sum(reached.values()), rejected=0, unknown=0, held=0)

    def deliver(self, code: str, resources: int) -> None:
        """A delivery to devices and the partner."""
        journal = self.journal("content", code)
        for name in ("channel", "partner"):
            with journal.unit("content.deliver", f"{code}/{name}") as outcome:
                outcome["receipt"] = f"{name}: {resources} resources"
        journal.note("content.held", code, resources=resources, destinations={})

    def devices(self, code: str, site: str, stage: str, count: int, first: int = 0) -> None:
        """Devices whose last stage is `stage`, recorded and signed by a certified station."""
        key, own = self.key(code), SigningKey.make()
        certificate = trust.certify(code, own.public, "stick", site, ("record",), SINCE, UNTIL, key)
        station = Station(own, code, site, certificate, {"wasl": "0"})
        for number in range(first, first + count):
            serial = f"{site}-{stage}-{number:04}"
            identity = Identity("", serial, "Dell Inc.", "Latitude", (f"D{serial}",), ())
            work = Work(stage, "done", identity, {})
            record.append(self.home / "devices" / code / "records", station, work)

    def checked(self, plane: Plane, code: str, *severities: str, kind: Kind = Kind.CHANGED) -> None:
        """What a drift check left: findings of these severities."""
        findings = tuple(
            Finding(plane, code, f"thing {number}", kind, Severity(severity))
            for number, severity in enumerate(severities)
        )
        keep(self.home, [Checked(plane, code, "pilot", findings)], CHECKED)


def programme(folder: Path) -> Programme:
    """Four countries at work, one of them with trouble; five described."""
    made = Programme.new(folder)
    made.devices("jo", "zarqa-1", "handover", 24)
    made.devices("jo", "zarqa-1", "configure", 2, 100)
    made.devices("jo", "amman-depot", "image", 9, 200)
    made.devices("jo", "amman-depot", "wipe", 6, 300)
    made.up("jo")
    made.roster("jo", learners=1873, teachers=96, schools=4)
    made.deliver("jo", 412)
    made.checked("cloud", "jo", "high", "medium")
    made.checked("devices", "jo")
    made.checked("identity", "jo", "medium")
    made.checked("content", "jo")
    made.up("tn")
    made.roster("tn", learners=12430, teachers=618, schools=27)
    made.deliver("tn", 1360)
    made.checked("cloud", "tn")
    made.checked("identity", "tn", "high", kind=Kind.UNREADABLE)
    made.up("ma", manifest="0" * 64)
    made.fail("cloud", "lb", "up")
    return made
