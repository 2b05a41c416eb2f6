"""Languages, keyboards, fonts, time zone of a device."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DeviceError
from .locales import Locale, locale
from .managed import Options, Role

GLIBC, OURS = Path("/usr/share/i18n/locales"), "/usr/local/share/i18n/locales"
ZONES = "/usr/share/zoneinfo"


@dataclass(frozen=True)
class Wanted:
    """What a device is to speak; the first language is shown first."""

    languages: tuple[str, ...]
    country: str
    keyboards: tuple[str, ...]
    time_zone: str
    fonts: tuple[str, ...]

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Wanted:
        """From a module's parameters."""
        return cls(
            tuple(params["languages"]),
            params["country"],
            tuple(params["keyboards"]),
            params["time_zone"],
            tuple(params["fonts"]),
        )


def configure(role: Role, options: Options) -> None:
    """Make it so. Raises WASL-CONFIGURE-LANGUAGE, -PACKAGE, -ZONE, -COMMAND."""
    wanted = Wanted.of(options)
    role.packages(wanted.fonts)
    known = frozenset(path.name for path in GLIBC.iterdir()) if GLIBC.is_dir() else frozenset()
    found = [locale(language, wanted.country, known) for language in wanted.languages]
    there = _compiled(role)
    for one in found:
        _compile(role, one, there)
    names = ":".join(_names(wanted.languages))
    first = found[0].full
    role.file("/etc/default/locale", f"LANG={first}\nLANGUAGE={names}\n")
    role.file("/etc/default/keyboard", keyboard(wanted.keyboards))
    if not Path(ZONES, wanted.time_zone).is_file():
        raise DeviceError("WASL-CONFIGURE-ZONE", zone=wanted.time_zone)
    role.link("/etc/localtime", f"{ZONES}/{wanted.time_zone}")
    role.file("/etc/timezone", f"{wanted.time_zone}\n")


def keyboard(layouts: Sequence[str]) -> str:
    """`/etc/default/keyboard` for layouts such as `ara(azerty)`; Alt and Shift change between."""
    names, variants = keyboard_names(layouts)
    return (
        f'XKBMODEL="pc105"\nXKBLAYOUT="{names}"\nXKBVARIANT="{variants}"\n'
        'XKBOPTIONS="grp:alt_shift_toggle"\nBACKSPACE="guess"\n'
    )


def keyboard_names(layouts: Sequence[str]) -> tuple[str, str]:
    """XKB's two lists: layouts, and the variant of each."""
    parts = [re.fullmatch(r"([a-z]+)(?:\(([a-z0-9_-]+)\))?", layout) for layout in layouts]
    names = ",".join(part[1] for part in parts if part)
    return names, ",".join(part[2] or "" for part in parts if part)


def _names(languages: Sequence[str]) -> Sequence[str]:
    """For gettext: each language, then English, which every program has."""
    return [*languages, *(["en"] if "en" not in languages else [])]


def _compiled(role: Role) -> set[str]:
    said = role.machine.run("localedef", "--list-archive").text.split()
    return {name.lower().replace("-", "") for name in said}


def _compile(role: Role, one: Locale, there: set[str]) -> None:
    changed = False
    source = one.name
    if one.definition:
        source = f"{OURS}/{one.name}"
        changed = role.file(source, one.definition)
    if changed or one.full.lower().replace("-", "") not in there:
        os.environ["I18NPATH"] = "/usr/share/i18n"
        command = ("localedef", "--replace", "-i", source, "-f", "UTF-8", one.full)
        role.run(f"locale {one.full}", *command)
