"""How a violation is written for people, and read back for reports.

The engine passes on one text: the policy's description, then what is wrong, where, what to do next.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.policies.model import Problem

_WHERE = "  where: "
_NEXT = "  next:  "
_OF = ": property "
_WHOLE = "(the whole)"


@dataclass(frozen=True, slots=True)
class Read:
    """A violation's text, taken apart."""

    what: str
    property: str
    next: str


def write(problem: Problem, token: str, name: str) -> str:
    """The text for the engine, which puts the policy's description in front."""
    where = f"{token} {name}{_OF}{problem.property or _WHOLE}"
    return f"{_line(problem.what)}\n{_WHERE}{where}\n{_NEXT}{_line(problem.next)}"


def read(text: str) -> Read:
    """What the engine passed on; a text of another pack is all `what`."""
    lines = text.strip().split("\n")
    where = [line for line in lines if line.startswith(_WHERE)]
    if not where:
        return Read(" ".join(line.strip() for line in lines), "", "")
    at = lines.index(where[0])
    path = where[0].rpartition(_OF)[2]
    after = [line.removeprefix(_NEXT) for line in lines[at + 1 :] if line.startswith(_NEXT)]
    return Read(
        what=lines[at - 1] if at else "",
        property="" if path == _WHOLE else path,
        next=after[0] if after else "",
    )


def _line(text: str) -> str:
    return " ".join(text.split())
