"""One SCIM service: what it offers, reading all of it, and single requests.

Discovery is scim2-client's, over our own transport, so that rate, retries and refused redirects
hold for it too. POST is never repeated blindly: a lost answer may have made the resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from scim2_client.client import BaseSyncSCIMClient
from scim2_models import (
    ListResponse,
    Mutability,
    ResourceType,
    Returned,
    Schema,
    ServiceProviderConfig,
)

from integrations.identity.http import Http, Rate, Unreachable
from integrations.identity.scim.mapping import EXTENDED, EXTENSION, GROUP, USER
from wasl.errors import WaslError
from wasl.manifest.identity import ScimTarget

TYPE = "application/scim+json"
PAGE = 200
ATTEMPTS = 3
_READ: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "/Users": (USER, ("externalId", "userName", "active", "name", "emails", "meta")),
    "/Groups": (GROUP, ("externalId", "displayName", "members", "meta")),
}
"""What is read at each endpoint: the schema and its attributes."""


class Discovery(BaseSyncSCIMClient):
    """scim2-client over our transport."""

    def __init__(self, http: Http) -> None:
        super().__init__()
        self._http = http

    def request(self, method: str, url: str, **request: Any) -> httpx.Response:
        return self._http.send(method, url if url.startswith("/") else f"/{url}", **request)

    def _stays_under_base_url(self, endpoint: str) -> bool:
        return endpoint.startswith("/") and ".." not in endpoint

    def _parse_json(self, response: Any) -> Any:
        return response.json()


@dataclass(frozen=True)
class Offer:
    """What the service says that it can do (RFC 7643, section 5)."""

    bulk_operations: int
    bulk_bytes: int
    filter: bool
    etag: bool
    patch: bool
    page: int
    cursor: bool
    extension: bool
    external: bool
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What an endpoint must be asked for by name, where not all that is read comes by itself."""


@dataclass(frozen=True)
class Service:
    """An open service."""

    http: Http
    offer: Offer

    @classmethod
    def open(cls, target: ScimTarget, secret: str | None) -> Service:
        """Connect and discover.

        Raises `Unreachable`, or WASL-IDENTITY-SCIM where it lacks what we cannot do without.
        """

        def sign(request: httpx.Request) -> None:
            request.headers["Accept"] = TYPE
            if secret:
                request.headers["Authorization"] = f"Bearer {secret}"

        http = Http(target.url, Rate(target.requests_per_second), sign)
        try:
            offer = _discover(http)
        except BaseException:
            http.close()
            raise
        lacks = _lacks(offer)
        if lacks:
            http.close()
            hint = "ask the partner to turn it on, or choose another way to it"
            raise WaslError("WASL-IDENTITY-SCIM", lacks, where=target.url, hint=hint)
        return cls(http, offer)

    def resources(self, path: str) -> Iterator[dict[str, Any]]:
        """All resources of one endpoint, each id once.

        Pages by index shift where somebody is added or removed under the reading: then a resource
        comes a second time, or falls between two pages. It is read again for those that fell.
        Raises `Unreachable`.
        """
        seen: set[str] = set()
        for _ in range(ATTEMPTS):
            totals = set()
            for body in self._pages(path):
                totals.add(body.get("totalResults"))
                for resource in body.get("Resources") or []:
                    identity = str(resource.get("id"))
                    if identity not in seen:
                        seen.add(identity)
                        yield resource
            if self.offer.cursor or len(totals) <= 1:
                return
        raise Unreachable(f"{path[1:]} kept changing while they were read", self.http.base)

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        """The answers for one endpoint, by cursor where offered (RFC 9865), else by index."""
        cursor: str | None = ""
        start = 1
        named = self.offer.attributes.get(path)
        asked: dict[str, Any] = {"attributes": named} if named else {}
        while True:
            page: dict[str, Any] = {"count": self.offer.page, **asked}
            page |= {"cursor": cursor} if self.offer.cursor else {"startIndex": start}
            answer, _ = self.http.json(path, params=page)
            body = answer if isinstance(answer, dict) else {}
            yield body
            found = body.get("Resources") or []
            start += len(found)
            cursor = body.get("nextCursor")
            ended = not cursor if self.offer.cursor else start > int(body.get("totalResults", 0))
            if ended or not found:
                return

    def find(self, path: str, external: str) -> dict[str, Any] | None:
        """The resource with that externalId, where the service can filter."""
        if not self.offer.filter:
            return None
        quoted = external.replace("\\", "\\\\").replace('"', '\\"')
        body, _ = self.http.json(path, params={"filter": f'externalId eq "{quoted}"', "count": 2})
        found = body.get("Resources") or [] if isinstance(body, dict) else []
        return found[0] if found else None

    def post(self, path: str, body: Mapping[str, Any] | bytes) -> httpx.Response:
        """POST once. Raises `Unreachable` where nobody knows whether it was made."""
        written = {"content": body} if isinstance(body, bytes) else {"json": body}
        return self.http.send("POST", path, headers={"Content-Type": TYPE}, tries=1, **written)

    def patch(self, path: str, body: Mapping[str, Any], version: str = "") -> httpx.Response:
        """PATCH, under the version that was read where the service keeps versions."""
        headers = {"Content-Type": TYPE}
        if version and self.offer.etag:
            headers["If-Match"] = version
        return self.http.send("PATCH", path, json=body, headers=headers)

    def delete(self, path: str) -> httpx.Response:
        """DELETE; gone already is as good."""
        return self.http.send("DELETE", path)


