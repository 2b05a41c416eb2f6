"""SCIM against scim2-server, which nobody here wrote: plan, apply, plan again; races, faults."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
import scim2_models as models

from infra.sandbox.service import free_ports
from integrations.identity.apply import Operation
from integrations.identity.generated import Size, roster, write_package
from integrations.identity.scim import sending
from integrations.identity.scim.mapping import (
    EXTENSION,
    GROUP,
    SCHEMA,
    group_resource,
    user_resource,
    user_row,
)
from integrations.identity.scim.reading import Known
from integrations.identity.scim.sending import ScimSender
from integrations.identity.scim.service import Service
from tests.identity.conftest import World
from tests.identity.support import copied, moved_changed_left
from tests.peers import environment
from wasl.manifest.identity import ScimTarget
from wasl.processes import wait_until

pytestmark = pytest.mark.slow
SMALL = roster(Size(schools=2, classes=2, pupils=6))


@contextmanager
def scim_server(*options: str | Path) -> Iterator[str]:
    """A server of its own; its base URL."""
    port = free_ports(1)[0]
    command = [environment("scim2-server") / "scim2-server", "--port", str(port), *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        assert wait_until(lambda: _answers(url), 30)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ServiceProviderConfig").status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Any], Path]:
    """The schemas of a server that declares our extension, and its file of resource types."""
    folder = tmp_path_factory.mktemp("scim")
    with scim_server() as url:
        schemas = httpx.get(f"{url}/Schemas").json()["Resources"]
        types = httpx.get(f"{url}/ResourceTypes").json()["Resources"]
    user = next(one for one in types if one["name"] == "User")
    user["schemaExtensions"] = [{"schema": EXTENSION, "required": False}]
    (folder / "types").write_text(json.dumps(types), encoding="utf-8")
    return [*schemas, SCHEMA], folder


def _options(told: tuple[list[Any], Path], name: str = "schemas") -> tuple[str | Path, ...]:
    schemas, folder = told
    (folder / name).write_text(json.dumps(schemas), encoding="utf-8")
    return ("--schema", folder / name, "--resource-type", folder / "types")


@pytest.fixture(scope="module")
def extended(told: tuple[list[Any], Path]) -> tuple[str | Path, ...]:
    """The options of a server that declares our extension."""
    return _options(told)


@pytest.fixture
def service(extended: tuple[str | Path, ...]) -> Iterator[str]:
    with scim_server(*extended) as url:
        yield url


def _target(world: World, url: str, rate: int = 1000) -> None:
    target = f"{{kind: scim, name: directory, url: '{url}', requests_per_second: {rate}}}"
    world.manifest(("  targets:\n", f"  targets:\n    - {target}\n"))


def _all(url: str, path: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{url}{path}", params={"count": 1000}).json()
    found: list[dict[str, Any]] = answer.get("Resources", [])
    return found


def test_what_comes_only_to_who_names_it_is_named(told: tuple[list[Any], Path]) -> None:
    """A group's members, as Keycloak has it. This server then gives none to anybody."""
    schemas, folder = deepcopy(told)
    (group,) = (one for one in schemas if one["id"] == GROUP)
    (members,) = (one for one in group["attributes"] if one["name"] == "members")
    offered = []
    for returned in ("default", "request"):
        members["returned"] = returned
        with scim_server(*_options((schemas, folder), returned)) as url:
            service = Service.open(ScimTarget(kind="scim", name="directory", url=url), None)
            offered.append(service.offer.attributes)
            service.http.close()
    assert offered == [{}, {"/Groups": "externalId,displayName,members,meta"}]


def test_a_roster_arrives_whole_and_planning_again_gives_nothing(
    world: World, service: str
) -> None:
    _target(world, service)
    world.arrives(SMALL)
    users = {user["externalId"]: user for user in _all(service, "/Users")}
    assert set(users) == {user["sourcedId"] for user in SMALL["users"]}
    pupil = SMALL["users"][1]
    found = users[pupil["sourcedId"]]
    assert found["name"]["givenName"] == pupil["givenName"]
    assert found[EXTENSION] == {"role": "student", "grades": [pupil["grades"]]}
    groups = {group["externalId"]: group for group in _all(service, "/Groups")}
    assert len(groups["orgs:s0001"]["members"]) == 14
    assert len(groups["classes:s0002-k1-y2027"]["members"]) == 7
    assert "identifier" not in json.dumps([*users.values()])


