"""What goes wrong with one resource, record or file: said once, and nothing else stops for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wasl.messages import say
from wasl.result import Finding, Kind, Location, Message, Severity


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a record or a file is set aside. `code` has a sentence in `wasl/messages/`."""

    code: str
    arguments: Mapping[str, str] = field(default_factory=dict)

    @property
    def message(self) -> Message:
        """Its words."""
        return Message(self.code, self.arguments)

    def __str__(self) -> str:
        return say(self.message)


class Refused(Exception):
    """A record or a file cannot be taken; `fault` says why. The flow goes on with the next."""

    def __init__(self, code: str, **arguments: object) -> None:
        self.fault = Fault(code, {name: str(value)[:200] for name, value in arguments.items()})
        super().__init__(f"{code}: {self.fault.arguments}")


def finding(
    country: str,
    target: str,
    message: Message,
    *,
    kind: Kind = Kind.INVALID,
    severity: Severity = Severity.MEDIUM,
    thing: str = "resource",
    path: str = "",
    expected: str | None = None,
    found: str | None = None,
    location: Location | None = None,
) -> Finding:
    """A finding of the content plane about a `thing` (or its property at `path`)."""
    return Finding(
        plane="content",
        country=country,
        target=target,
        kind=kind,
        severity=severity,
        type=thing,
        property=path,
        expected=expected,
        found=found,
        location=location,
        message=message,
    )
