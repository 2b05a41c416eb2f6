"""Sign-in metadata: providers looked at over TLS, ours made."""

from __future__ import annotations

import base64
import datetime as dt
import json
import ssl
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import OctKey, RSAKey
from saml2 import md
from saml2.md import entity_descriptor_from_string

from integrations.identity.signin import oidc, saml
from integrations.identity.signin.faults import Looked, Terms, clock, rollover
from tests.identity.conftest import World
from tests.identity.support import certificate as _certificate
from tests.identity.support import certified
from tests.identity.support import rsa_key as _key
from wasl.cli.main import main

NOW = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
TERMS = Terms(NOW, dt.timedelta(days=30))
ISSUER = "https://sign-in.jo.example/realms/pupils"


def _der(one: x509.Certificate) -> str:
    return base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode()


def _jwk(key: rsa.RSAPrivateKey | None = None, **more: Any) -> dict[str, Any]:
    pem = (
        (key or _key())
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    with warnings.catch_warnings(action="ignore"):  # some are too short on purpose
        made: dict[str, Any] = dict(RSAKey.import_key(pem).as_dict(private=False))
    return {**made, "kid": "1", "use": "sig", "alg": "RS256", **more}


def _document(issuer: str = ISSUER, **changes: Any) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/auth",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/keys",
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        **changes,
    }


def _places(looked: Looked) -> set[str]:
    return {fault.place for fault in looked.faults}


def test_a_provider_as_it_should_be() -> None:
    looked = oidc.check(_document(), {"keys": [_jwk()]}, ISSUER, TERMS)
    assert looked.faults == ()
    assert len(looked.keys) == 1


def test_everything_wrong_with_a_discovery_document_is_told_at_once() -> None:
    """OpenID Connect Discovery 1.0, sections 3 and 4.3."""
    wrong = _document(
        ISSUER + "/",
        token_endpoint="http://sign-in.jo.example/token",
        response_types_supported=["token"],
        id_token_signing_alg_values_supported=["none", "HS256"],
    )
    del wrong["subject_types_supported"]
    assert _places(oidc.check(wrong, {"keys": [_jwk()]}, ISSUER, TERMS)) == {
        "issuer",
        "token_endpoint",
        "response_types_supported",
        "id_token_signing_alg_values_supported",
        "subject_types_supported",
    }


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        (None, "publishes no keys"),
        ({"keys": [{"kty": "RSA"}]}, "is no JSON Web Key"),
        ({"keys": [_jwk(use="enc")]}, "none of them signs"),
        ({"keys": [_jwk(alg="HS256")]}, "is for an algorithm that is not accepted"),
        ({"keys": [_jwk(_key(1024))]}, "is an RSA key of 1024 bits"),
        ({"keys": [_jwk(), _jwk(_key(number=1))]}, "two have the same kid"),
        ({"keys": [_jwk(), _jwk(_key(number=1), kid="")]}, "one of several has no kid"),
        ({"keys": [_jwk(x5c=["?"])]}, "is no certificate"),
        ({"keys": [_jwk(x5c=[_der(_certificate(dt.datetime(2026, 9, 1)))])]}, "expired on"),
        ({"keys": [OctKey.generate_key(256).as_dict(private=True)]}, "is a shared secret"),
        ({"keys": [RSAKey.generate_key(2048).as_dict(private=True)]}, "is a private key"),
    ],
)
def test_keys_that_prove_nothing(keys: Any, what: str) -> None:
    looked = oidc.check(_document(), keys, ISSUER, TERMS)
    assert what in " ".join(fault.what for fault in looked.faults)


def test_clocks_and_changes_of_keys() -> None:
    minute = dt.timedelta(minutes=1)
    assert not [*clock(NOW + minute, TERMS)]
    (late,) = clock(NOW - 5 * minute, TERMS)
    assert "-300 s" in late.what
    one, two = frozenset("a"), frozenset("b")
    assert [*rollover(one, two)]
    assert not [*rollover(one, one | two)]
    assert not [*rollover(frozenset(), two)]


def _provider(*certificates: str, location: str = ISSUER, until: str = "") -> bytes:
    described = "".join(
        '<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#">'
        f"<X509Data><X509Certificate>{one}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        for one in certificates
    )
    valid = f' validUntil="{until}"' if until else ""
    return (
        f'<EntityDescriptor xmlns="{md.NAMESPACE}" entityID="{ISSUER}"{valid}><IDPSSODescriptor'
        ' protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        f"{described}<SingleSignOnService"
        ' Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"'
        f' Location="{location}"/></IDPSSODescriptor></EntityDescriptor>'
    ).encode()


