"""The stand-in provider with a real network's distance: each call to AWS takes some time more."""

from __future__ import annotations

import os
import time
from typing import Any

from infra.aws import model
from infra.sandbox.provider.server import main

DELAY = "WASL_BENCH_DELAY"


def _distant() -> None:
    """Let every client wait before it sends."""
    seconds = float(os.environ[DELAY])
    make = model.Aws._make

    def made(self: model.Aws, service: str) -> Any:
        client = make(self, service)
        client.meta.events.register("before-send", lambda **_: time.sleep(seconds))
        return client

    model.Aws._make = made  # type: ignore[method-assign]


if __name__ == "__main__":
    _distant()
    main()
