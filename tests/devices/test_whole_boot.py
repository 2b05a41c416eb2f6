"""From a donated computer to lessons in Arabic, by a stick alone.

The stick wipes and images a disk with the whole system of the manifest; that disk starts without
the Internet; the stick is put in again and does the rest: settings, lessons, an update, identity,
papers. Every promise of the profile holds, one record tells it all, and a laptop that the country
certified comes in afterwards. WASL_PICTURES=docs/images keeps what the screen showed.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from infra.sandbox.service import free_ports
from playbooks.module_utils.wasl_device.signed import SigningKey
from tests.devices.lab import ROOT, Lab, deb
from tests.devices.machines import Virtual
from tests.devices.machines import why_not as why_no_machine
from tests.devices.sticks import ENDED, HOURS, LOGIN, RUN, Place, build, debugfs, inside, place
from wasl.cli.main import main
from wasl.planes.content.setting import setting
from wasl.planes.content.work import carry_out, prepare
from wasl.planes.devices import keys
from wasl.planes.devices.systems.run import STAGES
from wasl.planes.devices.systems.tree import why_not as why_no_tree

pytestmark = [pytest.mark.long, pytest.mark.timeout(10800)]
SAMPLES = Path("integrations/content/samples")
SOUND = ("-audiodev", "none,id=mute", "-device", "intel-hda", "-device", "hda-duplex,audiodev=mute")
# Whoever signs in first chooses a password: handover asks for that.
BROWSER = """\
echo pupil:Chosen-at-first-1 | chpasswd
install -d /etc/lightdm/lightdm.conf.d
printf '[Seat:*]\\nautologin-user=pupil\\n' > /etc/lightdm/lightdm.conf.d/99-picture.conf
systemctl restart lightdm
until pgrep -u pupil xfce4-panel >/dev/null; do sleep 1; done
systemd-run --quiet --uid=pupil --setenv=DISPLAY=:0 --setenv=XAUTHORITY=$(echo ~pupil)/.Xauthority \
  --setenv=HOME=$(echo ~pupil) firefox-esr --kiosk http://127.0.0.1:8080/ar/learn/
until ss -Htn state established '( dport = :8080 )' | grep -q .; do sleep 1; done
sleep 30
"""


def reachable(lab: Lab, port: int) -> None:
    """The computer in the lab's inventory."""
    options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
    lab.hosts["device-1"] = {
        "ansible_host": "127.0.0.1",
        "ansible_port": port,
        "ansible_user": "root",
        "ansible_python_interpreter": "/usr/bin/python3",
        "ansible_ssh_common_args": options,
    }


def carried(lab: Lab) -> list[str]:
    """The country's packs of the hand-made lessons, and a newer package."""
    shutil.copytree(ROOT / SAMPLES, lab.root / SAMPLES)
    chosen = setting(lab.root, lab.root / ".wasl", "jo", {})
    with chosen.catalogue() as catalogue:
        carry_out(prepare(chosen, catalogue, lambda *_: None), lambda *_: None)
    packs = sorted((lab.root / ".wasl" / "content" / "jo" / "packs").glob("*/current"))
    (lab.root / "newer").mkdir()
    deb(lab.root / "newer", "toy", "2")
    words = ["--updates", str(lab.root / "newer")]
    return words + [word for pack in packs for word in ("--pack", str(pack))]


def certify(lab: Lab, here: Place) -> None:
    """The country's word for the stick, put on it."""
    station = SigningKey.load(here.data() / "devices/jo/station/station.key").public
    statement = keys.certify(lab.home, station, "Stick 1", "zarqa-1", 30, ("record",))
    there = ("cd devices/jo", "mkdir statements", "cd statements")
    debugfs(here.stick, *there, f"write {statement} {statement.name}", write=True)


def entry(lab: Lab, stage: str) -> dict[str, Any]:
    """The newest of a stage."""
    return dict([one for one in lab.entries() if one["stage"] == stage][-1])


def on_device(lab: Lab, port: int, script: str) -> str:
    """A script's words, run as the laptop's own ssh would."""
    key = keys.for_ssh(lab.home)
    options = lab.hosts["device-1"]["ansible_ssh_common_args"].split()
    command = ["ssh", "-i", str(key), "-p", str(port), *options, "root@127.0.0.1", "sh -eu"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def picture(computer: Virtual, out: Path, colours: int) -> None:
    """What the screen shows, once it stands still."""
    computer.shows(computer.log.with_suffix(".ppm"), colours, HOURS)
    computer.command("screendump", filename=str(out), format="png")


def test_a_donated_computer_teaches_in_arabic(tmp_path: Path) -> None:
    for reason in (why_no_tree(), why_no_machine()):
        if reason:
            pytest.skip(reason)
    bench = build(tmp_path, carried=carried)
    lab = bench.lab
    (tmp_path / "computer").mkdir()
    here = place(bench, tmp_path / "computer", "bios", "sata", RUN, 16 << 30)
    assert here.run() == 0
    certify(lab, here)
    port = free_ports(1)[0]
    reachable(lab, port)
    net = ("-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{port}-:22")
    with ExitStack() as stack:
        parts = (*net, "-device", "e1000,netdev=net", *SOUND, "-device", "qemu-xhci,id=xhci")
        computer = here.start(stack, *parts, with_stick=False)
        computer.wait_for(LOGIN, seconds=HOURS)
        old = base64.b64encode(deb(tmp_path, "toy", "1").read_bytes()).decode()
        on_device(lab, port, f"echo {old} | base64 -d > /tmp/toy.deb; dpkg --install /tmp/toy.deb")
        computer.plug(here.stick)
        computer.wait_for(ENDED, seconds=3 * HOURS)  # Ansible itself is emulated too
        assert f"{ENDED} 0" in computer.said
        assert on_device(lab, port, "dpkg-query --show --showformat='${Version}' toy") == "2"
        assert on_device(lab, port, "wasl-device update; wasl-device packs") == ""  # all is there
        computer.unplug()
        on_device(lab, port, "while mountpoint --quiet /run/wasl/kit; do sleep 0.2; done")
        data = here.data() / "devices/jo"
        with inside(lab):
            assert main(["devices", "verify-record", str(data / "records")]) == 0
            assert main(["devices", "merge", "jo", str(data / "records")]) == 0
            words = ["devices", "run", "jo", "--inventory", str(lab.inventory), "--yes"]
            assert main([*words, "--stages", "verify"]) == 0  # a laptop comes in as well
        assert {one["stage"] for one in lab.entries() if one["outcome"] == "done"} == set(STAGES)
        assert len({one["device"] for one in lab.entries()}) == 1  # one record, from intake on
        assert all(one["kept"] for one in entry(lab, "verify")["evidence"]["promises"])
        assert list((data / "papers").glob("*/sheet.pdf"))
        assert list((data / "pending").glob("*")) == []
        assert 'dir="rtl"' in on_device(lab, port, FETCH)
        pictures = Path(os.environ.get("WASL_PICTURES", tmp_path)).absolute()
        on_device(lab, port, "systemctl restart lightdm")  # as the next start does: in Arabic then
        picture(computer, pictures / "login-ar.png", 64)
        on_device(lab, port, BROWSER)
        picture(computer, pictures / "kolibri-ar.png", 256)


FETCH = """\
python3 -c 'import urllib.request as r; print(r.urlopen("http://127.0.0.1:8080/ar/learn/").read())'
"""
