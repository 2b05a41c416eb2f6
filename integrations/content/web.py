"""The web as feeds and files are fetched from it: checked addresses, few redirects, patience.

A host's address is checked where the connection is made, so that no name can lead to one address
when it is checked and to another when it is used. No proxy of the environment is used, since the
address would then be the proxy's to choose.
"""

from __future__ import annotations

import email.utils
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

from integrations.content.faults import Refused

AGENT = "wasl-content/1 (+https://alecso.org)"
REDIRECTS = 5
_RETRIED = frozenset({429, 502, 503, 504})
_LONGEST_WAIT = 600.0
_UNICAST = ipaddress.IPv6Network("2000::/3")  # what RFC 4291 and the IANA give out
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address as the last 32 bits


@dataclass
class Web:
    """A client of the web. `allow_private` also lets it reach private and loopback addresses."""

    allow_private: bool = False
    retries: int = 4
    timeout: float = 60.0
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def __post_init__(self) -> None:
        transport = httpx.HTTPTransport(verify=_tls(), trust_env=False)
        # httpx passes no network backend on; there is no other way to see the address it uses.
        transport._pool._network_backend = _Checked(self.allow_private)
        self._client = httpx.Client(
            transport=transport,
            timeout=self.timeout,
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": AGENT},
        )

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def open(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        form: Mapping[str, str] | None = None,
    ) -> Iterator[httpx.Response]:
        """The answer to a GET (a POST of `form`), its body not yet read.

        Follows redirects, waits where the server asks to, tries again what may pass by itself.
        Raises `Refused`: WASL-CONTENT-ADDRESS (forbidden), -REDIRECT, -HTTP (status or network).
        """
        for attempt in range(self.retries + 1):
            last = attempt == self.retries
            response = self._attempt(url, dict(headers or {}), form, last=last)
            if response is None:
                self.sleep(2.0**attempt)
            elif response.status_code in _RETRIED and not last:
                response.close()
                self.sleep(_wait(response, attempt))
            else:
                try:
                    if response.status_code == 304:  # it has no body: its connection serves on
                        response.read()
                    yield response
                finally:
                    response.close()
                return

    def body(
        self, url: str, *, limit: int, form: Mapping[str, str] | None = None
    ) -> tuple[bytes, httpx.Headers]:
        """A whole body of at most `limit` bytes, tried again if the connection breaks off.

        Raises `Refused` as `open` does, and WASL-CONTENT-TOO-LARGE.
        """
        for attempt in range(self.retries + 1):
            try:
                with self.open(url, form=form) as response:
                    if response.status_code != 200:
                        raise Refused("WASL-CONTENT-HTTP", url=url, why=response.status_code)
                    return b"".join(limited(response.iter_bytes(), limit, url)), response.headers
            except httpx.HTTPError as error:
                if attempt == self.retries:
                    raise Refused("WASL-CONTENT-HTTP", url=url, why=_words(error)) from error
                self.sleep(2.0**attempt)
        raise AssertionError("unreachable")

    def _attempt(
        self, url: str, headers: dict[str, str], form: Mapping[str, str] | None, *, last: bool
    ) -> httpx.Response | None:
        try:
            return self._follow(url, headers, form)
        except httpx.InvalidURL as error:
            raise Refused("WASL-CONTENT-HTTP", url=url, why=str(error)) from error
        except httpx.HTTPError as error:
            refused = _refusal(error)
            if refused is not None:
                raise refused from error
            if last:
                raise Refused("WASL-CONTENT-HTTP", url=url, why=_words(error)) from error
            return None

    def _follow(
        self, url: str, headers: dict[str, str], form: Mapping[str, str] | None
    ) -> httpx.Response:
        here = url
        for _ in range(REDIRECTS + 1):
            _plain(here)
            method = "GET" if form is None else "POST"
            request = self._client.build_request(
                method, here, headers=headers, data=dict(form) if form is not None else None
            )
            response = self._client.send(request, stream=True)
            target = response.headers.get("location")
            if response.status_code not in (301, 302, 303, 307, 308) or not target:
                return response
            response.close()
            following = urljoin(here, target)
            if here.startswith("https:") and not following.startswith("https:"):
                raise Refused("WASL-CONTENT-REDIRECT", url=url, to=following, why="not HTTPS")
            here = following
        raise Refused("WASL-CONTENT-REDIRECT", url=url, to=here, why=f"more than {REDIRECTS}")


@cache
def _tls() -> ssl.SSLContext:
    """The system's authorities, which take longer to load than many an answer to come."""
    return ssl.create_default_context()


def limited(chunks: Iterable[bytes], limit: int, url: str) -> Iterator[bytes]:
    """The chunks, as long as they are no more than `limit` bytes together."""
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > limit:
            raise Refused("WASL-CONTENT-TOO-LARGE", url=url, limit=limit)
        yield chunk


def forbidden(address: str) -> bool:
    """Whether an IP address is not one of the public Internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is None:
            return ip not in _UNICAST or not ip.is_global
        ip = inner
    return not ip.is_global or ip.is_multicast


class _ForbiddenAddress(httpcore.ConnectError):
    """The host's address may not be reached."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(f"{host} is at {address}")
        self.host, self.address = host, address


class _Checked(httpcore.SyncBackend):
    """Connects to a checked address and to no other."""

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host}: {error}") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self._allow_private:
            for address in addresses:
                if forbidden(address):
                    raise _ForbiddenAddress(host, address)
        problem: Exception | None = None
        for address in addresses:
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                problem = error
        raise problem or httpcore.ConnectError(f"{host}: no address")


def _refusal(error: BaseException) -> Refused | None:
    """The refusal behind an error of httpx, if it is one."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _ForbiddenAddress):
            return Refused("WASL-CONTENT-ADDRESS", host=cause.host, address=cause.address)
        cause = cause.__cause__
    return None


def _plain(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise Refused("WASL-CONTENT-HTTP", url=url, why="only http and https, without a password")


def _wait(response: httpx.Response, attempt: int) -> float:
    """Seconds to wait: as the server says (seconds or a date), within reason."""
    said = response.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return min(float(said), _LONGEST_WAIT)
    try:
        until = email.utils.parsedate_to_datetime(said)
    except ValueError:
        return 2.0**attempt
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((aware - datetime.now(UTC)).total_seconds(), 1.0), _LONGEST_WAIT)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:160]