def test_moves_changes_and_leavers(world: World, service: str) -> None:
    _target(world, service)
    world.manifest(
        ("  legal_basis:", "  guards: {school: {percent: 90, count: 90}}\n  legal_basis:")
    )
    world.arrives(SMALL)
    after, (mover, changed, leaver) = moved_changed_left(SMALL)
    world.arrives(after)
    users = {user["externalId"]: user for user in _all(service, "/Users")}
    groups = {group["externalId"]: group for group in _all(service, "/Groups")}

    def members(group: str) -> set[str]:
        return {member["value"] for member in groups[group].get("members", [])}

    assert users[leaver["sourcedId"]]["active"] is False
    assert users[changed["sourcedId"]]["name"]["familyName"] == "اسم جديد"
    moved = users[mover["sourcedId"]]["id"]
    assert moved in members("orgs:s0002") & members("classes:s0002-k0-y2027")
    assert moved not in members("orgs:s0001") | members("classes:s0001-k0-y2027")


def test_a_change_by_hand_is_found_and_what_is_not_ours_is_left(world: World, service: str) -> None:
    _target(world, service)
    folder = world.arrives(SMALL)
    key = SMALL["users"][1]["sourcedId"]
    user = next(one for one in _all(service, "/Users") if one["externalId"] == key)
    by_hand = [
        {"op": "replace", "path": "name.givenName", "value": "غيره"},
        {"op": "replace", "path": "nickName", "value": "theirs"},
    ]
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": by_hand}
    assert httpx.patch(f"{service}/Users/{user['id']}", json=body).is_success
    httpx.post(
        f"{service}/Users",
        json={"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "admin"},
    )
    status, said = world.wasl("drift", "jo", "--roster", folder)
    assert status == 2
    assert "givenName" in said
    assert world.wasl("apply", "jo", "--roster", folder, "--yes")[0] == 0
    users = _all(service, "/Users")
    mended = next(one for one in users if one.get("externalId") == key)
    assert mended["name"]["givenName"] == SMALL["users"][1]["givenName"]
    assert mended["nickName"] == "theirs"
    assert any(one["userName"] == "admin" for one in users)


def test_without_the_extension_role_and_grades_stay_home(world: World) -> None:
    with scim_server() as url:
        _target(world, url)
        world.arrives(SMALL)
        assert EXTENSION not in json.dumps(_all(url, "/Users"))


class _Losing(BaseHTTPRequestHandler):
    """Passes requests on, and loses every third answer to a POST after the work is done."""

    protocol_version = "HTTP/1.1"
    upstream = ""
    posts = 0
    times: list[float] = []  # noqa: RUF012 -- one server at a time

    def _pass(self) -> None:
        import time

        self.times.append(time.monotonic())
        length = int(self.headers.get("Content-Length") or 0)
        answer = httpx.request(
            self.command,
            self.upstream + self.path,
            content=self.rfile.read(length),
            headers={"Content-Type": self.headers.get("Content-Type") or "application/scim+json"},
        )
        if self.command == "POST" and not self.path.startswith("/Bulk"):
            type(self).posts += 1
            if type(self).posts % 3 == 0:
                self.close_connection = True
                return
        body = answer.content
        if self.path.startswith("/ServiceProviderConfig"):
            body = body.replace(b'"bulk": {"supported": true', b'"bulk": {"supported": false')
        self.send_response(answer.status_code)
        self.send_header("Content-Type", "application/scim+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_DELETE = _pass  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@contextmanager
def _losing(upstream: str) -> Iterator[str]:
    _Losing.upstream, _Losing.posts, _Losing.times = upstream, 0, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Losing)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_lost_answers_double_nothing_and_the_rate_is_kept(world: World, service: str) -> None:
    with _losing(service) as url:
        _target(world, url, rate=60)
        world.arrives(SMALL)
        for path, count in (("/Users", len(SMALL["users"])), ("/Groups", 7)):
            ids = [one["externalId"] for one in _all(service, path)]
            assert len(ids) == len(set(ids)) == count
        times = sorted(_Losing.times)
        within = [sum(start <= other < start + 1 for other in times) for start in times]
        assert max(within) <= 60 + 2


def _offering(folder: Path, **features: object) -> Path:
    """What a server announces, where it is not all that it can do."""
    with scim_server() as url:
        config = httpx.get(f"{url}/ServiceProviderConfig").json()
    for feature, values in features.items():
        config[feature] = {**config.get(feature, {}), **values}  # type: ignore[dict-item]
    path = folder / "offer"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def test_a_service_s_limits_of_bulk_and_pages_are_kept_and_members_go_in_chunks(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulk = {"maxOperations": 5, "maxPayloadSize": 2000}
    offer = _offering(tmp_path, bulk=bulk, filter={"maxResults": 7})
    monkeypatch.setattr(sending, "CHUNK", 4)
    sent: list[tuple[str, str, bytes]] = []
    really = Service.post, Service.patch

    def post(self: Service, path: str, body: Any) -> httpx.Response:
        answer = really[0](self, path, body)
        sent.append(("POST", path, answer.request.content))
        return answer

    def patch(self: Service, path: str, body: Any, version: str = "") -> httpx.Response:
        answer = really[1](self, path, body, version)
        sent.append(("PATCH", path, answer.request.content))
        return answer

    monkeypatch.setattr(Service, "post", post)
    monkeypatch.setattr(Service, "patch", patch)
    with scim_server("--service-provider-config", offer) as url:
        _target(world, url)
        world.arrives(SMALL)  # and planned again: all pages were read
    bulks = [body for _, path, body in sent if path == "/Bulk"]
    assert max(map(len, bulks)) <= 2000
    assert 1 < max(len(json.loads(body)["Operations"]) for body in bulks) <= 5
    members = [
        json.loads(body)["Operations"][0]["value"] for verb, _, body in sent if verb == "PATCH"
    ]
    assert max(map(len, members)) == 4  # of a class's seven
    assert sum(map(len, members)) == len(SMALL["users"]) + len(SMALL["enrollments"])


def test_what_somebody_else_changed_meanwhile_is_not_written_over(service: str) -> None:
    ours = Service.open(ScimTarget(kind="scim", name="directory", url=service), None)
    known = Known()
    sender = ScimSender(ours, known)
    row = {"sourcedId": "1", "username": "u1", "givenName": "سعاد", "enabledUser": "true"}
    try:
        (made,) = sender.send([Operation("users", "create", row, "active", ())])
        assert made.outcome == "accepted"
        (resource,) = ours.resources("/Users")
        read = Known()
        read.note("users", resource, "1")
        path = f"/Users/{resource['id']}"
        by_hand = [{"op": "replace", "path": "nickName", "value": "theirs"}]
        assert ours.patch(path, {"schemas": [sending.PATCH], "Operations": by_hand}).is_success
        late = ScimSender(ours, read)
        change = Operation("users", "update", {**row, "givenName": "هدى"}, "active", ())
        (refused,) = late.send([change])
        assert (refused.outcome, "412" in refused.why) == ("rejected", True)
        (left,) = ours.resources("/Users")
        assert (left["nickName"], left["name"]["givenName"]) == ("theirs", "سعاد")
    finally:
        ours.http.close()


def test_killed_while_creating_one_by_one_nobody_is_doubled_or_lost(
    world: World, tmp_path: Path
) -> None:
    tables = roster(Size(schools=2, classes=3, pupils=20))
    folder = write_package(world.root / "roster", tables)
    offer = _offering(tmp_path, bulk={"supported": False})
    with scim_server("--service-provider-config", offer) as url:
        _target(world, url, rate=60)
        command = [sys.executable, "-m", "wasl.cli.main", "identity", "apply", "jo", "--yes"]
        child = subprocess.Popen(
            [*command, "--roster", str(folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        target = Random(1).randrange(10, 60)  # of 126 people
        assert wait_until(lambda: len(_all(url, "/Users")) >= target, 120)
        met = child.poll() is None
        child.kill()
        child.wait()
        assert met, "it had ended before it was killed"
        assert len(_all(url, "/Users")) < len(tables["users"])
        world.arrives(tables)
        ids = sorted(user["externalId"] for user in _all(url, "/Users"))
        assert ids == sorted(user["sourcedId"] for user in tables["users"])


def test_two_who_apply_at_once_double_nobody_in_the_end(world: World, service: str) -> None:
    _target(world, service)
    folder = write_package(world.root / "roster", SMALL)
    command = [sys.executable, "-m", "wasl.cli.main", "identity", "apply", "jo", "--yes"]
    command += ["--roster", str(folder)]
    both = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)]
    both.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    for one in both:
        one.wait(60)
    for _ in range(4):
        _, said = world.wasl("apply", "jo", "--roster", folder, "--yes")
        left = world.wasl("plan", "jo", "--roster", folder)[0]
        if left == 0:
            break
    assert left == 0, said
    for path, count in (("/Users", len(SMALL["users"])), ("/Groups", 7)):
        ids = [one["externalId"] for one in _all(service, path)]
        assert len(ids) == len(set(ids)) == count


def test_sample_user_of_rfc_7643_section_8_2_reads_as_a_row() -> None:
    sample = {
        "externalId": "701984",
        "userName": "bjensen@example.com",
        "name": {"familyName": "Jensen", "givenName": "Barbara", "middleName": "Jane"},
        "emails": [
            {"value": "babs@jensen.org", "type": "home"},
            {"value": "bjensen@example.com", "type": "work", "primary": True},
        ],
        "active": True,
    }
    row = user_row(sample, "")
    assert (row["sourcedId"], row["email"]) == ("701984", "bjensen@example.com")
    assert (row["givenName"], row["enabledUser"]) == ("Barbara", "true")


def test_rows_survive_the_way_to_scim_and_back() -> None:
    for row in SMALL["users"]:
        carried = {name: row[name] for name in ("sourcedId", "username", "givenName", "grades")}
        carried |= {"familyName": row["familyName"], "role": row["role"], "enabledUser": "false"}
        back = user_row(user_resource(carried), "")
        assert {name: back[name] for name in carried} == carried
    assert group_resource("orgs", SMALL["orgs"][1])["externalId"] == "orgs:s0001"


class RosterUser(models.Extension):
    __schema__ = models.URN(EXTENSION)

    role: str | None = None
    grades: list[str] | None = None


@pytest.mark.parametrize("email", ["", "pupil@moe.example"])
def test_what_is_sent_is_what_the_typed_models_of_others_send(email: str) -> None:
    for row in SMALL["users"][:2]:
        sent = user_resource({**row, "email": email})
        context = models.Context.RESOURCE_CREATION_REQUEST
        read = models.User[RosterUser].model_validate(sent, scim_ctx=context)
        assert read.model_dump(scim_ctx=context) == sent
    group = group_resource("classes", SMALL["classes"][0])
    assert models.Group.model_validate(group).model_dump(scim_ctx=context) == group


def test_a_field_that_was_emptied_is_emptied_there(world: World, service: str) -> None:
    text = (world.root / "partners/classera.yaml").read_text("utf-8")
    text = text.replace(
        "role: plain, username: plain, ", "role: plain, username: plain, email: plain, "
    )
    (world.root / "partners/classera.yaml").write_text(text, "utf-8")
    _target(world, service)
    tables = copied(SMALL)
    pupil = tables["users"][1]
    pupil["email"] = "pupil@moe.example"
    world.arrives(tables)
    pupil |= {"email": "", "grades": "", "middleName": ""}
    world.arrives(tables)
    user = next(u for u in _all(service, "/Users") if u["externalId"] == pupil["sourcedId"])
    assert "emails" not in user
    assert "grades" not in user[EXTENSION]
    assert "middleName" not in user["name"]
