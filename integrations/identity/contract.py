"""The field contract as the planner uses it: which fields of which kind, and how treated."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from integrations.identity.oneroster.columns import COLUMNS, KINDS, header
from wasl.errors import WaslError
from wasl.manifest.partner import Partner, Treatment

_COLUMNS = {kind: {c.name: c for c in columns} for kind, columns in COLUMNS["1.1"].items()}


@dataclass(frozen=True)
class Contract:
    """What one partner is given. Fields are OneRoster 1.1's, whatever the roster's version."""

    partner: str
    version: str
    fields: Mapping[str, Mapping[str, Treatment]]
    correlate: tuple[str, ...]
    assumed: tuple[str, ...]

    def columns(self, kind: str) -> tuple[str, ...]:
        """The kind's fields: the standard's in their order, then extensions; sourcedId first."""
        listed = self.fields[kind]
        standard = [name for name in header("1.1", kind) if name in listed]
        return (*standard, *sorted(name for name in listed if name not in standard))

    def within(self, carried: Mapping[str, Collection[str]]) -> Contract:
        """The same contract, less what a target has no place for."""
        fields = {
            kind: {name: one for name, one in listed.items() if name in carried[kind]}
            for kind, listed in self.fields.items()
            if kind in carried
        }
        return replace(self, fields=fields)

    def treated(self, kind: str) -> bool:
        """Whether any field of the kind leaves otherwise than it came."""
        return any(treatment != "plain" for treatment in self.fields[kind].values())

    def space(self, kind: str, field: str) -> str:
        """The space of a field's pseudonyms: references share that of what they refer to."""
        column = _COLUMNS[kind].get(field)
        refers = column.refers if column else ""
        return (
            f"{refers or kind}.sourcedId" if refers or field == "sourcedId" else f"{kind}.{field}"
        )


def contract_of(partner: Partner, kinds: Iterable[str], demographics: bool) -> Contract:
    """The contract for those kinds; demographics only where the manifest has a basis in law.

    Raises `WaslError` (WASL-IDENTITY-CONTRACT) where the contract cannot be kept.
    """
    roster = partner.roster
    if roster is None:
        raise _broken(partner, "has no field contract", "add `roster` to it")
    facts = {kind: getattr(roster, kind) for kind in KINDS if kind in set(kinds)}
    if not demographics:
        facts.pop("demographics", None)
    fields = {kind: fact.value for kind, fact in facts.items() if fact is not None}
    named = {
        **facts,
        "reads": roster.reads,
        "writes": roster.writes,
        "correlate": roster.correlate,
    }
    assumed = tuple(name for name, fact in named.items() if fact and not fact.confirmed)
    contract = Contract(partner.name, roster.version, fields, roster.correlate.value, assumed)
    _check(partner, contract)
    return contract


def _check(partner: Partner, contract: Contract) -> None:
    for kind, fields in contract.fields.items():
        if "sourcedId" not in fields:
            raise _broken(partner, f"roster.{kind} lists no sourcedId", "list it")
        for field in fields:
            if field not in _COLUMNS[kind] and not field.startswith("metadata."):
                raise _broken(
                    partner,
                    f"roster.{kind}.{field} is no field of OneRoster",
                    "mend it",
                )
    _check_references(partner, contract)


def _check_references(partner: Partner, contract: Contract) -> None:
    """A pseudonym must be met wherever the same id stands, or nothing would fit together."""
    for kind, fields in contract.fields.items():
        for field, treatment in fields.items():
            column = _COLUMNS[kind].get(field)
            if column is None or column.refers not in contract.fields:
                continue
            if contract.fields[column.refers]["sourcedId"] != treatment:
                what = f"roster.{kind}.{field} and roster.{column.refers}.sourcedId differ"
                raise _broken(partner, what, "treat both as plain, or both as pseudonym")


def _broken(partner: Partner, what: str, hint: str) -> WaslError:
    where = f"partners/{partner.name}.yaml"
    return WaslError("WASL-IDENTITY-CONTRACT", what, where=where, hint=hint)
