"""Rights statements in their many spellings, and the gate."""

from __future__ import annotations

import pytest

from integrations.content.licences import allowed, read_licence

KNOWN = [
    ("CC BY 4.0", "CC-BY-4.0"),
    ("cc-by-sa-4.0", "CC-BY-SA-4.0"),
    ("CC-BY", "CC-BY"),
    ("CC BY-NC-ND", "CC-BY-NC-ND"),
    ("https://creativecommons.org/licenses/by-nc-sa/3.0/deed.ar", "CC-BY-NC-SA-3.0"),
    ("http://www.creativecommons.org/licenses/by/3.0/igo/", "CC-BY-3.0"),
    ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
    ("https://creativecommons.org/publicdomain/mark/1.0/deed.fr", "CC-PDM-1.0"),
    ("https://spdx.org/licenses/MIT.html", "MIT"),
    ("Creative Commons Attribution-ShareAlike 4.0 International", "CC-BY-SA-4.0"),
    ("Creative Commons Attribution 4.0 (CC BY 4.0)", "CC-BY-4.0"),
    ("Attribution-NonCommercial 3.0 Unported", "CC-BY-NC-3.0"),
    (
        (
            "This work is licensed under a Creative Commons Attribution 4.0 International License. "
            "https://creativecommons.org/licenses/by/4.0/"
        ),
        "CC-BY-4.0",
    ),
    (
        (
            "Licence Creative Commons Attribution - Pas d’Utilisation Commerciale - "
            "Partage dans les Mêmes Conditions 4.0 International"
        ),
        "CC-BY-NC-SA-4.0",
    ),
    ("المشاع الإبداعي نَسب المُصنَّف - الترخيص بالمثل 4.0", "CC-BY-SA-4.0"),
    ("رخصة المشاع الإبداعي نسب المصنف 4.0 دولي", "CC-BY-4.0"),
    ("المشاع الإبداعي نسب المصنف ٤.٠", "CC-BY-4.0"),
    ("public domain", "CC-PDM-1.0"),
    ("CC0", "CC0-1.0"),
]
UNKNOWN = [
    "not CC BY",
    "CC BY 4.0 except images",
    "CC BY-SA-ND 4.0",
    "CC BY 5.0",
    "Attribution",
    "creative commons",
    "free",
    "https://example.org/terms",
    "https://creativecommons.example.org/licenses/by/4.0/",
    "https://creativecommons.org.evil.example/licenses/by/4.0/",
    "https://creativecommons.org/licenses/by/9.0/",
    "x" * 5000,
]
CLOSED = [
    "All rights reserved",
    "© 2020 Ministry. All rights reserved.",
    "Tous droits réservés",
    "جميع الحقوق محفوظة للوزارة",
]


@pytest.mark.parametrize(("said", "spdx"), KNOWN)
def test_a_known_licence(said: str, spdx: str) -> None:
    licence = read_licence([said])
    assert (licence.state, licence.id) == ("known", spdx)


@pytest.mark.parametrize("said", UNKNOWN)
def test_what_is_not_understood_is_unknown(said: str) -> None:
    assert read_licence([said]).state == "unknown"


@pytest.mark.parametrize("said", CLOSED)
def test_closed(said: str) -> None:
    assert read_licence([said]).state == "closed"


@pytest.mark.parametrize(
    ("said", "state", "spdx"),
    [
        ([], "missing", ""),
        (["  "], "missing", ""),
        (["CC BY", "https://creativecommons.org/licenses/by/4.0/"], "known", "CC-BY-4.0"),
        (["CC BY 4.0", "CC BY-SA 4.0"], "contradicting", ""),
        (["CC BY 4.0; CC BY-SA 4.0"], "contradicting", ""),
        (["CC BY 4.0", "All rights reserved"], "closed", ""),
        (["© Ministry 2020", "CC BY 4.0"], "known", "CC-BY-4.0"),
        (["CC BY 4.0", "licensed for schools only"], "unknown", ""),
    ],
)
def test_several_statements(said: list[str], state: str, spdx: str) -> None:
    licence = read_licence(said)
    assert (licence.state, licence.id) == (state, spdx)


@pytest.mark.parametrize(
    "limit",
    [
        "NonCommercial-NoDerivatives",
        "Non-commercial use only in schools",
        "No derivatives allowed",
        "Utilisation non commerciale",
        "pas d’utilisation commerciale",
        "Pas de modification",
        "Reproduction interdite",
        "© Éditions scolaires, droits de traduction réservés",
        "غير تجاري",
        "للاستخدام غير التجاري",
        "يُمنع النسخ والتوزيع",
        "لا يجوز التعديل",
    ],
)
def test_a_limit_beside_an_open_licence_is_not_passed_over(limit: str) -> None:
    for said in (["CC BY 4.0", limit], [limit, "https://creativecommons.org/licenses/by/4.0/"]):
        licence = read_licence(said)
        assert (licence.state, licence.said) == ("unknown", limit)


@pytest.mark.parametrize("other", ["© Ministry 2020", "openAccess", "وزارة التربية 2020"])
def test_what_limits_nothing_leaves_an_open_licence_known(other: str) -> None:
    assert read_licence(["CC BY 4.0", other]).id == "CC-BY-4.0"


@pytest.mark.parametrize(
    ("said", "permitted", "passes"),
    [
        ("CC BY 4.0", ["CC-BY"], True),
        ("CC BY", ["CC-BY"], True),
        ("CC BY", ["CC-BY-4.0"], False),
        ("CC BY-NC 4.0", ["CC-BY"], False),
        ("CC BY-SA 4.0", ["CC-BY", "CC-BY-SA-4.0"], True),
        ("free", ["CC-BY"], False),
        ("All rights reserved", ["CC-BY"], False),
    ],
)
def test_the_gate(said: str, permitted: list[str], passes: bool) -> None:
    assert allowed(read_licence([said]), permitted) is passes
