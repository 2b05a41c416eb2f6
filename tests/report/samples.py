"""Findings that every renderer is tried on."""

from __future__ import annotations

from collections.abc import Iterator

from wasl.result import Action, Change, Checked, Finding, Kind, Location, Message, Severity

FINDINGS = (
    Finding(
        "manifest",
        "jo",
        "countries/jo.yaml",
        Kind.INVALID,
        Severity.HIGH,
        property="zone",
        location=Location("countries/jo.yaml", 7),
        message=Message(
            "WASL-MANIFEST-MISSPELT-KEY", {"key": "zone", "name": "zone", "guess": "zones"}
        ),
        remedy="rename zone to zones",
    ),
    Finding("cloud", "tn", "urn:x", Kind.CHANGED, Severity.LOW, property="p", expected=1, found=2),
    Finding(
        "cloud",
        "jo",
        "urn:y",
        Kind.RESIDENCY,
        Severity.CRITICAL,
        found="us-east-1",
        environment="pilot",
    ),
)
CHANGES = (Change("cloud", "jo", "urn:z", Action.UPDATE, "it differs", {"a": 1}, {"a": 2}),)
CHECKED = (
    Checked("cloud", "jo", "pilot", FINDINGS[2:]),
    Checked("identity", "jo", "pilot"),
)
UNREADABLE = Finding(
    "devices",
    "jo",
    "device-1",
    Kind.UNREADABLE,
    Severity.HIGH,
    location=Location("countries/jo.yaml", 82),
    message=Message("WASL-DEVICE-FAILED", {"reason": "no route to host"}),
)
EVIL = Finding(
    "content",
    "tn",
    "partner/<b>@everyone</b> `x` | [a](http://x)\x00\ufffe\n\x1b[2J\u202e",
    Kind.CHANGED,
    Severity.MEDIUM,
    property="]](1)",
    expected="<script>&amp;",
    found="]]>\x0b\ud7ff\U0001f600",
    location=Location("countries/كتاب jo.yaml", 3),
)
ALL = (*FINDINGS, UNREADABLE, EVIL)


def many(count: int) -> Iterator[Finding]:
    """Findings as a large estate has them: of every severity, most with words and a line."""
    kinds, severities = (Kind.CHANGED, Kind.MISSING, Kind.UNMANAGED), tuple(Severity)
    countries, planes = ("jo", "tn", "ye", "sd"), ("cloud", "devices", "identity", "content")
    for number in range(count):
        country, kind = countries[number % 4], kinds[number % 3]
        urn = f"urn:pulumi:{country}::wasl::aws:sqs/queue:Queue::queue-{number}"
        words = {
            "type": "aws:sqs/queue:Queue",
            "name": f"queue-{number}",
            "property": "visibilityTimeoutSeconds",
            "expected": "30",
            "found": str(number),
        }
        yield Finding(
            planes[number // 4 % 4],  # type: ignore[arg-type]
            country,
            urn,
            kind,
            severities[number % 7 % 4],
            type="aws:sqs/queue:Queue",
            property="visibilityTimeoutSeconds",
            expected=30,
            found=number,
            environment="pilot",
            location=Location(f"countries/{country}.yaml", number % 120 + 1),
            message=Message("cloud.changed-property", words),
            remedy=f"wasl up {country} --refresh",
        )
