"""A stage as the controller sees it: permitted, not done before, signed and appended.

The action plugin beside the playbooks is the only caller, so that plain `ansible-playbook` and
`wasl devices run` write the same records.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from playbooks.module_utils.wasl_device import files, record
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.identity import (
    Identity,
    Notice,
    is_number,
    printed,
    recognise,
)
from playbooks.module_utils.wasl_device.record import Entry, Outcome, Station, Work
from wasl.errors import WaslError
from wasl.manifest.catalogue import load_country
from wasl.messages import Language
from wasl.planes import keyring
from wasl.planes.devices import keys
from wasl.planes.devices.drift import KEYS, Subject, compare, left, no_baseline, unapplied
from wasl.planes.devices.handover import label, papers, verified
from wasl.planes.devices.home import Home
from wasl.planes.devices.records import undone_by
from wasl.planes.told import hint, sentence
from wasl.result import Finding, digest

DESTRUCTIVE = ("wipe", "image")
KEPT = ("configure", "packs")  # stages whose newest entry the device itself keeps


@dataclass(frozen=True)
class Controller:
    """Who runs stages here: a laptop's or stick's home, a country and site, a person."""

    home: Home
    site: str
    person: str
    language: Language = "en"
    root: Path = Path()  # of the checkout
    profile: str = "pupil"

    def require_record(self) -> None:
        """Prove that the record can be written, before a device is touched.

        Raises WASL-MEDIUM-FULL, WASL-MEDIUM-GONE.
        """
        files.require_writable(self.home.records)

    def begin(self, stage: str, planned: Mapping[str, Any]) -> Entry:
        """Write down what is about to be done to disks, before they are touched."""
        identity = Identity.from_json(planned["identity"])
        return self._written(Work(stage, "begun", identity, planned["evidence"], self.person))

    def append(self, stage: str, result: Mapping[str, Any], begun: Entry | None = None) -> Entry:
        """Sign what a module returned, and add it to the device's record.

        What was odd about the device when the work was `begun` is said of its end too.
        """
        identity = Identity.from_json(result["identity"])
        failure = result.get("failure")
        evidence = dict(result["evidence"])
        if failure:
            evidence["failure"] = dict(failure)
        outcome: Outcome = "done" if not failure else "failed" if result["evidence"] else "refused"
        if outcome == "done" and stage not in DESTRUCTIVE:
            same = self._unchanged(stage, identity, evidence)
            if same is not None:
                return same
        before = begun.body["notices"] if begun else ()
        odd = [Notice(**one) for one in before if one["code"].startswith("WASL-DEVICE-")]
        return self._written(Work(stage, outcome, identity, evidence, self.person, tuple(odd)))

    def _written(self, work: Work) -> Entry:
        return record.append(self.home.records, self._station(), work)

    def require_verified(self, planned: Mapping[str, Any]) -> None:
        """Prove that a device may be handed over. Raises WASL-HANDOVER-UNVERIFIED."""
        verified(self._known(planned))

    def papers(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """Print a device's label and sheet; the digests that its record keeps.

        Raises WASL-HANDOVER-UNVERIFIED, WASL-HANDOVER-PAPERS, WASL-MEDIUM-FULL, -GONE.
        """
        profile = str(result["evidence"]["profile"])
        return papers(self.root, self.home, self.site, profile, self._known(result))

    def numbered(self, asked: str) -> dict[str, Any]:
        """The recorded device whose printed number a technician gave for a serial, if it is one."""
        known = record.known_devices(self.home.records) if is_number(asked) else {}
        identity = known.get(printed(asked))
        return identity.as_json() if identity else {}

    def done_before(self, stage: str, plan: Mapping[str, Any]) -> Entry | None:
        """The entry that makes a destructive stage needless: done, for these disks, since then.

        A wiped or imaged device is not wiped again by running everything again: a device that
        comes back after use is, when the technician says so. What was begun since, or failed,
        undid what was done before.
        """
        identity = Identity.from_json(plan["identity"])
        known = record.known_devices(self.home.records)
        number, _ = recognise(identity, known)
        entries = self._entries(number) if number in known else []
        for entry in reversed(entries):
            if entry.stage in ("wipe", stage) and entry.outcome != "refused":
                done = entry.stage == stage and entry.outcome == "done"
                covers = done and _covers(stage, entry, plan["evidence"]["plan"])
                return entry if covers else None
        return None

    def _unchanged(self, stage: str, identity: Identity, evidence: Any) -> Entry | None:
        """The newest entry of a stage that only looks, where it saw the same."""
        known = record.known_devices(self.home.records)
        number, notices = recognise(identity, known)
        if number not in known or notices:
            return None
        last = self._standing(stage, number)
        if (
            last is None
            or last.outcome != "done"
            or last.body["station"] != self._station().key.public.id
        ):
            return None
        if evidence.get("changes"):
            return None
        same = _lasting(last.body["evidence"]) == _lasting(evidence)
        return last if same and last.identity == identity else None

    def _standing(self, stage: str, number: str) -> Entry | None:
        """The newest entry of a stage, unless something was done since that undoes it."""
        undoing = undone_by(stage)
        for one in reversed(self._entries(number)):
            if one.stage == stage:
                return one
            if one.stage in undoing and one.outcome != "refused":
                return None
        return None

    def drift(self, result: Mapping[str, Any]) -> list[Finding]:
        """How a device differs from how its last `configure` left it."""
        identity = Identity.from_json(result["identity"])
        known = record.known_devices(self.home.records)
        number, _ = recognise(identity, known)
        subject = self._subject(number)
        entries = self._entries(number) if number in known else []
        done = [one for one in entries if one.stage == "configure" and one.outcome == "done"]
        if not done:
            return [no_baseline(subject)]
        before, now = done[-1].body["evidence"], result["evidence"]
        expected = left(one.body for one in entries if one.outcome == "done")
        findings = compare(expected, now["state"], subject)
        if before["profile"] != now["profile"]:
            findings.append(unapplied(subject, before["profile"], now["profile"]))
        return findings

    def _subject(self, device: str) -> Subject:
        """The device, and where the manifest says what it should be."""
        country = self.home.country
        try:
            catalogue = load_country(self.root, country)
        except WaslError:  # drift is found without a checkout too
            return Subject(country, device)
        names = [one.name for one in catalogue.countries[country].devices.profiles]
        key = "devices.profiles"
        if self.profile in names:
            key += f".{names.index(self.profile)}"
        places = {what: catalogue.location(country, f"{key}.{name}") for what, name in KEYS.items()}
        return Subject(country, device, catalogue.location(country, key), places)

    def _manifest(self) -> dict[str, str]:
        """Which manifest the work went by; a stick without a checkout went by none."""
        try:
            country = load_country(self.root, self.home.country).countries[self.home.country]
        except WaslError:
            return {}
        return {"manifest": country.digest}

    def told(self, failure: Mapping[str, Any]) -> str:
        """What went wrong and what to do, in the technician's language."""
        code, arguments = str(failure.get("code") or failure["id"]), failure["arguments"]
        said = f"{code}: {sentence(code, arguments, self.language)}"
        step = hint(code, arguments, self.language)
        return f"{said} → {step}" if step else said

    def graded(self, result: Mapping[str, Any]) -> list[str]:
        """What intake found: the device's number and grade, then a reason a line."""
        known = record.known_devices(self.home.records)
        number, _ = recognise(Identity.from_json(result["identity"]), known)
        grade = sentence(f"WASL-CONSOLE-{result['evidence']['grade'].upper()}", {}, self.language)
        return [f"{number}: {grade}", *map(self.told, result["evidence"]["reasons"])]

    def label(self, entry: Entry) -> list[str]:
        """Where the label of a device without a serial is: it goes by its number from now on.

        Where none can be printed, why: the device is taken in all the same.
        """
        if entry.identity.serial:
            return []
        entries = self._entries(str(entry.body["device"]))
        try:
            file = label(self.root, self.home, self.site, self.profile, entries)
        except DeviceError as error:
            return [self.told(error.as_json())]
        except WaslError as error:
            return str(error).splitlines()
        return [self.told({"code": "WASL-DEVICE-LABEL", "arguments": {"file": str(file)}})]

    def notices(self, entry: Entry) -> list[str]:
        """What is odd about the device, for its technician."""
        return [self.told(notice) for notice in entry.body["notices"]]

    def _known(self, result: Mapping[str, Any]) -> list[Entry]:
        """All entries of the device that a module's result is about."""
        known = record.known_devices(self.home.records)
        number, _ = recognise(Identity.from_json(result["identity"]), known)
        return self._entries(number) if number in known else []

    def _entries(self, number: str) -> list[Entry]:
        paths = sorted((self.home.records / number).glob("*.jsonl"))
        return record.in_order(entry for path in paths for entry in record.read(path))

    def _station(self) -> Station:
        key = keys.station(self.home)
        tool = {"wasl": version("wasl"), "ansible-core": version("ansible-core")}
        tool |= self._manifest()
        certificate = keyring.certificate(self.home, key.public)
        return Station(key, self.home.country, self.site, certificate, tool)


