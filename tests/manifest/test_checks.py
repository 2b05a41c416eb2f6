"""Manifests against each other, the calendar, and what AWS offers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import pytest

from tests.manifest.conftest import Checkout
from wasl.errors import ExitCode, WaslError
from wasl.manifest.catalogue import load
from wasl.manifest.checks import check
from wasl.manifest.offers import Offers, installed
from wasl.result import Finding, Kind, Severity, exit_code

TODAY = date(2026, 3, 1)
TYPES = ("AWS::EC2::VPC", "AWS::Budgets::Budget", "AWS::CloudFront::Distribution", "AWS::IAM::Role")


def found(checkout: Checkout, types: Collection[str] = TYPES) -> list[Finding]:
    return check(load(checkout.root), installed(), today=TODAY, types=types)


def one(checkout: Checkout, code: str) -> Finding:
    (finding,) = found(checkout)
    assert finding.message is not None
    assert finding.message.id == f"WASL-MANIFEST-{code}"
    assert finding.remedy
    return finding


def test_the_countries_as_they_are_have_no_findings(checkout: Checkout) -> None:
    assert found(checkout) == []


def test_a_tenth_country_needs_no_python(checkout: Checkout) -> None:
    checkout.tenth("sy")
    assert found(checkout) == []


def test_a_region_outside_the_contract(checkout: Checkout) -> None:
    line = checkout.edit("countries/jo.yaml", "\nregion: eu-south-1", "\nregion: eu-west-1")
    findings = found(checkout)
    assert [finding.property for finding in findings] == [
        "region",
        "residency.regions.backup",
        "residency.regions.logs",
    ]
    first = findings[0]
    assert first.location is not None
    assert (first.kind, first.severity) == (Kind.RESIDENCY, Severity.CRITICAL)
    assert (first.location.line, first.expected, first.found) == (
        line + 1,
        ["eu-south-1"],
        "eu-west-1",
    )


def test_an_overlap_names_both_and_a_free_range(checkout: Checkout) -> None:
    line = checkout.edit("countries/tn.yaml", "10.16.0.0/16", "10.8.16.0/20")
    finding = one(checkout, "OVERLAP")
    assert finding.location is not None
    assert (finding.country, finding.location.line) == ("tn", line)
    assert finding.message is not None
    assert finding.message.arguments["other"] == "jo"
    assert finding.message.arguments["free"] == "10.0.0.0/16"


@pytest.mark.parametrize(
    ("expires", "code", "kind"),
    [
        ("2026-02-28", "EXPIRED", Kind.RESIDENCY),
        ("2026-03-01", "EXPIRING", Kind.INVALID),
        ("2026-05-30", "EXPIRING", Kind.INVALID),
    ],
)
def test_an_authorisation_that_ends(
    checkout: Checkout, expires: str, code: str, kind: Kind
) -> None:
    authorise(checkout, expires)
    finding = one(checkout, code)
    assert (finding.kind, finding.found) == (kind, expires)


def test_an_authorisation_that_holds(checkout: Checkout) -> None:
    authorise(checkout, "2026-05-31")
    assert found(checkout) == []


def authorise(checkout: Checkout, expires: str) -> None:
    checkout.edit(
        "countries/tn.yaml",
        "  regions:",
        f"  authorisation: {{reference: INPDP 12, expires: {expires}}}\n  regions:",
    )


def test_a_type_that_the_region_lacks(checkout: Checkout) -> None:
    findings = found(checkout, ["AWS::Macie::Session", "AWS::EC2::VPC"])
    assert {finding.country for finding in findings} == {"ma"}  # the one in eu-south-2
    assert findings[0].message is not None
    assert findings[0].message.id == "WASL-MANIFEST-TYPE-NOT-OFFERED"


def test_a_type_that_no_region_has(checkout: Checkout) -> None:
    assert len(found(checkout, ["AWS::Budgets::Budgett"])) == 9


@pytest.mark.parametrize(
    ("old", "new", "near"),
    [
        ("db.t4g.medium", "db.m7g.large", "db.m6g.large"),
        ("cache.t4g.small", "cache.m7g.large", "cache.m6g.large"),
        ("db.t4g.medium", "db.t4g.mediumm", "db.t4g.medium"),
    ],
)
def test_a_class_that_the_region_lacks(checkout: Checkout, old: str, new: str, near: str) -> None:
    checkout.edit("countries/jo.yaml", old, new)
    finding = one(checkout, "CLASS-NOT-OFFERED")
    assert near in finding.expected


def test_a_class_that_another_region_has(checkout: Checkout) -> None:
    checkout.edit("countries/ye.yaml", "db.t4g.medium", "db.m7g.large")  # eu-central-1
    assert found(checkout) == []


@pytest.mark.parametrize(
    ("old", "new"), [('"17"', '"17.99"'), ('"8.0"', '"7.1"'), ("valkey", "redis")]
)
def test_a_version_that_aws_lacks(checkout: Checkout, old: str, new: str) -> None:
    checkout.edit("countries/jo.yaml", old, new)
    assert one(checkout, "VERSION-NOT-OFFERED").found in ("17.99", "7.1", "8.0")


def test_a_region_that_the_data_does_not_know_is_never_clean(checkout: Checkout) -> None:
    checkout.edit(
        "countries/jo.yaml",
        "backup: [eu-south-1, eu-central-1]",
        "backup: [eu-south-1, eu-centrl-1]",
    )
    finding = one(checkout, "REGION-UNKNOWN")
    assert finding.property == "residency.regions.backup.1"
    assert exit_code([finding]) is ExitCode.FAILED


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("learn.tn.example", "learn.jo.example", "domain"),
        ("aws@tn.example", "aws@jo.example", "contacts.account"),
        ("iso3: TUN", "iso3: JOR", "iso3"),
    ],
)
def test_what_must_be_a_countrys_own(checkout: Checkout, old: str, new: str, key: str) -> None:
    checkout.edit("countries/tn.yaml", old, new)
    assert one(checkout, "SAME").property == key


def test_production_needs_a_signature(checkout: Checkout) -> None:
    checkout.edit("countries/jo.yaml", "environment: pilot", "environment: production")
    findings = found(checkout)
    assert findings[0].property == "residency.status"
    assert findings[0].severity is Severity.CRITICAL


def test_what_is_signed_off_rests_on_no_placeholder_and_no_assumption(checkout: Checkout) -> None:
    checkout.edit("countries/jo.yaml", "status: pending", "status: signed-off")
    properties = {finding.property for finding in found(checkout)}
    assert properties == {
        "domain",
        "platform.image",
        "contacts.operations",
        "contacts.security",
        "contacts.account",
        "sign_in.issuer",
        "partner.hosting",
        "partner.platform.aws_accounts",
        "partner.platform.callback_urls",
        "partner.platform.logout_urls",
        "partner.platform.image_repository",
    }


def test_nor_does_who_signs_in_behind_a_hub(checkout: Checkout) -> None:
    checkout.edit("countries/jo.yaml", "status: pending", "status: signed-off")
    checkout.edit("countries/jo.yaml", "https://sign-in.jo.example", "https://hub.org")
    ministry = "{protocol: oidc, name: ministry, issuer: https://moe.jo.example}"
    hub = "{file: metadata/hub.json, redirect: https://hub.example/jo}"
    sso = f"identity:\n  sso: {{providers: [{ministry}], hub: {hub}}}\n"
    checkout.edit("countries/jo.yaml", "identity:\n", sso)
    properties = {finding.property for finding in found(checkout)}
    assert {"identity.sso.providers.0.issuer", "identity.sso.hub.redirect"} <= properties
    assert "sign_in.issuer" not in properties


def test_a_country_can_be_made_ready_for_production(checkout: Checkout) -> None:
    for file in ("countries/jo.yaml", "partners/classera.yaml"):
        text = checkout.read(file).replace(".example", ".org").replace("assumed", "confirmed")
        text = text.replace("status: pending", "status: signed-off")
        checkout.write(file, text.replace("environment: pilot", "environment: production"))
    assert found(checkout) == []


def test_missing_data_is_an_error_and_never_clean(checkout: Checkout) -> None:
    with pytest.raises(WaslError) as caught:
        check(load(checkout.root), Offers(checkout.root), today=TODAY)
    assert caught.value.code == "WASL-MANIFEST-NO-DATA"
