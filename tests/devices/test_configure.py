"""The roles on a booted Debian: check, converge, idempotence, verify; then drift, one by one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from defusedxml import ElementTree
from defusedxml.ElementTree import fromstring

from playbooks.module_utils.wasl_device.configure import accessibility, hardening
from playbooks.module_utils.wasl_device.configure.controls import CONTROLS, SUDO_RULES, Control
from playbooks.module_utils.wasl_device.configure.desktop import SESSION, session
from playbooks.module_utils.wasl_device.configure.firewall import ruleset
from playbooks.module_utils.wasl_device.configure.languages import keyboard
from playbooks.module_utils.wasl_device.configure.locales import locale
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.packs import install
from playbooks.module_utils.wasl_device.signed import SigningKey
from playbooks.module_utils.wasl_device.trust import Trust
from tests.devices.lab import ROOT, Lab, booted, computer
from wasl.cli.main import main
from wasl.demo.guest import Guest
from wasl.errors import ExitCode
from wasl.pack import Maker, PackFile, make
from wasl.planes.devices.board import Board
from wasl.planes.devices.practice import recording
from wasl.planes.devices.prepare import Job, apply, drift
from wasl.result import Finding, exit_code

XFCONF, MODPROBE = "/etc/xdg/xfce4/xfconf/xfce-perchannel-xml", "etc/modprobe.d/wasl.conf"
GREETER = "lightdm-gtk-greeter.conf.d/60-wasl.conf"
GLIBC = frozenset({"ar_JO", "ar_TN", "ar_EG", "fr_FR", "en_GB", "so_DJ", "aa_DJ", "ar_MA"})


@pytest.mark.parametrize(
    ("language", "country", "composed"),
    [
        ("ar", "jo", ()),
        ("ar", "tn", ()),
        ("so", "dj", ()),
        ("fr", "tn", ('copy "fr_FR"', 'copy "ar_TN"')),
        ("en", "jo", ('copy "en_GB"', 'copy "ar_JO"')),
        ("ar", "dj", ('copy "ar_EG"', 'copy "so_DJ"')),
        ("fr", "km", ('copy "fr_FR"', 'int_curr_symbol "KMF "')),
    ],
)
def test_locales_are_composed_where_glibc_has_none(
    language: str, country: str, composed: tuple[str, ...]
) -> None:
    found = locale(language, country, GLIBC)
    assert found.full == f"{language}_{country.upper()}.UTF-8"
    assert bool(found.definition) == bool(composed)
    assert all(part in found.definition for part in composed)


def test_a_language_that_cannot_be_composed_is_said() -> None:
    with pytest.raises(DeviceError, match="WASL-CONFIGURE-LANGUAGE"):
        locale("ku", "jo", GLIBC)


def test_keyboards_keep_their_variants() -> None:
    text = keyboard(["ara(azerty)", "fr"])
    assert 'XKBLAYOUT="ara,fr"' in text
    assert 'XKBVARIANT="azerty,"' in text


def test_a_session_has_what_it_is_made_of() -> None:
    """Ours stands in the place of the package's file: without this nobody comes in."""
    channel = fromstring(session())

    def value(path: str) -> str:
        here = channel
        for name in path.split("/"):
            here = next(one for one in here if one.get("name") == name)
        return str(here.get("value"))

    made = f"sessions/{value('general/FailsafeSessionName')}"
    assert value(f"{made}/IsFailsafe") == "true"
    assert int(value(f"{made}/Count")) == len(SESSION) == 5
    programs = [one for one in channel.iter("property") if "_Command" in str(one.get("name"))]
    assert [one[0].get("value") for one in programs] == [each.split()[0] for each in SESSION]


def test_a_firewall_without_open_ports_opens_none() -> None:
    assert "accept" not in ruleset([], []).split("68 accept")[1]
    assert "tcp dport { 22, 8080 } accept" in ruleset([8080, 22, 22], [])


def test_a_control_that_is_none_cannot_be_waived() -> None:
    assert "cron" not in [control.id for control in hardening.chosen({"cron": "no clock here"})]
    with pytest.raises(DeviceError, match="WASL-CONFIGURE-CONTROL"):
        hardening.chosen({"crom": "a slip"})


