"""Property paths as Pulumi writes them: `tags.owner`, `rules[0].port`, `tags["a.b"]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Step = str | int
"""A key, or a list's index."""

_STEP = re.compile(r'\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.\[\]]+)')
_QUOTED = re.compile(r'[."\[\]]')


def steps(path: str) -> tuple[Step, ...]:
    """A path's steps; indexes of lists are numbers."""
    return tuple(_step(match) for match in _STEP.finditer(path))


def _step(match: re.Match[str]) -> Step:
    index, quoted, name = match.groups()
    if index is not None:
        return int(index)
    return name if quoted is None else re.sub(r"\\(.)", r"\1", quoted)


def joined(path: str, step: Step) -> str:
    """The path of what stands at `step` inside what stands at `path`."""
    if isinstance(step, int):
        return f"{path}[{step}]"
    if not step or _QUOTED.search(step):
        escaped = step.replace("\\", "\\\\").replace('"', '\\"')
        return f'{path}["{escaped}"]'
    return f"{path}.{step}" if path else step


def pattern(path: str) -> str:
    """A path without its indexes, as types declare them: `origins[0].name` → `origins.name`."""
    return ".".join(step for step in steps(path) if isinstance(step, str))


def inside(path: str, other: str) -> bool:
    """Whether `path` is `other` or lies inside it."""
    here, there = steps(path), steps(other)
    return here[: len(there)] == there


def overlap(one: str, other: str) -> bool:
    """Whether one path is the other or lies inside it; policies write an index as `rules.0`."""
    left, right = ([str(step) for step in steps(path)] for path in (one, other))
    shorter = min(len(left), len(right))
    return bool(shorter) and left[:shorter] == right[:shorter]


def value(properties: Mapping[str, Any], path: str) -> Any:
    """What stands at `path`; None where there is nothing."""
    here: Any = properties
    for step in steps(path):
        here = at(here, step)
    return here


def at(here: Any, step: Step) -> Any:
    """What stands one step further; None where there is nothing."""
    if isinstance(here, Mapping):
        return here.get(str(step))
    if isinstance(here, list) and isinstance(step, int) and step < len(here):
        return here[step]
    return None
