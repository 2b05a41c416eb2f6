"""A pupil signs in for real, at the ministry and through a hub: Keycloak is both of them, and our
metadata makes the clients.

OpenID Connect Core 1.0, section 3.1; RFC 7636 (PKCE); RFC 7591 (client registration).
"""

from __future__ import annotations

import html
import json
import re
import secrets
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
from joserfc.errors import InvalidClaimError, JoseError
from joserfc.jwk import KeySet

from integrations.identity.generated import Size, roster
from tests.identity.conftest import World
from tests.identity.test_sign_in import OWN, through
from tests.peers.keycloak import Keycloak

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

MINISTRY, HUB = "pupils", "hub"
PUPIL = next(row for row in roster(Size(1, 1, 1))["users"] if row["role"] == "student")
NAMES = (PUPIL["givenName"], PUPIL["familyName"])
PASSWORD = "a long word"
OF_HUB, OF_POOL = "metadata/jo-hub.json", "metadata/jo-client.json"


@pytest.fixture(scope="module")
def provider(keycloak: tuple[Keycloak, Path]) -> tuple[Keycloak, Path]:
    """The ministry and the hub, a realm each, and one pupil."""
    server, _chain = keycloak
    for realm in (MINISTRY, HUB):
        server.admin("POST", "", {"realm": realm, "enabled": True})
        _let_our_scopes_in(server, realm)
    _know_by(server, MINISTRY, "sourcedId")
    _know_by(server, HUB, "username")
    profile = server.admin("GET", f"/{MINISTRY}/users/profile")
    profile["unmanagedAttributePolicy"] = "ADMIN_EDIT"  # sourcedId is no field of its own
    server.admin("PUT", f"/{MINISTRY}/users/profile", profile)
    server.admin("POST", f"/{MINISTRY}/users", _account())
    return keycloak


def _let_our_scopes_in(server: Keycloak, realm: str) -> None:
    """What an administrator decides: by itself Keycloak lets nobody ask for `openid`."""
    policies = "org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy"
    for one in server.admin("GET", f"/{realm}/components?type={policies}"):
        if one["providerId"] == "allowed-client-templates":
            server.admin("DELETE", f"/{realm}/components/{one['id']}")


def _know_by(server: Keycloak, realm: str, attribute: str) -> None:
    """Make `attribute` what a realm's tokens call people by: their `sub`."""
    (basic,) = (
        scope
        for scope in server.admin("GET", f"/{realm}/client-scopes")
        if scope["name"] == "basic"
    )
    mappers = f"/{realm}/client-scopes/{basic['id']}/protocol-mappers/models"
    (before,) = (one for one in server.admin("GET", mappers) if one["name"] == "sub")
    server.admin("DELETE", f"{mappers}/{before['id']}")
    config = {"user.attribute": attribute, "claim.name": "sub", "jsonType.label": "String"}
    config |= dict.fromkeys(
        ("id.token.claim", "access.token.claim", "userinfo.token.claim"), "true"
    )
    kind = {"protocol": "openid-connect", "protocolMapper": "oidc-usermodel-attribute-mapper"}
    server.admin("POST", mappers, {"name": "sub", **kind, "config": config})


def _account() -> dict[str, Any]:
    return {
        "username": PUPIL["username"],
        "enabled": True,
        "emailVerified": True,
        "email": "pupil@moe.example",
        "firstName": PUPIL["givenName"],
        "lastName": PUPIL["familyName"],
        "attributes": {"sourcedId": [PUPIL["sourcedId"]]},
        "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
    }


class Refused(Exception):
    """There was no way back: what the page said in its stead."""


@dataclass
class Browser:
    """What a pupil's browser does until it is sent to `end`, where nobody listens."""

    client: httpx.Client
    end: str

    def back(self, address: str, form: dict[str, str], choice: str) -> str:
        """Where it is sent, once the provider `choice` is picked and the form filled in."""
        page = self._open(self.client.build_request("GET", address))
        if choice:
            page = self._open(self._link(page, rf'href="([^"]*/broker/{choice}/login\?[^"]*)"'))
        last = self._open(self._link(page, 'action="([^"]+)"', form))
        if last.next_request is None:
            said = re.search(r'id="input-error-username">\s*<span[^>]*>\s*([^<]+)', last.text)
            raise Refused(said[1] if said else last.text[:2000])
        return str(last.next_request.url)

    def _open(self, request: httpx.Request) -> httpx.Response:
        answer = self.client.send(request)
        while answer.next_request and not str(answer.next_request.url).startswith(self.end):
            answer = self.client.send(answer.next_request)
        return answer

    def _link(
        self, page: httpx.Response, pattern: str, form: dict[str, str] | None = None
    ) -> httpx.Request:
        found = re.search(pattern, page.raise_for_status().text)
        assert found, page.text[:2000]
        address = page.url.join(html.unescape(found[1]))
        return self.client.build_request("POST" if form else "GET", address, data=form)


