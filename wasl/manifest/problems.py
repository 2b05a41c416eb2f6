"""How what is wrong with a manifest is said: a Finding for reports, an error for programs.

A message's id doubles as the error's stable code (`WASL-MANIFEST-…`), and its sentences stand in
`wasl/messages/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Any

from wasl.errors import WaslError, WaslErrors
from wasl.messages import next_step, say
from wasl.result import Environment, Finding, Kind, Location, Message, Severity

SHOWN = 80


class ManifestError(WaslErrors):
    """Manifests that cannot be used: every problem of every file, at once.

    `findings` holds the same problems for reports.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__([_error(finding) for finding in self.findings])


def invalid(
    code: str,
    location: Location,
    key: str = "",
    *,
    kind: Kind = Kind.INVALID,
    severity: Severity = Severity.HIGH,
    environment: Environment = "",
    expected: Any = None,
    found: Any = None,
    **arguments: Any,
) -> Finding:
    """A finding about one key of one file; `arguments` fill the sentence of message `code`."""
    words = {name: str(value) for name, value in arguments.items()}
    message = Message(code, {"key": key or location.file, "file": location.file} | words)
    finding = Finding(
        plane="manifest",
        country=_country(location.file),
        target=location.file,
        kind=kind,
        severity=severity,
        property=key,
        expected=expected,
        found=found,
        environment=environment,
        location=location,
        message=message,
    )
    return _with_remedy(finding)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The known word nearest to `word`, or nothing where none is near."""
    near = get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.7)
    return near[0] if near else ""


def shown(value: Any, key: str = "") -> Any:
    """`value` as it may appear in a report: scalars only, cut short, and never near a secret."""
    if "secret" in key:
        return "…"
    if isinstance(value, str):
        return value if len(value) <= SHOWN else value[: SHOWN - 1] + "…"
    if value is None or isinstance(value, bool | int | float):
        return value
    return None


def _country(file: str) -> str:
    path = PurePosixPath(file)
    return path.stem if path.parent.name == "countries" else ""


def _with_remedy(finding: Finding) -> Finding:
    return replace(finding, remedy=next_step(finding))


def _error(finding: Finding) -> WaslError:
    assert finding.message is not None  # every finding of this module has one
    where = f"{finding.location} {finding.property}".strip()
    return WaslError(finding.message.id, say(finding.message), where=where, hint=finding.remedy)
