"""A country's keys, and the stations that it certifies and revokes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playbooks.module_utils.wasl_device import clock, files, signed, trust
from playbooks.module_utils.wasl_device.signed import Document, PublicKey, SigningKey
from playbooks.module_utils.wasl_device.trust import Role
from wasl.planes.devices import access
from wasl.planes.devices.home import Home
from wasl.planes.keyring import certificate

LONGEST = 5 * 365  # days that a station may be certified for


@dataclass(frozen=True)
class CountryKeys:
    """The public halves, as the manifest names them."""

    signing: str
    sealing: str

    def as_yaml(self) -> str:
        """The lines for `countries/<cc>.yaml`."""
        return (
            f"devices:\n  keys:\n    signing: [{self.signing!r}]\n    sealing: {self.sealing}\n"
        ).replace("'", '"')


def make(home: Home) -> CountryKeys:
    """Make both keys of a country, readable by their owner alone. Raises WASL-KEY-EXISTS."""
    import pyrage  # only the ministry's laptop has it, no stick

    key, identity = SigningKey.make(), pyrage.x25519.Identity.generate()
    key.save(home.country_key)
    files.write_secret(home.sealing_key, f"{identity}\n".encode())
    return CountryKeys(str(key.public), str(identity.to_public()))


def public(home: Home) -> CountryKeys:
    """The public halves of the keys that are here. Raises WASL-KEY-MISSING, WASL-KEY-BAD."""
    import pyrage

    key = SigningKey.load(home.country_key)
    identity = pyrage.x25519.Identity.from_str(home.sealing_key.read_text("ascii").strip())
    return CountryKeys(str(key.public), str(identity.to_public()))


def station(home: Home) -> SigningKey:
    """This laptop's or stick's key; made now where there is none."""
    if not home.station_key.exists():
        SigningKey.make().save(home.station_key)
    return SigningKey.load(home.station_key)


def for_ssh(home: Home) -> Path | None:
    """This station's key for ssh, with its certificate; None where it is not certified."""
    if not home.station_key.exists():
        return None
    key = station(home)
    return access.keep(home.ssh_key, key, certificate(home, key.public))


def certify(
    home: Home, key: PublicKey, name: str, site: str, days: int, roles: tuple[Role, ...]
) -> Path:
    """The country's word for a station, written among the statements. Raises WASL-KEY-MISSING."""
    root = SigningKey.load(home.country_key)
    since = datetime.now(UTC) - timedelta(days=1)  # a station's clock may be a little behind
    until = since + timedelta(days=1 + days)
    first, last = since.strftime(clock.FORMAT), until.strftime(clock.FORMAT)
    more = {access.FIELD: access.certificate(key, name, first, last, root)}
    statement = trust.certify(home.country, key, name, site, roles, first, last, root, more)
    return keep(home, statement)


def revoke(home: Home, station: str, reason: str, since: str) -> Path:
    """The country's word against a station (its key's id); `since` empty is for all time."""
    root = SigningKey.load(home.country_key)
    return keep(home, trust.revoke(home.country, station, reason, since, root))


def keep(home: Home, statement: Document) -> Path:
    """A statement among the others, under the name that it has everywhere."""
    path = home.statements / trust.statement_name(statement)
    files.write_atomic(path, signed.canonical(statement) + b"\n")
    return path
