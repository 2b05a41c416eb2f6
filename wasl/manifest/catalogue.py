"""The countries and partners of a checkout: read whole, or one country at a time.

Either everything that was asked for is right, or a `ManifestError` names every problem of every
file at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from wasl.errors import WaslError
from wasl.manifest.base import Model
from wasl.manifest.country import Country
from wasl.manifest.partner import Partner
from wasl.manifest.problems import ManifestError, did_you_mean, invalid
from wasl.manifest.reader import Document, read
from wasl.manifest.validation import validate
from wasl.result import Finding, Location

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Countries by code and partners by name, with the line of every key of every file."""

    countries: Mapping[str, Country]
    partners: Mapping[str, Partner]
    documents: Mapping[str, Document]

    def partner(self, code: str) -> Partner:
        """The partner whose platform a country runs."""
        return self.partners[self.countries[code].partner]

    def location(self, code: str, key: str = "") -> Location:
        """The file and line of a country's key, such as `residency.regions.backup`.

        A key that the file leaves out is where its nearest parent is.
        """
        return self.documents[country_file(code)].location(key)

    def partner_location(self, name: str, key: str = "") -> Location:
        """The file and line of a partner's key."""
        return self.documents[partner_file(name)].location(key)


def country_file(code: str) -> str:
    """Where a country is described, relative to the checkout's root."""
    return f"countries/{code}.yaml"


def partner_file(name: str) -> str:
    """Where a partner is described, relative to the checkout's root."""
    return f"partners/{name}.yaml"


def known_countries(root: Path) -> tuple[str, ...]:
    """The codes of all countries of the checkout, by their files' names alone."""
    return tuple(sorted(path.stem for path in (root / "countries").glob("*.yaml")))


def load(root: Path) -> Catalogue:
    """Every country and partner under `root`. Raises `ManifestError` with all there is to mend."""
    codes = known_countries(root)
    if not codes:
        raise WaslError(
            "WASL-MANIFEST-NONE",
            "there are no countries here",
            where=str(root / "countries"),
            hint="run wasl inside its checkout, or add countries/<cc>.yaml",
        )
    names = sorted(path.stem for path in (root / "partners").glob("*.yaml"))
    return _load(root, codes, names, _strays(root))


def load_country(root: Path, code: str) -> Catalogue:
    """One country and its partner, and nothing else.

    Raises `WaslError` (WASL-MANIFEST-UNKNOWN-COUNTRY) for a code without a file, else as `load`.
    """
    known = known_countries(root)
    if not re.fullmatch("[a-z]{2}", code) or code not in known:
        raise _unknown(code, known)
    document = read(root / country_file(code), country_file(code))
    partner = document.data.get("partner") if isinstance(document.data, dict) else None
    named = isinstance(partner, str) and re.fullmatch("[a-z][a-z0-9-]*", partner)
    names = [partner] if named and (root / partner_file(str(partner))).exists() else []
    return _load(root, [code], [str(name) for name in names], [])


def load_countries(root: Path, codes: Iterable[str]) -> Catalogue:
    """Some countries and their partners. Raises as `load_country`."""
    found = [load_country(root, code) for code in codes]
    return Catalogue(
        {code: country for one in found for code, country in one.countries.items()},
        {name: partner for one in found for name, partner in one.partners.items()},
        {file: document for one in found for file, document in one.documents.items()},
    )


def _load(
    root: Path, codes: Iterable[str], names: Iterable[str], findings: Iterable[Finding]
) -> Catalogue:
    problems = list(findings)
    documents: dict[str, Document] = {}
    countries: dict[str, Country] = {}
    partners: dict[str, Partner] = {}
    for name in names:
        partner = _one(root, partner_file(name), Partner, documents, problems)
        if partner:
            partners[name] = partner
            problems += _misnamed(documents[partner_file(name)], "name", partner.name, name)
    for code in codes:
        country = _one(root, country_file(code), Country, documents, problems)
        if country:
            countries[code] = country
            problems += _misnamed(documents[country_file(code)], "code", country.code, code)
            problems += _partnerless(root, country, documents[country_file(code)], partners)
    if problems:
        raise ManifestError(problems)
    return Catalogue(countries, partners, documents)


def _one(
    root: Path, file: str, model: type[M], documents: dict[str, Document], problems: list[Finding]
) -> M | None:
    documents[file] = read(root / file, file)
    instance, found = validate(model, documents[file])
    problems += found
    return instance


def _misnamed(document: Document, key: str, value: str, stem: str) -> list[Finding]:
    if value == stem:
        return []
    where = document.location(key)
    return [invalid("WASL-MANIFEST-FILE-NAME", where, key, expected=stem, found=value, value=value)]


def _partnerless(
    root: Path, country: Country, document: Document, partners: Mapping[str, Partner]
) -> list[Finding]:
    """A partner that is not there, or that has no platform to run."""
    where, name = document.location("partner"), country.partner
    partner = partners.get(name)
    if partner and partner.platform:
        return []
    if partner:
        return [invalid("WASL-MANIFEST-NO-PLATFORM", where, "partner", found=name, name=name)]
    stems = sorted(path.stem for path in (root / "partners").glob("*.yaml"))
    if name in stems:  # its file is broken, which is said already
        return []
    return [
        invalid(
            "WASL-MANIFEST-UNKNOWN-PARTNER",
            where,
            "partner",
            expected=stems,
            found=name,
            name=name,
            known=", ".join(stems) or "none",
        )
    ]


def _strays(root: Path) -> list[Finding]:
    """Files that look like manifests and would not be read."""
    return [
        invalid("WASL-MANIFEST-STRAY-FILE", Location(f"{folder}/{path.name}", 1), stem=path.stem)
        for folder in ("countries", "partners")
        for path in sorted((root / folder).glob("*"))
        if path.suffix != ".yaml" and path.suffix.lower() in (".yml", ".yaml")
    ]


def _unknown(code: str, known: Iterable[str]) -> WaslError:
    guess = did_you_mean(code, known)
    codes = ", ".join(known)
    return WaslError(
        "WASL-MANIFEST-UNKNOWN-COUNTRY",
        f"there is no country {code!r}",
        where="countries/",
        hint=f"did you mean {guess}? " * bool(guess) + f"Known: {codes or 'none'}",
    )
