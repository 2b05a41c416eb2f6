"""OpenID Connect: a provider's discovery document and keys checked, our client's metadata made.

OpenID Connect Discovery 1.0, sections 3 and 4.3; RFC 7517; RFC 7591, section 2.
"""

from __future__ import annotations

import warnings
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from authlib.oidc.discovery import OpenIDProviderMetadata
from cryptography import x509
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from integrations.identity.signin.faults import Fault, Looked, Terms, certificate, size

# What user pools and the partner's "Login with …" verify; `none` and HS* prove nothing to others.
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA"})


def check(document: Mapping[str, Any], keys: Any, issuer: str, terms: Terms) -> Looked:
    """What is wrong with the provider called `issuer`; all at once."""
    faults = [*_document(document, issuer)]
    thumbprints: set[str] = set()
    listed = keys.get("keys") if isinstance(keys, Mapping) else None
    if not isinstance(listed, list) or not listed:
        faults.append(Fault("jwks_uri", "publishes no keys", "publish the signing keys"))
        return Looked(tuple(faults), frozenset())
    faults += _ids(listed)
    for number, raw in enumerate(listed):
        if isinstance(raw, Mapping) and raw.get("use") == "enc":
            continue
        faults += _key(raw, f"keys.{number}", terms, thumbprints)
    if not thumbprints:
        faults.append(Fault("keys", "none of them signs", "publish the signing keys"))
    return Looked(tuple(faults), frozenset(thumbprints))


def _document(document: Mapping[str, Any], issuer: str) -> Iterator[Fault]:
    read = OpenIDProviderMetadata(document)
    correct = "have the provider correct its discovery document"
    if document.get("issuer") != issuer:
        yield Fault("issuer", "is not the issuer that the manifest names", "make both the same")
    for name in OpenIDProviderMetadata.REGISTRY_KEYS:
        try:
            getattr(read, f"validate_{name}", lambda: None)()
        except (ValueError, TypeError, AttributeError):
            yield Fault(name, "is missing, or is not as OpenID Connect Discovery asks", correct)
    offered = document.get("id_token_signing_alg_values_supported")
    if isinstance(offered, list) and not ALGORITHMS.intersection(map(str, offered)):
        what = "offers none of " + ", ".join(sorted(ALGORITHMS))
        yield Fault("id_token_signing_alg_values_supported", what, "sign ID tokens with RS256")
    flows = document.get("response_types_supported")
    if isinstance(flows, list) and "code" not in flows:
        yield Fault("response_types_supported", "has no code", "offer the authorization code flow")


def _ids(listed: list[Any]) -> Iterator[Fault]:
    ids = Counter(str(raw.get("kid", "")) for raw in listed if isinstance(raw, Mapping))
    if ids.pop("", 0) and len(listed) > 1:
        yield Fault("keys", "one of several has no kid", "give each key a kid of its own")
    if any(count > 1 for count in ids.values()):
        yield Fault("keys", "two have the same kid", "give each key a kid of its own")


def _key(raw: Any, place: str, terms: Terms, thumbprints: set[str]) -> Iterator[Fault]:
    try:
        with warnings.catch_warnings(action="ignore"):  # a short key is told below
            key = import_key(raw)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        yield Fault(place, "is no JSON Web Key", "have the provider correct its keys")
        return
    if not isinstance(key, RSAKey | ECKey | OKPKey):
        yield Fault(place, "is a shared secret, published", "replace it, and publish public keys")
        return
    if key.is_private:
        yield Fault(place, "is a private key, published", "replace it, and publish public keys")
    thumbprints.add(key.thumbprint())
    if isinstance(key, RSAKey):
        yield from size(key.public_key.key_size, place)
    algorithm = raw.get("alg")
    if algorithm is not None and algorithm not in ALGORITHMS:
        yield Fault(place, "is for an algorithm that is not accepted", "sign with RS256")
    for chained in [*(raw.get("x5c") or ())][:1]:
        try:
            read = x509.load_der_x509_certificate(b64decode(chained, validate=True))
        except (ValueError, TypeError):
            yield Fault(f"{place}.x5c", "is no certificate", "leave x5c out, or correct it")
        else:
            yield from certificate(read, f"{place}.x5c", terms)


def client(name: str, redirect: str) -> dict[str, Any]:
    """What a provider registers of whom it sends back to `redirect`: RFC 7591's metadata.

    User pools and hubs alike send their secret in the request's body.
    """
    return {
        "client_name": name,  # one for all: Keycloak refuses names that are tagged by language
        "redirect_uris": [redirect],
        "application_type": "web",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_post",
        "id_token_signed_response_alg": "RS256",
        "scope": "openid profile email",
    }
