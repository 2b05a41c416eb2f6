"""Devices prepared from a laptop: planned by check mode, then run, shown and written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wasl.journal import FolderStore, Journal
from wasl.manifest.catalogue import load_country
from wasl.planes.devices import keys
from wasl.planes.devices.board import Board
from wasl.planes.devices.home import Home
from wasl.planes.devices.runner import Outcome, Play, hosts, run
from wasl.planes.devices.serve import serving
from wasl.planes.devices.systems.run import STAGES
from wasl.planes.told import finding
from wasl.result import Action, Change, Finding, Kind, Message, Severity, Words

LOCAL = ("local", "127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Job:
    """What a technician asked for."""

    root: Path  # the checkout
    home: Home
    inventory: Path
    stages: tuple[str, ...]
    image: Path | None = None
    limit: str = ""
    language: str = "en"
    packs: Path | None = None
    mend: bool = False  # bring back what differs, and leave the record of how it was left
    variables: Mapping[str, Any] = field(default_factory=dict)  # beside the inventory's, and before


@dataclass
class Seen:
    """What happened, as changes and findings; notes are what intake says of each device."""

    changes: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    notes: list[Words] = field(default_factory=list)


def targets(job: Job) -> dict[str, dict[str, Any]]:
    """The inventory's hosts and variables."""
    return hosts(job.inventory)


def plan(job: Job, board: Board, tick: Callable[[], None]) -> Seen:
    """What would be done to each device; nothing is touched."""
    seen = Seen()
    _play(job, board, tick, lambda one: _seen(job, seen, one), check=True)
    return seen


def journal_of(root: Path, home: Home) -> Journal:
    """A new segment of this laptop's journal, which names the manifest that it goes by."""
    manifest = load_country(root, home.country).countries[home.country].digest
    return Journal(FolderStore(home.journal), manifest)


def apply(
    job: Job,
    board: Board,
    tick: Callable[[], None],
    heard: Callable[[Outcome], None] = lambda one: None,
) -> Seen:
    """Do it; what was changed. Each stage of each device is journalled as it ends, and `heard`."""
    seen, journal = Seen(), journal_of(job.root, job.home)
    names = ", ".join(job.stages)
    with journal.unit("devices run", job.home.country, stages=names) as outcome:

        def ended(one: Outcome) -> None:
            _seen(job, seen, one)
            if not one.is_part:
                heard(one)
                journal.note("devices stage", one.host, stage=one.stage, status=one.status)

        _play(job, board, tick, ended, check=False)
        outcome["failed"] = len(seen.findings)
    return seen


def drift(job: Job, tick: Callable[[], None] = lambda: None) -> list[Finding]:
    """How each device differs from how it was left; a device that does not answer is a finding."""
    found: list[Finding] = []

    def ended(one: Outcome) -> None:
        if one.status in ("failed", "unreachable"):
            found.append(_finding(job, one))
        found.extend(Finding.from_json(told) for told in one.result.get("wasl_findings", ()))

    variables = {"wasl_country": job.home.country, "wasl_home": str(job.home.root)}
    playbook = job.root / "playbooks" / "drift.yml"
    play = Play(playbook, job.inventory, (), variables, job.limit, key=keys.for_ssh(job.home))
    run(play, job.home.root, ended, tick=tick)
    return found


def _play(
    job: Job,
    board: Board,
    tick: Callable[[], None],
    ended: Callable[[Outcome], None],
    *,
    check: bool,
) -> None:
    found = targets(job)

    def end(one: Outcome) -> None:
        ended(one)
        if not (check or one.is_part):
            board.end(one.host, one.stage, _word(one), next(iter(said(one)), "")[:200])

    def begin(host: str, stage: str) -> None:
        if not check and stage in job.stages:
            board.begin(host, stage)

    with serving(job.image, board.progress, _address(found), job.packs) as served:
        variables: dict[str, Any] = {
            "wasl_country": job.home.country,
            "wasl_home": str(job.home.root),
            "wasl_language": job.language,
            "wasl_report": served.report,
            "wasl_mend": job.mend,
            **job.variables,
        }
        if job.image is not None:
            variables["wasl_image"] = served.image
        if job.packs is not None:
            variables["wasl_packs"] = served.packs
        playbook = job.root / "playbooks" / "site.yml"
        own = keys.for_ssh(job.home)
        play = Play(playbook, job.inventory, job.stages, variables, job.limit, check, key=own)
        run(play, job.home.root, end, begin, tick)


