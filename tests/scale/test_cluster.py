"""Units of the one check on a real Dask cluster: a scheduler and three workers, by TLS.

Content by destination and identity by target at servers that count; devices by site. The cloud, by
country, is in tests/live/test_cluster.py, where a tenancy is.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from integrations.identity.generated import Size, roster, write_package
from tests.content.conftest import Country, row
from tests.identity.support import Partner, partner
from tests.manifest.conftest import ROOT
from tests.scale.cluster import Cluster, certificates, cluster
from tests.scale.partners import Partners, partners
from wasl.cli.main import main
from wasl.errors import WaslError
from wasl.executors import workers
from wasl.journal import FolderStore, entries
from wasl.planes.check import Place, Unit, parts
from wasl.planes.devices.check import parts as sites

pytestmark = pytest.mark.slow
COUNTRIES = ("dj", "eg", "jo", "ma", "sd", "tn")
CHECK = ("drift", *COUNTRIES, "--plane", "content", "--plane", "identity", "--format", "json")
PEOPLE = roster(Size(schools=1, classes=1, pupils=4))


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("cluster"), 3) as made:
        yield made


@pytest.fixture
def remote() -> Iterator[Partners]:
    with partners() as made:
        yield made


@pytest.fixture
def pupils(tmp_path: Path) -> Iterator[Partner]:
    """A partner that takes rosters."""
    with partner(tmp_path / "partner") as running:
        yield running


@pytest.fixture
def desk(
    country: Country,
    remote: Partners,
    pupils: Partner,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
) -> Any:
    """Six countries with two lessons each, harvested, and one's pupils; partners hold nothing."""
    country.write(row(1), row(2))
    for code in COUNTRIES:
        _describe(country.root / "countries" / f"{code}.yaml", f"{remote.url}/{code}")
    write_package(country.root / "roster", PEOPLE)
    _two_targets(country.root / "countries" / "jo.yaml", pupils.url)
    _secret(country.home, "content/shared", "a secret of at least 32 bytes, for tests")
    _secret(country.home, "identity/classera-token", "sandbox-partner")
    monkeypatch.chdir(country.root)
    monkeypatch.setenv("WASL_HOME", str(country.home))

    def wasl(*words: str) -> tuple[int, Any, str]:
        capsys.readouterr()
        status = main(list(words))
        said = capsys.readouterr()
        return status, json.loads(said.out) if said.out else None, said.err

    remote.open.set()
    for code in COUNTRIES:
        assert wasl("content", "plan", code, "--format", "json")[0] == 2
    return wasl


def _describe(manifest: Path, url: str) -> None:
    section = (
        "content:\n  feeds:\n    - {kind: folder, name: feed, path: feed}\n"
        "  destinations: [partner]\n"
        f"  partner: {{url: '{url}', client: alecso, secret_name: content/shared}}\n"
    )
    rest = re.sub(r"^content:.*\n(?:[ #].*\n|\n)*", "", manifest.read_text("utf-8"), flags=re.M)
    manifest.write_text(rest.rstrip() + "\n" + section, "utf-8")


def _two_targets(manifest: Path, url: str) -> None:
    """Two targets that are one server, and the roster's place."""
    text = manifest.read_text("utf-8").replace("http://127.0.0.1:8470", url)
    text = text.replace("    kind: oneroster\n", "    kind: oneroster\n    path: roster\n")
    start = text.index("    - kind: oneroster-rest")
    target = text[start : text.index("  legal_basis:")]
    second = target.replace("name: classera", "name: second")
    manifest.write_text(text.replace(target, target + second), "utf-8")


def _secret(home: Path, name: str, text: str) -> None:
    path = home / "keys" / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)


