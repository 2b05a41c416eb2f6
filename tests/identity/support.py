"""What the tests of rosters share: tables in memory as a target, and a partner as a process."""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.sandbox.service import free_ports
from integrations.identity import plan as plans
from integrations.identity.apply import Applied, Operation, Receipt, apply
from integrations.identity.contract import Contract
from integrations.identity.generated import Row, Tables, write_package
from integrations.identity.guards import stops
from integrations.identity.oneroster.columns import KINDS, header
from integrations.identity.oneroster.package import open_package
from integrations.identity.planning import Terms, compute
from integrations.identity.pseudonym import Pseudonyms
from integrations.identity.rejects import Rejects
from integrations.identity.snapshot import Side, Snapshot
from integrations.identity.store import Store, scratch
from integrations.identity.validate import Roster, validate
from wasl.journal import FolderStore, Journal
from wasl.manifest.identity import Guards, SchoolYear

TODAY = date(2026, 10, 1)
YEAR = SchoolYear(code="2027", starts=date(2026, 8, 23), ends=date(2027, 6, 17))
KEY = Pseudonyms(b"k" * 32)
RECIPIENT = "age1z8yx5njlhegsn3mvjyjm4c6d5kqgzy5yxs9m24ncs8kq7pd8ky9sz0lx3u"

_ROSTERED = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments")


def whole_contract(correlate: Sequence[str] = (), **treated: str) -> Contract:
    """Every standard field but passwords, plain; `users_identifier="pseudonym"` treats one."""
    skipped = {"status", "dateLastModified", "password"}
    fields: dict[str, dict[str, str]] = {
        kind: {name: "plain" for name in header("1.1", kind) if name not in skipped}
        for kind in _ROSTERED
    }
    for place, treatment in treated.items():
        kind, _, name = place.partition("_")
        fields[kind][name] = treatment
    return Contract("partner", "1", fields, tuple(correlate), ())  # type: ignore[arg-type]


def terms(**changes: object) -> Terms:
    """Terms of a plan with every field of the standard."""
    values: dict[str, object] = {
        "contract": whole_contract(),
        "pseudonyms": KEY,
        "school_year": YEAR,
        "today": TODAY,
        "grace_days": 30,
        **changes,
    }
    return Terms(**values)  # type: ignore[arg-type]


@dataclass
class Memory:
    """A target in memory: what was sent is what it holds."""

    records: dict[str, dict[str, Row]] = field(default_factory=lambda: {k: {} for k in KINDS})
    touched: dict[str, str] = field(default_factory=dict)
    refuse: frozenset[str] = frozenset()
    order: list[tuple[str, str, str]] = field(default_factory=list)
    batch: int = 50
    workers: int = 2

    @classmethod
    def of(cls, tables: Mapping[str, Sequence[Row]]) -> Memory:
        memory = cls()
        for kind, rows in tables.items():
            memory.records[kind] = {row["sourcedId"]: dict(row) for row in rows}
        return memory

    def send(self, operations: Sequence[Operation]) -> Sequence[Receipt]:
        return [self._one(operation) for operation in operations]

    def finish(self) -> Receipt | None:
        return None

    def _one(self, operation: Operation) -> Receipt:
        if operation.key in self.refuse:
            return Receipt("rejected", "the partner answered 422")
        self.order.append((operation.kind, operation.action, operation.key))
        held = self.records[operation.kind]
        if operation.status == "tobedeleted":
            held.pop(operation.key, None)
        else:
            held[operation.key] = {**held.get(operation.key, {}), **operation.row}
            if operation.row.get("enabledUser") == "false":
                self.touched[operation.key] = f"{TODAY.isoformat()}T00:00:00.000Z"
        return Receipt("accepted")

    def snapshot(self, store: Store, contract: Contract) -> Snapshot:
        sides, rows = {}, {}
        for kind in contract.fields:
            columns = contract.columns(kind)
            path = store.file(f"memory/{kind}.csv")
            with path.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(
                    stream, columns, restval="", extrasaction="ignore", lineterminator="\n"
                )
                writer.writeheader()
                writer.writerows(self.records[kind][key] for key in sorted(self.records[kind]))
            sides[kind], rows[kind] = Side(path, columns), len(self.records[kind])
        path = store.file("memory/touched.csv")
        lines = [f"users,{key},{when}\n" for key, when in self.touched.items()]
        path.write_text("kind,id,since\n" + "".join(lines), encoding="utf-8")
        return Snapshot(sides, dict.fromkeys(sides, "x"), rows, path)


