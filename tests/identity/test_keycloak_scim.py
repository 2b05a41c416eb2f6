"""Keycloak as an identity system that accounts are brought to: its SCIM, a preview of 26.7.

It offers neither Bulk nor ETags, gives a group's members only to who names them, keeps externalId
and middle names where an administrator has made room for them, and has each group's name once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.identity.generated import Size, Tables, roster, write_package
from tests.identity.conftest import World
from tests.identity.support import copied, moved_changed_left
from tests.peers.keycloak import Keycloak

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

REALM, CLIENT, SECRET = "directory", "wasl", "a long secret"
MANAGED = ("manage-users", "view-users", "query-users", "query-groups")


def _own_names(tables: Tables) -> Tables:
    """The same roster, in which no two classes are called alike."""
    named = copied(tables)
    for number, row in enumerate(named["classes"]):
        row["title"] = f"{row['title']} ({number})"
    return named


ALIKE = roster(Size(schools=2, classes=2, pupils=6))
SMALL = _own_names(ALIKE)


@dataclass
class Directory:
    """A realm whose SCIM is open to us."""

    server: Keycloak
    client: httpx.Client

    def all(self, path: str, **asked: str) -> dict[str, dict[str, Any]]:
        """What is there, by externalId."""
        answer = self.client.get(path, params={"count": 100, **asked}).raise_for_status().json()
        assert answer["totalResults"] == len(answer["Resources"])
        return {one.get("externalId", ""): one for one in answer["Resources"]}

    def groups(self) -> dict[str, set[str]]:
        """The externalIds of each group's members."""
        names = {one["id"]: key for key, one in self.all("/Users").items()}
        found = self.all("/Groups", attributes="externalId,members")
        return {
            key: {names[member["value"]] for member in one.get("members", ())}
            for key, one in found.items()
        }


@pytest.fixture
def directory(
    world: World, keycloak: tuple[Keycloak, Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Directory]:
    server, chain = keycloak
    server.admin("POST", "", {"realm": REALM, "enabled": True, "scimApiEnabled": True})
    url = f"{server.url}/realms/{REALM}/scim/v2"
    _make_room(server)
    token = _token(server, url)
    secret = world.home / "keys/identity/directory"
    secret.write_text(token)
    secret.chmod(0o600)
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    near = url.replace("localhost", "127.0.0.1")  # a loopback written out needs no hosting country
    target = f"kind: scim, name: directory, url: '{near}', requests_per_second: 200"
    target += ", secret_name: identity/directory"
    world.manifest(
        ("  targets:\n", f"  targets:\n    - {{{target}}}\n"),
        ("  legal_basis:", "  guards: {school: {percent: 90, count: 90}}\n  legal_basis:"),
    )
    bearer = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=bearer, verify=server.trust) as client:
        yield Directory(server, client)
    server.admin("DELETE", f"/{REALM}")


def _make_room(server: Keycloak) -> None:
    """What an administrator decides: what is kept, and that nobody must have an e-mail address."""
    profile = server.admin("GET", f"/{REALM}/users/profile")
    for attribute in profile["attributes"]:
        if attribute["name"] == "email":
            del attribute["required"]
    only_us = {"view": ["admin"], "edit": ["admin"]}
    profile["attributes"] += [
        {"name": name, "annotations": {"kc.scim.schema.attribute": kept}, "permissions": only_us}
        for name, kept in (("externalId", "externalId"), ("middleName", "name.middleName"))
    ]
    server.admin("PUT", f"/{REALM}/users/profile", profile)


def _token(server: Keycloak, audience: str) -> str:
    """A client of ours that may manage people and groups, and its token for the realm's SCIM."""
    config = {"included.custom.audience": audience, "access.token.claim": "true"}
    mapper = {"name": "scim", "protocol": "openid-connect", "config": config}
    mapper["protocolMapper"] = "oidc-audience-mapper"
    client = {
        "clientId": CLIENT,
        "secret": SECRET,
        "serviceAccountsEnabled": True,
        "attributes": {"access.token.lifespan": "3600"},
        "protocolMappers": [mapper],
    }
    server.admin("POST", f"/{REALM}/clients", client)
    (ours,) = server.admin("GET", f"/{REALM}/clients?clientId={CLIENT}")
    (manager,) = server.admin("GET", f"/{REALM}/clients?clientId=realm-management")
    account = server.admin("GET", f"/{REALM}/clients/{ours['id']}/service-account-user")
    roles = server.admin("GET", f"/{REALM}/clients/{manager['id']}/roles")
    given = [role for role in roles if role["name"] in MANAGED]
    server.admin(
        "POST", f"/{REALM}/users/{account['id']}/role-mappings/clients/{manager['id']}", given
    )
    answer = httpx.post(
        f"{server.url}/realms/{REALM}/protocol/openid-connect/token",
        data={"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET},
        verify=server.trust,
    )
    return str(answer.raise_for_status().json()["access_token"])


def test_a_roster_arrives_whole_and_planning_again_gives_nothing(
    world: World, directory: Directory
) -> None:
    world.arrives(SMALL)
    users, groups = directory.all("/Users"), directory.groups()
    assert set(users) == {row["sourcedId"] for row in SMALL["users"]}
    pupil = SMALL["users"][1]
    assert users[pupil["sourcedId"]]["name"]["givenName"] == pupil["givenName"]
    for row in SMALL["classes"]:
        key = row["sourcedId"]
        enrolled = (one for one in SMALL["enrollments"] if one["classSourcedId"] == key)
        assert groups[f"classes:{key}"] == {one["userSourcedId"] for one in enrolled}
    for school in ("s0001", "s0002"):
        there = {row["sourcedId"] for row in SMALL["users"] if school in row["orgSourcedIds"]}
        assert groups[f"orgs:{school}"] == there


def test_a_move_a_change_a_leaver_and_a_hand_that_meddled(
    world: World, directory: Directory
) -> None:
    world.arrives(SMALL)
    after, (mover, changed, leaver) = moved_changed_left(SMALL)
    folder = world.arrives(after)
    users, groups = directory.all("/Users"), directory.groups()
    assert users[leaver["sourcedId"]]["active"] is False
    assert users[changed["sourcedId"]]["name"]["familyName"] == "اسم جديد"
    assert mover["sourcedId"] in groups["orgs:s0002"] - groups["orgs:s0001"]
    user = users[changed["sourcedId"]]["id"]
    operations = [{"op": "replace", "path": "name.familyName", "value": "غيره"}]
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}
    assert directory.client.patch(f"/Users/{user}", json=body).is_success
    status, said = world.wasl("drift", "jo", "--roster", folder)
    assert status == 2
    assert "familyName" in said
    world.arrives(after)
    assert directory.all("/Users")[changed["sourcedId"]]["name"]["familyName"] == "اسم جديد"


def test_where_a_name_may_be_had_once_the_second_class_is_refused_and_said(
    world: World, directory: Directory
) -> None:
    folder = write_package(world.root / "roster", ALIKE)
    status, said = world.wasl("apply", "jo", "--roster", folder, "--yes")
    assert status == 1
    assert "409 (uniqueness)" in said
    assert len(directory.all("/Users")) == len(ALIKE["users"])
    titles = {row["title"] for row in ALIKE["classes"]}
    there = [key for key in directory.all("/Groups") if key.startswith("classes:")]
    assert len(there) == len(titles) < len(ALIKE["classes"])
    world.arrives(SMALL)  # the ministry tells them apart
