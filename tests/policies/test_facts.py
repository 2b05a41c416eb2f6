"""What the policies read of a manifest is what its models say."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.policies.facts import facts
from tests.components.described import ROOT
from wasl.errors import WaslError
from wasl.manifest.catalogue import known_countries, load_country


@pytest.mark.parametrize("code", known_countries(ROOT))
def test_they_are_the_models(code: str) -> None:
    country = load_country(ROOT, code).countries[code]
    known = facts(ROOT, code)
    regions = country.residency.regions
    assert (known.country, known.region, known.partner) == (code, country.region, country.partner)
    assert known.environment == country.environment
    assert known.delegated is country.delegated
    assert known.protected is country.production
    assert known.edge == frozenset(country.edge.types if country.edge else ())
    assert known.permitted() == regions.permitted
    for purpose in ("primary", "backup", "logs", "replicas"):
        assert known.permitted(purpose) == frozenset(getattr(regions, purpose))


def test_a_delegated_zone_in_production(tmp_path: Path) -> None:
    text = (ROOT / "countries/jo.yaml").read_text("utf-8")
    text = text.replace("delegated: false", "delegated: True")
    text = text.replace("environment: pilot", "environment: production")
    (tmp_path / "countries").mkdir()
    (tmp_path / "countries/jo.yaml").write_text(text, "utf-8")
    assert facts(tmp_path, "jo").delegated
    assert facts(tmp_path, "jo").protected
    assert not facts(tmp_path, "jo", unprotected=True).protected


@pytest.mark.parametrize("stack", ["zz", "dev", "../jo", "JO"])
def test_a_stack_without_a_country_is_refused(stack: str) -> None:
    with pytest.raises(WaslError, match="no country is called") as error:
        facts(ROOT, stack)
    assert error.value.code == "WASL-POLICY-COUNTRY"


@pytest.mark.parametrize(
    "text", ["", "[]", "code: jo", "a: [", "residency: {regions: []}", "residency: text"]
)
def test_a_broken_manifest_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "countries").mkdir()
    (tmp_path / "countries/jo.yaml").write_text(text)
    with pytest.raises(WaslError, match="manifest"):
        facts(tmp_path, "jo")


def test_the_foundation_may_stand_where_some_contract_permits() -> None:
    known = facts(ROOT, "foundation")
    assert "eu-south-1" in known.permitted("primary")
    assert "us-east-1" not in known.permitted()
    assert not known.edge
