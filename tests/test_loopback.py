"""What is on this machine, and what only says so."""

from __future__ import annotations

import pytest

from wasl.loopback import on_loopback


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8470/x", "http://127.0.0.2", "https://[::1]:443", "http://127.9.9.9"]
)
def test_a_loopback_address(url: str) -> None:
    assert on_loopback(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8470",
        "https://127.0.0.1.example.org",
        "https://example.org/127.0.0.1",
        "http://127.0.0.1@example.org",
        "http://10.0.0.1",
        "http://[::2]",
        "file:///x",
        "",
    ],
)
def test_anything_else(url: str) -> None:
    assert not on_loopback(url)
