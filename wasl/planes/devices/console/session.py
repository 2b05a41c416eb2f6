"""What the console knows and does: devices looked at, one named by its serial, its stages run.

Who works here and what was begun stand in a file, synced before anything is touched, so that after
a power cut the next console goes on with it; the guard on the device asks for the serial again by
itself. That a device was to be done again is not kept: once its wipe was begun the record says so,
and before that the technician is asked once more.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.files import write_atomic
from wasl.errors import WaslError
from wasl.messages import Language
from wasl.planes.devices import records
from wasl.planes.devices.board import Board, Line
from wasl.planes.devices.prepare import Job, apply, said, targets
from wasl.planes.devices.runner import Outcome
from wasl.planes.devices.stage import DESTRUCTIVE
from wasl.planes.told import hint, sentence

LOOK = ("intake",)
FINISHED = ("image", "configure", "packs", "enrol", "verify", "handover")
Telling = Callable[[Language], list[str]]
Erased = Callable[[str, str, str], None]


@dataclass
class Device:
    """A host of the inventory, as far as it is known now."""

    host: str
    phase: str = "looking"  # looking, ready, running, done, failed
    again: bool = False  # it was done before, and the technician said to do it once more
    ending: str = "done"  # the phase once the run that is under way has ended
    number: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    why: Telling = lambda language: []  # what went wrong, in a language


class Session:
    """One technician's work; every method may be called from any thread."""

    def __init__(self, job: Job, memory: Path, erased: Erased | None = None) -> None:
        """`erased` is told of each device that is to get a system: number, serial, person."""
        self._job, self._memory, self._erased = job, memory, erased
        self._lock = threading.Lock()
        found = targets(job)
        self._devices = {host: Device(host) for host in found}
        self._board = Board(list(self._devices))
        self._person, self._begun = _remembered(memory)
        self._threads: list[threading.Thread] = []
        if not self._person:
            named = (str(one.get("wasl_person") or "") for one in found.values())
            self._person = next(filter(None, named), "")

    @property
    def person(self) -> str:
        """Who works here, once it was said: here, by an earlier console or by the inventory."""
        return self._person

    def look(self) -> None:
        """Take every device in, and go on with what an earlier console had begun."""
        self._work(self._look)

    def start(self, host: str, serial: str, person: str = "", *, again: bool = False) -> bool:
        """Run the stages on the device of that serial; False where that cannot be now.

        `person` answers for it from now on. A device that is done is only done `again`.
        """
        with self._lock:
            device, person = self._devices.get(host), person.strip() or self._person
            phases = ("ready", "failed", "done") if again else ("ready", "failed")
            if device is None or device.phase not in phases or not (serial.strip() and person):
                return False
            self._person, self._begun[host] = person, serial.strip()
            self._remember()
            device.again |= again
            device.phase, device.ending, device.why = "running", "done", lambda language: []
        self._work(lambda: self._prepare(host, serial.strip()))
        return True

    def told(self, language: Language) -> list[dict[str, Any]]:
        """Every device for the page: plain JSON, words in the technician's language."""
        lines = {line.host: line for line in self._board.lines()}
        with self._lock:
            return [_told(one, lines[one.host], language) for one in self._devices.values()]

    def wait(self) -> None:
        """Until nothing runs any more."""
        while self._threads:
            self._threads.pop().join()

    def _look(self) -> None:
        job = replace(self._job, stages=LOOK)
        self._apply(job, tuple(self._devices))
        finished = _finished(self._job)
        with self._lock:
            begun = dict(self._begun)
            for device in self._devices.values():
                if device.phase == "looking":
                    device.phase = "done" if device.number in finished else "ready"
        for host, serial in begun.items():
            with self._lock:  # done already: only the note of it was left behind
                if host in self._devices and self._devices[host].phase == "done":
                    self._forget(host)
            self.start(host, serial)

    def _prepare(self, host: str, serial: str) -> None:
        device = self._devices[host]
        variables: dict[str, Any] = {"wasl_wipe_serial": serial, "wasl_person": self._person}
        if device.again:
            variables["wasl_again"] = list(DESTRUCTIVE)
        self._apply(replace(self._job, limit=host, variables=variables), (host,))
        with self._lock:
            device.phase = device.ending
            device.again &= device.phase == "failed"
            self._forget(host)

    def _apply(self, job: Job, hosts: tuple[str, ...]) -> None:
        try:
            apply(job, self._board, lambda: None, self._heard)
        except (WaslError, DeviceError) as error:
            for host in hosts:
                self._failed(host, _as_told(error))

    def _heard(self, one: Outcome) -> None:
        """A stage ended on a device."""
        with self._lock:
            device = self._devices.get(one.host)
            if device is None:
                return
            device.number = str(one.result.get("wasl_device", device.number))
            if one.stage == "intake" and "evidence" in (one.result.get("wasl") or {}):
                device.evidence = one.result["wasl"]["evidence"]
            number, serial = device.number, self._begun.get(one.host, "")
        if one.status in ("failed", "unreachable"):
            self._failed(one.host, _outcome_told(one))
        elif one.stage == "wipe" and self._erased is not None:
            self._erased(number, serial, self._person)

    def _failed(self, host: str, why: Telling) -> None:
        """Until its run has ended a device is not free: the next one would be taken for this."""
        with self._lock:
            device = self._devices[host]
            device.why = why
            if device.phase == "running":
                device.ending = "failed"
            else:
                device.phase = "failed"

    def _work(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _forget(self, host: str) -> None:
        if self._begun.pop(host, None) is not None:
            self._remember()

    def _remember(self) -> None:
        told = {"person": self._person, "begun": self._begun}
        write_atomic(self._memory, json.dumps(told).encode(), 0o600)


def _remembered(path: Path) -> tuple[str, dict[str, str]]:
    """Who works here, what was begun and not ended; nothing where the file is not whole."""
    try:
        told = json.loads(path.read_text("utf-8"))
        begun = {str(host): str(serial) for host, serial in told["begun"].items()}
        return str(told["person"]), begun
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "", {}


def _finished(job: Job) -> set[str]:
    found = records.devices(job.home.records)
    return {one.number for one in found if one.stage in FINISHED and not one.failed}


def _told(device: Device, line: Line, language: Language) -> dict[str, Any]:
    seen = device.evidence.get("snapshot", {})
    identity = seen.get("identity", {})
    return {
        "host": device.host,
        "phase": device.phase,
        "number": device.number,
        "name": f"{identity.get('vendor', '')} {identity.get('product', '')}".strip(),
        # Whoever names a device must have read its label: the page does not give it away, but for
        # a device whose label is to be printed yet.
        "label": bool(identity.get("serial")),
        "processor": seen.get("processor", ""),
        "memory_mib": seen.get("memory_mib", 0),
        "disks": [
            {"model": one["model"], "kind": one["kind"], "size": one["size"]}
            for one in seen.get("disks", ())
        ],
        "grade": device.evidence.get("grade", ""),
        "reasons": [
            sentence(one["code"], one["arguments"], language)
            for one in device.evidence.get("reasons", ())
        ],
        "stage": line.stage,
        "step": line.step,
        "percent": 100 * line.done // line.total if line.total else 0,
        "rate": line.rate,
        "left": line.left,
        "why": device.why(language),
    }


def _as_told(error: WaslError | DeviceError) -> Telling:
    if isinstance(error, DeviceError):
        return lambda language: _both(error.code, error.arguments, language)
    return lambda language: str(error).splitlines()


def _outcome_told(one: Outcome) -> Telling:
    failure = (one.result.get("wasl") or {}).get("failure")
    if failure:
        return lambda language: _both(failure["code"], failure["arguments"], language)
    told = said(one)[:1] or [one.status]
    return lambda language: told


def _both(code: str, arguments: Mapping[str, str], language: Language) -> list[str]:
    told = [sentence(code, arguments, language), hint(code, arguments, language)]
    return [text for text in told if text]
