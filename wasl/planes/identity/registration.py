"""Sign-in metadata of one country: what others register of us, kept in the manifest's files.

The cloud's user pool is not touched here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from integrations.identity.signin import oidc, saml
from wasl.errors import WaslError
from wasl.files import write_atomically
from wasl.manifest.identity import HubMetadata, OwnMetadata, Provider, SignOn, address
from wasl.manifest.tenancy import SignIn
from wasl.planes.identity.setting import Home
from wasl.result import Action, Change, Message

# Where Cognito takes back whom a provider signed in.
_POOL = {"oidc": "https://{}/oauth2/idpresponse", "saml": "https://{}/saml2/idpresponse"}


@dataclass(frozen=True)
class Registration:
    """The text that a file has to hold, and why."""

    file: str
    text: str
    reason: Message


def make(setting: Home) -> tuple[tuple[Change, ...], tuple[Message, ...]]:
    """Keep our metadata in the manifest's files: what changed there, and sentences about it."""
    changes, notes = [], []
    if setting.identity.sso is None or setting.identity.sso.own is None:
        notes.append(Message("identity.note.no-own"))
    for one in [*_registrations(setting)]:  # nothing is kept before all can be made
        change = _keep(setting, one)
        changes += [change] if change else []
        said = "identity.note.written" if change else "identity.note.as-it-should-be"
        notes.append(Message(said, {"file": one.file}))
    return tuple(changes), tuple(notes)


def _registrations(setting: Home) -> Iterator[Registration]:
    """The tenancy's, for whom `sign_in` names; the hub's, for the ministry."""
    sso, asked = setting.identity.sso or SignOn(), setting.country.sign_in
    if sso.own:
        redirect = _POOL[asked.protocol].format(sso.own.host)
        text = _text(setting, "own", sso.own, asked, redirect, "wasl")
        reason = "identity.reason.sign-in-at-hub" if sso.hub else "identity.reason.sign-in"
        yield Registration(sso.own.file, text, Message(reason))
    if sso.hub and sso.ministry:
        title = urlsplit(address(asked)).netloc
        text = _text(setting, "hub", sso.hub, sso.ministry, sso.hub.redirect, title)
        yield Registration(sso.hub.file, text, Message("identity.reason.sign-in-of-hub"))


def _text(
    setting: Home,
    key: str,
    metadata: OwnMetadata | HubMetadata,
    at: SignIn | Provider,
    redirect: str,
    title: str,
) -> str:
    """`metadata` in the protocol of the provider that registers it."""
    if at.protocol == "oidc":
        names = setting.country.names
        made = oidc.client(f"{title}: {names.ar} · {names.en}", redirect)
        return json.dumps(made, ensure_ascii=False, indent=2) + "\n"
    if metadata.entity_id is None:
        place = f"identity.sso.{key}"
        raise WaslError(
            "WASL-IDENTITY-MANIFEST",
            "sign-in is by SAML, and the entity id is missing",
            where=str(setting.catalogue.location(setting.country.code, place)),
            hint=f"write {place}.entity_id",
        )
    return saml.service(redirect, metadata.entity_id)


def _keep(setting: Home, one: Registration) -> Change | None:
    path = setting.root / one.file
    before = path.read_text("utf-8") if path.is_file() else None
    if before == one.text:
        return None
    action = Action.CREATE if before is None else Action.UPDATE
    _inside(setting.root, path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with setting.journal().unit("identity.sso", one.file, action=action.value):
        write_atomically(path, one.text)
    return Change("identity", setting.country.code, one.file, action, one.reason)


def _inside(root: Path, path: Path) -> None:
    """Refuse a path that a link leads out of the checkout."""
    if not path.resolve().is_relative_to(root.resolve()):
        raise WaslError(
            "WASL-IDENTITY-MANIFEST",
            "the file for our metadata lies outside the checkout",
            where=str(path),
            hint="name a file inside it",
        )
