"""The sandbox's partner at the content interface: takes cartridges and resources, gives receipts.

It stands for an interface of which nothing but "JWT" and "audiences" is known, and accepts what the
partner's file assumes. It trusts nothing that it is sent: tokens, digests and cartridges are looked
at by its own code. What it holds lies in files, so that a restart finds the same.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.parsers import expat

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from infra.sandbox.partner import Faults
from wasl.files import write_atomically

PATH = "/content/v1"
PAGE = 100
LARGEST = 2_000_000_000
_HEX = frozenset("0123456789abcdef")

Answer = tuple[int, dict[str, Any]]


class Shelf:
    """Resources and packages on disk."""

    def __init__(self, home: Path) -> None:
        self.packages, self.resources = home / "packages", home / "resources"
        self.incoming = home / "incoming"
        for folder in (self.packages, self.resources, self.incoming):
            folder.mkdir(parents=True, exist_ok=True)
        for broken_off in self.incoming.iterdir():
            broken_off.unlink()
        self.lock = threading.Lock()

    def page(self, after: str) -> dict[str, Any]:
        """Up to a hundred resources after a key."""
        with self.lock:
            names = sorted(one.stem for one in self.resources.glob("*.json") if one.stem > after)
            shown = [self._read(name) for name in names[:PAGE]]
        short = [{"id": one["id"], "fingerprint": one["fingerprint"]} for one in shown]
        return {"resources": short, "next": names[PAGE - 1] if len(names) > PAGE else ""}

    def put(self, key: str, told: Any) -> Answer:
        """Insert or update a resource, if all is there that it needs."""
        why = self._refusal(key, told)
        if why:
            return 422, {"error": why}
        path = self.resources / f"{key}.json"
        with self.lock:
            known = path.exists()
            write_atomically(path, json.dumps(told, ensure_ascii=False))
            self._sweep()
        return (200 if known else 201), {}

    def remove(self, key: str) -> Answer:
        """Withdraw a resource, and its package if nothing else needs it."""
        with self.lock:
            path = self.resources / f"{key}.json"
            if not path.exists():
                return 404, {"error": "unknown"}
            path.unlink()
            self._sweep()
        return 204, {}

    def receipt(self, delivery: Any) -> Answer:
        """What it holds after a delivery, as it sees it."""
        with self.lock:
            held = [self._read(one.stem) for one in self.resources.glob("*.json")]
        pairs = sorted([one["id"], one["fingerprint"]] for one in held)
        text = json.dumps(pairs, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        holds = hashlib.sha256(text.encode()).hexdigest()
        number = hashlib.sha256(f"{time.time_ns()}{holds}".encode()).hexdigest()[:16]
        told = {"receipt": number, "holds": holds, "resources": len(held)}
        if not isinstance(delivery, dict) or "delivery" not in delivery:
            return 400, {"error": "no delivery is named"}
        return 201, told

    def _refusal(self, key: str, told: Any) -> str:
        if not isinstance(told, dict) or not isinstance(told.get("fingerprint"), str):
            return "no such document"
        if hashlib.sha256(str(told.get("id")).encode()).hexdigest() != key:
            return "the key is of another resource"
        if not told.get("audience", {}).get("country"):
            return "it is for nobody"
        if not told.get("license") or not told.get("name"):
            return "it has no name or no licence"
        package = (told.get("package") or {}).get("sha256", "")
        if not (self.packages / package).is_file() or set(package) - _HEX:
            return "its package is not here"
        return ""

    def _sweep(self) -> None:
        """Forget packages that no resource names."""
        held = [self._read(one.stem) for one in self.resources.glob("*.json")]
        needed = {one["package"]["sha256"] for one in held}
        for package in self.packages.iterdir():
            if package.name not in needed:
                package.unlink()

    def _read(self, key: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.resources / f"{key}.json").read_text("utf-8"))
        return found


class Handler(BaseHTTPRequestHandler):
    """One connection. Class attributes are set by `main`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    shelf: Shelf
    faults: Faults
    secret: OctKey
    audience: str

    def do_GET(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- named there too
        """Say nothing."""

    def _answer(self) -> None:
        body = self._body()
        if body is None:
            return
        fault = self.faults.next()
        try:
            if fault == "429":
                self._send(429, {"error": "slow down"}, {"Retry-After": "0"})
            elif fault == "500":
                self._send(500, {"error": "error"})
            elif fault == "silence":
                self.close_connection = True
            else:
                status, answer = self._work(body)
                if fault == "500 after":
                    status, answer = 500, {"error": "error"}
                self._send(status, answer, half=fault == "half")
        finally:
            body.unlink(missing_ok=True)

    def _body(self) -> Path | None:
        """The request's body in a file, whole; None where it broke off or is too large."""
        left = int(self.headers.get("Content-Length") or 0)
        if left > LARGEST:
            self.close_connection = True
            self._send(413, {"error": "too large"})
            return None
        path = self.shelf.incoming / f"{threading.get_ident()}-{time.time_ns()}"
        with path.open("wb") as target:
            while left and (chunk := self.rfile.read(min(left, 1 << 20))):
                target.write(chunk)
                left -= len(chunk)
        if left:
            path.unlink()
            self.close_connection = True
            return None
        return path

    def _work(self, body: Path) -> Answer:
        why = self._unauthorised()
        if why:
            return 401, {"error": why}
        url = urlsplit(self.path)
        parts = url.path.removeprefix(PATH).strip("/").split("/")
        if not url.path.startswith(f"{PATH}/"):
            return 404, {"error": "unknown"}
        match self.command, parts:
            case "GET", ["resources"]:
                return 200, self.shelf.page(dict(parse_qsl(url.query)).get("after", ""))
            case "PUT", ["packages", name]:
                return self._package(body, name)
            case "PUT", ["resources", name] if _key(name):
                return self.shelf.put(name, _json(body))
            case "DELETE", ["resources", name] if _key(name):
                return self.shelf.remove(name)
            case "POST", ["deliveries"]:
                return self.shelf.receipt(_json(body))
        return 404, {"error": "unknown"}

    def _package(self, body: Path, name: str) -> Answer:
        with body.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256")
        said = f"sha-256=:{base64.b64encode(found.digest()).decode()}:"
        if name != found.hexdigest() or self.headers.get("Content-Digest") != said:
            return 400, {"error": "the package arrived damaged"}
        why = _no_cartridge(body)
        if why:
            return 422, {"error": why}
        target = self.shelf.packages / name
        known = target.exists()
        body.rename(target)
        return (200 if known else 201), {}

    def _unauthorised(self) -> str:
        """Why the token is not good; empty if it is."""
        given = self.headers.get("Authorization", "")
        try:
            token = jwt.decode(given.removeprefix("Bearer "), self.secret, algorithms=["HS256"])
            registry = jwt.JWTClaimsRegistry(
                iss={"essential": True},
                aud={"essential": True, "value": self.audience},
                exp={"essential": True},
                jti={"essential": True},
            )
            registry.validate(token.claims)
        except (JoseError, ValueError) as error:
            return f"the token is refused: {type(error).__name__}"
        return "" if given.startswith("Bearer ") else "no bearer"

    def _send(
        self,
        status: int,
        answer: dict[str, Any],
        headers: dict[str, str] | None = None,
        *,
        half: bool = False,
    ) -> None:
        body = b"" if status == 204 else json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if half else body)
        if half:
            self.close_connection = True


