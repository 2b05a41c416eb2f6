"""Planning millions of users and enrolments, and SCIM creates, each beside its baseline.

`python -m bench.identity [--users N] [--enrollments N] [--scim N] [--rounds N]`. Every contender is
a process of its own, which tells wall seconds and peak memory; rounds take turns, so that only
ratios within one run are compared. Results go to standard output as Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.asked import peak
from wasl.files import sha256_of

CHANGED = 100  # one record in so many
_KEY = b"bench"


def main() -> None:
    """Make the data, run everything, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=5_000_000)
    parser.add_argument("--enrollments", type=int, default=20_000_000)
    parser.add_argument("--scim", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", nargs="*", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(_measured(*arguments.one)))
        return
    with tempfile.TemporaryDirectory(prefix="wasl-bench-") as folder:
        if arguments.users:
            print(_planning(Path(folder), arguments.users, arguments.rounds), flush=True)
        if arguments.enrollments:
            print(_enrolments(Path(folder), arguments.enrollments), flush=True)
        if arguments.scim:
            print(_scim(arguments.scim, 2 * arguments.rounds - 1), flush=True)


def _measured(name: str, *arguments: str) -> dict[str, Any]:
    _import_all()
    began = time.perf_counter()
    said = CONTENDERS[name](*arguments)
    seconds = time.perf_counter() - began
    memory = peak() / 1e3
    return {"seconds": seconds, "gigabytes": memory, "said": said}


def _import_all() -> None:
    """Load what contenders use before the clock starts."""
    from importlib import import_module

    for module in (
        "duckdb",
        "polars",
        "integrations.identity.planning",
        "integrations.identity.validate",
        "wasl.manifest.country",
    ):
        import_module(module)


def _run(name: str, *arguments: str | Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.identity", "--one", name, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


# --- planning -------------------------------------------------------------------------------------

_USERS = """
SELECT printf('%012d', 100000000000 + i) AS "sourcedId", '' AS status, '' AS "dateLastModified",
  'true' AS "enabledUser", printf('s%05d', i % {schools}) AS "orgSourcedIds", 'student' AS "role",
  concat('u', 100000000000 + i) AS username,
  '{{NationalId:' || (9900000000 + i) || '}}' AS "userIds",
  ['محمد','أحمد','فاطمة','مريم','عبد الله','نور'][1 + (i % 6)::INT] || {change} AS "givenName",
  ['الخطيب','العبادي','حداد','الزعبي'][1 + (i % 4)::INT] AS "familyName",
  ['علي','حسن','خالد'][1 + (i % 3)::INT] AS "middleName", concat('S', i) AS identifier,
  concat('u', i, '@moe.example') AS email, '' AS sms, '' AS phone, '' AS "agentSourcedIds",
  (1 + i % 12)::VARCHAR AS grades, '' AS "password", 'JO' AS "metadata.country",
  concat('مديرية ', i % 40) AS "metadata.directorate", (1 + i % 12)::VARCHAR AS "metadata.grade",
  chr((65 + i % 4)::INT) AS "metadata.section"
FROM range({first}, {last}) t(i)"""


def _write(path: Path, query: str) -> None:
    import duckdb

    from integrations.identity.pseudonym import Pseudonyms
    from integrations.identity.store import Store

    db = duckdb.connect()
    db.execute("SET threads = 2")
    Pseudonyms(_KEY).bind(Store(path.parent, db))
    db.execute(f"COPY ({query}) TO '{path}' (FORMAT csv, HEADER true)")


def _make(folder: Path, users: int) -> tuple[Path, Path]:
    """A roster of today and the target's users of yesterday: one in a hundred differs.

    Eight of ten differences are a changed name, one is someone new, one is someone gone.
    """
    schools, tenth = users // 500 + 1, users // (10 * CHANGED)
    roster = folder / "roster"
    roster.mkdir(exist_ok=True)
    changed = f"CASE WHEN i % {10 * CHANGED} < 8 THEN 'ة' ELSE '' END"
    new = _USERS.format(schools=schools, change=changed, first=tenth, last=users + tenth)
    old = _USERS.format(schools=schools, change="''", first=0, last=users)
    _write(roster / "users.csv", new)
    _write(folder / "held.csv", old)
    _digest(folder / "held.csv")
    orgs = (
        "SELECT printf('s%05d', i) AS \"sourcedId\", '' AS status, '' AS \"dateLastModified\","
        " concat('مدرسة ', i) AS name, 'school' AS type, '' AS identifier, '' AS"
        f' "parentSourcedId" FROM range({schools}) t(i)'
    )
    _write(roster / "orgs.csv", orgs)
    _manifest(roster, ("orgs", "users"))
    return roster, folder / "held.csv"


def _digest(path: Path) -> None:
    """A target's digest is taken when the target is read, and known when planning begins."""
    path.with_suffix(".sha256").write_text(sha256_of(path))


def _manifest(folder: Path, kinds: tuple[str, ...]) -> None:
    from integrations.identity.oneroster.package import manifest

    (folder / "manifest.csv").write_text(manifest("1.1", dict.fromkeys(kinds, "bulk")))


def _planning(folder: Path, users: int, rounds: int) -> str:
    """Two files of 22 columns; then what a real target asks for: the shipped contract's fields."""
    roster, held = _make(folder, users)
    theirs = folder / "partner.csv"
    _write(theirs, _at_partner(users))
    _digest(theirs)
    sides = {name: theirs if name in _BY_CONTRACT else held for name in _PLANNERS}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in _PLANNERS}
    for number in range(rounds):
        for name, once in _PLANNERS.items():
            if number == 0 or not once:
                found[name].append(_run(name, roster, sides[name], folder / "home"))
    title = f"Plan of {users:,} users, 1 % changed (old and new rows a second)"
    targets = dict.fromkeys(("wasl plan", *_BY_CONTRACT), Target(least=0.7, gigabytes=1))
    return _table(title, found, 2 * users, "hash diff", targets)


_BY_CONTRACT = ("wasl plan, partner's contract", "the same, and possible duplicates")
# Whether a contender runs in the first round alone.
_PLANNERS = {
    "hash diff": False,
    "wasl plan": False,
    **dict.fromkeys(_BY_CONTRACT, False),
    "polars": True,
    "csv module": True,
}


def _at_partner(users: int) -> str:
    """Yesterday's users as the partner has them: the contract's columns, pseudonyms in place."""
    from integrations.identity.pseudonym import Pseudonyms

    contract = _contract()
    schools = users // 500 + 1
    old = _USERS.format(schools=schools, change="''", first=0, last=users)
    fields = contract.fields["users"]
    values = [
        Pseudonyms.sql(contract.space("users", field), f'"{field}"') + f' AS "{field}"'
        if fields[field] == "pseudonym"
        else f'"{field}"'
        for field in contract.columns("users")
    ]
    return f"SELECT {', '.join(values)} FROM ({old})"


def _contract() -> Any:
    """The contract of partners/classera.yaml, as `wasl identity plan` uses it."""
    from integrations.identity.contract import contract_of
    from wasl.manifest.catalogue import load_country

    return contract_of(load_country(Path(), "jo").partner("jo"), ("orgs", "users"), False)


@dataclass(frozen=True)
class Target:
    """What a contender should reach: so much of the baseline's speed, in no more memory."""

    least: float = 0
    gigabytes: float = 0

    def judged(self, ratio: float, gigabytes: float) -> str:
        """The target in words, and whether it is met."""
        parts = [f"{self.least:g} of the baseline"] if self.least else []
        parts += [f"{self.gigabytes:g} GB"] if self.gigabytes else []
        met = ratio >= self.least and (not self.gigabytes or gigabytes <= self.gigabytes)
        return f"{', '.join(parts)}: {_met(met)}"


def _met(is_it: bool) -> str:
    return "met" if is_it else "not met"


def _table(
    title: str,
    found: dict[str, list[dict[str, Any]]],
    rows: int,
    baseline: str,
    targets: Mapping[str, Target],
) -> str:
    base = statistics.median(result["seconds"] for result in found[baseline])
    lines = [
        f"### {title}\n",
        "| contender | seconds | rows/s | to baseline | GB | target | said |",
    ]
    lines.append("|---|---|---|---|---|---|---|")
    for name, results in found.items():
        if not results:
            continue
        seconds = statistics.median(result["seconds"] for result in results)
        memory = max(result["gigabytes"] for result in results)
        target = targets[name].judged(base / seconds, memory) if name in targets else ""
        lines.append(
            f"| {name} | {seconds:.2f} | {rows / seconds:,.0f} | {base / seconds:.2f}"
            f" | {memory:.2f} | {target} | {results[0]['said']} |"
        )
    return "\n".join(lines)


def _hash_diff(roster: str, held: str, _home: str) -> str:
    """DuckDB's bare hash diff: both files read as text, hashed by row, joined by key."""
    import duckdb

    db = duckdb.connect(config={"memory_limit": "800MB", "threads": 2})
    db.execute("SET preserve_insertion_order = false")
    columns = Path(held).open(encoding="utf-8").readline().strip().split(",")  # noqa: SIM115
    row = "hash(" + ", ".join(f'"{column}"' for column in columns) + ")"

    def hashed(path: str) -> str:
        source = f"read_csv('{path}', header = true, all_varchar = true)"
        return f'(SELECT "sourcedId" AS k, {row} AS h FROM {source})'

    query = (
        f"SELECT count(*) FROM {hashed(roster + '/users.csv')} a FULL JOIN {hashed(held)} b"
        " USING (k) WHERE a.h IS DISTINCT FROM b.h"
    )
    found = db.execute(query).fetchone()
    assert found is not None
    return f"{found[0]} differ"


def _wasl_plan(roster: str, held: str, home: str) -> str:
    """The whole plan: the roster's inspection and digest, validation, changes, guards, hash."""
    columns = _columns(held)
    return _plan(Path(roster), _of_users(held, columns), _plain(columns), Path(home))


def _wasl_plan_by_contract(roster: str, held: str, home: str) -> str:
    """The same for what leaves by the shipped contract: fewer fields, one of them a pseudonym."""
    return _plan(Path(roster), _of_users(held, _columns(held)), _contract(), Path(home))


def _wasl_plan_and_duplicates(roster: str, held: str, home: str) -> str:
    """All that `wasl identity plan` does once what the target holds was read."""
    snapshot = _of_users(held, _columns(held))
    return _plan(Path(roster), snapshot, _contract(), Path(home), duplicates=True)


def _columns(held: str) -> tuple[str, ...]:
    from integrations.identity.inspect import head

    return tuple(head(Path(held)).first_line.decode().split(","))


def _of_users(held: str, columns: tuple[str, ...]) -> Any:
    from integrations.identity.snapshot import Side, Snapshot

    path = Path(held)
    known = path.with_suffix(".sha256").read_text()
    return Snapshot({"users": Side(path, columns)}, {"users": known}, {})


def _plain(columns: tuple[str, ...]) -> Any:
    """A contract of every column as it comes, so that nothing has to be written anew."""
    skipped = ("status", "dateLastModified", "password")
    users = tuple(column for column in columns if column not in skipped)
    return _contract_of({"orgs": ("sourcedId", "name", "type"), "users": users})


def _contract_of(fields: Mapping[str, Sequence[str]]) -> Any:
    from integrations.identity.contract import Contract

    listed = {kind: dict.fromkeys(names, "plain") for kind, names in fields.items()}
    return Contract("bench", "1", listed, (), ())  # type: ignore[arg-type]


def _plan(
    roster: Path, snapshot: Any, contract: Any, home: Path, *, duplicates: bool = False
) -> str:
    from datetime import date

    from integrations.identity import plan as plans
    from integrations.identity.duplicates import suggest
    from integrations.identity.guards import stops
    from integrations.identity.oneroster.package import open_package
    from integrations.identity.planning import Terms, compute
    from integrations.identity.pseudonym import Pseudonyms
    from integrations.identity.rejects import Rejects
    from integrations.identity.store import scratch
    from integrations.identity.validate import validate
    from wasl.manifest.identity import Guards, SchoolYear

    year = SchoolYear(code="2027", starts=date(2026, 8, 23), ends=date(2027, 6, 17))
    terms = Terms(contract, Pseudonyms(_KEY), year, date(2026, 10, 1), 30)
    with scratch(home) as store:
        judged = validate(open_package(roster, store), store, Rejects(store, None))
        computed = compute(judged, snapshot, terms, store)
        alike = suggest(store, judged, contract, Rejects(store, None)).count if duplicates else 0
        stopped = stops(store, Guards(), computed)
        digest = plans.export(store)[:8] + snapshot.digest[:8]
        counts: dict[str, int] = {}
        for count in plans.counts(store):
            key = f"{count.kind} {count.action}"
            counts[key] = counts.get(key, 0) + count.count
    said = ", ".join(f"{key} {count}" for key, count in counts.items())
    more = f", {alike} alike" if duplicates else ""
    return f"{said}; {len(judged.problems)} problems, {len(stopped)} guards{more}, {digest}"


def _polars(roster: str, held: str, _home: str) -> str:
    """Polars: lazy scans, hashed by row, joined by key."""
    import polars as pl

    def hashed(path: str) -> pl.LazyFrame:
        frame = pl.scan_csv(path, infer_schema=False)
        return frame.select("sourcedId", pl.struct(pl.all()).hash().alias("h"))

    joined = hashed(f"{roster}/users.csv").join(hashed(held), on="sourcedId", how="full")
    different = joined.filter(pl.col("h").ne_missing(pl.col("h_right")))
    return f"{different.select(pl.len()).collect().item()} differ"


def _csv_module(roster: str, held: str, _home: str) -> str:
    """The csv module: one file's rows as hashes in a dict, the other's looked up."""
    import csv

    def rows(path: str) -> Iterator[list[str]]:
        with Path(path).open(encoding="utf-8", newline="") as stream:
            reader = csv.reader(stream)
            next(reader)
            yield from reader

    known = {row[0]: hash(tuple(row)) for row in rows(held)}
    different = 0
    for row in rows(f"{roster}/users.csv"):
        different += known.pop(row[0], None) != hash(tuple(row))
    return f"{different + len(known)} differ"


# --- enrolments -----------------------------------------------------------------------------------

_ENROLMENTS = """
SELECT concat('e', i) AS "sourcedId", '' AS status, '' AS "dateLastModified",
  printf('k%06d', i % {classes}) AS "classSourcedId",
  printf('s%05d', i % {classes} % {schools}) AS "schoolSourcedId",
  printf('%012d', 100000000000 + i % {users}) AS "userSourcedId", 'student' AS "role",
  'false' AS "primary", {begins} AS "beginDate", '' AS "endDate"
FROM range({last}) t(i)"""


def _enrolments(folder: Path, enrolments: int) -> str:
    users = enrolments // 4
    roster, held_users = _make(folder, users)
    _write(roster / "users.csv", f"SELECT * FROM read_csv('{held_users}', all_varchar = true)")
    schools, classes = users // 500 + 1, users // 25
    one = "SELECT printf('{0}%0{1}d', i) AS \"sourcedId\", '' AS status, '' AS \"dateLastModified\""
    _write(
        roster / "academicSessions.csv",
        "SELECT 'y' AS \"sourcedId\", '' AS status, '' AS \"dateLastModified\", '2026/27' AS title,"
        " 'schoolYear' AS type, '2026-08-23' AS \"startDate\", '2027-06-17' AS \"endDate\","
        " '' AS \"parentSourcedId\", '2027' AS \"schoolYear\"",
    )
    _write(
        roster / "courses.csv",
        f"{one.format('c', 5)}, 'y' AS \"schoolYearSourcedId\", 'درس' AS title, '' AS"
        " \"courseCode\", '' AS grades, printf('s%05d', i) AS \"orgSourcedId\", '' AS subjects,"
        f" '' AS \"subjectCodes\" FROM range({schools}) t(i)",
    )
    _write(
        roster / "classes.csv",
        f"{one.format('k', 6)}, 'صف' AS title, '' AS grades, printf('c%05d', i % {schools}) AS"
        " \"courseSourcedId\", '' AS \"classCode\", 'scheduled' AS \"classType\", '' AS location,"
        f" printf('s%05d', i % {schools}) AS \"schoolSourcedId\", 'y' AS \"termSourcedIds\","
        f" '' AS subjects, '' AS \"subjectCodes\", '' AS periods FROM range({classes}) t(i)",
    )
    sizes = {"classes": classes, "schools": schools, "users": users, "last": enrolments}
    begins = f"CASE WHEN i % {CHANGED} = 0 THEN '2026-09-01' ELSE '' END"
    _write(roster / "enrollments.csv", _ENROLMENTS.format(begins=begins, **sizes))
    _write(folder / "held-enrollments.csv", _ENROLMENTS.format(begins="''", **sizes))
    kinds = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments")
    _manifest(roster, kinds)
    result = _run("wasl plan of all", roster, folder / "held-enrollments.csv", folder / "home")
    title = f"Plan of {enrolments:,} enrolments of {users:,} users, 1 % changed"
    name = "wasl plan of all"
    return _table(title, {name: [result]}, 2 * enrolments, name, {name: Target(gigabytes=1)})


def _wasl_plan_of_all(roster: str, held: str, home: str) -> str:
    from integrations.identity.inspect import head
    from integrations.identity.oneroster.columns import header
    from integrations.identity.snapshot import Side, Snapshot

    paths = {path.stem: path for path in Path(roster).glob("*.csv") if path.stem != "manifest"}
    paths["enrollments"] = Path(held)
    sides = {
        kind: Side(path, tuple(head(path).first_line.decode().split(",")))
        for kind, path in paths.items()
    }
    snapshot = Snapshot(sides, {kind: sha256_of(path) for kind, path in paths.items()}, {})
    skipped = ("status", "dateLastModified", "password")
    fields = {
        kind: tuple(name for name in header("1.1", kind) if name not in skipped) for kind in sides
    }
    return _plan(Path(roster), snapshot, _contract_of(fields), Path(home))


# --- SCIM -----------------------------------------------------------------------------------------


def _scim(creates: int, rounds: int) -> str:
    names = ("in turn", "wasl Bulk", "raw Bulk", "wasl one by one", "read once", "plan again")
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            found[name].append(_run(name, str(creates)))
    for results in found.values():  # what they measured themselves, less starting the server
        for result in results:
            result["seconds"] = result["said"].pop("seconds")
    title = f"SCIM, {creates:,} users on scim2-server"
    table = _table(title, found, creates, "in turn", {"wasl one by one": Target(least=2)})
    median = {
        name: statistics.median(result["seconds"] for result in results)
        for name, results in found.items()
    }
    # A server of one interpreter serves one create at a time: nobody is faster than its own work.
    own = statistics.median(result["said"]["server"] for result in found["wasl one by one"])
    bulk = median["raw Bulk"] / median["wasl Bulk"]
    again = median["plan again"] / median["read once"]
    notes = [
        f"- one by one, at the most by the server's own work: {median['in turn'] / own:.2f}",
        f"- Bulk to raw Bulk posts: {bulk:.2f} (target 0.9: {_met(bulk >= 0.9)})",
        f"- planning to reading once: {again:.2f} (target at most 1.3: {_met(again <= 1.3)})",
    ]
    return "\n".join([table, "", *notes])


class _Server:
    """scim2-server in its own environment."""

    def __enter__(self) -> _Server:
        from infra.sandbox.service import free_ports
        from tests.peers import environment
        from wasl.processes import wait_until

        port = free_ports(1)[0]
        program = environment("scim2-server") / "scim2-server"
        command = [str(program), "--port", str(port)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.url = f"http://127.0.0.1:{port}"
        wait_until(lambda: _answers(self.url), 30)
        return self

    def timed(self, work: Callable[[], object]) -> dict[str, Any]:
        """Wall seconds of `work`, and what it cost the server and us in processor time."""
        theirs, ours = self._processor(), time.process_time()
        began = time.perf_counter()
        work()
        seconds = time.perf_counter() - began
        spent = {"server": self._processor() - theirs, "client": time.process_time() - ours}
        return {"seconds": seconds, **{name: round(one, 3) for name, one in spent.items()}}

    def _processor(self) -> float:
        """User and system seconds of the server so far."""
        text = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(text[11]) + int(text[12])) / os.sysconf("SC_CLK_TCK")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(10)


def _answers(url: str) -> bool:
    import httpx

    try:
        return httpx.get(f"{url}/ServiceProviderConfig").status_code == 200
    except httpx.HTTPError:
        return False


def _rows(count: int) -> list[dict[str, str]]:
    return [
        {
            "sourcedId": f"u{number}",
            "username": f"u{number}",
            "givenName": "محمد",
            "familyName": "الخطيب",
            "enabledUser": "true",
        }
        for number in range(count)
    ]


def _service(url: str) -> Any:
    from integrations.identity.scim.service import Service
    from wasl.manifest.identity import ScimTarget

    target = ScimTarget(kind="scim", name="bench", url=url, requests_per_second=10_000)
    return Service.open(target, None)


def _in_turn(creates: str) -> Any:
    """scim2-client, one create after the other."""
    from scim2_models import User

    from integrations.identity.http import Http, Rate
    from integrations.identity.scim.mapping import user_resource
    from integrations.identity.scim.service import Discovery

    with _Server() as server:
        client = Discovery(Http(server.url, Rate(10_000), lambda request: None))
        client.discover()
        users: list[User[Any]] = [
            User.model_validate(user_resource(row)) for row in _rows(int(creates))
        ]
        return server.timed(lambda: [client.create(user) for user in users])


def _send(creates: str, *, bulk: bool) -> Any:
    from dataclasses import replace

    from integrations.identity.apply import Operation
    from integrations.identity.scim.reading import Known
    from integrations.identity.scim.sending import ScimSender

    with _Server() as server:
        service = _service(server.url)
        if not bulk:
            service = replace(service, offer=replace(service.offer, bulk_operations=0))
        sender = ScimSender(service, Known())
        operations = [
            Operation("users", "create", row, "active", ()) for row in _rows(int(creates))
        ]
        return server.timed(lambda: _batched(sender, operations))


def _batched(sender: Any, operations: list[Any]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(sender.workers) as pool:
        for start in range(0, len(operations), sender.batch):
            batch = operations[start : start + sender.batch]
            length = -(-len(batch) // sender.workers)
            parts = [batch[at : at + length] for at in range(0, len(batch), length)]
            receipts = [one for part in pool.map(sender.send, parts) for one in part]
            assert all(receipt.outcome == "accepted" for receipt in receipts)


def _raw_bulk(creates: str) -> Any:
    """Bulk posts made beforehand, sent by httpx one after the other."""
    import httpx

    from integrations.identity.scim.mapping import user_resource
    from integrations.identity.scim.sending import BULK

    with _Server() as server, httpx.Client() as client:
        url = server.url
        config = client.get(f"{url}/ServiceProviderConfig").json()["bulk"]
        entries = [
            {"method": "POST", "path": "/Users", "bulkId": str(number), "data": user_resource(row)}
            for number, row in enumerate(_rows(int(creates)))
        ]
        bodies = [
            json.dumps({"schemas": [BULK], "Operations": entries[at : at + size]})
            for size in [min(config["maxOperations"], 1000)]
            for at in range(0, len(entries), size)
        ]
        headers = {"Content-Type": "application/scim+json"}

        def post() -> None:
            for body in bodies:
                answer = client.post(f"{url}/Bulk", content=body, headers=headers, timeout=120)
                assert answer.status_code == 200

        return server.timed(post)


def _filled(creates: str, work: Callable[[Any], object]) -> Any:
    from integrations.identity.apply import Operation
    from integrations.identity.scim.reading import Known
    from integrations.identity.scim.sending import ScimSender

    with _Server() as server:
        service = _service(server.url)
        rows = _rows(int(creates))
        _batched(
            ScimSender(service, Known()),
            [Operation("users", "create", row, "active", ()) for row in rows],
        )
        return server.timed(lambda: work(service))


def _read_once(creates: str) -> Any:
    return _filled(creates, lambda service: list(service.resources("/Users")))


def _plan_again(creates: str) -> Any:
    """Read and plan the same roster: nothing to do."""
    from integrations.identity.generated import write_package
    from integrations.identity.oneroster.columns import header
    from integrations.identity.scim.reading import Known, read
    from integrations.identity.store import scratch

    names = ("sourcedId", "enabledUser", "username", "givenName", "familyName")
    contract = _contract_of({"users": names})
    blank = dict.fromkeys(header("1.1", "users"), "")
    org = dict.fromkeys(header("1.1", "orgs"), "")
    people = [
        {**blank, **row, "role": "student", "orgSourcedIds": "s"} for row in _rows(int(creates))
    ]
    schools = [{**org, "sourcedId": "s", "name": "مدرسة", "type": "school"}]

    def work(service: Any) -> None:
        with tempfile.TemporaryDirectory() as folder:
            roster = write_package(Path(folder) / "r", {"orgs": schools, "users": people})
            with scratch(Path(folder) / "snapshot") as store:
                snapshot = read(service, store, contract, Known(), lambda what, rows: None)
                said = _plan(roster, snapshot, contract, Path(folder) / "home")
            assert said.startswith(";"), said

    return _filled(creates, work)


CONTENDERS: dict[str, Callable[..., Any]] = {
    "hash diff": _hash_diff,
    "wasl plan": _wasl_plan,
    _BY_CONTRACT[0]: _wasl_plan_by_contract,
    _BY_CONTRACT[1]: _wasl_plan_and_duplicates,
    "polars": _polars,
    "csv module": _csv_module,
    "wasl plan of all": _wasl_plan_of_all,
    "in turn": _in_turn,
    "wasl Bulk": lambda creates: _send(creates, bulk=True),
    "wasl one by one": lambda creates: _send(creates, bulk=False),
    "raw Bulk": _raw_bulk,
    "read once": _read_once,
    "plan again": _plan_again,
}

if __name__ == "__main__":
    os.environ.setdefault("POLARS_MAX_THREADS", "2")
    main()
