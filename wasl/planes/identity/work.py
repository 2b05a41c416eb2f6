"""Plan, apply and drift of one country at one target."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from integrations.identity import plan as plans
from integrations.identity.apply import Applied, apply
from integrations.identity.contract import Contract
from integrations.identity.disabled import noted
from integrations.identity.duplicates import Suggested, suggest
from integrations.identity.errors import Problem
from integrations.identity.guards import stops
from integrations.identity.keys import public_hex
from integrations.identity.oneroster.convert import to_1_1
from integrations.identity.oneroster.package import open_package
from integrations.identity.plan import Plan
from integrations.identity.planfile import approved, moved, read_approvals, read_head
from integrations.identity.planning import compute
from integrations.identity.rejects import Rejects
from integrations.identity.spreadsheet import Tables, read_tables
from integrations.identity.store import Store, scratch
from integrations.identity.validate import Roster, validate
from wasl.errors import WaslError
from wasl.language import grade_table
from wasl.messages import say
from wasl.planes.identity.reached import REACHED, reached
from wasl.planes.identity.setting import Progress, Setting
from wasl.planes.identity.targets import Connection, connected
from wasl.result import Message, Words, digest


@dataclass(frozen=True)
class Planned:
    """A plan that was just made, and what it was made from."""

    setting: Setting
    plan: Plan
    roster: Roster
    rejects: Path | None
    connection: Connection
    contract: Contract
    notes: tuple[Words, ...]
    alike: Suggested


@contextmanager
def planned(setting: Setting, roster: Path | None, progress: Progress) -> Iterator[Planned]:
    """Read the roster and the target and plan; everything is forgotten at the end."""
    with scratch(setting.folder) as store, connected(setting) as connection:
        rejects = Rejects(store, setting.identity.keys.rejects)
        delivered = deliver(setting, _path(setting, roster), store, rejects, progress)
        judged = delivered.roster
        rejects.required()
        terms = setting.terms(connection.carried(setting.contract), connection.memberships)
        snapshot = noted(
            connection.snapshot(store, terms.contract, progress),
            store,
            setting.folder / f"disabled-{setting.target.name}.csv",
            setting.reports(),
            setting.today,
        )
        computed = compute(judged, snapshot, terms, store, progress)
        progress("possible duplicates", 0)
        alike = suggest(store, judged, terms.contract, rejects)
        sealed = rejects.seal(setting.folder / "rejects")
        limits = setting.identity.guards
        progress("putting the plan together", 0)
        plan = Plan(
            store=store,
            country=setting.country.code,
            target=setting.target.name,
            kind=_kind(store),
            contract=f"{setting.contract.version} {digest(_fields(terms.contract))[:16]}",
            roster=delivered.digest,
            snapshot=snapshot.digest,
            changes_digest=plans.export(store),
            counts=plans.counts(store),
            stops=stops(store, limits, computed),
            pseudonyms=setting.reports(),
        )
        yield Planned(
            setting,
            plan,
            judged,
            sealed,
            connection,
            terms.contract,
            (*delivered.notes, *snapshot.notes),
            alike,
        )


@dataclass(frozen=True)
class Delivered:
    """A roster in OneRoster 1.1, whatever it was delivered as; its digest is the delivery's."""

    roster: Roster
    digest: str
    notes: tuple[Words, ...]


def deliver(
    setting: Setting, path: Path, store: Store, rejects: Rejects, progress: Progress
) -> Delivered:
    """Read what the ministry delivered: OneRoster 1.1 or 1.2, or tables of its own."""
    source = setting.identity.source
    assert source is not None
    notes: list[Words] = []
    tables: Tables | None = None
    if source.kind == "spreadsheet":
        grades = grade_table(setting.country.code, setting.today)
        tables = read_tables(path, source.sheets, grades, store)
        path = tables.folder
        if tables.unknown_grades:
            unknown = {"count": str(tables.unknown_grades)}
            notes.append(Message("identity.note.grades", unknown))
    package = open_package(path, store)
    judged = validate(package, store, rejects, progress)
    if package.version == "1.2":
        converted = to_1_1(judged.package, store)
        again = validate(converted.package, store, rejects.after("converted"), progress)
        judged = _both(judged, replace(again, problems=_delivered(judged, again)))
        notes += [loss.words for loss in converted.losses]
    if tables is not None:
        told = tuple(map(tables.origins.told, judged.problems))
        judged = replace(judged, problems=told)
    return Delivered(judged, package.digest, tuple(notes))


def _delivered(first: Roster, again: Roster) -> tuple[Problem, ...]:
    """The second judgement's problems by the delivered files.

    Its users were put together of two, and a file that the first one cleaned has other lines.
    """
    users = [one for one in again.problems if one.file == "users.csv"]
    roleless = {one.line for one in users if one.column == "role"}
    told = [
        replace(one, line=0)
        if one.file == "users.csv" or one.file.removesuffix(".csv") in first.rejected
        else one
        for one in again.problems
        if one.file != "users.csv" or one.line not in roleless
    ]
    if roleless:
        what = f"users without a role there: {len(roleless)}"
        mend = "add their roles, or mend those that were refused"
        told.insert(0, Problem("WASL-ROSTER-ROW", "roles.csv", 0, "", what, mend))
    return tuple(told)


