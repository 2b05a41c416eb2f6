"""Promises of a profile: Arabic really drawn, a page fetched, programs' answers."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from playbooks.module_utils.wasl_device.configure.languages import keyboard
from playbooks.module_utils.wasl_device.machine import Output, Recorded
from playbooks.module_utils.wasl_device.verify import arabic, promises
from playbooks.module_utils.wasl_device.verify.arabic import Drawing
from playbooks.module_utils.wasl_device.verify.promises import Promised

ROOT = Path(__file__).resolve().parents[2]
ROOT_DISK = "lsblk --json --list --inverse --output NAME,TYPE,TRAN /dev/sda3"
DPKG = "dpkg-query --show --showformat=${Package} ${Status}\n"


def chain(name: str, transport: str) -> str:
    """What lsblk says of a partition and the disk that it is on."""
    part, disk = {"name": f"{name}3", "type": "part"}, {"name": name, "type": "disk"}
    return json.dumps({"blockdevices": [part | {"tran": None}, disk | {"tran": transport}]})


GOOD_COMMANDS = {
    "findmnt --noheadings --output SOURCE /": "/dev/sda3\n",
    ROOT_DISK: chain("sda", "sata"),
    "systemctl is-system-running --wait": "running\n",
    "systemctl list-units --failed --plain --no-legend": "",
    " ".join(promises.PLAY): "",
    "localedef --list-archive": "ar_JO.utf8\nen_JO.utf8\n",
    f"{DPKG} vlc": "vlc install ok installed\n",
}
GOOD_FILES = {
    "/sys/class/net/eth0/carrier": "1",
    "/proc/asound/pcm": "00-00: ALC269 Analog : ALC269 Analog : playback 1 : capture 1",
    "/etc/default/keyboard": keyboard(("ara", "us")),
    "/etc/default/locale": "LANG=ar_JO.UTF-8\nLANGUAGE=ar:en\n",
    "/etc/passwd": "root:x:0:0::/root:/bin/bash\npupil:x:1000:1000::/home/pupil:/bin/bash\n",
}
PROMISED = Promised(("ar", "en"), ("ara", "us"), ("pupil",), ("vlc",), ())


def machine(**changes: str) -> Recorded:
    """A device that keeps its promises, but for `changes` (a command's or a file's answer)."""
    outputs = {name: Output(0, text) for name, text in {**GOOD_COMMANDS}.items()}
    files = dict(GOOD_FILES)
    for name, text in changes.items():
        if name in outputs:
            outputs[name] = Output(1 if text.startswith("!") else 0, text.lstrip("!"), text)
        else:
            files[name] = text
    globs = {"/sys/class/net/*/device/uevent": ["/sys/class/net/eth0/device/uevent"]}
    return Recorded(outputs, files, globs)


@contextmanager
def kolibri(page: str, application: str = "kolibri") -> Iterator[str]:
    """Something that answers as Kolibri does."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            info = json.dumps({"application": application, "kolibri_version": "0.19.5"})
            body = (info if self.path == "/api/public/info/" else page).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def broken(seen: Recorded, promised: Promised) -> list[str]:
    return [one.name for one in promises.check(seen, promised) if not one.kept]


def test_a_device_that_keeps_its_promises() -> None:
    with kolibri('<html lang="ar" dir="rtl">') as address:
        promised = replace(PROMISED, kolibri=address)
        told = promises.result(promises.check(machine(), promised))
    assert "failure" not in told, told
    assert [one["name"] for one in told["evidence"]["promises"]] == list(promises.PROMISES)
    json.dumps(told)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"systemctl is-system-running --wait": "!degraded\n"}, "boots"),
        ({ROOT_DISK: chain("sda", "usb")}, "boots"),
        ({ROOT_DISK: '{"blockdevices": []}'}, "boots"),
        ({ROOT_DISK: "!lsblk: overlay: not a block device"}, "boots"),
        ({"findmnt --noheadings --output SOURCE /": "overlay\n"}, "boots"),
        ({"/sys/class/net/eth0/carrier": "0"}, "network"),
        ({"/proc/asound/pcm": "00-00: HDMI : HDMI : capture 1"}, "sound"),
        ({" ".join(promises.PLAY): "!aplay: audio open error"}, "sound"),
        ({"localedef --list-archive": "en_JO.utf8\n"}, "languages"),
        ({"/etc/default/locale": "LANG=en_JO.UTF-8\n"}, "languages"),
        ({"/etc/default/keyboard": keyboard(("us",))}, "keyboards"),
        ({"/etc/passwd": "root:x:0:0::/root:/bin/bash"}, "accounts"),
        ({f"{DPKG} vlc": "vlc deinstall ok config-files\n"}, "applications"),
    ],
)
def test_each_broken_promise_is_named_alone(changes: dict[str, str], name: str) -> None:
    with kolibri('<html dir="rtl">') as address:
        assert broken(machine(**changes), replace(PROMISED, kolibri=address)) == [name]


def test_a_profile_without_kolibri_promises_none(tmp_path: Path) -> None:
    profile = {"learning": {"kolibri": False, "port": 8090}}
    assert "kolibri" not in broken(machine(), promises.Promised.of(profile, tmp_path))
    profile["learning"]["kolibri"] = True
    assert promises.Promised.of(profile, tmp_path).kolibri == "http://127.0.0.1:8090"


def test_kolibri_must_be_kolibri_and_run_from_right_to_left(tmp_path: Path) -> None:
    with kolibri('<html dir="ltr">') as address:
        assert broken(machine(), replace(PROMISED, kolibri=address)) == ["kolibri"]
        french = replace(PROMISED, kolibri=address, languages=("en", "ar"))
        good = machine(**{"/etc/default/locale": "LANG=en_JO.UTF-8"})
        assert broken(good, french) == []
    with kolibri("", "another") as address:
        assert broken(machine(), replace(PROMISED, kolibri=address)) == ["kolibri"]
    nobody = replace(PROMISED, kolibri=address, library=tmp_path, packs=("first-lesson",))
    assert broken(machine(), nobody) == ["packs", "kolibri"]


def test_arabic_is_drawn_joined_and_right_to_left_here() -> None:
    assert arabic.drawn() == []


def test_without_an_arabic_font_it_is_noticed(tmp_path: Path) -> None:
    config = tmp_path / "fonts.conf"
    config.write_text(
        f"<fontconfig><dir>{tmp_path}</dir><cachedir>{tmp_path}</cachedir></fontconfig>"
    )
    words = "from playbooks.module_utils.wasl_device.verify import arabic; print(arabic.drawn())"
    done = subprocess.run(
        [sys.executable, "-c", words],
        cwd=ROOT,
        env={**os.environ, "FONTCONFIG_FILE": str(config)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "no font has its letters" in done.stdout, done.stderr


def test_letters_apart_and_words_the_wrong_way_round_are_noticed() -> None:
    joined, apart = Drawing(((0, 80),), 0), Drawing(((0, 20), (30, 50), (60, 90)), 0)
    order, turned = Drawing(((0, 60), (80, 86)), 0), Drawing(((0, 6), (26, 86)), 0)
    assert arabic.problems(joined, apart, order) == []
    assert arabic.problems(apart, apart, order) == ["letters are not joined"]
    assert arabic.problems(joined, apart, turned) == ["words do not run from right to left"]
    assert arabic.problems(replace(joined, unknown=2), apart, order) == ["no font has its letters"]
