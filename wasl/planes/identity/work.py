"""Plan, apply and drift of one country at one target."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from integrations.identity import plan as plans
from integrations.identity.apply import Applied, apply
from integrations.identity.guards import stops
from integrations.identity.keys import public_hex
from integrations.identity.oneroster.package import open_package
from integrations.identity.plan import Plan
from integrations.identity.planfile import approved, moved, read_approvals, read_head
from integrations.identity.planning import compute
from integrations.identity.rejects import Rejects
from integrations.identity.store import Store, scratch
from integrations.identity.validate import Roster, validate
from wasl.errors import WaslError
from wasl.planes.identity.setting import Progress, Setting
from wasl.planes.identity.targets import Connection, connected
from wasl.result import digest


@dataclass(frozen=True)
class Planned:
    """A plan that was just made, and what it was made from."""

    setting: Setting
    plan: Plan
    roster: Roster
    rejects: Path | None
    connection: Connection


@contextmanager
def planned(setting: Setting, roster: Path | None, progress: Progress) -> Iterator[Planned]:
    """Read the roster and the target and plan; everything is forgotten at the end."""
    with scratch(setting.folder) as store, connected(setting) as connection:
        rejects = Rejects(store, setting.identity.keys.rejects)
        package = open_package(_path(setting, roster), store)
        judged = validate(package, store, rejects, progress)
        sealed = rejects.seal(setting.folder / "rejects")
        snapshot = connection.snapshot(store, setting.contract, progress)
        computed = compute(judged, snapshot, setting.terms(), store, progress)
        limits = setting.identity.guards
        plan = Plan(
            store=store,
            country=setting.country.code,
            target=setting.target.name,
            kind=_kind(store),
            contract=f"{setting.contract.version} {digest(_fields(setting))[:16]}",
            roster=package.digest,
            snapshot=snapshot.digest,
            changes_digest=plans.export(store),
            counts=plans.counts(store),
            stops=stops(store, limits, computed.rows, computed.held),
            pseudonyms=setting.reports(),
        )
        yield Planned(setting, plan, judged, sealed, connection)


def _fields(setting: Setting) -> dict[str, dict[str, str]]:
    return {kind: dict(fields) for kind, fields in setting.contract.fields.items()}


def _kind(store: Store) -> str:
    """A plan that ends an earlier school year is a roll-over."""
    ends = store.value("SELECT count(*) FROM changes WHERE year_end AND action <> 'hold'")
    opens = store.value(
        "SELECT count(*) FROM changes WHERE kind = 'academicSessions' AND action = 'create'"
    )
    earlier = store.value("SELECT count(*) FROM old_sessions")
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
    why = "; ".join(stop.sentence() for stop in plan.stops[:5])
    if others:
        why += f"; {others} approvals are there, none of them for this very plan"
    return WaslError(
        "WASL-IDENTITY-GUARD",
        f"stopped: {why}",
        where=f"plan {plan.hash[:16]}",
        hint=f"if that is right: wasl identity plan {plan.country} -o PLAN, then have "
        f"`wasl identity approve {plan.country} PLAN` signed by someone else",
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
            setting.contract,
            made.connection.sender(),
            journal,
            setting.today.isoformat(),
            progress,
        )
        for word in ("accepted", "rejected", "unknown", "held"):
            outcome[word] = applied.total(word)
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
        "fields": {kind: made.setting.contract.columns(kind) for kind in totals},
        "counts": totals,
        "basis": [one for one in basis if one],
        "contract": made.plan.contract,
    }
