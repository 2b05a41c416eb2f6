"""The partner as a destination: what its file says, our token, each delivery's receipt."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey

from integrations.content.cartridge.check import check
from integrations.content.cartridge.write import write
from integrations.content.collection import Item
from integrations.content.compare import Step
from integrations.content.faults import Refused
from integrations.content.partner.interface import Interface, told
from integrations.content.rules import PARTNER, files_for, links
from integrations.identity.http import Http, Rate, Unreachable
from integrations.identity.keys import Keys
from wasl.errors import WaslError
from wasl.loopback import on_loopback
from wasl.manifest.content import PartnerInterface
from wasl.manifest.partner import ContentContract
from wasl.planes.content.setting import Progress, Setting
from wasl.result import Finding, digest

FORM = 2
"""Counted up when the same resources are to be told of otherwise."""
_LIFE = 300  # seconds that a token is good for
_PER_SECOND = 20.0


@dataclass(frozen=True)
class Delivered:
    """The partner's content interface: a cartridge and a description for each resource."""

    setting: Setting

    @property
    def name(self) -> str:
        return PARTNER

    @property
    def group(self) -> str:
        return PARTNER

    @property
    def budget(self) -> int | None:
        return None

    def usable(self, item: Item) -> bool:
        """A file (that may still be to fetch), else an address."""
        judged = item.judged
        return bool(item.files or files_for(judged, PARTNER) or links(judged.resource))

    def fingerprint(self, item: Item) -> str:
        """Changes with whatever the partner is told or sent."""
        resource = item.judged.resource
        audiences = list(self._contract.audiences.value)
        more = [list(links(resource)), list(resource.types), list(resource.teaches), audiences]
        return digest([FORM, item.fingerprint, more])[:32]

    def observed(self) -> Mapping[str, str]:
        with self._interface() as interface:
            return interface.resources()

    def due(self, items: Sequence[Item], found: Sequence[Step]) -> bool:
        return bool(found)

    def deliver(self, items: Sequence[Item], progress: Progress) -> str:
        wanted = {item.id: self.fingerprint(item) for item in items}
        with self._interface() as interface:
            there = interface.resources()
            new = [item for item in items if there.get(item.id) != wanted[item.id]]
            gone = sorted(there.keys() - wanted.keys())
            for resource in gone:
                interface.withdraw(resource)
            for number, item in enumerate(new, 1):
                self._put(interface, item, wanted[item.id])
                progress(self.name, number, len(new))
            receipt = interface.finish(wanted)
        return (
            f"{self.setting.partner.name}: {len(new)} resources delivered, {len(gone)} withdrawn, "
            f"{len(wanted)} held, receipt {receipt}"
        )

    def damaged(self) -> list[Finding]:
        """The partner answers for its own packages."""
        return []

    def _put(self, interface: Interface, item: Item, fingerprint: str) -> None:
        setting = self.setting
        cartridge = setting.folder / "work" / "resource.imscc"
        try:
            sha256 = write(item, setting.objects, cartridge, setting.country.languages[0].code)
            _held_to_its_rules(cartridge, item)
            interface.put_package(cartridge, sha256)
        finally:
            cartridge.unlink(missing_ok=True)
        audiences = self._contract.audiences.value
        document = told(item, fingerprint, sha256, setting.country.code, audiences)
        interface.put_resource(item, document)

    @contextmanager
    def _interface(self) -> Iterator[Interface]:
        where, contract = self._where, self._contract
        _only_here_while_assumed(where, contract, self.setting)
        keys = Keys(self.setting.home / "keys")
        secret = OctKey.import_key(keys.given(where.secret_name.lstrip("/")))
        sign = _Token(secret, where.client, self.setting.partner.name)
        rate = Rate(_PER_SECOND if not on_loopback(where.url) else _PER_SECOND * 50)
        http = Http(where.url, rate, sign)
        try:
            yield Interface(http, contract.path.value)
        except Unreachable as error:
            raise WaslError(
                "WASL-CONTENT-PARTNER",
                f"the partner's content interface: {error.what}",
                where=error.where,
                hint="what was delivered until then stays; run it again when it answers",
            ) from error
        finally:
            http.close()

    @property
    def _where(self) -> PartnerInterface:
        found = self.setting.content.partner
        assert found is not None  # the manifest's own rule
        return found

    @cached_property
    def _contract(self) -> ContentContract:
        partner = self.setting.partner
        if partner.content is None:
            raise WaslError(
                "WASL-CONTENT-NO-INTERFACE",
                f"nothing is known of how {partner.name} takes content",
                where=f"partners/{partner.name}.yaml content",
                hint="write that section, or leave partner out of content.destinations",
            )
        return partner.content


@dataclass(frozen=True)
class _Token:
    """Signs each request with a token of its own."""

    secret: OctKey
    client: str
    partner: str

    def __call__(self, request: httpx.Request) -> None:
        now = int(time.time())
        claims = {
            "iss": self.client,
            "aud": self.partner,
            "iat": now,
            "exp": now + _LIFE,
            "jti": uuid.uuid4().hex,
        }
        token = jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, self.secret)
        request.headers["Authorization"] = f"Bearer {token}"


def assumptions(contract: ContentContract) -> list[str]:
    """Which parts of a contract the partner has not confirmed."""
    return [name for name in ContentContract.model_fields if not getattr(contract, name).confirmed]


def _only_here_while_assumed(
    where: PartnerInterface, contract: ContentContract, setting: Setting
) -> None:
    """What is assumed works in the sandbox; it is not tried on anyone else's server."""
    guesses = assumptions(contract)
    if guesses and not on_loopback(where.url):
        raise WaslError(
            "WASL-CONTENT-ASSUMED",
            f"{setting.partner.name} has not confirmed: {', '.join(guesses)}",
            where=f"partners/{setting.partner.name}.yaml content",
            hint="deliver to the sandbox's emulator until it has",
        )


def _held_to_its_rules(cartridge: Path, item: Item) -> None:
    try:
        broken = [f"{one.rule} ({one.section})" for one in check(cartridge)]
    except Refused as refused:
        broken = [str(refused.fault)]
    if broken:
        raise WaslError(
            "WASL-CONTENT-CARTRIDGE",
            f"its cartridge breaks {'; '.join(broken)[:300]}",
            where=item.id,
            hint="nothing of it was delivered; exclude it in the manifest and report this",
        )
