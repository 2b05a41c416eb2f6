"""The partner's content interface, as its file in `partners/` assumes it.

    GET    {path}/resources?after=KEY     what it holds, page by page, in order of key
    PUT    {path}/packages/{sha256}       a Common Cartridge, with its Content-Digest (RFC 9530)
    PUT    {path}/resources/{key}         a resource: metadata, audiences, its package
    DELETE {path}/resources/{key}         a withdrawal; what was only its package goes too
    POST   {path}/deliveries              the end of a delivery: answered by a receipt

Each request brings a JWT of its own. Each can be repeated, so that a delivery that was cut off is
gone on with by the next one.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from integrations.content.collection import Item
from integrations.content.mirror.objects import CHUNK
from wasl.errors import WaslError
from wasl.result import digest


class Answer(Protocol):
    """What is looked at of an HTTP answer."""

    @property
    def status_code(self) -> int: ...

    def json(self) -> Any: ...


class Sender(Protocol):
    """Sends a request, tries again what may pass by itself, and authorises it."""

    def send(self, method: str, path: str, **request: Any) -> Answer: ...

    def json(self, path: str, **request: Any) -> tuple[Any, Any]: ...


@dataclass(frozen=True)
class Interface:
    """One country's content interface; `path` is where it begins."""

    sender: Sender
    path: str

    def resources(self) -> dict[str, str]:
        """The fingerprints of all that it holds, by resource."""
        return dict(self._pages())

    def put_package(self, cartridge: Path, sha256: str) -> None:
        """Deliver a cartridge. Raises `WaslError` (WASL-CONTENT-PARTNER)."""
        headers = {
            "Content-Type": "application/zip",
            "Content-Length": str(cartridge.stat().st_size),
            "Content-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:",
        }
        where = f"{self.path}/packages/{sha256}"
        answer = self.sender.send("PUT", where, content=_Reread(cartridge), headers=headers)
        self._expect(answer, where, 200, 201)

    def put_resource(self, item: Item, told: Mapping[str, Any]) -> None:
        """Deliver what is told of a resource. Raises `WaslError` (WASL-CONTENT-PARTNER)."""
        where = f"{self.path}/resources/{key(item.id)}"
        self._expect(self.sender.send("PUT", where, json=dict(told)), where, 200, 201)

    def withdraw(self, resource: str) -> None:
        """Take a resource back; fine if it is gone already."""
        where = f"{self.path}/resources/{key(resource)}"
        self._expect(self.sender.send("DELETE", where), where, 200, 204, 404)

    def finish(self, resources: Mapping[str, str]) -> str:
        """End a delivery after which it is to hold just `resources`; the receipt's id.

        Raises `WaslError` (WASL-CONTENT-PARTNER) if it says that it holds something else.
        """
        where, wanted = f"{self.path}/deliveries", summary(resources)
        body = {"delivery": wanted, "resources": len(resources)}
        answer = self.sender.send("POST", where, json=body)
        self._expect(answer, where, 200, 201)
        receipt = _document(answer)
        if receipt.get("holds") != wanted or not isinstance(receipt.get("receipt"), str):
            raise _wrong("its receipt is of something else than was delivered", where)
        return str(receipt["receipt"])

    def _pages(self) -> Iterator[tuple[str, str]]:
        after, where = "", f"{self.path}/resources"
        while True:
            page, _ = self.sender.json(where, params={"after": after})
            try:
                found = [(str(one["id"]), str(one["fingerprint"])) for one in page["resources"]]
                following = page.get("next") or ""
            except (KeyError, TypeError, AttributeError) as error:
                raise _wrong("what it holds is not told as agreed", where) from error
            yield from found
            if not following:
                return
            if following <= after:
                raise _wrong("its pages lead nowhere", where)
            after = following

    @staticmethod
    def _expect(answer: Answer, where: str, *good: int) -> None:
        if answer.status_code not in good:
            why = _document(answer).get("error") or "without a reason"
            raise _wrong(f"it answered {answer.status_code}: {str(why)[:200]}", where)


def key(resource: str) -> str:
    """How a resource is named in addresses: ids may hold anything."""
    return hashlib.sha256(resource.encode()).hexdigest()


def summary(resources: Mapping[str, str]) -> str:
    """The digest of everything that is held: ids and fingerprints."""
    return digest(sorted(resources.items()))


def told(
    item: Item, fingerprint: str, package: str, country: str, audiences: Sequence[str]
) -> dict[str, Any]:
    """What the partner is told of a resource (after LRMI), and whom it is for."""
    resource = item.judged.resource
    by = {
        "country": [country],
        "grade": sorted(item.judged.levels.grades),
        "language": list(resource.languages),
    }
    return {
        "id": item.id,
        "fingerprint": fingerprint,
        "name": dict(resource.titles),
        "description": dict(resource.descriptions),
        "inLanguage": list(resource.languages),
        "license": item.judged.licence.id,
        "creator": list(resource.creators or resource.publishers or (resource.feed,)),
        "about": list(item.judged.subjects),
        "learningResourceType": list(resource.types),
        "teaches": list(resource.teaches),
        "package": {"type": "common-cartridge-1.3", "sha256": package},
        "audience": {name: by[name] for name in audiences if by[name]},
    }


@dataclass(frozen=True)
class _Reread:
    """A file's bytes, from the beginning each time that a request is sent."""

    path: Path

    def __iter__(self) -> Iterator[bytes]:
        with self.path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                yield chunk


def _document(answer: Answer) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _wrong(what: str, where: str) -> WaslError:
    return WaslError(
        "WASL-CONTENT-PARTNER",
        f"the partner's content interface: {what}",
        where=where,
        hint="what was delivered until then stays; run it again once it is mended",
    )
