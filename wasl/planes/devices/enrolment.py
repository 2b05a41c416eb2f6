"""Devices taken into a country's fleet: sealed requests in records, a parameter a device.

Requests come with the records, by stick or by line. Only where the country's sealing key is can
they be opened; what is written to the cloud is the device's public key, its profile and its site.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyrage

from playbooks.module_utils.wasl_device import enrol, signed
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.record import Entry
from playbooks.module_utils.wasl_device.trust import Trust
from wasl.planes.devices import records
from wasl.planes.devices.home import Home
from wasl.planes.told import finding
from wasl.result import Action, Change, Finding, Message


@dataclass(frozen=True)
class Member:
    """A device as the fleet knows it."""

    number: str
    device_key: str
    profile: str
    site: str

    @property
    def value(self) -> str:
        """The parameter's value: the same member has the same one."""
        told = {name: getattr(self, name) for name in ("device_key", "profile", "site")}
        return signed.canonical(told).decode()


class Fleet(Protocol):
    """Where members are kept."""

    def members(self) -> Mapping[str, str]:
        """Values by device number."""

    def put(self, number: str, value: str) -> None:
        """Write one, over what was there."""


@dataclass(frozen=True)
class Parameters:
    """A fleet as SSM parameters under the tenancy's path; `client` is boto3's."""

    client: Any
    path: str

    def members(self) -> dict[str, str]:
        pages = self.client.get_paginator("get_parameters_by_path").paginate(Path=self._folder)
        return {
            one["Name"].rsplit("/", 1)[1]: one["Value"]
            for page in pages
            for one in page["Parameters"]
        }

    def put(self, number: str, value: str) -> None:
        name = f"{self._folder}/{number}"
        self.client.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)

    @property
    def _folder(self) -> str:
        return f"{self.path}/devices"


def identity(home: Home) -> Any:
    """The country's sealing key. Raises WASL-ENROL-NO-KEY where it is kept elsewhere."""
    try:
        return pyrage.x25519.Identity.from_str(home.sealing_key.read_text("ascii").strip())
    except FileNotFoundError:
        raise DeviceError("WASL-ENROL-NO-KEY", file=home.sealing_key) from None
    except (OSError, ValueError, pyrage.IdentityError):
        raise DeviceError("WASL-KEY-BAD", key=home.sealing_key) from None


def asked(folder: Path, trust: Trust, opener: Any) -> tuple[list[Member], list[Finding]]:
    """What each device asked for last, and why some cannot be taken in.

    A device whose record does not hold, or that was wiped or imaged since, is not taken in.
    """
    members, problems = [], []
    for checked in records.check([folder], trust) if any(folder.glob("*/*.jsonl")) else ():
        try:
            if checked.problem is not None:
                raise checked.problem
            entry = _newest([entry for entry, _ in checked.entries])
            if entry is not None:
                members.append(_member(checked.device, entry, trust.country, opener))
        except DeviceError as error:
            problems.append(
                finding(error.code, error.arguments, country=trust.country, target=checked.device)
            )
    return members, problems


def plan(country: str, members: Sequence[Member], known: Mapping[str, str]) -> list[Change]:
    """What the fleet lacks: new devices, and devices with another key, profile or site."""
    changes = []
    for member in members:
        before = known.get(member.number)
        if before == member.value:
            continue
        action = Action.CREATE if before is None else Action.UPDATE
        rekeyed = before is not None and _key_of(before) != member.device_key
        words = {"profile": member.profile, "site": member.site}
        reason = Message("devices.reason.enrol" + ("-new-key" if rekeyed else ""), words)
        changes.append(Change("devices", country, member.number, action, reason))
    return changes


def _newest(entries: Sequence[Entry]) -> Entry | None:
    """The last request that still stands."""
    for entry in reversed(entries):
        if entry.stage == "enrol" and entry.outcome == "done":
            return entry
        if entry.stage in records.UNDOING and entry.outcome != "refused":
            return None
    return None


def _member(number: str, entry: Entry, country: str, opener: Any) -> Member:
    """The request of an entry, opened and held against all that is said around it."""
    try:
        sealed = base64.b64decode(str(entry.body["evidence"]["request"]), validate=True)
        plain = pyrage.decrypt(sealed, [opener])
    except (KeyError, ValueError, binascii.Error, pyrage.DecryptError):
        raise DeviceError("WASL-ENROL-SEALED", file=entry.where) from None
    body, key = signed.opened(signed.parse(plain, entry.where), enrol.KIND, entry.where)
    said = {
        "country": country,
        "device_key": str(key),
        "identity": entry.body["identity"],
        "site": entry.body["site"],
        "version": 1,
    }
    differing = [name for name, value in said.items() if body.get(name) != value]
    if differing or entry.body["evidence"].get("device_key") != str(key):
        told = ", ".join(differing) or "device_key"
        raise DeviceError("WASL-ENROL-OTHER", file=entry.where, field=told)
    return Member(number, str(key), str(body.get("profile")), str(body["site"]))


def _key_of(value: str) -> str:
    try:
        return str(json.loads(value)["device_key"])
    except (ValueError, KeyError, TypeError):
        return ""