def test_every_control_has_a_reference_and_stands_in_the_documentation() -> None:
    text = (ROOT / "docs" / "how-to" / "configure.md").read_text("utf-8")
    for control in CONTROLS:
        assert control.references, control.id
        assert f"| `{control.id}` | {', '.join(control.references)} |" in text
    assert all(f"| `{role}` |" in text for role in ROLES)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, Guest]]:
    folder = tmp_path_factory.mktemp("lab")
    made = Lab(folder, lambda name, size: "")
    made.prepare()
    made.edit("packs: [jo-channel, jo-library]", "learning: {kolibri: false}\n      packs: [first]")
    with booted(folder) as guest:
        _a_pack(made, guest)
        (guest.root / "var/recording.json").write_text(json.dumps(recording(computer(1))))
        # A container has no firmware of its own.
        made.hosts["device-1"] = {**guest.host(), "wasl_recording": "/var/recording.json"}
        yield made, guest


LESSON = "lessons/أوّل/index.html"


def _a_pack(desk: Lab, guest: Guest) -> None:
    """A lesson installed in the device's library, signed by the country."""
    source = desk.root / "lesson.html"
    source.write_text("<p dir=rtl>الدرس الأوّل</p>", "utf-8")
    key = SigningKey.load(desk.home.country_key)
    maker = Maker("first", "jo", 1, "2026-03-01T00:00:00Z")
    make(desk.root / "pack", maker, [PackFile(LESSON, source)], key)
    trust = Trust.of("jo", [key.public], [])
    install(desk.root / "pack", guest.root / "var/lib/wasl/library", trust)


pytestmark = pytest.mark.slow


ROLES = sorted(path.name for path in (ROOT / "playbooks" / "roles").iterdir())
# Learning is turned off here and has a test of its own (`test_learning.py`).
WHERE_FRESH = {role: "ok" if role == "learning" else "changed" for role in ROLES}
# What the look saw is set aside, so that each role is gone through.
ALL_ROLES = ("-e", json.dumps({"wasl_looked": {"differing": ROLES}}))


def told(said: str) -> dict[str, str]:
    """How each role's own task ended on the device, by what Ansible prints."""
    found = {}
    for part in re.split(r"^TASK \[", said, flags=re.MULTILINE)[1:]:
        role, _, name = part.splitlines()[0].partition(" : ")
        ended = re.search(r"^(\w+): \[", part, re.MULTILINE)
        if name and ended and not name.startswith("Validating arguments"):
            found[role] = ended[1]
    return found


