"""SAML 2.0: a provider's metadata checked, our service's made.

SAML V2.0 Metadata, sections 2.3.2 and 2.4. A signature on the metadata is not verified: what it
says is believed because TLS brought it from where the manifest says.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, md, samlp

from integrations.identity.signin.faults import Fault, Looked, Terms, certificate

_CORRECT = "have the provider correct its metadata"


def check(text: bytes, terms: Terms) -> Looked:
    """What is wrong with a provider's metadata; all at once."""
    try:
        entity = md.entity_descriptor_from_string(text)
    except Exception as error:  # whatever parsers raise on hostile XML
        what = f"is no SAML metadata ({type(error).__name__})"
        return Looked((Fault("", what, _CORRECT),), frozenset())
    if entity is None or not entity.idpsso_descriptor:
        what = "describes no SAML identity provider"
        return Looked((Fault("", what, _CORRECT),), frozenset())
    prints: set[str] = set()
    faults = [*_until(entity.valid_until, terms)]
    if not entity.entity_id:
        faults.append(Fault("entityID", "is missing", _CORRECT))
    for provider in entity.idpsso_descriptor:
        faults += _until(provider.valid_until, terms)
        faults += _protocol(provider)
        faults += _services(provider)
        faults += _keys(provider, terms, prints)
    return Looked(tuple(faults), frozenset(prints))


def _until(value: str | None, terms: Terms) -> Iterator[Fault]:
    if not value:
        return
    try:
        ends = datetime.fromisoformat(value)
    except ValueError:
        yield Fault("validUntil", "is no date", _CORRECT)
        return
    ends = ends if ends.tzinfo else ends.replace(tzinfo=UTC)
    if ends <= terms.now:
        yield Fault("validUntil", f"was {ends:%Y-%m-%d}", "have the provider publish it anew")
    elif ends <= terms.now + terms.warning:
        yield Fault("validUntil", f"is {ends:%Y-%m-%d}", "have the provider publish it anew", True)


def _protocol(provider: Any) -> Iterator[Fault]:
    if samlp.NAMESPACE not in (provider.protocol_support_enumeration or "").split():
        yield Fault("protocolSupportEnumeration", "does not name SAML 2.0", _CORRECT)


def _services(provider: Any) -> Iterator[Fault]:
    usable = (BINDING_HTTP_POST, BINDING_HTTP_REDIRECT)
    if not any(one.binding in usable for one in provider.single_sign_on_service):
        yield Fault("SingleSignOnService", "has neither HTTP-POST nor HTTP-Redirect", _CORRECT)
    for one in (*provider.single_sign_on_service, *provider.single_logout_service):
        if urlsplit(one.location or "").scheme != "https":
            yield Fault(type(one).__name__, "is not at https", _CORRECT)


def _keys(provider: Any, terms: Terms, prints: set[str]) -> Iterator[Fault]:
    """Several signing certificates are a change of keys under way: one that holds is enough."""
    judged: list[list[Fault]] = []
    for number, text in enumerate(_certificates(provider)):
        place = f"certificate {number + 1}"
        try:
            der = b64decode("".join(text.split()), validate=True)
            read = x509.load_der_x509_certificate(der)
        except (ValueError, TypeError):
            judged.append([Fault(place, "is no certificate", _CORRECT)])
            continue
        prints.add(sha256(der).hexdigest())
        judged.append([*certificate(read, place, terms)])
    if not judged:
        yield Fault("KeyDescriptor", "has no signing certificate", _CORRECT)
    elif all(judged):
        yield from (fault for faults in judged for fault in faults)


def _certificates(provider: Any) -> Iterator[str]:
    for described in provider.key_descriptor:
        if described.use in (None, "signing"):
            for data in described.key_info.x509_data if described.key_info else ():
                one = data.x509_certificate
                for found in one if isinstance(one, list) else [one]:
                    yield (found.text or "") if found is not None else ""


def service(consumer: str, entity_id: str) -> str:
    """What a provider registers of whom it sends assertions: to `consumer`, and signed.

    They are taken in HTTP-POST alone.
    """
    described = md.AssertionConsumerService(
        binding=BINDING_HTTP_POST, location=consumer, index="0", is_default="true"
    )
    role = md.SPSSODescriptor(
        protocol_support_enumeration=samlp.NAMESPACE,
        want_assertions_signed="true",
        assertion_consumer_service=[described],
    )
    entity = md.EntityDescriptor(entity_id=entity_id, spsso_descriptor=role)
    return f"{entity}\n"
