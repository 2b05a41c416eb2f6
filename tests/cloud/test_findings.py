"""What the engine says about drift, as findings."""

from __future__ import annotations

import pytest

from tests.cloud.test_changes import BUCKET, state, step
from wasl.errors import ExitCode, WaslError
from wasl.messages import LANGUAGES, say
from wasl.planes.cloud.about import About
from wasl.planes.cloud.events import Heard, Said, State, Step, Violation
from wasl.planes.cloud.findings import (
    drift,
    policy_findings,
    unreadable,
    until_failure,
)
from wasl.planes.cloud.severity import severity
from wasl.result import Finding, Kind, Location, Severity, exit_code

COMPONENT = "urn:pulumi:jo::wasl::wasl:tenancy:Storage::storage"
ABOUT = About("jo", "pilot", lambda key: Location("countries/jo.yaml", len(key)))


def refreshed(old: State, new: State | None, *paths: str) -> Step:
    return step("refresh", old=old, new=new, paths=paths)


def found(*steps: Step) -> list[Finding]:
    return drift(Heard(steps=list(steps)), ABOUT)


def test_changed_behind_our_back() -> None:
    (one,) = found(
        refreshed(state(size=1), state(size=2), "size"),
        step("update", old=state(size=2), new=state(size=1), paths=("size",)),
    )
    assert (one.kind, one.property, one.expected, one.found) == (Kind.CHANGED, "size", 1, 2)


def test_added_behind_our_back() -> None:
    (one,) = found(
        refreshed(state(tags={}), state(tags={"x": 1}), "tags.x"),
        step("update", old=state(tags={"x": 1}), new=state(tags={}), paths=("tags.x",)),
    )
    assert (one.kind, one.property, one.found) == (Kind.UNMANAGED, "tags.x", 1)
    assert one.severity is Severity.LOW


def test_described_anew_and_not_applied() -> None:
    (one,) = found(
        refreshed(state(size=1), state(size=1)),
        step("update", old=state(size=1), new=state(size=5), paths=("size",)),
    )
    assert (one.kind, one.expected, one.found) == (Kind.UNAPPLIED, 5, 1)


def test_gone_is_missing_and_new_is_unapplied() -> None:
    create = step("create", new=state(size=1))
    assert [one.kind for one in found(refreshed(state(size=1), None), create)] == [Kind.MISSING]
    assert [one.kind for one in found(create)] == [Kind.UNAPPLIED]
    assert [one.kind for one in found(step("delete", old=state()))] == [Kind.UNAPPLIED]


def test_outputs_that_nobody_describes_are_no_drift() -> None:
    """AWS moved something that is no input of the type: the program has no opinion."""
    assert found(refreshed(state(size=1), state(size=1), "size")) == []
    assert found(step("same", old=state(size=1), new=state(size=1))) == []


def test_what_the_provider_derives_is_no_second_finding() -> None:
    both = ("tags.x", "tagsAll.x")
    update = step("update", old=state(tags={"x": 2}), new=state(tags={"x": 1}), paths=both)
    assert len(found(refreshed(state(tags={"x": 1}), state(tags={"x": 2}), *both), update)) == 1


def test_a_finding_points_at_the_line_of_its_component() -> None:
    component = Step(
        "same",
        COMPONENT,
        "wasl:tenancy:Storage",
        None,
        State("", {}, {"manifestKey": "residency"}, protect=False),
    )
    child = Step("delete", BUCKET, "aws:s3/bucket:Bucket", State(COMPONENT, {}, {}, False), None)
    (one,) = found(component, child)
    assert one.location == Location("countries/jo.yaml", len("residency"))


def test_a_read_that_failed_is_never_clean() -> None:
    heard = Heard(errors=[Said(BUCKET, "AccessDenied")])
    findings = unreadable(WaslError("WASL-CLOUD-FAILED", "x"), heard, ABOUT)
    assert [(one.kind, one.target) for one in findings] == [(Kind.UNREADABLE, BUCKET)]
    assert exit_code(findings) is ExitCode.FAILED
    (whole,) = unreadable(WaslError("WASL-CLOUD-LOCKED", "locked"), Heard(), ABOUT)
    assert whole.target == "stack jo"


def test_what_was_read_before_a_failure_is_told() -> None:
    heard = Heard(steps=[refreshed(state(size=1), state(size=2), "size")])
    (one,) = until_failure(heard, ABOUT)
    assert (one.kind, one.expected, one.found) == (Kind.CHANGED, 1, 2)


def test_a_broken_policy_is_a_finding() -> None:
    violations = [
        Violation(BUCKET, "no-public", "open", mandatory=True),
        Violation("", "tags", "none", mandatory=False),
    ]
    strict, soft = policy_findings(violations, Heard(), ABOUT)
    assert (strict.plane, strict.kind, strict.severity) == ("policy", Kind.POLICY, Severity.HIGH)
    assert (strict.target, soft.target, soft.severity) == (BUCKET, "stack jo", Severity.LOW)


@pytest.mark.parametrize(
    ("token", "path", "kind", "expected"),
    [
        ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "", "missing", "critical"),
        (
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            "cidrIpv4",
            "changed",
            "critical",
        ),
        ("aws:s3/bucket:Bucket", "", "missing", "critical"),
        ("aws:sqs/queue:Queue", "", "missing", "high"),
        ("aws:sqs/queue:Queue", "visibilityTimeoutSeconds", "changed", "medium"),
        ("aws:sqs/queue:Queue", "visibilityTimeoutSeconds", "unapplied", "low"),
        ("aws:sqs/queue:Queue", "policy", "changed", "critical"),
        ("aws:rds/instance:Instance", "storageEncrypted", "changed", "high"),
        ("aws:ec2/vpc:Vpc", "tags.owner", "changed", "low"),
        ("aws:ec2/vpc:Vpc", "", "unreadable", "high"),
    ],
)
def test_severity(token: str, path: str, kind: str, expected: str) -> None:
    assert severity(token, path, Kind(kind)).value == expected


def test_every_kind_has_words_in_every_language() -> None:
    findings = [
        *found(step("create", new=state(size=1)), step("delete", old=state())),
        *found(refreshed(state(size=1), None), step("create", new=state())),
        *found(step("update", old=state(size=1), new=state(size=2), paths=("size",))),
        *found(
            refreshed(state(tags={}), state(tags={"x": 1}), "tags.x"),
            step("update", old=state(tags={"x": 1}), new=state(tags={}), paths=("tags.x",)),
        ),
        *found(
            refreshed(state(size=1), state(size=2), "size"),
            step("update", old=state(size=2), new=state(size=1), paths=("size",)),
        ),
        *unreadable(WaslError("X", "y"), Heard(), ABOUT),
        *policy_findings([Violation("", "p", "m", mandatory=True)], Heard(), ABOUT),
    ]
    for one in findings:
        assert one.message is not None
        for language in LANGUAGES:
            words = say(one.message, language)
            assert words != one.message.id, one.message.id
            assert "?" not in words
