"""A server between clients and the sandbox: it counts, remembers answers, and gives them again.

`python -m bench.replay --port P --behind Q`. While it records, each request goes to the server
behind, and its answer is kept; while it replays, an answer that is known is given after a delay, as
a distant AWS would. `GET /-/count` tells and forgets the count; `POST /-/replay?SECONDS` replays.
"""

from __future__ import annotations

import argparse
import http.client
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_KEY = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
_MADE = re.compile(rb"<AccessKeyId>([^<]+)</AccessKeyId>.*<Arn>arn:aws:sts::(\d+):", re.S)
_HOPS = ("connection", "transfer-encoding", "content-length", "date", "server", "keep-alive")

Question = tuple[str, ...]
Answer = tuple[int, list[tuple[str, str]], bytes]


@dataclass
class Tape:
    """What was asked and answered."""

    behind: int
    delay: float | None = None
    """Seconds before an answer, while it replays."""
    count: int = 0
    unknown: int = 0
    answers: dict[Question, Answer] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    """Whose each access key is: an assumed role's keys are new each time."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def question(self, handler: Handler, body: bytes) -> Question:
        """What a request asks, whoever's keys it is signed with and whenever."""
        match = _KEY.search(handler.headers.get("Authorization", ""))
        key, region, service = match.groups() if match else ("", "", "")
        who = self.accounts.get(key, key)
        target = handler.headers.get("X-Amz-Target", "")
        return who, region, service, handler.command, handler.path, target, body.decode("latin-1")

    def answer(self, handler: Handler, body: bytes) -> Answer:
        """From memory after the delay, else from the server behind."""
        question = self.question(handler, body)
        with self.lock:
            self.count += 1
            known = self.answers.get(question) if self.delay is not None else None
            self.unknown += known is None
        if self.delay is not None:
            time.sleep(self.delay)
        if known is not None:
            return known
        answer = self._ask(handler, body)
        with self.lock:
            self.answers[question] = answer
            if made := _MADE.search(answer[2]):
                self.accounts[made[1].decode()] = made[2].decode()
        return answer

    def _ask(self, handler: Handler, body: bytes) -> Answer:
        """From the server behind, by a connection that lasts as long as the client's."""
        connection = handler.behind = handler.behind or http.client.HTTPConnection(
            "127.0.0.1", self.behind, timeout=60
        )
        try:
            answer, data = _asked(connection, handler, body)
        except (http.client.HTTPException, ConnectionError):  # it was idle for too long
            connection.close()
            answer, data = _asked(connection, handler, body)
        kept = [(key, text) for key, text in answer.getheaders() if key.lower() not in _HOPS]
        return answer.status, kept, data


def _asked(
    connection: http.client.HTTPConnection, handler: Handler, body: bytes
) -> tuple[http.client.HTTPResponse, bytes]:
    connection.request(handler.command, handler.path, body, dict(handler.headers))
    answer = connection.getresponse()
    return answer, answer.read()


class Handler(BaseHTTPRequestHandler):
    """One connection; the tape hangs on the server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    behind: http.client.HTTPConnection | None = None

    def _serve(self) -> None:
        tape: Tape = self.server.tape  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/-/"):
            answer: Answer = (200, [], self._told(tape))
        else:
            answer = tape.answer(self, body)
        status, headers, data = answer
        self.send_response_only(status)
        for name, text in headers:
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815 (http.server's names)

    def _told(self, tape: Tape) -> bytes:
        with tape.lock:
            if self.path.startswith("/-/replay"):
                text = self.path.partition("?")[2]
                tape.delay = float(text) if text else None
            said = f"{tape.count} {tape.unknown}".encode()
            tape.count = tape.unknown = 0
        return said


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--behind", type=int, required=True)
    arguments = parser.parse_args()
    ThreadingHTTPServer.request_queue_size = 256
    server = ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler)
    server.daemon_threads = True
    server.tape = Tape(arguments.behind)  # type: ignore[attr-defined]
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