def _both(first: Roster, second: Roster) -> Roster:
    """The second judgement, with what the first one refused."""
    kinds = {*first.rejected, *second.rejected}
    return replace(
        second,
        problems=(*first.problems, *second.problems),
        rejected={
            kind: (*first.rejected.get(kind, ()), *second.rejected.get(kind, ())) for kind in kinds
        },
        unnamed={
            kind: first.unnamed.get(kind, 0) + second.unnamed.get(kind, 0)
            for kind in {*first.unnamed, *second.unnamed}
        },
        refused=first.refused + second.refused,
    )


def _fields(contract: Contract) -> dict[str, dict[str, str]]:
    return {kind: dict(fields) for kind, fields in contract.fields.items()}


def _kind(store: Store) -> str:
    """A plan that ends an earlier school year is a roll-over."""
    ends = store.value("SELECT count(*) FROM changes WHERE year_end AND action <> 'hold'")
    opens = store.value(
        "SELECT count(*) FROM changes WHERE kind = 'academicSessions' AND action = 'create'"
    )
    earlier = store.value("SELECT count(*) FROM other_sessions WHERE ends <> ''")
    return "roll-over" if ends or (opens and earlier) else "sync"


def _path(setting: Setting, given: Path | None) -> Path:
    assert setting.identity.source is not None
    if given is not None:
        return given
    if setting.identity.source.path is None:
        raise WaslError(
            "WASL-IDENTITY-NO-ROSTER",
            "neither the manifest nor the command says where the roster is",
            where=str(setting.catalogue.location(setting.country.code, "identity.source")),
            hint="--roster PATH, or identity.source.path",
        )
    return setting.root / setting.identity.source.path


def require_approval(made: Planned, against: Path | None) -> str:
    """Who approved what the guards stopped; empty if nothing was stopped.

    Raises `WaslError` (WASL-IDENTITY-GUARD, WASL-IDENTITY-PLAN-MOVED).
    """
    setting, plan = made.setting, made.plan
    if against is not None:
        head = read_head(against)
        if head.hash != plan.hash:
            raise _moved(against, moved(head, plan))
    if not plan.stops:
        return ""
    keys = setting.identity.keys
    planner = public_hex(setting.keys.signing(f"{setting.country.code}/{keys.planner}"))
    approvals = read_approvals(setting.approvals())
    found = approved(plan, planner, approvals, keys.approvers, setting.today)
    if found is None:
        raise _stopped(plan, len(approvals))
    return f"{found.name}: {found.reason}"


def _moved(path: Path, lines: list[str]) -> WaslError:
    return WaslError(
        "WASL-IDENTITY-PLAN-MOVED",
        "the plan made now is another one: " + "; ".join(lines or ["no count, but the records"]),
        where=str(path),
        hint="make a new plan and have it approved",
    )


def _stopped(plan: Plan, others: int) -> WaslError:
    why = "; ".join(say(stop.words) for stop in plan.stops[:5])
    if others:
        why += f"; {others} approvals are there, none of them for this very plan"
    return WaslError(
        "WASL-IDENTITY-GUARD",
        f"stopped: {why}",
        where=f"plan {plan.hash[:16]}",
        hint=f"if that is right: wasl identity plan {plan.country} --target {plan.target} -o PLAN,"
        f" then have `wasl identity approve {plan.country} PLAN` signed by someone else",
    )


def carry_out(made: Planned, approval: str, progress: Progress) -> Applied:
    """Apply the plan, journalled: who approved, every batch, what was disclosed."""
    setting, plan = made.setting, made.plan
    if setting.identity.legal_basis is None:
        raise WaslError(
            "WASL-IDENTITY-NO-BASIS",
            "the manifest names no basis in law for passing the roster on",
            where=str(setting.catalogue.location(setting.country.code, "identity")),
            hint="write identity.legal_basis",
        )
    journal = setting.journal()
    detail = {"plan": plan.hash, "approval": approval, "changes": plan.size}
    with journal.unit("identity.plan", plan.target, **detail) as outcome:
        journal.note("identity.disclosure", plan.target, **_disclosure(made))
        applied = apply(
            plan,
            made.contract,
            made.connection.sender(plan.store, made.contract, progress),
            journal,
            setting.today.isoformat(),
            progress,
        )
        for word in ("accepted", "rejected", "unknown", "held"):
            outcome[word] = applied.total(word)
        journal.note(
            REACHED, plan.target, **reached(made.roster, made.setting, plan.store, applied)
        )
    return applied


def _disclosure(made: Planned) -> dict[str, object]:
    """What is about to leave: date, partner, fields, counts and basis, and no names."""
    totals: dict[str, int] = {}
    for (kind, action), count in made.plan.totals().items():
        if action != "hold":
            totals[kind] = totals.get(kind, 0) + count
    basis = [made.setting.identity.legal_basis, made.setting.identity.demographics_basis]
    return {
        "date": made.setting.today.isoformat(),
        "partner": made.setting.partner.name,
        "fields": {kind: made.contract.columns(kind) for kind in totals},
        "counts": totals,
        "basis": [one for one in basis if one],
        "contract": made.plan.contract,
    }
