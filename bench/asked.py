"""What a measurement was asked to reach, and whether it did."""

from __future__ import annotations


def line(what: str, value: float, target: str, *, met: bool) -> str:
    """A line of the page."""
    return f"- {what}: {value:.2f} (asked: {target}): {'met' if met else '**missed**'}"