def test_the_playbooks_read(lab: tuple[Lab, Guest]) -> None:
    done = lab[0].play("--syntax-check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_check_mode_changes_nothing(lab: tuple[Lab, Guest]) -> None:
    desk, guest = lab
    before = guest.run("cat", "/etc/default/locale")
    done = desk.play("--tags", "configure", "--check", "--diff")
    assert done.returncode == 0, done.stdout + done.stderr
    assert told(done.stdout) == WHERE_FRESH
    assert guest.run("cat", "/etc/default/locale") == before
    assert "pupil" not in (guest.root / "etc/passwd").read_text()


def test_the_roles_converge_and_a_second_run_changes_nothing(lab: tuple[Lab, Guest]) -> None:
    desk, _ = lab
    done = desk.play("--tags", "configure")
    assert done.returncode == 0, done.stdout + done.stderr
    assert told(done.stdout) == WHERE_FRESH
    again = desk.play("--tags", "configure")
    assert again.returncode == 0
    assert "changed=0" in again.stdout, again.stdout
    assert told(again.stdout) == {}  # one look tells that none is needed
    assert [entry["stage"] for entry in desk.entries()] == ["configure"]


def test_each_role_gone_through_again_changes_nothing(lab: tuple[Lab, Guest]) -> None:
    done = lab[0].play("--tags", "configure", *ALL_ROLES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert told(done.stdout) == dict.fromkeys(ROLES, "ok")


def test_a_role_is_not_begun_with_arguments_that_it_does_not_take(lab: tuple[Lab, Guest]) -> None:
    wrong = ("-e", json.dumps({"wasl_fonts": {"first": "naskh"}}))
    done = lab[0].play("--tags", "configure", *ALL_ROLES, *wrong)
    assert done.returncode == 2
    assert "Validating arguments against arg spec 'main'" in done.stdout
    assert told(done.stdout) == {}


AIDS = {"high_contrast", "large_pointer", "sticky_keys", "screen_reader", "screen_keyboard"}
OFF = {"text_percent": 100, "packages": [], **dict.fromkeys(AIDS, False)}
ON = {"text_percent": 150, "packages": [], **dict.fromkeys(AIDS, True)}
SETTINGS = {
    "xsettings.xml": {
        "ThemeName": ("Adwaita", "HighContrast"),
        "IconThemeName": ("Adwaita", "HighContrast"),
        "DPI": ("96", "144"),
        "CursorThemeSize": ("24", "48"),
    },
    "accessibility.xml": {"StickyKeys": ("false", "true"), "StartATs": ("false", "true")},
}


def shown(text: str) -> dict[str, str]:
    """Settings of an Xfce channel by name."""
    found = ElementTree.fromstring(text).iter("property")
    return {str(one.get("name")): str(one.get("value")) for one in found if one.get("value")}


@pytest.mark.parametrize(("profile", "place"), [(OFF, 0), (ON, 1)])
def test_aids_are_on_where_the_profile_says(profile: dict[str, Any], place: int) -> None:
    wanted = accessibility.Wanted.of(profile)
    texts = {
        "xsettings.xml": accessibility.appearance(wanted),
        "accessibility.xml": accessibility.keys(wanted),
    }
    for file, settings in SETTINGS.items():
        assert shown(texts[file]) == {name: values[place] for name, values in settings.items()}
    screen = ConfigParser()
    screen.read_string(accessibility.greeter(wanted))
    states = screen["greeter"]["a11y-states"]
    assert states == ("", "+font;+contrast;+keyboard;+reader")[place]
    assert screen["greeter"]["xft-dpi"] == ("96", "144")[place]


def test_each_aid_at_the_sign_in_screen_is_turned_on_alone() -> None:
    named = {"high_contrast": "contrast", "screen_keyboard": "keyboard", "screen_reader": "reader"}
    for aid in AIDS:
        text = accessibility.greeter(accessibility.Wanted.of({**OFF, aid: True}))
        on = f"+{named[aid]}" if aid in named else ""
        assert f"a11y-states={on}\n" in text, aid


@pytest.mark.long
def test_aids_come_with_the_profile_and_go_with_it(lab: tuple[Lab, Guest]) -> None:
    desk, guest = lab
    path = desk.root / "countries" / "jo.yaml"
    before = path.read_text()
    aids = "".join(f"        {aid}: true\n" for aid in sorted(AIDS))
    desk.edit("      packs: [first]\n", f"      packs: [first]\n      accessibility:\n{aids}")
    started = [
        guest.root / "etc/xdg/autostart" / f"wasl-screen-{x}.desktop"
        for x in ("reader", "keyboard")
    ]
    try:
        on = desk.play("--tags", "configure")
        programs = [line for file in started for line in file.read_text().splitlines()]
        assert "HighContrast" in (guest.root / XFCONF.lstrip("/") / "xsettings.xml").read_text()
    finally:
        path.write_text(before)
        off = desk.play("--tags", "configure")
    assert (on.returncode, off.returncode) == (0, 0), on.stdout + off.stdout
    assert told(off.stdout)["accessibility"] == "changed"
    assert [line for line in programs if line.startswith("Exec=")] == ["Exec=orca", "Exec=onboard"]
    assert not any(file.exists() for file in started)


def test_what_the_roles_promise_is_there(lab: tuple[Lab, Guest]) -> None:
    _, guest = lab
    assert "ar_JO.utf8" in guest.run("locale", "-a")
    assert "en_JO.utf8" in guest.run("locale", "-a")
    money = guest.run("env", "LC_ALL=en_JO.UTF-8", "locale", "int_curr_symbol")
    assert money.strip() == "JOD"
    assert guest.run("env", "LC_ALL=en_JO.UTF-8", "locale", "day").startswith("Sunday")
    assert "LANG=ar_JO.UTF-8" in guest.run("cat", "/etc/default/locale")
    assert guest.run("date", "+%Z").strip() == "+03"
    pupil = guest.run("getent", "passwd", "pupil").split(":")
    assert pupil[4].split(",")[0] == "تلميذ"
    assert guest.run("passwd", "--status", "pupil").split()[1] == "L"
    assert guest.run("stat", "--format=%a", "/home/pupil").strip() == "700"
    assert "sudo" in guest.run("id", "-nG", "keeper").split()
    assert "sudo" not in guest.run("id", "-nG", "pupil").split()
    assert guest.run("apt-config", "dump", "APT::Periodic::Enable").split('"')[1] == "0"
    greeter = ConfigParser()
    greeter.read_string((guest.root / "etc/lightdm" / GREETER).read_text())
    assert "~a11y" in greeter["greeter"]["indicators"].split(";")
    trusted = json.loads((guest.root / "etc/wasl/trust.json").read_text())
    assert trusted["country"] == "jo"
    rules = guest.run("nft", "list", "table", "inet", "wasl")
    assert "policy drop" in rules
    assert "tcp dport 22 accept" in rules
    assert guest.run("systemctl", "is-enabled", "nftables").strip() == "enabled"


def test_the_desktop_s_files_are_what_their_programs_read(lab: tuple[Lab, Guest]) -> None:
    _, guest = lab
    channels = sorted((guest.root / XFCONF.lstrip("/")).glob("*.xml"))
    assert len(channels) == 6
    for path in channels:
        root = ElementTree.parse(path).getroot()
        assert root is not None
        assert root.get("name") == path.stem
    layout = (guest.root / XFCONF.lstrip("/") / "keyboard-layout.xml").read_text()
    assert 'name="XkbLayout" type="string" value="ara,us"' in layout
    for name in ("lightdm.conf.d/60-wasl.conf", GREETER):
        ConfigParser().read_string((guest.root / "etc/lightdm" / name).read_text())
    policies = json.loads((guest.root / "etc/firefox/policies/policies.json").read_text())
    assert policies["policies"]["Homepage"]["URL"].startswith("file:///var/lib/wasl/library")
    shelf = guest.root / "usr/local/share/applications/wasl-library.desktop"
    assert "Name[ar]=المكتبة" in shelf.read_text("utf-8")
    assert not shelf.with_name("wasl-lessons.desktop").exists()  # there is no Kolibri here


@pytest.fixture(scope="module")
def asked(lab: tuple[Lab, Guest]) -> Callable[[str], str]:
    """What the guest's own programs say of a setting, each asked once."""
    _, guest = lab
    sshd: dict[str, str] = {}
    for line in guest.run("sshd", "-T").splitlines():
        name, _, value = line.partition(" ")  # a list is a line each
        sshd[name] = f"{sshd[name]} {value}" if name in sshd else value
    names = sorted(name for control in CONTROLS for name in control.sysctl)
    told = guest.run("sh", "-c", f"sysctl {' '.join(names)} 2>/dev/null || true")
    kernel = dict(line.split(" = ", 1) for line in told.splitlines() if " = " in line)
    return lambda name: kernel[name] if "." in name else sshd[name.lower()]


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: str(control.id))
def test_each_control_holds(
    lab: tuple[Lab, Guest], asked: Callable[[str], str], control: Control
) -> None:
    _, guest = lab
    for name, value in control.sysctl.items():
        assert f"{name} = {value}\n" in (guest.root / "etc/sysctl.d/60-wasl.conf").read_text()
        if name.startswith(("net.ipv4.", "net.ipv6.")):  # the guest's own; the rest is the host's
            assert asked(name) == value, name
    for name, value in control.sshd.items():
        same = {"prohibit-password": "without-password"}  # as sshd itself calls it
        assert asked(name) in (value, same.get(value)), name
    for module in control.modules:
        assert f"install {module} /bin/false" in (guest.root / MODPROBE).read_text()
    for path, text in control.files.items():
        assert (guest.root / path.lstrip("/")).read_text() == text
    for path, mode in control.modes.items():
        assert guest.run("stat", "--format=%a", path).strip() == f"{mode:o}"
    for unit in control.masked:
        assert guest.run("sh", "-c", f"systemctl is-enabled {unit} || true").strip() == "masked"
    for account in control.locked:
        assert guest.run("passwd", "--status", account).split()[1] == "L"


def test_what_controls_are_for_happens(lab: tuple[Lab, Guest]) -> None:
    _, guest = lab
    assert guest.run("bash", "-lc", "umask").strip() == "0077"
    assert guest.run("visudo", "-c", "-f", SUDO_RULES).endswith("parsed OK\n")
    with pytest.raises(subprocess.CalledProcessError):  # a pupil's own clock
        guest.run("runuser", "-u", "pupil", "--", "crontab", "-l")
    with pytest.raises(subprocess.CalledProcessError):
        guest.run("runuser", "-u", "pupil", "--", "cat", "/etc/crontab")


def findings(desk: Lab) -> list[Finding]:
    """As a laptop sees it."""
    return drift(Job(desk.root, desk.home, desk.inventory, ()))


def own(guest: Guest) -> list[dict[str, Any]]:
    """As the device itself tells it, with no controller and no line."""
    told = guest.run("sh", "-c", "wasl-device drift --format json || true")
    found: list[dict[str, Any]] = json.loads(told)
    return found


def test_a_fresh_device_has_no_drift(lab: tuple[Lab, Guest]) -> None:
    desk, guest = lab
    assert guest.run("wasl-device", "drift") == ""
    found = findings(desk)
    assert found == []
    assert exit_code(found) is ExitCode.CLEAN


UNIT = "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n"
DEB = """Package: toy
Version: 1
Architecture: all
Maintainer: x <x@example.org>
Description: x
"""


def a_package(guest: Guest) -> Callable[[], object]:
    """A package that brings an enabled unit along: still one change."""
    tree = guest.root / "var/toy"
    for path, text in (("DEBIAN/control", DEB), ("usr/lib/systemd/system/toy.service", UNIT)):
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    guest.run("dpkg-deb", "--build", "/var/toy", "/var/toy.deb")
    guest.run("dpkg", "--install", "/var/toy.deb")
    guest.run("systemctl", "enable", "toy.service")

    def back() -> None:
        guest.run("systemctl", "disable", "toy.service")
        guest.run("dpkg", "--purge", "toy")

    return back


def file(path: str, text: str | None, mode: int = 0o644) -> Callable[[Guest], Callable[[], object]]:
    """A file added (text) or appended to (None)."""

    def change(guest: Guest) -> Callable[[], object]:
        target = guest.root / path.lstrip("/")
        before = target.read_bytes() if target.exists() else None
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((before or b"") + (text or "# changed\n").encode())
        target.chmod(mode)
        return lambda: target.write_bytes(before) if before is not None else target.unlink()

    return change


def inside(do: tuple[str, ...], undo: tuple[str, ...]) -> Callable[[Guest], Callable[[], object]]:
    def change(guest: Guest) -> Callable[[], object]:
        guest.run(*do)
        return lambda: guest.run(*undo)

    return change


def a_port(guest: Guest) -> Callable[[], object]:
    program = "import socket,time;s=socket.create_server(('',9999));time.sleep(600)"
    process = guest.start("python3", "-c", program)
    for _ in range(100):
        if "9999" in guest.run("ss", "-Hltn"):
            break
        time.sleep(0.05)

    def stop() -> None:
        guest.run(
            "sh", "-c", "kill $(ss -Hltnp sport = :9999 | grep -o 'pid=[0-9]*' | cut -d= -f2)"
        )
        process.wait(10)

    return stop


def a_unit(guest: Guest) -> Callable[[], object]:
    place = file(
        "/etc/systemd/system/odd.service",
        UNIT,
    )(guest)
    guest.run("systemctl", "enable", "odd.service")

    def back() -> None:
        guest.run("systemctl", "disable", "odd.service")
        place()

    return back


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJ5IG5vYm9keSBhdCBhbGwsIGZvciB0ZXN0cyBvbmx5ISE x\n"
PUPIL = "pupil"
CHANGES: dict[str, Callable[[Guest], Callable[[], object]]] = {
    "packaged file": file("/usr/sbin/useradd", None, 0o755),
    "managed file": file("/etc/default/keyboard", None),
    "account": inside(("useradd", "-M", "stranger"), ("userdel", "stranger")),
    "sudo rule": file("/etc/sudoers.d/odd", "pupil ALL=(ALL) NOPASSWD: ALL\n", 0o440),
    "authorized key": file(f"/home/{PUPIL}/.ssh/authorized_keys", KEY, 0o600),
    "package": a_package,
    "unit": a_unit,
    "open port": a_port,
    "pack": file(f"/var/lib/wasl/library/{LESSON}", None),
    "firewall": inside(("nft", "flush", "ruleset"), ("nft", "-f", "/etc/nftables.conf")),
}


@pytest.mark.parametrize("what", CHANGES)
def test_each_change_is_exactly_one_finding(lab: tuple[Lab, Guest], what: str) -> None:
    _, guest = lab
    undo = CHANGES[what](guest)
    try:
        found = own(guest)
    finally:
        undo()
    assert [one["type"] for one in found] == [what], found
    assert found[0]["plane"] == "devices"
    assert "stranger" not in str(found)


def test_all_at_once_the_laptop_finds_what_the_device_does(lab: tuple[Lab, Guest]) -> None:
    desk, guest = lab
    with ExitStack() as undoing:
        for change in CHANGES.values():
            undoing.callback(change(guest))
        here, there = own(guest), findings(desk)
        with pytest.raises(subprocess.CalledProcessError) as status:
            guest.run("wasl-device", "drift", "--language", "ar")
    assert sorted(one.type for one in there) == sorted(CHANGES)
    assert {one.fingerprint for one in there} == {one["fingerprint"] for one in here}
    assert {one.location.file for one in there if one.location} == {"countries/jo.yaml"}
    assert exit_code(there) is ExitCode.DIFFERENCES
    assert status.value.returncode == ExitCode.DIFFERENCES
    assert "اعرف من غيّره" in status.value.stdout


def test_what_the_device_keeps_must_be_signed(lab: tuple[Lab, Guest]) -> None:
    _, guest = lab
    kept = guest.root / "var/lib/wasl/kept/configure.json"
    before = kept.read_text()
    for harm in (before.replace('"tcp 22"', '"tcp 23"'), "{}", ""):
        kept.write_text(harm)
        with pytest.raises(subprocess.CalledProcessError) as status:
            guest.run("wasl-device", "drift")
        assert status.value.returncode == ExitCode.FAILED
        assert "WASL-" in status.value.stdout
    kept.unlink()
    with pytest.raises(subprocess.CalledProcessError) as status:
        guest.run("wasl-device", "drift")
    assert status.value.returncode == ExitCode.FAILED
    kept.write_text(before)


@contextmanager
def outside(guest: Guest) -> Iterator[Callable[[int], str]]:
    """A computer of its own on the guest's network; what it finds at one of the guest's ports."""
    name, address = f"wasl-{guest.leader}", "192.0.2.2"
    there = ("ip", "-n", name)

    def ip(*words: str) -> None:
        subprocess.run(words, check=True, capture_output=True)

    def found(port: int) -> str:
        program = f"import socket; socket.create_connection(({address!r}, {port}), 3)"
        command = ["ip", "netns", "exec", name, sys.executable, "-c", program]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
        return said.stderr.strip().splitlines()[-1].partition(":")[0] if said.stderr else "open"

    ip("ip", "netns", "add", name)
    try:
        wire = ("name", "wire", "netns", str(guest.leader))
        ip(*there, "link", "add", "out", "type", "veth", "peer", *wire)
        ip(*there, "addr", "add", "192.0.2.1/24", "dev", "out")
        ip(*there, "link", "set", "out", "up")
        guest.run("ip", "addr", "add", f"{address}/24", "dev", "wire")
        guest.run("ip", "link", "set", "wire", "up")
        yield found
    finally:
        ip("ip", "netns", "del", name)


def test_from_outside_only_what_is_opened_answers(lab: tuple[Lab, Guest]) -> None:
    _, guest = lab
    with ExitStack() as undoing, outside(guest) as found:
        undoing.callback(a_port(guest))
        assert (found(22), found(9999)) == ("open", "TimeoutError")
        guest.run("nft", "flush", "ruleset")
        undoing.callback(guest.run, "nft", "-f", "/etc/nftables.conf")
        assert found(9999) == "open"  # it was the firewall that kept it


def test_undone_there_is_no_drift_again(lab: tuple[Lab, Guest]) -> None:
    assert findings(lab[0]) == []


def test_a_profile_that_moved_on_is_one_finding(lab: tuple[Lab, Guest]) -> None:
    desk, _ = lab
    path = desk.root / "countries" / "jo.yaml"
    text = path.read_text()
    path.write_text(text.replace("packs: [first]", "packs: [first, second]", 1))
    try:
        (found,) = findings(desk)
    finally:
        path.write_text(text)
    assert found.kind.value == "unapplied"


def test_a_device_without_a_record_or_an_answer_is_not_clean(lab: tuple[Lab, Guest]) -> None:
    desk, _ = lab
    records = desk.home.records
    records.rename(records.with_name("elsewhere"))
    try:
        (lost,) = findings(desk)
    finally:
        records.with_name("elsewhere").rename(records)
    assert exit_code([lost]) is ExitCode.FAILED
    desk.hosts["gone"] = {"ansible_host": "127.0.0.1", "ansible_port": 9, "wasl_profile": "pupil"}
    try:
        found = {one.target: one for one in findings(desk)}
    finally:
        del desk.hosts["gone"]
    assert [one.kind.value for one in found.values()] == ["unreadable"]
    assert next(iter(found)).startswith("gone")


@pytest.mark.long
def test_the_verbs_say_the_same(
    lab: tuple[Lab, Guest], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk, guest = lab
    monkeypatch.chdir(desk.root)
    monkeypatch.setenv("WASL_HOME", str(desk.root / ".wasl"))
    told = ("jo", "--inventory", str(desk.inventory))
    file("/etc/timezone", None)(guest)
    assert main(["devices", "drift", *told]) == ExitCode.DIFFERENCES
    assert "/etc/timezone" in capsys.readouterr().out
    assert main(["devices", "run", *told, "--stages", "configure", "--yes"]) == ExitCode.CLEAN
    assert "languages" in capsys.readouterr().out
    assert own(guest) == []


@pytest.mark.long
def test_a_repair_brings_back_what_roles_can_and_says_what_is_left(
    lab: tuple[Lab, Guest], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What no role mends does not become how the device was left."""
    desk, guest = lab
    monkeypatch.chdir(desk.root)
    monkeypatch.setenv("WASL_HOME", str(desk.root / ".wasl"))
    check = ["drift", "jo", "--plane", "devices", "--inventory", str(desk.inventory)]
    guest.run("nft", "flush", "ruleset")
    undo = CHANGES["sudo rule"](guest)
    try:
        assert main([*check, "--repair", "--yes", "--format", "json"]) == ExitCode.DIFFERENCES
    finally:
        undo()
    said = capsys.readouterr()
    assert "firewall" in said.err
    left = json.loads(said.out)["findings"]
    assert [one["type"] for one in left] == ["sudo rule"]
    lines = (desk.root / "countries/jo.yaml").read_text("utf-8").splitlines()
    assert left[0]["environment"] == "pilot"
    assert "name: pupil" in lines[left[0]["location"]["line"] - 1]
    assert main(check) == ExitCode.CLEAN


def test_no_role_touches_a_computer_that_is_not_ours(lab: tuple[Lab, Guest]) -> None:
    desk, guest = lab
    mark = guest.root / "etc/wasl-release"
    mark.rename(mark.with_name("hidden"))
    job = Job(desk.root, desk.home, desk.inventory, ("configure",))
    try:
        done = desk.play("--tags", "configure")
        seen = apply(job, Board(["device-1"]), lambda: None)
    finally:
        mark.with_name("hidden").rename(mark)
    assert done.returncode == 2
    assert "WASL-CONFIGURE-ELSEWHERE" in done.stdout
    assert [one.message.id for one in seen.findings if one.message] == ["WASL-CONFIGURE-ELSEWHERE"]


@pytest.mark.long
def test_playbooks_and_roles_pass_the_production_profile() -> None:
    command = [sys.executable, "-m", "ansiblelint", "--offline", "--nocolor"]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "playbooks" / "ansible.cfg")}
    done = subprocess.run(
        [*command, "--profile", "production", "playbooks"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "and it passed" in done.stdout + done.stderr