GOOD = _der(_certificate(dt.datetime(2028, 1, 1)))
OLD = _der(_certificate(dt.datetime(2026, 9, 1)))
SOON = _der(_certificate(dt.datetime(2026, 10, 20)))
NEXT = _der(_certificate(dt.datetime(2029, 1, 1), begins=dt.datetime(2026, 12, 1)))
WEAK = _der(_certificate(dt.datetime(2028, 1, 1), _key(1024)))
BOMB = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (_provider(GOOD), ""),
        (_provider(GOOD, OLD), ""),
        (_provider(OLD), "expired on 2026-09-01"),
        (_provider(SOON), "expires on 2026-10-20"),
        (_provider(NEXT), "is valid from 2026-12-01"),
        (_provider(WEAK), "1024 bits"),
        (_provider("?"), "is no certificate"),
        (_provider(), "has no signing certificate"),
        (_provider(GOOD, until="2026-09-30T00:00:00Z"), "was 2026-09-30"),
        (_provider(GOOD, until="2026-10-09T00:00:00Z"), "is 2026-10-09"),
        (_provider(GOOD, location="http://x.example"), "is not at https"),
        (
            saml.service("https://a.example/x", "urn:x").encode(),
            "describes no SAML identity provider",
        ),
        (BOMB, "is no SAML metadata"),
        (b"no XML", "is no SAML metadata"),
    ],
)
def test_saml_metadata(text: bytes, what: str) -> None:
    """SAML V2.0 Metadata, sections 2.3.2, 2.4.1.1 and 2.4.3."""
    said = "; ".join(fault.what for fault in saml.check(text, TERMS).faults)
    assert what in said
    assert bool(what) == bool(said)


def test_what_ends_soon_is_a_warning() -> None:
    assert [fault.soon for fault in saml.check(_provider(SOON), TERMS).faults] == [True]


def test_our_service_is_read_back_as_it_was_meant() -> None:
    meant = saml.service("https://pool.example/saml2/idpresponse", "urn:amazon:cognito:sp:x")
    read = entity_descriptor_from_string(meant)
    (role,) = read.spsso_descriptor
    assert read.entity_id == "urn:amazon:cognito:sp:x"
    assert role.want_assertions_signed == "true"
    (consumer,) = role.assertion_consumer_service
    assert consumer.location == "https://pool.example/saml2/idpresponse"


@dataclass
class Ministry:
    """A provider at https://localhost, whose certificate this test's trust store holds."""

    url: str
    pages: dict[str, bytes] = field(default_factory=dict)

    def publish(self, *keys: dict[str, Any], at: str = "") -> None:
        document = json.dumps(_document(self.url + at)).encode()
        self.pages[f"{at}/.well-known/openid-configuration"] = document
        self.pages[f"{at}/keys"] = json.dumps({"keys": keys}).encode()


@pytest.fixture
def ministry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ministry]:
    pages: dict[str, bytes] = {}

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    chain, secret = certified(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, secret)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    try:
        yield Ministry(f"https://localhost:{server.server_port}", pages)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


OWN = "\n  sso:\n    own: {file: metadata/jo-client.json, host: wasl-jo.auth.example}\n"


def test_sso_checks_the_ministry_and_keeps_our_metadata(world: World, ministry: Ministry) -> None:
    world.manifest(
        ("https://sign-in.jo.example", ministry.url),
        ("\n  legal_basis:", OWN + "  legal_basis:"),
    )
    ministry.publish(_jwk())
    status, said = world.wasl("sso", "jo")
    assert status == 2, said
    assert "metadata/jo-client.json was written" in said
    made = json.loads((world.root / "metadata/jo-client.json").read_text("utf-8"))
    assert made["redirect_uris"] == ["https://wasl-jo.auth.example/oauth2/idpresponse"]
    assert made["client_name"] == "wasl: الأردن · Jordan"
    assert world.wasl("sso", "jo")[0] == 0
    ministry.publish(_jwk(_key(number=1), kid="2"))
    status, said = world.wasl("sso", "jo")
    assert status == 2
    assert "all were replaced at once" in said


def through(hub: str, ministry: str) -> tuple[tuple[str, str], ...]:
    """The manifest's changes for a hub between the ministry's provider and the tenancy."""
    section = f"""
  sso:
    providers: [{{protocol: oidc, name: ministry, issuer: '{ministry}'}}]
    hub: {{file: metadata/jo-hub.json, redirect: '{hub}/broker/jo/endpoint'}}
    own: {{file: metadata/jo-client.json, host: wasl-jo.auth.example}}
"""
    return (
        ("https://sign-in.jo.example", hub),
        ("\n  legal_basis:", section + "  legal_basis:"),
    )


def test_a_hub_is_registered_at_the_ministry_and_the_tenancy_at_the_hub(
    world: World, ministry: Ministry
) -> None:
    hub = ministry.url + "/hub"
    world.manifest(*through(hub, ministry.url))
    ministry.publish(_jwk())
    ministry.publish(_jwk(_key(number=1)), at="/hub")
    status, said = world.wasl("sso", "jo")
    assert status == 2, said
    assert "of the tenancy, for the hub to register" in said
    assert "of the hub, for the ministry to register" in said
    made = {
        name: json.loads((world.root / f"metadata/jo-{name}.json").read_text("utf-8"))
        for name in ("hub", "client")
    }
    assert made["hub"]["redirect_uris"] == [f"{hub}/broker/jo/endpoint"]
    assert made["hub"]["client_name"] == f"{hub[8:-4]}: الأردن · Jordan"
    assert made["client"]["redirect_uris"] == ["https://wasl-jo.auth.example/oauth2/idpresponse"]
    assert made["client"]["client_name"] == "wasl: الأردن · Jordan"
    assert world.wasl("sso", "jo")[0] == 0