def _discover(http: Http) -> Offer:
    """What the service says of itself, each description for what it is (RFC 7644, section 4).

    Whether they fit together is not asked: Keycloak names an extension that it does not describe.
    """
    client = Discovery(http)
    try:
        config = client.query(ServiceProviderConfig, raise_scim_errors=True)
        types = client.query(ResourceType, raise_scim_errors=True)
        schemas = client.query(Schema, raise_scim_errors=True)
    except Unreachable:
        raise
    except Exception as error:
        what = f"the service cannot be discovered: {type(error).__name__}"
        raise Unreachable(what, http.base) from error
    if not isinstance(config, ServiceProviderConfig):
        raise Unreachable("the service does not say what it offers", http.base)
    return _offer(config, _listed(types), _listed(schemas))


def _listed(answer: Any) -> list[Any]:
    return list(answer.resources or ()) if isinstance(answer, ListResponse) else []


def _offer(
    config: ServiceProviderConfig, types: Sequence[ResourceType], schemas: Sequence[Schema]
) -> Offer:
    bulk, pages = config.bulk, config.pagination
    most = config.filter.max_results if config.filter else None
    extension = _extended(types)
    return Offer(
        bulk_operations=int(bulk.max_operations or 0) if bulk and bulk.supported else 0,
        bulk_bytes=int(bulk.max_payload_size or 0) if bulk and bulk.supported else 0,
        filter=bool(config.filter and config.filter.supported),
        etag=bool(config.etag and config.etag.supported),
        patch=bool(config.patch and config.patch.supported),
        page=max(1, min(PAGE, int(most or PAGE))),
        cursor=bool(pages and pages.cursor and not pages.index),
        extension=extension,
        external=_keeps_external(schemas),
        attributes=dict(_by_name(schemas, extension=extension)),
    )


def _lacks(offer: Offer) -> str:
    """What of the service's we cannot do without, and it has not; empty if nothing."""
    if not offer.patch:
        return "the service offers no PATCH, which members of groups need"
    if not offer.external:
        return "the service keeps no externalId, by which its records are known as ours"
    return ""


def _keeps_external(schemas: Iterable[Schema]) -> bool:
    """Whether externalId can be written and read: so unless a schema says otherwise.

    It is common to all resources (RFC 7643, section 3.1), and seldom in a schema at all.
    """
    return not any(
        attribute.name == "externalId"
        and (attribute.mutability == Mutability.read_only or attribute.returned == Returned.never)
        for schema in schemas
        for attribute in schema.attributes or []
    )


def _by_name(schemas: Iterable[Schema], *, extension: bool) -> Iterator[tuple[str, str]]:
    """The endpoints that give something only to who names it (RFC 7643, section 7: `request`).

    To name one attribute is to leave out all others (RFC 7644, section 3.9): so all are named.
    """
    ours = tuple(f"{EXTENSION}:{name}" for name in sorted(EXTENDED)) if extension else ()
    on_request = {
        (str(schema.id), attribute.name)
        for schema in schemas
        for attribute in schema.attributes or []
        if attribute.returned == Returned.request
    }
    for path, (schema_id, names) in _READ.items():
        if any((schema_id, name) in on_request for name in names):
            yield path, ",".join((*names, *(ours if path == "/Users" else ())))


def _extended(types: Iterable[ResourceType]) -> bool:
    """Whether the service declares our extension."""
    return any(
        str(extension.schema_) == EXTENSION
        for one in types
        for extension in one.schema_extensions or []
    )