Changed = tuple[str, str, str, str]


@dataclass
class Made:
    """A plan in a test."""

    plan: plans.Plan
    roster: Roster
    terms: Terms

    def changes(self, *, carried: bool = True) -> set[Changed]:
        """(kind, action, id, reason) of everything in the plan."""
        more = "" if carried else " WHERE NOT carried"
        query = f"SELECT kind, action, id, reason FROM changes{more}"
        return {(row[0], row[1], row[2], row[3]) for row in self.plan.store.rows(query)}

    def apply(self, memory: Memory, folder: Path) -> Applied:
        journal = Journal(FolderStore(folder))
        day = self.terms.today.isoformat()
        return apply(self.plan, self.terms.contract, memory, journal, day)


@contextmanager
def planned(
    tables: Mapping[str, Sequence[Row]] | Path,
    memory: Memory,
    guards: Guards | None = None,
    mode: str = "bulk",
    **changes: object,
) -> Iterator[Made]:
    """Plan `tables` (or the package at a path) against what `memory` holds."""
    with tempfile.TemporaryDirectory() as folder, scratch(Path(folder)) as store:
        path = tables
        if not isinstance(path, Path):
            path = write_package(Path(folder) / "roster", path, mode=mode)
        package = open_package(path, store)
        roster = validate(package, store, Rejects(store, RECIPIENT))
        by = terms(**changes)
        snapshot = memory.snapshot(store, by.contract)
        computed = compute(roster, snapshot, by, store)
        plan = plans.Plan(
            store=store,
            country="jo",
            target="partner",
            kind="sync",
            contract=by.contract.version,
            roster=package.digest,
            snapshot=snapshot.digest,
            changes_digest=plans.export(store),
            counts=plans.counts(store),
            stops=stops(store, guards or Guards(), computed),
            pseudonyms=KEY,
        )
        yield Made(plan, roster, by)


def copied(tables: Tables) -> Tables:
    """The same tables, to be changed."""
    return {kind: [dict(row) for row in rows] for kind, rows in tables.items()}


def moved_changed_left(tables: Tables) -> tuple[Tables, tuple[dict[str, str], ...]]:
    """The tables of `roster(Size(2, 2, …))` later on, and three pupils: who moved to the other
    school, whose name changed, who left.
    """
    after = copied(tables)
    mover, changed, leaver = after["users"][1:4]
    mover["orgSourcedIds"] = "s0002"
    changed["familyName"] = "اسم جديد"
    after["users"].remove(leaver)
    for enrolment in list(after["enrollments"]):
        if enrolment["userSourcedId"] == leaver["sourcedId"]:
            after["enrollments"].remove(enrolment)
        if enrolment["userSourcedId"] == mover["sourcedId"]:
            enrolment |= {"classSourcedId": "s0002-k0-y2027", "schoolSourcedId": "s0002"}
    return after, (mover, changed, leaver)


@dataclass(frozen=True)
class Partner:
    """A running emulator."""

    url: str
    wire: Path
    process: subprocess.Popen[str]


@contextmanager
def partner(home: Path, *, faults: float = 0, seed: int = 0) -> Iterator[Partner]:
    """The sandbox's partner on a port of its own."""
    port = free_ports(1)[0]
    home.mkdir(parents=True, exist_ok=True)
    wire = home / "wire"
    options = ["--home", home, "--port", port, "--faults", faults, "--seed", seed, "--wire", wire]
    options += ["--refuse", "refused-"]
    command = [sys.executable, "-m", "infra.sandbox.partner", *map(str, options)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith("ready")
        yield Partner(f"http://127.0.0.1:{port}", wire, process)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@cache
def rsa_key(bits: int = 2048, number: int = 0) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def certificate(
    ends: datetime, key: rsa.RSAPrivateKey | None = None, begins: datetime | None = None
) -> x509.Certificate:
    key = key or rsa_key()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    built = built.public_key(key.public_key()).serial_number(x509.random_serial_number())
    built = built.not_valid_before(begins or datetime(2020, 1, 1)).not_valid_after(ends)
    here = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    built = built.add_extension(x509.SubjectAlternativeName(here), critical=False)
    ours = x509.BasicConstraints(ca=True, path_length=None)
    return built.add_extension(ours, critical=True).sign(key, hashes.SHA256())


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate of localhost, valid for two days, and its key, as files."""
    own = certificate(datetime.now() + timedelta(days=2))
    chain, key = folder / "tls.pem", folder / "tls.key"
    chain.write_bytes(own.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        rsa_key().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, key