@dataclass
class Registered:
    """The client that a provider made of our metadata."""

    server: Keycloak
    issuer: str
    document: dict[str, Any]
    made: dict[str, Any]
    client: dict[str, Any]

    @classmethod
    def at(cls, server: Keycloak, realm: str, metadata: Path) -> Registered:
        """Registered as RFC 7591 says, with a ticket that the administrator gave."""
        issuer = f"{server.url}/realms/{realm}"
        made = json.loads(metadata.read_text("utf-8"))
        ticket = server.admin("POST", f"/{realm}/clients-initial-access", {"count": 1})["token"]
        client = httpx.post(
            f"{issuer}/clients-registrations/openid-connect",
            json=made,
            headers={"Authorization": f"Bearer {ticket}"},
            verify=server.trust,
        )
        assert client.status_code == 201, client.text
        document = httpx.get(f"{issuer}/.well-known/openid-configuration", verify=server.trust)
        return cls(server, issuer, document.json(), made, client.json())

    def signed_in(
        self,
        username: str = PUPIL["username"],
        password: str = PASSWORD,
        verifier: str = "",
        choice: str = "",
    ) -> tuple[str, str]:
        """The ID token and the nonce that was asked for. Raises `Refused`, `OAuthError`."""
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
            with httpx.Client(verify=self.server.trust) as browser:
                form = {"username": username, "password": password}
                back = Browser(browser, redirect + "?").back(address, form, choice)
            assert parse_qs(urlsplit(back).query)["state"] == [state]
            token = ours.fetch_token(
                self.document["token_endpoint"],
                authorization_response=back,
                code_verifier=verifier or proof,
            )
        return token["id_token"], nonce

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
    issuer = f"{server.url}/realms/{MINISTRY}"
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    world.manifest(
        ("https://sign-in.jo.example", issuer), ("\n  legal_basis:", OWN + "  legal_basis:")
    )
    status, said = world.wasl("sso", "jo")
    assert status == 2, said  # our metadata is new
    assert world.wasl("sso", "jo")[0] == 0
    return Registered.at(server, MINISTRY, world.root / OF_POOL)


@dataclass
class Legs:
    """Both legs of a sign-in through the hub: the hub's client at the ministry, ours at the hub."""

    ministry: Registered
    hub: Registered


