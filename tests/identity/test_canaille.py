"""Canaille, an identity provider whose SCIM keeps no externalId: told at once, nothing written."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from infra.sandbox.service import free_ports
from integrations.identity.generated import Size, roster, write_package
from integrations.identity.http import Http, Rate
from integrations.identity.signin.oidc import client
from tests.identity.conftest import World
from tests.peers import environment
from wasl.processes import wait_until

pytestmark = pytest.mark.long

CONFIGURATION = """
SECRET_KEY = "of this test"
[CANAILLE]
DATABASE = "memory"
[CANAILLE_OIDC]
DYNAMIC_CLIENT_REGISTRATION_OPEN = true
"""
REDIRECT = "https://wasl-jo.auth.example/oauth2/idpresponse"


@dataclass
class Canaille:
    """A server that runs, and a token for its SCIM."""

    url: str
    token: str

    def users(self) -> int:
        """How many accounts it has."""
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = httpx.get(f"{self.url}/scim/v2/Users", headers=headers).raise_for_status()
        return int(answer.json()["totalResults"])


@pytest.fixture(scope="module")
def canaille(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaille]:
    folder, port = tmp_path_factory.mktemp("canaille"), free_ports(1)[0]
    (folder / "canaille.toml").write_text(CONFIGURATION)
    program = str(environment("canaille") / "canaille")
    process = subprocess.Popen(
        [program, "run", "--bind", f"127.0.0.1:{port}"],
        env={"CANAILLE_CONFIG": "canaille.toml", "PATH": "/usr/bin:/bin"},
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        assert wait_until(lambda: _answers(url), 60)
        yield Canaille(url, _token(url))
    finally:
        process.terminate()
        process.wait(20)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/.well-known/openid-configuration").status_code == 200
    except httpx.HTTPError:
        return False


def _token(url: str) -> str:
    asked = {
        "client_name": "wasl",
        "grant_types": ["client_credentials"],
        "redirect_uris": ["http://127.0.0.1/"],
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": "openid",
    }
    made = httpx.post(f"{url}/oauth/register", json=asked).raise_for_status().json()
    answer = httpx.post(
        f"{url}/oauth/token",
        data={"grant_type": "client_credentials", "scope": "openid"},
        auth=(made["client_id"], made["client_secret"]),
    )
    return str(answer.raise_for_status().json()["access_token"])


def test_where_no_external_id_is_kept_nothing_is_sent(world: World, canaille: Canaille) -> None:
    secret = world.home / "keys/identity/directory"
    secret.write_text(canaille.token)
    secret.chmod(0o600)
    target = f"kind: scim, name: directory, url: '{canaille.url}/scim/v2'"
    target += ", secret_name: identity/directory"
    world.manifest(("  targets:\n", f"  targets:\n    - {{{target}}}\n"))
    folder: Path = write_package(world.root / "roster", roster(Size(1, 1, 2)))
    before = canaille.users()
    for command in (("plan",), ("apply", "--yes")):
        status, said = world.wasl(command[0], "jo", "--roster", folder, *command[1:])
        assert status == 1
        assert "keeps no externalId" in said
        assert canaille.token not in said
    assert canaille.users() == before


def test_our_sign_in_metadata_is_accepted(canaille: Canaille) -> None:
    http = Http(canaille.url, Rate(10), lambda request: None)
    try:
        answer = http.send(
            "POST", "/oauth/register", json=client("wasl: الأردن · Jordan", REDIRECT)
        )
    finally:
        http.close()
    assert answer.status_code == 201, answer.text
    assert answer.json()["redirect_uris"] == [REDIRECT]