def _address(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Loopback where all devices are this computer, else every address of the laptop."""

    def is_here(host: str, variables: Mapping[str, Any]) -> bool:
        place = str(variables.get("ansible_host", host))
        return variables.get("ansible_connection") == "local" or place in LOCAL

    return "127.0.0.1" if all(is_here(*one) for one in found.items()) else ""


def said(one: Outcome) -> list[str]:
    """What an action says, a line each."""
    told = one.result.get("msg", "")
    return [str(line) for line in told] if isinstance(told, list) else str(told).splitlines()


def _word(one: Outcome) -> str:
    return {"ok": "done", "skipped": "done before"}.get(one.status, one.status)


def _seen(job: Job, seen: Seen, one: Outcome) -> None:
    """What an outcome changed, or would change; what failed, as a finding."""
    if one.status in ("failed", "unreachable"):
        seen.findings.append(_finding(job, one))
        return
    if one.stage == "intake":
        seen.notes.extend(f"{one.host}: {line}" for line in said(one))
    evidence = (one.result.get("wasl") or {}).get("evidence", {})
    if one.role and evidence.get("changes"):
        reason = Message("devices.reason.configure", {"what": ", ".join(evidence["changes"])})
        target = f"{one.host} {one.role}"
        seen.changes.append(Change("devices", job.home.country, target, Action.UPDATE, reason))
    for step in evidence.get("changes", ()) if one.stage == "packs" else ():
        if "pack" not in step:  # Kolibri's channel follows from its pack
            continue
        target = f"{one.host} pack {step['pack']}"
        words = {"action": str(step["action"]), "version": str(step["version"])}
        reason = Message("devices.reason.pack", words)
        seen.changes.append(Change("devices", job.home.country, target, Action.UPDATE, reason))
    told = one.result.get("wasl_planned") or evidence.get("plan")
    for step in [told] if isinstance(told, dict) else told or ():
        if "code" in step:
            where = f"{one.host} {step['disk']}"
            seen.findings.append(
                finding(step["code"], step["arguments"], country=job.home.country, target=where)
            )
        else:
            seen.changes.append(_change(job, one, step))


def _change(job: Job, one: Outcome, step: Mapping[str, Any]) -> Change:
    target = f"{one.host} {step['disk']} ({step['serial'] or '-'})"
    if one.stage == "wipe":
        words = {"technique": str(step["technique"]), "method": str(step["method"])}
        reason = Message("devices.reason.wipe", words)
        return Change("devices", job.home.country, target, Action.DELETE, reason)
    words = {"image": str(step["image"]), "size": str(step["mapped"] >> 20)}
    reason = Message("devices.reason.image", {**words, "signer": str(step["signer"])})
    return Change("devices", job.home.country, target, Action.REPLACE, reason)


def _finding(job: Job, one: Outcome) -> Finding:
    """A device's failure, in the words of its own code where it has one."""
    failure = (one.result.get("wasl") or {}).get("failure")
    target = f"{one.host} {one.stage}"
    if failure:
        return finding(
            failure["code"], failure["arguments"], country=job.home.country, target=target
        )
    reason = next(iter(said(one)), one.status)[:300]
    return Finding(
        "devices",
        job.home.country,
        target,
        Kind.UNREADABLE,
        Severity.HIGH,
        message=Message("WASL-DEVICE-FAILED", {"reason": reason}),
    )


def chosen(stages: Sequence[str]) -> tuple[str, ...]:
    """Stages in the order in which they run."""
    return tuple(stage for stage in STAGES if stage in stages)
