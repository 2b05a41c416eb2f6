"""What one command works with: a country, and for a roster one of its targets and the contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from integrations.identity.contract import Contract, contract_of
from integrations.identity.keys import Keys
from integrations.identity.planning import Terms, require_year
from integrations.identity.pseudonym import Pseudonyms
from wasl.errors import WaslError
from wasl.journal import FolderStore, Journal
from wasl.manifest.catalogue import Catalogue, load_country
from wasl.manifest.country import Country
from wasl.manifest.identity import Identity, Target
from wasl.manifest.partner import Partner
from wasl.planes.identity.residency import check

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Home:
    """A country and its local state: all that sign-in needs."""

    root: Path
    home: Path
    catalogue: Catalogue
    country: Country

    @property
    def identity(self) -> Identity:
        """The manifest's section."""
        return self.country.identity

    @property
    def folder(self) -> Path:
        """This country's part of the local state."""
        return self.home / "identity" / self.country.code

    def journal(self) -> Journal:
        """A new segment beside what it is about."""
        return Journal(FolderStore(self.folder / "journal"), self.country.digest)


@dataclass(frozen=True)
class Setting(Home):
    """All that is known before a roster is read."""

    partner: Partner
    target: Target
    contract: Contract
    keys: Keys
    today: date
    environ: Mapping[str, str] = field(repr=False)
    read_only: bool = False
    """Whether the tenancy is only looked at."""

    @property
    def place(self) -> str:
        """The manifest's key of the target."""
        return f"identity.targets.{self.identity.targets.index(self.target)}"

    def reports(self) -> Pseudonyms:
        """The pseudonyms of this country's reports, and of nothing else."""
        return Pseudonyms.derive(self._secret(), "reports", self.country.code)

    def _secret(self) -> bytes:
        return self.keys.secret(f"{self.country.code}/{self.identity.keys.pseudonym}")

    def terms(self, contract: Contract, memberships: bool) -> Terms:
        """What a plan is made by, at a target that has a place for `contract`."""
        assert self.identity.source is not None
        pairwise = Pseudonyms.derive(
            self._secret(), "partner", self.country.code, self.partner.name
        )
        return Terms(
            contract=contract,
            pseudonyms=pairwise,
            school_year=require_year(self.identity.school_year),
            today=self.today,
            grace_days=self.identity.grace_days,
            schools=self.identity.source.scope.schools,
            grades=self.identity.grades or None,
            memberships=memberships,
        )

    def approvals(self) -> Path:
        """Where approvals are looked for."""
        return self.folder / "approvals"


def at_home(root: Path, home: Path, code: str) -> Home:
    """Read the manifest alone. Raises `WaslError` for what is wrong with it."""
    catalogue = load_country(root, code)
    return Home(root, home, catalogue, catalogue.countries[code])


def setting(
    root: Path,
    home: Path,
    code: str,
    target: str | None,
    environ: Mapping[str, str],
    *,
    read_only: bool = False,
) -> Setting:
    """Read the manifest and the contract. Raises `WaslError` for whatever is missing there."""
    catalogue = load_country(root, code)
    country, partner = catalogue.countries[code], catalogue.partner(code)
    identity = country.identity
    if identity.source is None:
        raise _missing(code, "identity.source", "the manifest names no roster")
    chosen = _target(code, identity, target)
    check(country, partner, chosen)
    contract = contract_of(
        partner, identity.source.scope.kinds, identity.demographics_basis is not None
    )
    today = datetime.now(UTC).astimezone(ZoneInfo(country.time_zone)).date()
    keys = Keys(home / "keys")
    return Setting(
        root,
        home,
        catalogue,
        country,
        partner,
        chosen,
        contract,
        keys,
        today,
        environ,
        read_only,
    )


def _target(code: str, identity: Identity, name: str | None) -> Target:
    if not identity.targets:
        raise _missing(code, "identity.targets", "the manifest names no target")
    if name is None:
        return identity.targets[0]
    for target in identity.targets:
        if target.name == name:
            return target
    known = ", ".join(target.name for target in identity.targets)
    raise _missing(code, "identity.targets", f"there is no target {name!r} (known: {known})")


def _missing(code: str, key: str, what: str) -> WaslError:
    where = f"countries/{code}.yaml {key}"
    return WaslError("WASL-IDENTITY-MANIFEST", what, where=where, hint=f"write {key}")
