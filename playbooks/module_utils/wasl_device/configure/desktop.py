"""The desktop of a device: Xfce behind LightDM, the same for everyone who signs in.

What is set here are defaults that Xfce reads from `/etc/xdg`; a pupil's own choices go over them,
but for what is locked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from .languages import keyboard_names
from .managed import Options, Role

XFCONF = "/etc/xdg/xfce4/xfconf/xfce-perchannel-xml"
GREETER = "/etc/lightdm/lightdm.conf.d/60-wasl.conf"
BROWSER = "/etc/firefox/policies/policies.json"
LIBRARY = "file:///var/lib/wasl/library/library/index.html"
# What a session of Xfce is made of, in the order in which it starts.
SESSION = ("xfwm4", "xfsettingsd", "xfce4-panel", "Thunar --daemon", "xfdesktop")
# Programs by what a menu of the desktop calls them.
LESSONS = {"ar": "الدروس", "fr": "Leçons", "en": "Lessons"}
SHELF = {"ar": "المكتبة", "fr": "Bibliothèque", "en": "Library"}


@dataclass(frozen=True)
class Wanted:
    """What a desktop is to be; `lessons` is Kolibri's address, empty where there is none."""

    language: str
    keyboards: tuple[str, ...]
    packages: tuple[str, ...]
    applications: tuple[str, ...]
    lessons: str
    lock_minutes: int

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Wanted:
        """From a module's parameters."""
        return cls(
            params["language"],
            tuple(params["keyboards"]),
            tuple(params["packages"]),
            tuple(params["applications"]),
            params["lessons"],
            params["lock_minutes"],
        )


def configure(role: Role, options: Options) -> None:
    """Make it so. Raises WASL-CONFIGURE-PACKAGE."""
    wanted = Wanted.of(options)
    role.packages([*wanted.packages, *wanted.applications])
    role.file(GREETER, greeter())
    role.file(f"{XFCONF}/keyboard-layout.xml", keyboards(wanted.keyboards))
    role.file(f"{XFCONF}/xfce4-session.xml", session())
    role.file(f"{XFCONF}/xfce4-power-manager.xml", power(wanted.lock_minutes))
    role.file(BROWSER, browser(wanted.lessons, wanted.language))
    role.file("/etc/xdg/user-dirs.defaults", _FOLDERS)
    _menu(role, "lessons", LESSONS, wanted.lessons)
    _menu(role, "library", SHELF, LIBRARY)
    if Path("/usr/sbin/lightdm").exists():
        role.link("/etc/systemd/system/display-manager.service", _LIGHTDM)


_LIGHTDM = "/usr/lib/systemd/system/lightdm.service"
_FOLDERS = "DESKTOP=Desktop\nDOWNLOAD=Downloads\nDOCUMENTS=Documents\nPICTURES=Pictures\n"


def greeter() -> str:
    """Names to choose from, nobody signed in by itself, no guest and no remote display."""
    return (
        "[Seat:*]\nuser-session=xfce\nallow-guest=false\ngreeter-hide-users=false\n"
        "autologin-user=\n\n[XDMCPServer]\nenabled=false\n\n[VNCServer]\nenabled=false\n"
    )


def keyboards(layouts: Sequence[str]) -> str:
    """The manifest's layouts, changed between with Alt and Shift as on the text console."""
    names, variants = keyboard_names(layouts)
    inner = (
        _property("XkbDisable", "bool", "false")
        + _property("XkbLayout", "string", names)
        + _property("XkbVariant", "string", variants)
        + _group("XkbOptions", _property("Group", "string", "grp:alt_shift_toggle"))
    )
    return channel("keyboard-layout", _group("Default", inner))


def session() -> str:
    """Each time the same desktop: what was open is not saved.

    It stands in the place of the package's own file, so it says too what a session is made of.
    """
    general = (
        _property("FailsafeSessionName", "string", "Failsafe")
        + _property("SaveOnExit", "bool", "false")
        + _property("AutoSave", "bool", "false")
    )
    programs = _property("IsFailsafe", "bool", "true")
    programs += _property("Count", "int", str(len(SESSION)))
    for number, command in enumerate(SESSION):
        programs += _array(f"Client{number}_Command", command.split())
        programs += _property(f"Client{number}_Priority", "int", str(15 + 5 * number))
        programs += _property(f"Client{number}_PerScreen", "bool", "false")
    sessions = _group("sessions", _group("Failsafe", programs))
    return channel("xfce4-session", _group("general", general) + sessions)


def power(minutes: int) -> str:
    """The screen goes dark and locks after some minutes (ANSSI-BP-028 R32); 0 is never."""
    inner = (
        _property("blank-on-ac", "int", str(minutes))
        + _property("blank-on-battery", "int", str(minutes))
        + _property("lock-screen-suspend-hibernate", "bool", "true" if minutes else "false")
    )
    return channel("xfce4-power-manager", _group("xfce4-power-manager", inner), locked=True)


def browser(lessons: str, language: str) -> str:
    """Firefox's policies: it opens the lessons, asks for no account, and sends nothing home."""
    policies = {
        "Homepage": {"URL": lessons or LIBRARY, "StartPage": "homepage"},
        "RequestedLocales": [language],
        "DisableTelemetry": True,
        "DisableFirefoxStudies": True,
        "DisableFirefoxAccounts": True,
        "DisablePocket": True,
        "DisableAppUpdate": True,
        "OfferToSaveLogins": False,
        "OverrideFirstRunPage": "",
        "NoDefaultBookmarks": True,
    }
    return json.dumps({"policies": policies}, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def channel(name: str, inner: str, *, locked: bool = False) -> str:
    """A file of xfconf; `locked` ones only root changes."""
    unlocked = ' unlocked="root"' if locked else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<channel name="{name}" version="1.0"{unlocked}>\n{inner}</channel>\n'
    )


def _group(name: str, inner: str) -> str:
    return f'  <property name="{name}" type="empty">\n{inner}  </property>\n'


def _property(name: str, kind: str, value: str) -> str:
    return f'    <property name="{name}" type="{kind}" value={quoteattr(value)}/>\n'


def _array(name: str, values: Sequence[str]) -> str:
    inner = "".join(f'      <value type="string" value={quoteattr(one)}/>\n' for one in values)
    return f'    <property name="{name}" type="array">\n{inner}    </property>\n'


def _menu(role: Role, name: str, shown: Mapping[str, str], address: str) -> None:
    path = f"/usr/local/share/applications/wasl-{name}.desktop"
    if not address:
        role.absent(path)
        return
    titles = "".join(f"Name[{code}]={title}\n" for code, title in shown.items())
    role.file(
        path,
        "[Desktop Entry]\nType=Application\n"
        f"Name={shown['en']}\n{titles}Exec=xdg-open {address}\n"
        "Icon=accessories-dictionary\nCategories=Education;\nTerminal=false\n",
    )
