"""Records held against the country's key, and what they say of a fleet."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from playbooks.module_utils.wasl_device import record
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.files import whole_lines, write_atomic
from playbooks.module_utils.wasl_device.record import Entry
from playbooks.module_utils.wasl_device.trust import Signer, Trust

STAGES = ("intake", "wipe", "image", "configure", "enrol", "verify", "handover")

UNDOING = ("wipe", "image")


def undone_by(stage: str) -> tuple[str, ...]:
    """The stages after which what `stage` found or did no longer stands."""
    if stage == "intake":  # of the hardware, which none of them changes
        return ()
    return (*UNDOING, "configure") if stage == "verify" else UNDOING


@dataclass(frozen=True)
class Checked:
    """One device's record: its entries with their signers, or the first thing that is wrong."""

    device: str
    entries: tuple[tuple[Entry, Signer], ...] = ()
    problem: DeviceError | None = None


def check(paths: Iterable[Path], trust: Trust) -> list[Checked]:
    """Every device's record among `paths` (files or folders), whole and signed or not."""
    by_device: dict[str, list[Path]] = defaultdict(list)
    checked: list[Checked] = []
    for path in paths:
        found = sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]
        if not found:
            checked.append(Checked(str(path), (), DeviceError("WASL-RECORD-EMPTY", file=path)))
        for file in found:
            try:
                by_device[record.device_of(file)].append(file)
            except DeviceError as problem:
                checked.append(Checked(str(file), (), problem))
    return checked + [_check(device, files, trust) for device, files in sorted(by_device.items())]


def bring(device: str, files: Mapping[str, bytes], folder: Path, trust: Trust) -> list[str]:
    """A device's files from elsewhere (`<device>/<station>.jsonl`) into `folder`; those that grew.

    Nothing of them comes in unless the whole record, with what is here, is one to believe.
    Raises what `record.verify` and `record.merge` raise.
    """
    own = {f"{device}/{path.name}": path.read_bytes() for path in (folder / device).glob("*.jsonl")}
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".coming-") as scratch:
        for name, data in {**own, **files}.items():
            write_atomic(Path(scratch, name), whole_lines(data))
        try:
            for checked in check([Path(scratch)], trust):
                if checked.problem is not None:
                    raise checked.problem
            return record.merge(Path(scratch), folder)
        except DeviceError as error:  # told by the record's own names
            told = {
                name: text.removeprefix(f"{scratch}/") for name, text in error.arguments.items()
            }
            raise DeviceError(error.code, **told) from None


def _check(device: str, files: Sequence[Path], trust: Trust) -> Checked:
    try:
        return Checked(device, tuple(record.verify(files, trust)))
    except DeviceError as problem:
        return Checked(device, (), problem)


@dataclass(frozen=True)
class Device:
    """A device as its record leaves it."""

    number: str
    site: str
    name: str
    stage: str  # the last stage that was done, in the order of the stages
    failed: str  # the stage that failed after it, if any
    when: str
    grade: str
    notices: tuple[str, ...]


def devices(records: Path) -> list[Device]:
    """Every device recorded, by site and number. Raises WASL-RECORD-BROKEN."""
    found = []
    for folder in sorted(records.glob("*/")):
        entries = [entry for path in sorted(folder.glob("*.jsonl")) for entry in record.read(path)]
        if entries:
            found.append(summary(folder.name, record.in_order(entries)))
    return sorted(found, key=lambda device: (device.site, device.number))


def summary(number: str, entries: Sequence[Entry]) -> Device:
    """A device by its entries in order.

    A stage that was refused touched nothing and undoes nothing; a wipe or an image undoes what
    was done before it.
    """
    last = _standing(entries)
    done, failed = "", ""
    for stage in STAGES:
        entry = last.get(stage)
        if entry is None:
            continue
        if entry.outcome != "done":
            failed = stage
            break
        if done and _swapped(entry):
            failed = done
            break
        done = stage
    newest, intake = entries[-1], last.get("intake")
    identity = newest.identity
    grade = intake.body["evidence"].get("grade", "") if intake else ""
    return Device(
        number=number,
        site=str(newest.body["site"]),
        name=f"{identity.vendor} {identity.product}".strip() or "-",
        stage=done,
        failed=failed,
        when=str(newest.body["time"]),
        grade=str(grade),
        notices=tuple(str(one["code"]) for entry in entries for one in entry.body["notices"]),
    )


def _standing(entries: Sequence[Entry]) -> dict[str, Entry]:
    """By stage, the newest entry that no later wipe or image took back."""
    last: dict[str, Entry] = {}
    for entry in entries:
        if entry.outcome == "refused":
            continue
        if entry.stage in UNDOING:
            after = STAGES[STAGES.index(entry.stage) :]
            last = {stage: one for stage, one in last.items() if stage not in after}
        last[entry.stage] = entry
    return last


def _swapped(entry: Entry) -> bool:
    return any(one["code"] == "WASL-DEVICE-DISK-SWAPPED" for one in entry.body["notices"])
