"""Killed at random while it harvests, fetches and delivers: the next run ends as if it had not."""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from integrations.content.mirror.bucket import FILES, Bucket
from integrations.content.shelf import Shelf
from playbooks.module_utils.wasl_device import packs
from tests.content.conftest import Country, row
from tests.content.killed import killed, whole
from tests.content.provider import Answer, identify, serving
from tests.content.records import dublin_core, list_records, record
from tests.content.s3 import bucket
from tests.emulated import emulated_aws
from wasl.errors import WaslError

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
    with emulated_aws(tmp_path_factory.mktemp("sandbox")) as url:
        yield url


def prepare(country: Country, url: str) -> None:
    manifest = country.root / "countries" / "tn.yaml"
    text = manifest.read_text("utf-8")
    feed = f"    - {{kind: oai, name: feed, url: '{url}/oai', allow_private: true}}\n"
    manifest.write_text(text[: text.index("  feeds:")] + "  feeds:\n" + feed, "utf-8")


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


def normal(state: dict[str, Any]) -> dict[str, Any]:
    """Without the size of the manifest, which holds the version."""
    keys = [(key, size) for key, size in state["keys"] if not key.endswith(packs.MANIFEST)]
    return {**state, "keys": keys}


def run(country: Country, endpoint: str, kills: int, seed: int) -> None:
    with serving(respond) as url:
        prepare(country, url)
        undisturbed = Country(country.root, country.home.with_name("undisturbed"))
        shutil.copytree(country.home, undisturbed.home)
        seconds = whole(undisturbed, endpoint, f"undisturbed-{seed}")
        expected = state(undisturbed, endpoint, f"undisturbed-{seed}")
        assert expected["left"] == []
        begun = itertools.count()
        name = f"killed-{seed}-{next(begun)}"

        def over() -> None:
            nonlocal name
            assert normal(state(country, endpoint, name)) == normal(expected)
            name = f"killed-{seed}-{next(begun)}"
            shutil.rmtree(country.home / "content")

        killed(country, lambda: (endpoint, name), over, kills=kills, seed=seed, seconds=seconds)


@pytest.mark.slow
def test_three_kills(country: Country, endpoint: str) -> None:
    run(country, endpoint, kills=3, seed=1)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [2, 3, 4, 5])
def test_twenty_kills(country: Country, endpoint: str, seed: int) -> None:
    run(country, endpoint, kills=5, seed=seed)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_five_kills_while_a_channel_is_made(country: Country, endpoint: str) -> None:
    """Its database tells when it was made: all else is as if nothing had happened."""
    resources = {f"lesson:{number}" for number in range(12)}
    country.write(*(row(number) for number in range(12)))
    undisturbed = Country(country.root, country.home.with_name("undisturbed"))
    shutil.copytree(country.home, undisturbed.home)
    seconds = whole(undisturbed, endpoint, "channel", "channel")
    begun = itertools.count()
    name = f"killed-channel-{next(begun)}"

    def over() -> None:
        nonlocal name
        shelf = Shelf(country.home / "content" / "tn" / "packs", bucket(endpoint, name))
        pack = shelf.published("tn-channel", country.setting.trust())
        assert pack is not None
        assert set(pack.meta["resources"]) == resources
        assert len(pack.files) == len(resources) + 1
        assert shelf.missing("tn-channel", pack) == []
        assert shelf.missing_on_disk("tn-channel", pack) == []
        work = country.home / "content" / "tn" / "work"
        assert not [path.name for path in work.iterdir() if path.name.startswith((".", "kolibri"))]
        name = f"killed-channel-{next(begun)}"
        shutil.rmtree(country.home / "content")

    killed(country, lambda: (endpoint, name, "channel"), over, kills=5, seed=6, seconds=seconds)


@pytest.mark.slow
def test_the_bucket_holds_what_the_pack_names_and_nothing_withdrawn(
    country: Country, endpoint: str, tmp_path: Path, library_only: None
) -> None:
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
def test_what_a_publication_that_was_cut_off_left_is_seen_and_removed(
    country: Country, endpoint: str, library_only: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifest names the withdrawn lesson no more, and its files still lie there."""
    from wasl.planes.content.report import drift

    def stopped(_bucket: Bucket, key: str) -> None:
        raise WaslError("WASL-CONTENT-BUCKET", f"{key} could not be removed")

    held = country.bucket = bucket(endpoint, "cut-off")
    country.write(row(1), row(2))
    country.apply()
    country.write(row(1))
    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "delete", stopped)
        with pytest.raises(WaslError):
            country.apply()
    found = list(drift(country.plan(harvest=False)))
    assert {one.message.id for one in found if one.message} == {"WASL-CONTENT-PACK-STRAY"}
    assert all("packs/tn-library/files/" in one.target for one in found)

    made, receipts = country.apply()
    assert (made.steps, len(receipts)) == ([], 1)
    assert list(drift(country.plan(harvest=False))) == []
    document = held.get_json("packs/tn-library/pack.json")
    assert document is not None
    stored = {key.rpartition("/")[2] for key, _ in held.keys("packs/tn-library/files/")}
    assert stored == {file["sha256"] for file in document["body"]["files"]}


@pytest.mark.slow
@pytest.mark.parametrize("one_put", [64_000_000, 0], ids=["at once", "in parts"])
def test_drift_sees_other_bytes_of_the_same_length(
    country: Country,
    endpoint: str,
    library_only: None,
    monkeypatch: pytest.MonkeyPatch,
    one_put: int,
) -> None:
    from wasl.planes.content.report import drift

    monkeypatch.setattr("integrations.content.mirror.bucket._ONE_PUT", one_put)
    held = country.bucket = bucket(endpoint, f"overwritten-{one_put}")
    country.write(row(1), row(2))
    country.apply()
    assert list(drift(country.plan(harvest=False))) == []
    overwritten = {
        prefix: next(iter(held.keys(prefix))) for prefix in ("packs/tn-library/files/", FILES)
    }
    for key, size in overwritten.values():
        held.client.put_object(Bucket=held.name, Key=key, Body=bytes(size))
    found = [one.message.id for one in drift(country.plan(harvest=False)) if one.message]
    assert found == ["WASL-CONTENT-PACK-FILE", "WASL-CONTENT-MIRROR-FILE"]

    country.apply()
    assert list(drift(country.plan(harvest=False))) == []
    for key, _size in overwritten.values():
        body = held.client.get_object(Bucket=held.name, Key=key)["Body"].read()
        assert hashlib.sha256(body).hexdigest() == key.rpartition("/")[2]


@pytest.mark.slow
def test_another_laptop_goes_on_from_the_bucket(
    country: Country, endpoint: str, library_only: None
) -> None:
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
