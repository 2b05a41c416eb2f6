"""A pupil signs in for real: Keycloak is the ministry's provider, our metadata makes the client.

OpenID Connect Core 1.0, section 3.1; RFC 7636 (PKCE); RFC 7591 (client registration).
"""

from __future__ import annotations

import html
import json
import os
import re
import secrets
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from infra.sandbox.service import free_ports
from tests.identity.conftest import World
from tests.identity.support import certified
from tests.identity.test_sign_in import OWN
from tests.peers.keycloak import Keycloak, Missing, running

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

REALM = "pupils"
PUPIL = {"username": "u0001", "password": "a long word", "given": "فاطمة", "family": "الزعبي"}


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Keycloak, Path]]:
    folder = tmp_path_factory.mktemp("keycloak")
    chain, key = certified(folder)
    trust = ssl.create_default_context(cafile=str(chain))
    try:
        with running(folder, free_ports(1)[0], chain, key, trust) as server:
            server.admin("POST", "", {"realm": REALM, "enabled": True})
            server.admin("POST", f"/{REALM}/users", _account())
            _let_our_scopes_in(server)
            yield server, chain
    except Missing as error:
        if os.environ.get("CI"):
            raise  # there it is to be had, and what was not proved must not look so
        pytest.skip(str(error))


def _let_our_scopes_in(server: Keycloak) -> None:
    """What a ministry's administrator decides: by itself Keycloak lets nobody ask for `openid`."""
    policies = "org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy"
    for one in server.admin("GET", f"/{REALM}/components?type={policies}"):
        if one["providerId"] == "allowed-client-templates":
            server.admin("DELETE", f"/{REALM}/components/{one['id']}")


def _account() -> dict[str, Any]:
    return {
        "username": PUPIL["username"],
        "enabled": True,
        "emailVerified": True,
        "email": "u0001@moe.example",
        "firstName": PUPIL["given"],
        "lastName": PUPIL["family"],
        "credentials": [{"type": "password", "value": PUPIL["password"], "temporary": False}],
    }


@dataclass
class Registered:
    """The client that the ministry made of our metadata."""

    server: Keycloak
    issuer: str
    document: dict[str, Any]
    made: dict[str, Any]
    client: dict[str, Any]

    def signed_in(self, password: str = PUPIL["password"], verifier: str = "") -> tuple[str, str]:
        """The ID token and the nonce that was asked for. Raises `OAuthError`."""
        nonce, proof = secrets.token_hex(16), secrets.token_urlsafe(48)
        redirect = self.client["redirect_uris"][0]
        with OAuth2Client(
            self.client["client_id"],
            self.client["client_secret"],
            token_endpoint_auth_method=self.client["token_endpoint_auth_method"],
            scope=self.made["scope"],  # what Keycloak answers is without `openid`
            redirect_uri=redirect,
            code_challenge_method="S256",
            verify=self.server.trust,
        ) as ours:
            address, state = ours.create_authorization_url(
                self.document["authorization_endpoint"], code_verifier=proof, nonce=nonce
            )
            back = self._browsed(address, password)
            assert back.startswith(redirect + "?")
            assert parse_qs(urlsplit(back).query)["state"] == [state]
            token = ours.fetch_token(
                self.document["token_endpoint"],
                authorization_response=back,
                code_verifier=verifier or proof,
            )
        return token["id_token"], nonce

    def _browsed(self, address: str, password: str) -> str:
        """What a browser does: the form filled in, and where it is sent back to."""
        with httpx.Client(verify=self.server.trust) as browser:
            page = browser.get(address).raise_for_status().text
            found = re.search(r'action="([^"]+)"', page)
            assert found, page[:500]
            form = {"username": PUPIL["username"], "password": password}
            return str(browser.post(html.unescape(found[1]), data=form).headers.get("Location", ""))

    def keys(self) -> KeySet:
        """What the provider publishes now."""
        answer = httpx.get(self.document["jwks_uri"], verify=self.server.trust)
        published = [one for one in answer.json()["keys"] if one["use"] == "sig"]
        return KeySet.import_key_set({"keys": published})

    def verified(self, token: str, nonce: str, keys: KeySet) -> dict[str, Any]:
        """The ID token's claims (section 3.1.3.7). Raises `JoseError`."""
        read = jwt.decode(token, keys, algorithms=["RS256"])
        registry = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client["client_id"]},
            nonce={"essential": True, "value": nonce},
            exp={"essential": True},
            iat={"essential": True},
        )
        registry.validate(read.claims)
        return dict(read.claims)


