"""An OAI-PMH provider as it is asked: Identify, and lists page by page.

While one page is used, the next is already fetched in a second thread. From the second page on
processes read them in turn; a list of one page, as most later harvests are, starts none.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from typing import Generic, Literal
from urllib.parse import urlencode

from integrations.content.catalogue import compressed
from integrations.content.faults import Refused
from integrations.content.oai.pages import OAI, Page, read_page
from integrations.content.oai.readers import Made, Reader, reader
from integrations.content.web import Web
from integrations.content.xml import parse

PAGE_BYTES = 64_000_000
# Two, since the next page is only known when one is parsed: while one process parses, the other
# makes of its page what is asked for. Elsewhere a fork is not safe.
READERS = 2 if sys.platform == "linux" else 0
Deletions = Literal["no", "transient", "persistent"]


@dataclass(frozen=True, slots=True)
class Identity:
    """What the provider says of itself (4.2)."""

    name: str
    deletions: Deletions
    seconds: bool
    """Whether datestamps tell seconds (3.3.1); else days."""


@dataclass(frozen=True, slots=True)
class Fetched(Generic[Made]):
    """A page without its records, and the same page as it came, compressed."""

    page: Page
    body: bytes
    made: Callable[[], Made]
    """What is made of its records: to be called once, before the next page is asked for."""


@dataclass(frozen=True)
class Provider:
    """A base URL and how it is reached."""

    url: str
    web: Web
    readers: int = READERS

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

    def pages(
        self, arguments: Mapping[str, str], make: Callable[[Page], Made]
    ) -> Iterator[Fetched[Made]]:
        """A list from `arguments` (a resumptionToken among them or not) to its end.

        Each page comes with what `make` makes of it, in this process or another. Raises `Refused`:
        WASL-CONTENT-TOKEN-LOOP where the provider sends a token twice.
        """
        verb = arguments["verb"]
        seen: set[bytes] = set()
        fetched = self._fetch(arguments, make, None)
        with ExitStack() as started:
            ahead: ThreadPoolExecutor | None = None
            while (token := fetched.page.token) and not fetched.page.error:
                mark = hashlib.sha256(token.encode()).digest()[:12]
                if mark in seen or token == arguments.get("resumptionToken"):
                    yield fetched
                    raise Refused("WASL-CONTENT-TOKEN-LOOP", url=self.url, token=token[:80])
                seen.add(mark)
                if ahead is None:
                    # In this order: a fork has its one thread alone.
                    readers = [started.enter_context(reader(make)) for _ in range(self.readers)]
                    turns = cycle(readers or [None])
                    ahead = started.enter_context(ThreadPoolExecutor(1, "oai"))
                following = {"verb": verb, "resumptionToken": token}
                waiting = ahead.submit(self._fetch, following, make, next(turns))
                yield fetched
                fetched = waiting.result()
            yield fetched

    def _fetch(
        self,
        arguments: Mapping[str, str],
        make: Callable[[Page], Made],
        reader: Reader[Made] | None,
    ) -> Fetched[Made]:
        data, _headers = self.web.body(self._address(arguments), limit=PAGE_BYTES)
        if reader is None:
            page = read_page(data)
            return Fetched(page.bare(), compressed(data), lambda: make(page))
        reader.send(data)
        body = compressed(data)
        return Fetched(reader.page(), body, reader.made)

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
