"""The emulated AWS: moto behind a loopback port, one call at a time, its state recorded.

moto is not safe between threads, so its application sees one request at a time.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from infra.sandbox.account import SANDBOX_ACCOUNT


def main() -> None:
    """Serve `--port` on loopback, from the recording under `--home`, until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    # moto reads its settings when it is imported.
    os.environ.update(
        MOTO_ACCOUNT_ID=SANDBOX_ACCOUNT,
        MOTO_ACM_VALIDATION_WAIT="0",
        MOTO_IAM_LOAD_MANAGED_POLICIES="true",
    )
    import waitress
    from moto.server import DomainDispatcherApplication, create_backend_app

    from infra.sandbox.recording import Recording

    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    app = Recording(
        DomainDispatcherApplication(create_backend_app), arguments.home / "recording.jsonl"
    )
    server = waitress.create_server(
        app,
        host="127.0.0.1",
        port=arguments.port,
        threads=1,
        connection_limit=1000,
        channel_timeout=600,
        max_request_body_size=64 << 20,
        clear_untrusted_proxy_headers=False,
    )
    replayed = app.replay()
    print(f"ready {replayed}", flush=True)
    server.run()


if __name__ == "__main__":
    main()