def _key(name: str) -> bool:
    return len(name) == 64 and not set(name) - _HEX


def _json(body: Path) -> Any:
    try:
        return json.loads(body.read_bytes())
    except ValueError:
        return None


def _no_cartridge(path: Path) -> str:
    """Why a file is no Common Cartridge 1.3, as far as an importer looks; empty if it is one."""
    seen: list[str] = []
    texts: dict[str, str] = {}
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(name: str, _attributes: dict[str, str]) -> None:
        seen.append(name.rpartition(" ")[2])

    def text(data: str) -> None:
        texts[seen[-1]] = texts.get(seen[-1], "") + data

    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    try:
        with zipfile.ZipFile(path) as archive:
            parser.Parse(archive.read("imsmanifest.xml"), True)
    except (zipfile.BadZipFile, KeyError, expat.ExpatError) as error:
        return f"this is no cartridge: {type(error).__name__}"
    if texts.get("schemaversion", "").split() != ["1.3.0"] or seen[0] != "manifest":
        return "this is no Common Cartridge 1.3"
    return ""


def main() -> None:
    """Serve `--port` on loopback until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--secret-file", type=Path, required=True, help="what tokens are signed by")
    parser.add_argument("--audience", default="classera", help="whom tokens must be for")
    parser.add_argument("--faults", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    Handler.shelf = Shelf(arguments.home)
    Handler.faults = Faults(arguments.faults, arguments.seed)
    Handler.secret = OctKey.import_key(arguments.secret_file.read_text("utf-8").strip())
    Handler.audience = arguments.audience
    server = ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler)
    server.daemon_threads = True
    print(f"ready {len(list(Handler.shelf.resources.iterdir()))}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
