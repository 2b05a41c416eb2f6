"""Progress: what is being done, how far, and how fast that one thing goes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from wasl.cli.context import Context
from wasl.cli.telling import progress


def test_each_thing_s_rate_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, said = [100.0], list[str]()
    monkeypatch.setattr("wasl.cli.telling.time.monotonic", lambda: clock[0])
    console = SimpleNamespace(note=said.append)
    tell = progress(cast("Context", SimpleNamespace(console=console)))
    for seconds, what, done, of in (
        (0.5, "orgs", 10, None),  # too soon to be worth a word
        (10.0, "orgs", 10_000, None),
        (0.1, "users", 1, 4000),
        (2.0, "users", 4200, 4000),
        (0.0, "", 0, None),
        (2.0, "sealing", 0, None),
    ):
        clock[0] += seconds
        tell(what, done, of)
    assert said == [
        "orgs: 10,000, 952 a second",
        "users: 4,200 of 4,000, 2,000 a second",
        "sealing ...",
    ]
