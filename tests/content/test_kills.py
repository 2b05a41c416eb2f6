"""Killed at random while it harvests, fetches and delivers: the next run ends as if it had not."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from playbooks.module_utils.wasl_device import packs
from tests.content.conftest import Country
from tests.content.provider import Answer, identify, serving
from tests.content.records import dublin_core, list_records, record
from tests.content.s3 import bucket, sandbox
from tests.manifest.conftest import ROOT

LESSONS, PAGE = 40, 5


def file_of(number: int) -> bytes:
    return b"%PDF-1.4\n" + b"lesson %d\n" % number * 20_000


def respond(path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
    """A catalogue of lessons and their files."""
    asked = {name.casefold(): value for name, value in headers.items()}
    if path.startswith("/files/"):
        tag = f'"{path}"'
        body = file_of(int(path.removeprefix("/files/").removesuffix(".pdf")))
        if asked.get("if-none-match") == tag:
            return Answer(b"", 304, {"ETag": tag})
        if "range" in asked and asked.get("if-range") == tag:
            start = int(asked["range"].removeprefix("bytes=").rstrip("-"))
            where = f"bytes {start}-{len(body) - 1}/{len(body)}"
            return Answer(body[start:], 206, {"ETag": tag, "Content-Range": where})
        return Answer(body, headers={"ETag": tag})
    if query.get("verb") == "Identify":
        return Answer(identify())
    if "from" in query:
        return Answer(list_records([], ""))
    start = int(query.get("resumptionToken", "0"))
    base = f"http://{headers['Host']}/files"
    part = [
        record(
            f"oai:{number}",
            dublin_core(
                [
                    ("title@ar", f"الدرس {number}"),
                    ("language", "ar"),
                    ("rights", "CC BY 4.0"),
                    ("identifier", f"{base}/{number}.pdf"),
                ]
            ),
        )
        for number in range(start, min(start + PAGE, LESSONS))
    ]
    rest = start + PAGE
    return Answer(list_records(part, str(rest) if rest < LESSONS else ""))


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with sandbox(tmp_path_factory.mktemp("sandbox")) as url:
        yield url


def prepare(country: Country, url: str) -> None:
    manifest = country.root / "countries" / "tn.yaml"
    text = manifest.read_text("utf-8")
    feed = f"    - {{kind: oai, name: feed, url: '{url}/oai', allow_private: true}}\n"
    manifest.write_text(text[: text.index("  feeds:")] + "  feeds:\n" + feed, "utf-8")


def start(country: Country, endpoint: str, name: str) -> subprocess.Popen[str]:
    arguments = [str(country.root), str(country.home), endpoint, name]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.content.killed", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def whole(country: Country, endpoint: str, name: str) -> float:
    """Run to the end; the seconds that the work itself took."""
    with start(country, endpoint, name) as process:
        assert process.stdout is not None
        process.stdout.readline()
        began = time.monotonic()
        _out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err[-2000:]
        return time.monotonic() - began


def state(country: Country, endpoint: str, name: str) -> dict[str, Any]:
    """All that is published and kept, without what differs from run to run."""
    held = bucket(endpoint, name)
    document = held.get_json("packs/tn-library/pack.json")
    assert document is not None
    body = document["body"]
    for changing in ("made", "version"):
        body.pop(changing)
    folder = country.home / "content" / "tn"
    return {
        "pack": body,
        "keys": sorted(held.keys("")),
        "mirror": sorted(country.setting.objects.all()),
        "left": sorted(
            str(path.relative_to(folder))
            for pattern in ("**/.new-*", "**/*.new", "parts/*", "packs/*/.*")
            for path in folder.glob(pattern)
            if path.is_file() or path.is_dir()
        ),
        "local": json.loads((country.pack("library") / packs.MANIFEST).read_text())["body"][
            "files"
        ],
    }


def kill(country: Country, endpoint: str, name: str, after: float) -> None:
    with start(country, endpoint, name) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(after)
        process.kill()
        process.communicate()


def normal(state: dict[str, Any]) -> dict[str, Any]:
    """Without the size of the manifest, which holds the version."""
    keys = [(key, size) for key, size in state["keys"] if not key.endswith(packs.MANIFEST)]
    return {**state, "keys": keys}


def run(country: Country, endpoint: str, kills: int, seed: int) -> None:
    with serving(respond) as url:
        prepare(country, url)
        undisturbed = Country(country.root, country.home.with_name("undisturbed"))
        (country.home / "keys").parent.mkdir(exist_ok=True)
        subprocess.run(["cp", "-r", str(country.home), str(undisturbed.home)], check=True)
        seconds = whole(undisturbed, endpoint, f"undisturbed-{seed}")
        expected = state(undisturbed, endpoint, f"undisturbed-{seed}")
        chance = random.Random(seed)
        for _ in range(kills):
            kill(country, endpoint, f"killed-{seed}", chance.uniform(0, seconds))
        whole(country, endpoint, f"killed-{seed}")
        assert normal(state(country, endpoint, f"killed-{seed}")) == normal(expected)
        assert expected["left"] == []


@pytest.mark.slow
def test_three_kills(country: Country, endpoint: str) -> None:
    run(country, endpoint, kills=3, seed=1)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [2, 3, 4, 5])
def test_twenty_kills(country: Country, endpoint: str, seed: int) -> None:
    run(country, endpoint, kills=5, seed=seed)


@pytest.mark.slow
def test_the_bucket_holds_what_the_pack_names_and_nothing_withdrawn(
    country: Country, endpoint: str, tmp_path: Path, library_only: None
) -> None:
    from tests.content.conftest import row

    country.bucket = bucket(endpoint, "withdrawn")
    country.write(row(1), row(2))
    country.apply()
    files = country.bucket.files()
    assert len(files) == 2
    assert country.plan().steps == []
    lost = next(key for key, _ in country.bucket.keys("packs/tn-library/files/"))
    country.bucket.delete(lost)
    from wasl.planes.content.report import drift

    assert len(list(drift(country.plan(harvest=False)))) == 1
    country.apply()
    assert list(drift(country.plan(harvest=False))) == []

    country.write(row(1))
    country.apply()
    assert len(country.bucket.files()) == 1
    stored = {key.rpartition("/")[2] for key, _ in country.bucket.keys("packs/tn-library/files/")}
    document = country.bucket.get_json("packs/tn-library/pack.json")
    assert document is not None
    assert stored == {file["sha256"] for file in document["body"]["files"]}
    assert set(files) & stored == set(country.bucket.files())


@pytest.mark.slow
def test_another_laptop_goes_on_from_the_bucket(
    country: Country, endpoint: str, library_only: None
) -> None:
    from tests.content.conftest import row

    country.bucket = bucket(endpoint, "laptops")
    country.write(row(1), row(2))
    country.apply()
    subprocess.run(["rm", "-r", str(country.home / "content")], check=True)
    assert [step.action.value for step in country.plan().steps] == ["update", "update"]
    made, receipts = country.apply()
    assert (made.steps, receipts) == ([], [])
    country.write(row(1), row(3))
    _made, receipts = country.apply()
    assert "version 2" in receipts[0]
    assert "tombstones" in receipts[0]