def _join(three: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in three.environ.items():
        monkeypatch.setenv(name, value)
    _reload_settings()


def test_a_worker_dies_in_mid_run_and_nothing_is_lost_or_done_twice(
    three: Cluster,
    desk: Any,
    remote: Partners,
    pupils: Partner,
    country: Country,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    remote.reads.clear()
    here = desk(*CHECK)
    reads = remote.reads.copy()
    assert here[0] == 2
    found = Counter((one["plane"], one["target"].split("/")[0]) for one in here[1]["findings"])
    people = sum(map(len, PEOPLE.values()))
    assert found["content", "partner"] == 2 * len(COUNTRIES)
    assert found["identity", "classera"] == found["identity", "second"] > people / 2
    _join(three, monkeypatch)

    remote.reads.clear()
    remote.open.clear()
    with ThreadPoolExecutor(1) as aside:
        killing = aside.submit(_kill_one_when_all_work, three, remote)
        there = desk(*CHECK, "--scheduler", three.address)
        killing.result()
    assert (there[0], there[1]) == (here[0], here[1])
    assert "dashboard: http" in there[2]
    again = remote.reads - reads
    assert sum(again.values()) == 1, "the dead worker's unit, and no other, ran again"

    mended = desk(*CHECK, "--scheduler", three.address, "--repair", "--yes")
    assert (mended[0], mended[1]["findings"]) == (0, [])
    assert set(remote.effects.values()) == {1}
    written = Counter(
        line
        for line in pupils.wire.read_text("utf-8").splitlines()
        if line.startswith(("PUT /", "POST /", "DELETE /"))
    )
    assert sum(written.values()) == found["identity", "classera"]
    assert set(written.values()) == {1}
    kinds = [effect.split()[1:3] for effect in remote.effects]
    assert kinds.count(["PUT", "resources"]) == 2 * len(COUNTRIES)
    assert kinds.count(["POST", "deliveries"]) == len(COUNTRIES)
    for code in COUNTRIES:
        told = list(entries(FolderStore(country.home / "content" / code / "journal")))
        assert [entry.event for entry in told if entry.event != "note"] == ["intent", "outcome"]


def _kill_one_when_all_work(three: Cluster, remote: Partners) -> None:
    try:
        for _ in three.workers:
            assert remote.waiting.acquire(timeout=90)
        three.workers[0].kill()
        three.workers[0].wait(20)
    finally:
        remote.open.set()


def _reload_settings() -> None:
    """Dask reads its settings from the environment once, when it is imported."""
    import dask

    dask.config.refresh()


def test_destinations_are_parts_of_a_country(
    three: Cluster, desk: Any, country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = country.root / "countries" / "tn.yaml"
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace("[partner]", "[devices, partner]"), "utf-8")
    place = Place(country.root, country.home)
    assert parts(place, Unit("tn", "content")) == [
        Unit("tn", "content", "devices"),
        Unit("tn", "content", "partner"),
    ]
    check = ("drift", "tn", "--plane", "content", "--format", "json")
    here = desk(*check)
    assert {one["target"].split("/")[0] for one in here[1]["findings"]} == {
        "channel",
        "library",
        "partner",
    }
    _join(three, monkeypatch)
    assert desk(*check, "--scheduler", three.address)[:2] == here[:2]


def test_sites_are_parts_of_a_country(
    three: Cluster, desk: Any, country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Devices that do not answer, at two schools: told of as they are from here."""
    shutil.copytree(ROOT / "playbooks", country.root / "playbooks")
    away = {"ansible_host": "127.0.0.1", "ansible_port": 9}
    hosts = {
        f"{site}-{number}": {"wasl_site": site, **away}
        for site in ("amman-depot", "zarqa-1")
        for number in (1, 2)
    }
    inventory = country.root / "schools.yml"
    inventory.write_text(json.dumps({"all": {"vars": {"wasl_country": "jo"}, "hosts": hosts}}))
    place = Place(country.root, country.home, inventory=inventory)
    assert sites(place, "jo") == ["amman-depot", "zarqa-1"]  # says what keeps them from being told
    assert [one.part for one in parts(place, Unit("jo", "devices"))] == ["amman-depot", "zarqa-1"]
    check = ("drift", "jo", "--plane", "devices", "--inventory", str(inventory), "--format", "json")
    here = desk(*check)
    assert sorted(one["target"].split()[0] for one in here[1]["findings"]) == sorted(hosts)
    _join(three, monkeypatch)
    assert desk(*check, "--scheduler", three.address)[:2] == here[:2]


def test_what_acts_stays_here(desk: Any) -> None:
    status, _report, said = desk("content", "plan", "jo", "--scheduler", "tls://127.0.0.1:1")
    assert status == 64
    assert "this machine alone" in said


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "127.0.0.1:8786", "tls://127.0.0.1:1"])
def test_without_tls_or_certificates_nothing_is_sent(
    address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if not address.startswith("tls"):
        for name, value in certificates(tmp_path / "tls").items():
            monkeypatch.setenv(name, value)
    else:
        monkeypatch.delenv("DASK_DISTRIBUTED__COMM__TLS__CA_FILE", raising=False)
    _reload_settings()
    with pytest.raises(WaslError) as raised, workers(address, print):
        pass
    assert raised.value.code == "WASL-SCHEDULER-TLS"


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("wasl.executors._PATIENCE", 1.0)
    for name, value in certificates(tmp_path / "tls").items():
        monkeypatch.setenv(name, value)
    _reload_settings()
    with pytest.raises(WaslError) as raised, workers("tls://127.0.0.1:1", print):
        pass
    assert raised.value.code == "WASL-SCHEDULER-UNREACHABLE"


def test_a_stranger_is_not_let_in(
    three: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("wasl.executors._PATIENCE", 3.0)
    for name, value in certificates(tmp_path / "tls").items():
        monkeypatch.setenv(name, value)
    _reload_settings()
    with pytest.raises(WaslError) as raised, workers(three.address, print):
        pass
    assert raised.value.code == "WASL-SCHEDULER-UNREACHABLE"


def test_none_named_is_here() -> None:
    with workers("", print) as pool:
        assert pool is None
