"""Lessons on a device: a real Kolibri set up by its role, a channel and a library by signed packs.

What the guest lacks: a browser. The page is asked for as a browser asks.
"""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from integrations.content.kolibri.channel import channel_id, node_id
from playbooks.module_utils.wasl_device.kolibri import Kolibri, offered
from playbooks.module_utils.wasl_device.machine import Live
from tests.devices.lab import ROOT, Lab, booted, computer
from wasl.demo.guest import Guest
from wasl.planes.content.setting import setting
from wasl.planes.content.work import carry_out, prepare
from wasl.planes.devices.practice import recording

pytestmark = pytest.mark.slow

SAMPLES = ROOT / "integrations" / "content" / "samples" / "alecso"
CHANNEL = channel_id("jo")
STAYS, GOES = "alecso:fractions", "alecso:cell"
LIBRARY = "var/lib/wasl/library"


def publish(desk: Lab, guest: Guest, *lessons: str) -> None:
    """Make packs of these lessons, hand-made in Arabic, and put them where the device looks."""
    feed = desk.root / "feed"
    shutil.rmtree(feed, ignore_errors=True)
    feed.mkdir()
    with (SAMPLES / "metadata.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["id"] in lessons]
    with (feed / "metadata.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        shutil.copy(SAMPLES / row["file"], feed / row["file"])
    chosen = setting(desk.root, desk.root / ".wasl", "jo", {})
    with chosen.catalogue() as catalogue:
        carry_out(prepare(chosen, catalogue, _quiet), _quiet)
    place = guest.root / "var/kit/packs"
    shutil.rmtree(place, ignore_errors=True)
    for name in ("jo-channel", "jo-library"):
        made = desk.root / ".wasl" / "content" / "jo" / "packs" / name / "current"
        shutil.copytree(made.resolve(), place / name)


def _quiet(_what: str, _done: int, _of: int | None) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, Guest]]:
    folder = tmp_path_factory.mktemp("lab")
    made = Lab(folder, lambda name, size: "")
    made.prepare()
    made.edit("path: integrations/content/samples/alecso", "path: feed")
    with booted(folder, with_kolibri=True) as guest:
        (guest.root / "var/recording.json").write_text(json.dumps(recording(computer(1))))
        made.hosts["device-1"] = {
            **guest.host(),
            "wasl_recording": "/var/recording.json",  # a container has no firmware of its own
            "wasl_packs": "/var/kit/packs",
        }
        yield made, guest


def page(guest: Guest, address: str) -> str:
    """What a page says to the device itself."""
    program = (
        "import sys, urllib.request as r;"
        "sys.stdout.buffer.write(r.urlopen(sys.argv[1], timeout=60).read())"
    )
    return guest.run("python3", "-c", program, address)


def nodes(guest: Guest) -> set[str]:
    """Ids of all nodes that Kolibri's database has, of any channel."""
    with closing(sqlite3.connect(guest.root / "var/lib/kolibri/db.sqlite3")) as database:
        return {str(row[0]) for row in database.execute("SELECT id FROM content_contentnode")}


def files(guest: Guest) -> set[str]:
    return {
        path.relative_to(guest.root / LIBRARY).as_posix()
        for path in (guest.root / LIBRARY).rglob("*")
        if path.is_file() and not path.relative_to(guest.root / LIBRARY).parts[0].startswith(".")
    }


def test_kolibri_is_set_up_and_the_first_lessons_open(lab: tuple[Lab, Guest]) -> None:
    desk, guest = lab
    publish(desk, guest, STAYS, GOES)
    done = desk.play("--tags", "configure,packs")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert [entry["stage"] for entry in desk.entries()] == ["configure", "packs"]
    kolibri = Kolibri(Live(), home=guest.root / "var/lib/kolibri")
    assert kolibri.is_provisioned
    brought = offered(guest.root / LIBRARY, CHANNEL)
    assert kolibri.nodes(CHANNEL) == brought
    assert {node_id("jo", STAYS), node_id("jo", GOES)} < brought
    shown = page(guest, "http://127.0.0.1:8080/ar/learn/")
    assert 'dir="rtl"' in shown
    lesson = next(name for name in files(guest) if name.startswith("content/storage/"))
    inside = page(guest, f"http://127.0.0.1:8081/content/zipcontent/{Path(lesson).name}/index.html")
    assert 'lang="ar"' in inside
    assert "content/storage" not in {
        path.name for path in (guest.root / "var/lib/kolibri").iterdir()
    }


def test_again_nothing_changes_and_drift_is_zero(lab: tuple[Lab, Guest]) -> None:
    desk, guest = lab
    again = desk.play("--tags", "configure,packs")
    assert again.returncode == 0
    assert "changed=0" in again.stdout, again.stdout
    assert len(desk.entries()) == 2
    assert guest.run("wasl-device", "drift") == ""
    assert guest.run("systemctl", "is-enabled", "kolibri").strip() == "enabled"


def test_a_withdrawn_lesson_leaves_neither_node_nor_file(lab: tuple[Lab, Guest]) -> None:
    desk, guest = lab
    before = files(guest)
    publish(desk, guest, STAYS)
    planned = desk.play("--tags", "packs", "--check")
    assert "changed=1" in planned.stdout
    assert files(guest) == before
    done = desk.play("--tags", "packs")
    assert done.returncode == 0, done.stdout[-3000:]
    assert node_id("jo", GOES) not in nodes(guest)
    assert node_id("jo", STAYS) in nodes(guest)
    storage = [name for name in files(guest) if name.startswith("content/storage/")]
    assert len(storage) == 1
    evidence = desk.entries()[-1]["evidence"]
    assert {"channel": CHANNEL, "action": "import"} in evidence["changes"]
    assert evidence["channels"] == {CHANNEL: len(nodes(guest))}
    said = subprocess.run(
        ["grep", "-rl", "الخليّة", str(guest.root / LIBRARY)], capture_output=True, check=False
    )
    assert said.stdout == b""
    assert guest.run("wasl-device", "drift") == ""


def test_packs_that_the_profile_no_longer_names_go_wholly(lab: tuple[Lab, Guest]) -> None:
    desk, guest = lab
    desk.edit("packs: [jo-channel, jo-library]", "packs: []")
    done = desk.play("--tags", "packs")
    assert done.returncode == 0, done.stdout[-3000:]
    assert nodes(guest) == set()
    assert files(guest) == set()
    assert guest.run("wasl-device", "drift") == ""
