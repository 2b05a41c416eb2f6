"""Reading all countries, or one: what is found, where it stands, and every problem at once."""

from __future__ import annotations

import pytest

from tests.manifest.conftest import Checkout
from wasl.errors import WaslError
from wasl.manifest.catalogue import Catalogue, load, load_country
from wasl.manifest.problems import ManifestError
from wasl.result import Finding


def problems(checkout: Checkout) -> dict[str, Finding]:
    with pytest.raises(ManifestError) as caught:
        load(checkout.root)
    return {f"{finding.target} {finding.property}": finding for finding in caught.value.findings}


def test_every_country_and_partner_is_read(checkout: Checkout) -> None:
    catalogue = load(checkout.root)
    assert set(catalogue.countries) == {"dj", "eg", "jo", "km", "lb", "ma", "sd", "tn", "ye"}
    assert set(catalogue.partners) == {"alecso", "classera"}
    assert catalogue.partner("jo").name == "classera"
    assert [language.tag for language in catalogue.countries["ma"].languages] == [
        "ar-Arab",
        "zgh-Tfng",
        "fr-Latn",
    ]
    assert catalogue.countries["ma"].languages[0].direction == "rtl"


def test_no_country_leaves_the_sandbox_before_counsel_signs(checkout: Checkout) -> None:
    for country in load(checkout.root).countries.values():
        assert country.residency.status in ("pending", "blocked")
        assert not country.production


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("residency.regions.backup", "    backup: [eu-south-1, eu-central-1]"),
        ("residency.regions.backup.1", "    backup: [eu-south-1, eu-central-1]"),
        ("residency.regions.replicas", "  regions:"),  # left out: where its parent stands
        ("languages.1", "  - {code: en, script: Latn}"),
        ("network.cidr", "  cidr: 10.8.0.0/16"),
        ("", "# yaml-language-server: $schema=schema.json"),
    ],
)
def test_a_key_has_a_line(checkout: Checkout, key: str, text: str) -> None:
    location = load(checkout.root).location("jo", key)
    assert location.file == "countries/jo.yaml"
    lines = checkout.read(location.file).splitlines()
    expected = lines.index(text) + 1 if key else 2  # the document begins after its comment
    assert location.line == expected


def test_a_tenth_country_is_one_file(checkout: Checkout) -> None:
    checkout.tenth("sy")
    catalogue = load(checkout.root)
    assert len(catalogue.countries) == 10
    assert load_country(checkout.root, "sy").countries["sy"].names.en == "Jordan"


def test_all_errors_of_all_files_at_once(checkout: Checkout) -> None:
    lines = {
        "countries/jo.yaml environmnt": checkout.edit(
            "countries/jo.yaml", "environment:", "environmnt:"
        ),
        "countries/jo.yaml platform.cpu": checkout.edit(
            "countries/jo.yaml", "cpu: 1024", "cpu: 1000"
        ),
        "countries/tn.yaml time_zone": checkout.edit(
            "countries/tn.yaml", "Africa/Tunis", "Africa/Tunes"
        ),
        "countries/ye.yaml database.version": checkout.edit("countries/ye.yaml", '"17"', "17.10"),
        "partners/classera.yaml kind": checkout.edit(
            "partners/classera.yaml", "kind: platform", "kind: platfrom"
        ),
    }
    found = problems(checkout)
    assert {key: finding.location.line for key, finding in found.items() if finding.location} == (
        lines
    )
    assert all(finding.remedy and finding.message for finding in found.values())


def test_a_near_miss_is_suggested_and_not_also_reported_missing(checkout: Checkout) -> None:
    checkout.edit("countries/jo.yaml", "instance_class:", "instance_clas:")
    found = problems(checkout)
    assert list(found) == ["countries/jo.yaml database.instance_clas"]
    finding = found["countries/jo.yaml database.instance_clas"]
    assert finding.expected == "instance_class"
    assert finding.remedy == "rename instance_clas to instance_class"


def test_an_unknown_key_is_refused_and_its_value_not_shown(checkout: Checkout) -> None:
    checkout.edit("countries/jo.yaml", "delegated:", "zzz: hunter2\ndelegated:")
    (finding,) = problems(checkout).values()
    assert finding.message is not None
    assert finding.message.id == "WASL-MANIFEST-UNKNOWN-KEY"
    assert "hunter2" not in str(finding)


def test_a_secret_in_place_of_its_name_is_not_shown(checkout: Checkout) -> None:
    checkout.edit("countries/jo.yaml", "wasl/sign-in/client-secret", "'hunter2 $%&'")
    with pytest.raises(ManifestError) as caught:
        load(checkout.root)
    assert caught.value.findings[0].property == "sign_in.secret_name"
    assert "hunter2" not in f"{caught.value} {caught.value.findings}"


