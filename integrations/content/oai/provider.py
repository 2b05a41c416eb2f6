"""An OAI-PMH provider as it is asked: Identify, and lists page by page.

While one page is used, the next is already fetched and parsed in a second thread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlencode

from integrations.content.catalogue import compressed
from integrations.content.faults import Refused
from integrations.content.oai.pages import OAI, Page, read_page
from integrations.content.web import Web
from integrations.content.xml import parse

PAGE_BYTES = 64_000_000
Deletions = Literal["no", "transient", "persistent"]


@dataclass(frozen=True, slots=True)
class Identity:
    """What the provider says of itself (4.2)."""

    name: str
    deletions: Deletions
    seconds: bool
    """Whether datestamps tell seconds (3.3.1); else days."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page, and the same page as it came, compressed."""

    page: Page
    body: bytes


@dataclass(frozen=True)
class Provider:
    """A base URL and how it is reached."""

    url: str
    web: Web

    def identify(self) -> Identity:
        """Raises `Refused` (WASL-CONTENT-NOT-OAI) where no OAI-PMH 2.0 provider answers."""
        data, _headers = self.web.body(self._address({"verb": "Identify"}), limit=PAGE_BYTES)
        root = parse(data, self.url)
        told = root.find(f"{OAI}Identify")
        if root.tag != f"{OAI}OAI-PMH" or told is None:
            raise Refused("WASL-CONTENT-NOT-OAI", found=str(root.tag))
        version = (told.findtext(f"{OAI}protocolVersion") or "").strip()
        if version != "2.0":
            raise Refused("WASL-CONTENT-NOT-OAI", found=f"protocol version {version!r}")
        deletions = (told.findtext(f"{OAI}deletedRecord") or "").strip()
        return Identity(
            (told.findtext(f"{OAI}repositoryName") or "").strip(),
            deletions if deletions in ("transient", "persistent") else "no",  # type: ignore[arg-type]
            (told.findtext(f"{OAI}granularity") or "").strip() == "YYYY-MM-DDThh:mm:ssZ",
        )

    def pages(self, arguments: Mapping[str, str]) -> Iterator[Fetched]:
        """A list from `arguments` (a resumptionToken among them or not) to its end.

        Raises `Refused`: WASL-CONTENT-TOKEN-LOOP where the provider sends a token twice.
        """
        verb = arguments["verb"]
        seen: set[bytes] = set()
        with ThreadPoolExecutor(1, thread_name_prefix="oai") as ahead:
            waiting: Future[Fetched] | None = ahead.submit(self._fetch, arguments)
            while waiting is not None:
                fetched = waiting.result()
                token = fetched.page.token
                waiting = None
                if token and not fetched.page.error:
                    mark = hashlib.sha256(token.encode()).digest()[:12]
                    if mark in seen or token == arguments.get("resumptionToken"):
                        yield fetched
                        raise Refused("WASL-CONTENT-TOKEN-LOOP", url=self.url, token=token[:80])
                    seen.add(mark)
                    following = {"verb": verb, "resumptionToken": token}
                    waiting = ahead.submit(self._fetch, following)
                yield fetched

    def _fetch(self, arguments: Mapping[str, str]) -> Fetched:
        data, _headers = self.web.body(self._address(arguments), limit=PAGE_BYTES)
        return Fetched(read_page(data), compressed(data))

    def _address(self, arguments: Mapping[str, str]) -> str:
        joint = "&" if "?" in self.url else "?"
        return f"{self.url}{joint}{urlencode(arguments)}"


def datestamp(moment: datetime, *, seconds: bool) -> str:
    """A UTC datestamp in the provider's granularity (3.3)."""
    form = "%Y-%m-%dT%H:%M:%SZ" if seconds else "%Y-%m-%d"
    return moment.astimezone(UTC).strftime(form)


def parse_datestamp(text: str) -> datetime | None:
    """A datestamp of either granularity; None for anything else."""
    for form in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