def _lasting(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Evidence without what counts on by itself (a disk's hours), what was done, and the packs that
    `configure` sees and another stage puts there. Disks are called and ordered anew at each start.
    """
    seen = evidence.get("snapshot", {})
    disks = sorted(({**disk, "path": None} for disk in seen.get("disks", ())), key=digest)
    snapshot = {**seen, "disks": disks, "healths": None}
    state = {**evidence.get("state", {}), "packs": None}
    return {**evidence, "snapshot": snapshot, "state": state, "changes": []}


def _covers(stage: str, entry: Entry, plan: Any) -> bool:
    """Whether an entry is about the same disks, and the same image."""
    evidence = entry.body["evidence"]
    if stage == "image":
        return all(evidence.get(name) == plan.get(name) for name in ("digest", "serial"))
    wiped = {one["serial"] for one in evidence.get("certificates", ())}
    return all(one["serial"] and one["serial"] in wiped for one in plan)


def controller(variables: Mapping[str, Any], playbooks: Path) -> Controller:
    """From a play's variables: `wasl_country`, `wasl_site`, and the optional others."""
    place = variables.get("wasl_home") or os.environ.get("WASL_HOME") or playbooks.parent / ".wasl"
    return Controller(
        home=Home(Path(str(place)).expanduser(), str(variables["wasl_country"])),
        site=str(variables["wasl_site"]),
        person=str(variables.get("wasl_person") or ""),
        language=variables.get("wasl_language") or "en",
        root=playbooks.parent,
        profile=str(variables.get("wasl_profile") or "pupil"),
    )
