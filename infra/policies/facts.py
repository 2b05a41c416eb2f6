"""What the policies know of a country: a few facts of its manifest.

The manifest's models take a fifth of a second to import, at each call of the engine; the program
of the same call has them check the whole file. So the policies read the file as plain text values,
and a test holds what they read against the models. See
docs/decisions/0005-policies-know-the-country.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from wasl.errors import WaslError

FOUNDATION = "foundation"
_MAX_BYTES = 256 * 1024
_LISTS = ("primary", "backup", "logs", "replicas")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is permitted where, for one stack; `country` is empty for the foundation."""

    stack: str
    country: str
    region: str
    environment: str
    partner: str
    delegated: bool
    primary: frozenset[str]
    backup: frozenset[str]
    logs: frozenset[str]
    replicas: frozenset[str]
    edge: frozenset[str]
    """The types that may live in us-east-1; none where nothing public may leave."""
    unprotected: bool = False
    """Whether this run lifts the protection on purpose (`wasl:unprotect`)."""
    sandbox: bool = False
    """Whether this is the foundation of a sandbox (`wasl:endpoint`), which comes and goes."""

    def permitted(self, *purposes: str) -> frozenset[str]:
        """The regions permitted for any of `purposes`; without one, for whatever purpose."""
        lists: Iterable[frozenset[str]] = (getattr(self, name) for name in purposes or _LISTS)
        return frozenset().union(*lists)

    @property
    def protected(self) -> bool:
        """Whether data must survive mistakes: in production, and in the foundation."""
        return self.environment == "production" and not self.unprotected

    @property
    def manifest(self) -> str:
        """The file to mend, relative to the checkout's root."""
        return f"countries/{self.country}.yaml" if self.country else "countries/"


def facts(root: Path, stack: str, *, unprotected: bool = False, sandbox: bool = False) -> Facts:
    """The facts of the stack that is named by its country's code, or of the foundation.

    Raises WASL-POLICY-COUNTRY where no manifest says what is permitted.
    """
    if stack == FOUNDATION:
        return _foundation(root, sandbox)
    path = root / "countries" / f"{stack}.yaml"
    if not re.fullmatch("[a-z]{2}", stack) or not path.is_file():
        raise WaslError(
            "WASL-POLICY-COUNTRY",
            f"no country is called {stack!r}, so nothing says where its data may live",
            where="countries/",
            hint="name the stack by its country's code, or describe the country in countries/",
        )
    return of(_read(path), stack, unprotected=unprotected)


def of(manifest: Mapping[str, Any], stack: str, *, unprotected: bool = False) -> Facts:
    """The facts in a manifest whose scalars are all text."""
    try:
        regions = manifest["residency"]["regions"]
        return Facts(
            stack=stack,
            country=manifest["code"],
            region=manifest["region"],
            environment=manifest["environment"],
            partner=manifest["partner"],
            delegated=str(manifest["delegated"]).lower() == "true",
            edge=frozenset((manifest.get("edge") or {}).get("types") or ()),
            unprotected=unprotected,
            primary=frozenset(regions.get("primary") or ()),
            backup=frozenset(regions.get("backup") or ()),
            logs=frozenset(regions.get("logs") or ()),
            replicas=frozenset(regions.get("replicas") or ()),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise WaslError(
            "WASL-POLICY-COUNTRY",
            f"the manifest does not say where data may live ({error})",
            where=f"countries/{stack}.yaml",
            hint="wasl check",
        ) from error


def _foundation(root: Path, sandbox: bool) -> Facts:
    """The foundation holds no country's data; it stays where some contract permits to be."""
    found = [of(_read(path), path.stem) for path in sorted((root / "countries").glob("??.yaml"))]
    everywhere = frozenset().union(*(each.permitted() for each in found))
    return Facts(
        stack=FOUNDATION,
        country="",
        region="",
        environment="production",
        partner="",
        delegated=False,
        primary=everywhere,
        backup=everywhere,
        logs=everywhere,
        replicas=frozenset(),
        edge=frozenset(),
        sandbox=sandbox,
    )


def _read(path: Path) -> Any:
    try:
        with path.open("rb") as stream:
            text = stream.read(_MAX_BYTES).decode("utf-8-sig")
        loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
        return yaml.load(text, loader)  # noqa: S506 (a base loader makes text, lists and mappings)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise WaslError(
            "WASL-POLICY-COUNTRY",
            f"the manifest cannot be read: {error}",
            where=f"countries/{path.name}",
            hint="wasl check",
        ) from error
