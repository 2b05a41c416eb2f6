"""What is measured is what is said to be measured."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.cloud import SLOW, Sandbox
from bench.slow_provider import DELAY
from infra.sandbox import lifecycle

STOCK = lifecycle.PROVIDER


class Started(Exception):
    """Instead of two processes."""


@pytest.mark.parametrize(("delay", "wanted"), [(0.08, (SLOW, "0.08")), (0.0, (STOCK, None))])
def test_a_delay_is_that_of_the_provider_which_is_started(
    delay: float, wanted: tuple[str, str | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def start(*_: object) -> None:
        seen.append((lifecycle.PROVIDER, os.environ.get(DELAY)))
        raise Started

    monkeypatch.setattr(lifecycle, "start", start)
    with pytest.raises(Started):
        Sandbox(tmp_path, ("jo",), delay).start()
    assert seen == [wanted]
    assert lifecycle.PROVIDER == STOCK
    assert DELAY not in os.environ