@pytest.fixture
def registered(
    world: World, provider: tuple[Keycloak, Path], monkeypatch: pytest.MonkeyPatch
) -> Registered:
    """The provider in the manifest, our metadata made by the command and registered there."""
    server, chain = provider
    issuer = f"{server.url}/realms/{REALM}"
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    world.manifest(
        ("https://sign-in.jo.example", issuer), ("\n  legal_basis:", OWN + "  legal_basis:")
    )
    status, said = world.wasl("sso", "jo")
    assert status == 2, said  # our metadata is new
    assert world.wasl("sso", "jo")[0] == 0
    made = json.loads((world.root / "metadata/jo-client.json").read_text("utf-8"))
    ticket = server.admin("POST", f"/{REALM}/clients-initial-access", {"count": 1})["token"]
    client = httpx.post(
        f"{issuer}/clients-registrations/openid-connect",
        json=made,
        headers={"Authorization": f"Bearer {ticket}"},
        verify=server.trust,
    )
    assert client.status_code == 201, client.text
    document = httpx.get(f"{issuer}/.well-known/openid-configuration", verify=server.trust)
    return Registered(server, issuer, document.json(), made, client.json())


def test_a_pupil_signs_in_by_code_and_proof(registered: Registered) -> None:
    token, nonce = registered.signed_in()
    claims = registered.verified(token, nonce, registered.keys())
    assert claims["preferred_username"] == PUPIL["username"]
    assert (claims["given_name"], claims["family_name"]) == (PUPIL["given"], PUPIL["family"])
    with pytest.raises(JoseError):
        registered.verified(token, "another nonce", registered.keys())
    head, body, signature = token.split(".")
    forged = ".".join((head, body, signature[:-8] + "AAAAAAAA"))
    with pytest.raises(JoseError):
        registered.verified(forged, nonce, registered.keys())


def test_neither_a_wrong_password_nor_a_wrong_proof_signs_anybody_in(
    registered: Registered,
) -> None:
    with pytest.raises(AssertionError):  # no way back: the form is shown again
        registered.signed_in(password="guessed")
    with pytest.raises(OAuthError, match="invalid_grant"):
        registered.signed_in(verifier=secrets.token_urlsafe(48))


def _component(name: str, priority: int) -> dict[str, Any]:
    return {
        "name": name,
        "providerId": "rsa-generated",
        "providerType": "org.keycloak.keys.KeyProvider",
        "config": {"priority": [str(priority)], "keySize": ["2048"], "algorithm": ["RS256"]},
    }


def test_keys_change_over_without_anybody_signed_out(registered: Registered, world: World) -> None:
    server, signers = registered.server, f"/{REALM}/components?type=org.keycloak.keys.KeyProvider"
    before, nonce = registered.signed_in()
    stale = registered.keys()
    server.admin("POST", f"/{REALM}/components", _component("next", 500))
    after, second = registered.signed_in()
    with pytest.raises((JoseError, ValueError)):  # who keeps keys must fetch them anew
        registered.verified(after, second, stale)
    registered.verified(after, second, registered.keys())
    registered.verified(before, nonce, registered.keys())
    assert world.wasl("sso", "jo")[0] == 0  # old and new are both published
    for one in server.admin("GET", signers):
        if one["providerId"] == "rsa-generated":
            server.admin("DELETE", f"/{REALM}/components/{one['id']}")
    server.admin("POST", f"/{REALM}/components", _component("sudden", 900))
    status, said = world.wasl("sso", "jo")
    assert status == 2
    assert "all were replaced at once" in said
