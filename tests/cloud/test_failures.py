"""The engine's refusals in the house's words."""

from __future__ import annotations

from pathlib import Path

import pytest
from pulumi.automation import CommandError, CommandResult

from wasl.planes.cloud.events import Heard
from wasl.planes.cloud.failures import explained
from wasl.planes.cloud.run import Failed
from wasl.planes.cloud.target import Target

TARGET = Target(
    Path(), Path(), "file:///x", sandbox=True, pulumi=Path(), version="3", environment={}
)


def _error(text: str) -> CommandError:
    return CommandError(CommandResult(stdout="", stderr=text, code=255))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("error: getting stack: incorrect passphrase", "WASL-CLOUD-PASSPHRASE"),
        ("error: the stack is currently locked by 1 lock(s)", "WASL-CLOUD-LOCKED"),
        ("error: resource urn:x violates plan: properties changed", "WASL-PLAN-DIFFERS"),
        ("write /x: no space left on device", "WASL-DISK-FULL"),
        ("error: no stack named 'jo' found", "WASL-CLOUD-NO-STACK"),
        ("error: failed to load checkpoint: EOF", "WASL-STATE-TORN"),
        ('resource "urn:x" cannot be deleted', "WASL-CLOUD-PROTECTED"),
        ("dial tcp 127.0.0.1:1: connect: connection refused", "WASL-CLOUD-UNREACHABLE"),
        ("something else", "WASL-CLOUD-FAILED"),
        ("", "WASL-ENGINE-KILLED"),
    ],
)
def test_every_refusal_has_a_code_a_place_and_a_next_step(text: str, code: str) -> None:
    error = explained(_error(text), TARGET, "jo")
    assert error.code == code
    assert error.where
    assert error.hint
    assert "jo" in f"{error.what} {error.where}"


def test_the_programs_own_error_is_passed_on() -> None:
    said = (
        "python inline source runtime error: WASL-RESIDENCY-STATUS: not signed off\n"
        "  where: countries/jo.yaml\n  next:  ask counsel\nTraceback (most recent call last):\n"
        '  File "x.py", line 1, in main\n'
    )
    error = explained(_error("error: update failed"), TARGET, "jo", [said])
    assert (error.code, error.what) == ("WASL-RESIDENCY-STATUS", "not signed off")
    assert (error.where, error.hint) == ("countries/jo.yaml", "ask counsel")


def test_all_of_the_programs_own_errors_are_told_each_once() -> None:
    one = "WASL-MANIFEST-YAML: no YAML\n  where: countries/jo.yaml:3\n  next:  mend it"
    two = "WASL-MANIFEST-VALUE: no number\n  where: countries/jo.yaml:9\n  next:  write one"
    said = (
        f"python inline source runtime error: {one}\n{two}\nTraceback …\nx.ManifestError: {one}\n"
    )
    error = explained(_error(""), TARGET, "jo", [said])
    assert str(error) == f"{one}\n{two}"
    assert str(Failed(error, Heard())) == str(error)


def test_no_traceback_and_no_consequences_are_quoted() -> None:
    said = (
        "python inline source runtime error: boom\nTraceback (most recent call last):\n"
        '  File "x.py", line 1, in main\n    raise ValueError\nValueError: boom\n'
    )
    follows = "expected resource operations for urn:x but none were seen"
    error = explained(_error(""), TARGET, "jo", [said, follows])
    assert "File" not in error.what
    assert "Traceback" not in error.what
    assert "expected resource" not in error.what
    assert "ValueError: boom" in error.what
