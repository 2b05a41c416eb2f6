"""One SCIM service: what it offers, reading all of it, and single requests.

Discovery is scim2-client's, over our own transport, so that rate, retries and refused redirects
hold for it too. POST is never repeated blindly: a lost answer may have made the resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from scim2_client.client import BaseSyncSCIMClient
from scim2_models import Mutability, ResourceType, Returned, Schema

from integrations.identity.http import Http, Rate, Unreachable
from integrations.identity.scim.mapping import EXTENSION
from wasl.errors import WaslError
from wasl.manifest.identity import ScimTarget

TYPE = "application/scim+json"
PAGE = 200


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
        """All resources of one endpoint, by cursor where offered (RFC 9865), else by index."""
        cursor: str | None = ""
        start = 1
        while True:
            page: dict[str, Any] = {"count": self.offer.page}
            page |= {"cursor": cursor} if self.offer.cursor else {"startIndex": start}
            body, _ = self.http.json(path, params=page)
            found = body.get("Resources") or [] if isinstance(body, dict) else []
            yield from found
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
    client = Discovery(http)
    try:
        client.discover(schemas=True)
    except Unreachable:
        raise
    except Exception as error:
        what = f"the service cannot be discovered: {type(error).__name__}"
        raise Unreachable(what, http.base) from error
    provider = client.provider
    config = provider.config
    if config is None:
        raise Unreachable("the service does not say what it offers", http.base)
    bulk, pages = config.bulk, config.pagination
    most = config.filter.max_results if config.filter else None
    return Offer(
        bulk_operations=int(bulk.max_operations or 0) if bulk and bulk.supported else 0,
        bulk_bytes=int(bulk.max_payload_size or 0) if bulk and bulk.supported else 0,
        filter=bool(config.filter and config.filter.supported),
        etag=bool(config.etag and config.etag.supported),
        patch=bool(config.patch and config.patch.supported),
        page=max(1, min(PAGE, int(most or PAGE))),
        cursor=bool(pages and pages.cursor and not pages.index),
        extension=_extended(provider.resource_types),
        external=_keeps_external(provider.schemas),
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


def _extended(types: Iterable[ResourceType]) -> bool:
    """Whether the service declares our extension."""
    return any(
        str(extension.schema_) == EXTENSION
        for one in types
        for extension in one.schema_extensions or []
    )
