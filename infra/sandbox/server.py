"""The emulated AWS: moto behind a loopback port, one call at a time, its state recorded.

moto is not safe between threads, so its application sees one request at a time.
"""

from __future__ import annotations

import argparse
import logging
import os
import resource
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer

from infra.sandbox.account import SANDBOX_ACCOUNT, SANDBOX_KEY
from wasl.memory import collect_seldom

_CONNECTIONS, _OTHER_FILES = 4000, 100


class _Parser(HTTPRequestParser):
    """A request whose body is empty is complete with its head.

    boto3 asks for leave (`Expect: 100-continue`) for an empty object too; waitress would give it,
    and wait for a body for ever.
    """

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if not self.chunked and self.content_length == 0:
            self.expect_continue = False


class _Channel(HTTPChannel):
    parser_class = _Parser


def main() -> None:
    """Serve `--port` on loopback, from the recording under `--home`, until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    collect_seldom()
    # moto reads its settings when it is imported.
    os.environ.update(
        MOTO_ACM_VALIDATION_WAIT="0",
        MOTO_EC2_LOAD_DEFAULT_AMIS="false",
        MOTO_IAM_LOAD_MANAGED_POLICIES="true",
    )
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        create_backend_app,
    )

    from infra.sandbox import emulated
    from infra.sandbox.lean import lean
    from infra.sandbox.recording import Recording
    from infra.sandbox.steady import steady_app, steady_backends
    from infra.sandbox.turn import Server

    emulated.install()
    lean()
    steady_backends()
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    moto = DomainDispatcherApplication(steady_app(create_backend_app))
    app = Recording(_identified(moto), arguments.home / "recording.jsonl")
    BaseWSGIServer.channel_class = _Channel
    server = Server(
        app,
        host="127.0.0.1",
        port=arguments.port,
        # Clients keep idle connections open. They are closed long before there are too many: at the
        # limit nobody is let in.
        connection_limit=_allow_connections(),
        channel_timeout=20,
        cleanup_interval=5,
        max_request_body_size=64 << 20,
        clear_untrusted_proxy_headers=False,
    )
    replayed = app.replay()
    print(f"ready {replayed}", flush=True)
    server.run()


def _allow_connections() -> int:
    """How many connections may be open; as many as the system lets this process have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _CONNECTIONS + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most - _OTHER_FILES
    return _CONNECTIONS


def _identified(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Give the sandbox's own key the sandbox's account.

    moto takes keys that it does not know for its default account's; that account is not ours, so
    that stale keys are noticed before they write.
    """

    def identified(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if f"Credential={SANDBOX_KEY}/" in environ.get("HTTP_AUTHORIZATION", ""):
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = SANDBOX_ACCOUNT
        return app(environ, start)

    return identified


if __name__ == "__main__":
    main()
