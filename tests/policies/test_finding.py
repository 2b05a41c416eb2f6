"""A violation's text, written for people and read back for reports."""

from __future__ import annotations

import pytest

from infra.policies.catalogue import ON_RESOURCE, ON_STACK, SEVERITIES
from infra.policies.finding import finding
from infra.policies.model import Problem
from infra.policies.words import read, write
from wasl.result import Kind, Location, Severity

TOKEN = "aws:rds/instance:Instance"
URN = f"urn:pulumi:jo::wasl::wasl:tenancy:Data${TOKEN}::database"


@pytest.mark.parametrize("path", ["storageEncrypted", "", "tags.wasl:urn", "policy.Statement.0"])
def test_a_text_is_read_back(path: str) -> None:
    problem = Problem(path, "it is\nplain", "encrypt it")
    said = read("Nothing is kept in the clear.\n" + write(problem, TOKEN, "database"))
    assert (said.property, said.what, said.next) == (path, "it is plain", "encrypt it")


def test_a_violation_is_a_finding() -> None:
    text = write(Problem("storageEncrypted", "it is false", "set it"), TOKEN, "database")
    where = Location("countries/jo.yaml", 61)
    found = finding("encryption", f"d\n{text}", URN, environment="pilot", location=where)
    assert (found.plane, found.country, found.kind) == ("policy", "jo", Kind.POLICY)
    assert (found.target, found.type) == (URN, TOKEN)
    assert found.property == "encryption.storageEncrypted"
    assert found.severity is Severity.HIGH
    assert found.location == where
    assert found.remedy == "set it"
    assert found.message is not None
    assert found.message.arguments["reason"] == "it is false"


def test_policies_on_one_property_are_findings_apart() -> None:
    text = write(Problem("policy", "bad", "mend"), TOKEN, "database")
    prints = {finding(name, text, URN).fingerprint for name in SEVERITIES}
    assert len(prints) == len(SEVERITIES)


def test_advice_and_texts_of_other_packs() -> None:
    found = finding("not-known-yet", "d\n3 values are known only later", "", "advisory")
    assert found.severity is Severity.LOW
    assert finding("another", "what it says", URN).property == "another"
    assert finding("another", "what it says", URN).severity is Severity.HIGH


def test_names_are_the_engines_and_tell_policies_apart() -> None:
    names = [policy.name for policy in (*ON_RESOURCE, *ON_STACK)]
    assert len(set(names)) == len(names)
    assert set(names) < set(SEVERITIES)