@pytest.fixture
def legs(
    world: World, provider: tuple[Keycloak, Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Legs]:
    """Both providers in the manifest, both documents made by one command, each registered."""
    server, chain = provider
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    world.manifest(*through(f"{server.url}/realms/{HUB}", f"{server.url}/realms/{MINISTRY}"))
    status, said = world.wasl("sso", "jo")
    assert status == 2, said  # both documents are new
    assert world.wasl("sso", "jo")[0] == 0
    ministry = Registered.at(server, MINISTRY, world.root / OF_HUB)
    asked = f"/{HUB}/identity-provider/instances"
    server.admin("POST", asked, _brokered(ministry))
    mapper = {
        "name": "known by what the ministry knows them by",
        "identityProviderAlias": "jo",
        "identityProviderMapper": "oidc-username-idp-mapper",
        "config": {"template": "${CLAIM.sub}", "syncMode": "INHERIT", "target": "LOCAL"},
    }
    server.admin("POST", f"{asked}/jo/mappers", mapper)
    yield Legs(ministry, Registered.at(server, HUB, world.root / OF_POOL))
    server.admin("DELETE", f"{asked}/jo")
    for one in server.admin("GET", f"/{HUB}/users"):
        server.admin("DELETE", f"/{HUB}/users/{one['id']}")


def _brokered(ministry: Registered) -> dict[str, Any]:
    """The ministry as the hub is told of it: by its own discovery, and as it registered the hub."""
    config = {
        "issuer": ministry.document["issuer"],
        "authorizationUrl": ministry.document["authorization_endpoint"],
        "tokenUrl": ministry.document["token_endpoint"],
        "userInfoUrl": ministry.document["userinfo_endpoint"],
        "jwksUrl": ministry.document["jwks_uri"],
        "clientId": ministry.client["client_id"],
        "clientSecret": ministry.client["client_secret"],
        "clientAuthMethod": ministry.client["token_endpoint_auth_method"],
        "defaultScope": ministry.made["scope"],
        "pkceMethod": "S256",
        "syncMode": "FORCE",
    }
    config |= dict.fromkeys(("validateSignature", "useJwksUrl", "pkceEnabled"), "true")
    return {"alias": "jo", "providerId": "oidc", "enabled": True, "config": config}


def test_a_pupil_signs_in_by_code_and_proof(registered: Registered) -> None:
    token, nonce = registered.signed_in()
    claims = registered.verified(token, nonce, registered.keys())
    assert (claims["sub"], claims["preferred_username"]) == (PUPIL["sourcedId"], PUPIL["username"])
    assert (claims["given_name"], claims["family_name"]) == NAMES
    with pytest.raises(JoseError):
        registered.verified(token, "another nonce", registered.keys())
    head, body, signature = token.split(".")
    forged = ".".join((head, body, signature[:-8] + "AAAAAAAA"))
    with pytest.raises(JoseError):
        registered.verified(forged, nonce, registered.keys())


def test_neither_a_wrong_password_nor_a_wrong_proof_signs_anybody_in(
    registered: Registered,
) -> None:
    with pytest.raises(Refused, match="Invalid username or password"):
        registered.signed_in(password="guessed")
    with pytest.raises(OAuthError, match="invalid_grant"):
        registered.signed_in(verifier=secrets.token_urlsafe(48))


def test_a_pupil_of_the_ministry_signs_in_through_the_hub(legs: Legs) -> None:
    token, nonce = legs.hub.signed_in(choice="jo")
    claims = legs.hub.verified(token, nonce, legs.hub.keys())
    assert claims["iss"] == legs.hub.issuer != legs.ministry.issuer
    assert claims["sub"] == PUPIL["sourcedId"]  # whom the roster means, not whom the hub made
    assert (claims["given_name"], claims["family_name"]) == NAMES
    again, second = legs.hub.signed_in(choice="jo")
    assert legs.hub.verified(again, second, legs.hub.keys())["sub"] == PUPIL["sourcedId"]
    (known,) = legs.hub.server.admin("GET", f"/{HUB}/users")
    (linked,) = legs.hub.server.admin("GET", f"/{HUB}/users/{known['id']}/federated-identity")
    assert (linked["identityProvider"], linked["userId"]) == ("jo", PUPIL["sourcedId"])
    with pytest.raises(Refused, match="Invalid username or password"):  # the hub has no password
        legs.hub.signed_in(username=PUPIL["sourcedId"])


def test_whom_the_ministry_does_not_know_the_hub_does_not_let_in(legs: Legs) -> None:
    for stranger in ({"username": "nobody"}, {"password": "guessed"}):
        with pytest.raises(Refused, match="Invalid username or password"):
            legs.hub.signed_in(**stranger, choice="jo")
    assert legs.hub.server.admin("GET", f"/{HUB}/users") == []


def test_the_ministrys_token_is_not_the_hubs(legs: Legs) -> None:
    token, nonce = legs.ministry.signed_in()
    assert legs.ministry.verified(token, nonce, legs.ministry.keys())["sub"] == PUPIL["sourcedId"]
    with pytest.raises((JoseError, ValueError)):  # signed by nobody that the hub publishes
        legs.hub.verified(token, nonce, legs.hub.keys())
    with pytest.raises(InvalidClaimError, match="iss"):
        legs.hub.verified(token, nonce, legs.ministry.keys())


def _component(name: str, priority: int) -> dict[str, Any]:
    return {
        "name": name,
        "providerId": "rsa-generated",
        "providerType": "org.keycloak.keys.KeyProvider",
        "config": {"priority": [str(priority)], "keySize": ["2048"], "algorithm": ["RS256"]},
    }


def test_keys_change_over_without_anybody_signed_out(registered: Registered, world: World) -> None:
    server = registered.server
    signers = f"/{MINISTRY}/components?type=org.keycloak.keys.KeyProvider"
    before, nonce = registered.signed_in()
    stale = registered.keys()
    server.admin("POST", f"/{MINISTRY}/components", _component("next", 500))
    after, second = registered.signed_in()
    with pytest.raises((JoseError, ValueError)):  # who keeps keys must fetch them anew
        registered.verified(after, second, stale)
    registered.verified(after, second, registered.keys())
    registered.verified(before, nonce, registered.keys())
    assert world.wasl("sso", "jo")[0] == 0  # old and new are both published
    for one in server.admin("GET", signers):
        if one["providerId"] == "rsa-generated":
            server.admin("DELETE", f"/{MINISTRY}/components/{one['id']}")
    server.admin("POST", f"/{MINISTRY}/components", _component("sudden", 900))
    status, said = world.wasl("sso", "jo")
    assert status == 2
    assert "all were replaced at once" in said