@pytest.mark.parametrize(("at", "name"), [("", "ministry"), ("/hub", "hub")])
def test_both_sides_of_a_hub_are_checked_and_told_apart(
    world: World, ministry: Ministry, at: str, name: str
) -> None:
    world.manifest(*through(ministry.url + "/hub", ministry.url))
    ministry.publish(_jwk())
    ministry.publish(_jwk(_key(number=1)), at="/hub")
    ministry.publish(_jwk(_key(1024)), at=at)
    status, said = world.wasl("sso", "jo")
    assert status == 2
    assert said.count("1024 bits") == 1
    assert f"{name}: keys.0 is an RSA key of 1024 bits" in said
    del ministry.pages[f"{at}/keys"]
    assert world.wasl("sso", "jo")[0] == 1


def test_a_hub_may_ask_a_ministry_that_speaks_saml(world: World, ministry: Ministry) -> None:
    hub = ministry.url + "/hub"
    world.manifest(
        *through(hub, f"{ministry.url}/saml"),
        ("protocol: oidc, name: ministry, issuer", "protocol: saml, name: ministry, metadata_url"),
        ("jo-hub.json", "jo-hub.xml"),
    )
    ministry.publish(_jwk(), at="/hub")
    far = _der(_certificate(dt.datetime(2099, 1, 1)))
    ministry.pages["/saml"] = _provider(far)
    status, said = world.wasl("sso", "jo")
    assert status == 1
    assert "write identity.sso.hub.entity_id" in said
    assert not (world.root / "metadata").exists()  # neither of the two
    world.manifest(("jo-hub.xml,", f"jo-hub.xml, entity_id: '{hub}',"))
    status, said = world.wasl("sso", "jo")
    assert status == 2, said
    read = entity_descriptor_from_string((world.root / "metadata/jo-hub.xml").read_text("utf-8"))
    (consumer,) = read.spsso_descriptor[0].assertion_consumer_service
    assert (read.entity_id, consumer.location) == (hub, f"{hub}/broker/jo/endpoint")
    assert world.wasl("sso", "jo")[0] == 0


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("name: ministry", "name: moe", "needs the provider that it asks, called `ministry`"),
        ("name: ministry", "name: hub", "the same one twice, or one `hub`"),
        ("jo-hub.json", "jo-client.json", "hub and own name the same file"),
        ("issuer: 'https://moe.jo.example'", f"issuer: '{ISSUER}/'", "write the hub's in sign_in"),
    ],
)
def test_a_hub_that_does_not_hang_together(world: World, old: str, new: str, what: str) -> None:
    world.manifest(*through(ISSUER, "https://moe.jo.example"))
    world.manifest((old, new))
    status, said = world.wasl("sso", "jo")
    assert status == 1
    assert what in said


def test_a_provider_that_cannot_be_trusted_or_read_is_never_clean(
    world: World, ministry: Ministry, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.manifest(("https://sign-in.jo.example", ministry.url))
    status, said = world.wasl("sso", "jo")
    assert status == 1
    assert "GET answered 404" in said
    ministry.publish(_jwk())
    monkeypatch.delenv("SSL_CERT_FILE")
    status, said = world.wasl("sso", "jo")
    assert status == 1, said


def test_a_country_without_a_roster_has_its_sign_in_checked_too(
    world: World, ministry: Ministry
) -> None:
    path = world.root / "countries/tn.yaml"
    text = path.read_text("utf-8").replace("https://sign-in.tn.example", ministry.url)
    path.write_text(text, encoding="utf-8")
    ministry.publish(_jwk())
    status, said = world.wasl("sso", "tn")
    assert status == 0, said
    status, said = world.wasl("drift", "tn")
    assert (status, "the manifest names no roster" in said) == (1, True)


def test_the_daily_check_looks_at_sign_in_where_the_manifest_says_so(
    world: World, ministry: Ministry
) -> None:
    path = world.root / "countries/tn.yaml"
    text = path.read_text("utf-8").replace("https://sign-in.tn.example", ministry.url)
    path.write_text(text.replace("identity: {}", "identity:\n  sso: {}"), encoding="utf-8")
    ministry.publish(_jwk())
    drift = ("drift", "tn", "--plane", "identity")
    assert main([*drift]) == 0
    ministry.publish(_jwk(_key(), x5c=[_der(_certificate(dt.datetime(2026, 9, 1)))]))
    assert main([*drift]) == 2
    assert "ministry: keys.0.x5c expired on 2026-09-01" in world.capture.readouterr().out
    del ministry.pages["/keys"]
    assert main([*drift]) == 1
