"""Accessibility of a device: from the sign-in screen on, and for everyone who signs in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .desktop import XFCONF, channel
from .managed import Options, Role

GREETER = "/etc/lightdm/lightdm-gtk-greeter.conf.d/60-wasl.conf"
READER = "/etc/xdg/autostart/wasl-screen-reader.desktop"
KEYBOARD = "/etc/xdg/autostart/wasl-screen-keyboard.desktop"
DPI = 96  # dots an inch at 100 %


@dataclass(frozen=True)
class Wanted:
    """What a profile asks for; `text_percent` is of the usual size."""

    text_percent: int
    high_contrast: bool
    large_pointer: bool
    sticky_keys: bool
    screen_reader: bool
    screen_keyboard: bool
    packages: tuple[str, ...]

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Wanted:
        """From a module's parameters."""
        named = {name: params[name] for name in cls.__dataclass_fields__ if name != "packages"}
        return cls(**named, packages=tuple(params["packages"]))


def configure(role: Role, options: Options) -> None:
    """Make it so. Raises WASL-CONFIGURE-PACKAGE.

    The programs are on every device, so that whoever needs one turns it on at the sign-in screen;
    the profile says what is on from the start.
    """
    wanted = Wanted.of(options)
    role.packages(wanted.packages)
    role.file(GREETER, greeter(wanted))
    role.file(f"{XFCONF}/xsettings.xml", appearance(wanted))
    role.file(f"{XFCONF}/accessibility.xml", keys(wanted))
    _start(role, READER, "orca", wanted.screen_reader)
    _start(role, KEYBOARD, "onboard", wanted.screen_keyboard)


def greeter(wanted: Wanted) -> str:
    """The sign-in screen: its menu of aids, and those that are on."""
    on = {
        "font": wanted.text_percent > 100,
        "contrast": wanted.high_contrast,
        "keyboard": wanted.screen_keyboard,
        "reader": wanted.screen_reader,
    }
    states = ";".join(f"+{name}" for name, is_on in on.items() if is_on)
    return (
        "[greeter]\n"
        "indicators=~host;~spacer;~session;~language;~a11y;~clock;~power\n"
        "keyboard=onboard\nreader=orca\n"
        f"a11y-states={states}\n"
        f"xft-dpi={_dpi(wanted)}\n"
    )


def appearance(wanted: Wanted) -> str:
    """Size of text and pointer, and the theme."""
    theme = "HighContrast" if wanted.high_contrast else "Adwaita"
    return channel(
        "xsettings",
        '  <property name="Net" type="empty">\n'
        f'    <property name="ThemeName" type="string" value="{theme}"/>\n'
        f'    <property name="IconThemeName" type="string" value="{theme}"/>\n'
        "  </property>\n"
        '  <property name="Xft" type="empty">\n'
        f'    <property name="DPI" type="int" value="{_dpi(wanted)}"/>\n'
        "  </property>\n"
        '  <property name="Gtk" type="empty">\n'
        f'    <property name="CursorThemeSize" type="int" value="{_pointer(wanted)}"/>\n'
        "  </property>\n",
    )


def keys(wanted: Wanted) -> str:
    """Shift, Control and Alt pressed one after the other."""
    return channel(
        "accessibility",
        f'  <property name="StickyKeys" type="bool" value="{str(wanted.sticky_keys).lower()}"/>\n'
        '  <property name="StartATs" type="bool" '
        f'value="{str(wanted.screen_reader or wanted.screen_keyboard).lower()}"/>\n',
    )


def _dpi(wanted: Wanted) -> int:
    return DPI * wanted.text_percent // 100


def _pointer(wanted: Wanted) -> int:
    return 48 if wanted.large_pointer else 24


def _start(role: Role, path: str, program: str, wanted: bool) -> None:
    if not wanted:
        role.absent(path)
        return
    role.file(
        path,
        f"[Desktop Entry]\nType=Application\nName={program}\nExec={program}\n"
        "X-GNOME-AutoRestart=true\nNoDisplay=true\n",
    )