def test_a_missing_key_is_named_with_what_it_is_for(checkout: Checkout) -> None:
    line = checkout.edit("countries/jo.yaml", "  issuer: https://sign-in.jo.example\n", "")
    (finding,) = problems(checkout).values()
    assert finding.property == "sign_in.issuer"
    assert finding.location is not None
    assert finding.location.line == line - 2  # at `sign_in:`, where it belongs
    assert "issuer URL" in finding.remedy


@pytest.mark.parametrize(
    ("old", "new", "key", "expected"),
    [
        ("version: 1\n", "version: 2\n", "version", "1"),
        ("port: 8080", "port: '8080'", "platform.port", "a whole number"),
        ("delegated: false", "delegated: no", "delegated", "true or false"),
        ("memory: 2048", "memory: 512", "platform", "is not offered with cpu 1024"),
        ("platform:pilot", "platform:latest", "platform", "`latest`"),
        ("max: 4", "max: 0", "platform.tasks.max", "1 or more"),
        ("min: 1, max: 4", "min: 5, max: 4", "platform.tasks", "must not be above"),
        ("cidr: 10.8.0.0/16", "cidr: 10.8.0.1/16", "network.cidr", "host bits"),
        ("cidr: 10.8.0.0/16", "cidr: 8.8.0.0/16", "network.cidr", "private range"),
        ("cidr: 10.8.0.0/16", "cidr: 10.8.0.0/24", "network.cidr", "between /16 and /20"),
        ("zones: 2", "zones: 4", "network.zones", "2 or 3"),
        ("[friday, saturday]", "[friday, friday]", "", "twice"),
        ("[friday, saturday]", "friday", "school_week.weekend", "a list"),
        ("protocol: oidc", "protocol: ldap", "sign_in", "'oidc', 'saml'"),
        ("https://sign-in.jo", "http://sign-in.jo", "sign_in.issuer", "matches"),
        ("region: eu-south-1", "region: europe", "region", "matches"),
        ("iso3: JOR", "iso3:", "iso3", "text"),
        ("Asia/Amman", "../etc/passwd", "time_zone", "matches"),
    ],
)
def test_a_wrong_value_says_what_was_expected(
    checkout: Checkout, old: str, new: str, key: str, expected: str
) -> None:
    checkout.edit("countries/jo.yaml", old, new)
    (finding,) = problems(checkout).values()
    assert finding.property == key
    assert expected in finding.expected


def test_the_file_is_named_as_its_code(checkout: Checkout) -> None:
    checkout.edit("countries/jo.yaml", "code: jo\n", "code: jx\n")
    (finding,) = problems(checkout).values()
    assert (finding.property, finding.expected, finding.found) == ("code", "jo", "jx")


@pytest.mark.parametrize(
    ("partner", "code"),
    [("clasera", "WASL-MANIFEST-UNKNOWN-PARTNER"), ("alecso", "WASL-MANIFEST-NO-PLATFORM")],
)
def test_the_partner_has_a_file_and_a_platform(checkout: Checkout, partner: str, code: str) -> None:
    checkout.edit("countries/jo.yaml", "partner: classera", f"partner: {partner}")
    (finding,) = problems(checkout).values()
    assert finding.message is not None
    assert finding.message.id == code
    with pytest.raises(ManifestError):
        load_country(checkout.root, "jo")


def test_a_file_that_would_not_be_read_is_said(checkout: Checkout) -> None:
    (checkout.root / "countries" / "jo.yaml").rename(checkout.root / "countries" / "jo.yml")
    (finding,) = problems(checkout).values()
    assert finding.target == "countries/jo.yml"


def test_one_country_does_not_suffer_from_another(checkout: Checkout) -> None:
    checkout.write("countries/tn.yaml", "broken: [")
    catalogue = load_country(checkout.root, "jo")
    assert list(catalogue.countries) == ["jo"]
    assert catalogue.partner("jo").platform is not None


@pytest.mark.parametrize(
    ("code", "guess"),
    [("jor", "did you mean jo?"), ("../jo", "Known: dj"), ("xx", "Known: dj")],
)
def test_an_unknown_country_names_the_known(checkout: Checkout, code: str, guess: str) -> None:
    with pytest.raises(WaslError) as caught:
        load_country(checkout.root, code)
    assert caught.value.code == "WASL-MANIFEST-UNKNOWN-COUNTRY"
    assert guess in caught.value.hint
    assert "dj, eg, jo" in caught.value.hint


def test_a_folder_without_countries_says_so(checkout: Checkout) -> None:
    with pytest.raises(WaslError, match="no countries"):
        load(checkout.root / "partners")


def test_the_digest_follows_what_is_said_and_not_how(checkout: Checkout) -> None:
    def digest() -> str:
        loaded: Catalogue = load_country(checkout.root, "km")
        return loaded.countries["km"].digest

    before = digest()
    checkout.edit("countries/km.yaml", "zones: 2", "zones:    2 # two are enough")
    checkout.edit("countries/km.yaml", "devices: {}\n", "")
    assert digest() == before
    checkout.edit("countries/km.yaml", "monthly_usd: 1500", "monthly_usd: 1501")
    assert digest() != before
    assert len(before) == 64
