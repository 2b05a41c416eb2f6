"""Only the sandbox is taken for the sandbox, and nothing unsettled is described elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pulumi
import pytest

from infra.program import ROOT
from infra.sandbox.account import SANDBOX_ACCOUNT
from infra.target import Target, refuse_expired, refuse_forbidden, refuse_unsettled, target
from tests.cloud.conftest import Cli, copied
from tests.components.described import country
from wasl.errors import WaslError
from wasl.manifest.catalogue import Catalogue, load
from wasl.manifest.problems import ManifestError


@pytest.fixture
def configured() -> Iterator[None]:
    """A stack's configuration that the next test starts without."""
    yield
    pulumi.runtime.set_all_config({})


@pytest.fixture
def answering() -> Iterator[HTTPServer]:
    """Something on loopback that answers as AWS does, for the account in its `account`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"<Account>{server.account}</Account>".encode())  # type: ignore[attr-defined]

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def _at(endpoint: str) -> Target:
    pulumi.runtime.set_all_config({"wasl:endpoint": endpoint})
    return target()


@pytest.mark.usefixtures("configured")
def test_without_an_endpoint_it_is_aws() -> None:
    pulumi.runtime.set_all_config({})
    assert not target().sandbox


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(
    "endpoint",
    ["https://sts.amazonaws.com", "http://10.0.0.1:4566", "http://localhost:4566", "file:///x"],
)
def test_an_endpoint_elsewhere_is_refused(endpoint: str) -> None:
    """A name may resolve to anything, so that only a loopback address will do."""
    with pytest.raises(WaslError, match="not on loopback"):
        _at(endpoint)


@pytest.mark.usefixtures("configured")
def test_the_sandbox_is_told_by_its_account(answering: HTTPServer) -> None:
    endpoint = f"http://127.0.0.1:{answering.server_port}"
    answering.account = SANDBOX_ACCOUNT  # type: ignore[attr-defined]
    assert _at(endpoint).sandbox
    answering.account = "123456789012"  # type: ignore[attr-defined]
    with pytest.raises(WaslError, match="is not the sandbox"):
        _at(endpoint)
    with pytest.raises(WaslError, match="is not the sandbox"):
        _at("http://127.0.0.1:9")


@pytest.mark.parametrize("code", sorted(load(ROOT).countries))
def test_every_country_waits_for_counsel(code: str) -> None:
    """None is signed off yet, so that none may leave the sandbox."""
    country = load(ROOT).countries[code]
    refuse_unsettled(country, Target("http://127.0.0.1:1"))
    with pytest.raises(WaslError) as caught:
        refuse_unsettled(country, Target(None))
    assert caught.value.code == "WASL-RESIDENCY-STATUS"
    assert country.residency.status in caught.value.what


def _jordan(**residency: Any) -> Catalogue:
    """The checkout's catalogue, with another residency contract of Jordan's."""
    catalogue = load(ROOT)
    known = country().residency.model_dump(mode="json")
    changed = country(residency={**known, **residency})
    return replace(catalogue, countries={**catalogue.countries, "jo": changed})


def test_a_region_outside_the_contract_is_refused_even_in_the_sandbox() -> None:
    for code in load(ROOT).countries:
        refuse_forbidden(load(ROOT), code)
    regions = {"primary": ["eu-south-1"], "backup": ["eu-south-1"], "logs": ["eu-south-1"]}
    for purpose in regions:
        elsewhere = _jordan(regions={**regions, purpose: ["eu-central-1"]})
        with pytest.raises(ManifestError) as caught:
            refuse_forbidden(elsewhere, "jo")
        (error,) = caught.value.errors
        assert error.code == "WASL-MANIFEST-REGION"
        assert "eu-south-1 is not among those that the contract permits: eu-central-1" in error.what


def test_an_expired_authorisation_keeps_a_country_in_the_sandbox() -> None:
    until = _jordan(authorisation={"reference": "17/2026", "expires": "2026-08-31"})
    last, after = date(2026, 8, 31), date(2026, 9, 1)
    refuse_expired(until, "jo", Target(None), last)
    refuse_expired(until, "jo", Target("http://127.0.0.1:1"), after)
    with pytest.raises(ManifestError, match="17/2026 expired on 2026-08-31"):
        refuse_expired(until, "jo", Target(None), after)
    refuse_expired(load(ROOT), "jo", Target(None), after)


PENDING = ("WASL-RESIDENCY-STATUS: the residency contract of Jordan is pending", "residency.status")
REGION = ("WASL-MANIFEST-REGION: the region eu-west-1", "countries/jo.yaml:")
EXPIRED = ("WASL-MANIFEST-EXPIRED: the authorisation 1 expired on 2020-01-01", "countries/jo.yaml:")
PAST = "authorisation: {reference: '1', expires: 2020-01-01}"
SIGNED = ("status: pending", "status: signed-off")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ((), PENDING),
        ((SIGNED, ("\nregion: eu-south-1", "\nregion: eu-west-1")), REGION),
        (
            (("status: pending", f"{SIGNED[1]}\n  {PAST}"),),
            EXPIRED,
        ),
    ],
    ids=["pending", "region", "expired"],
)
def test_the_program_itself_refuses(
    edits: tuple[tuple[str, str], ...], said: tuple[str, str], tmp_path: Path
) -> None:
    """On a backend that is not the sandbox's, with the preview already, and without policies."""
    checkout = copied(tmp_path / "wasl")
    wasl = Cli(tmp_path / "home", "wasl.cli.main", checkout)
    (checkout / "infra/policies/PulumiPolicy.yaml").unlink()
    jordan = checkout / "countries/jo.yaml"
    for old, new in edits:
        assert jordan.read_text().count(old) == 1
        jordan.write_text(jordan.read_text().replace(old, new))
    (tmp_path / "state").mkdir()
    elsewhere = {
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "of this test",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nobody",
    }
    for verb in ("up", "plan"):  # the first makes the stack that the second looks at
        done = wasl.run(verb, "jo", "--yes", env=elsewhere)
        assert done.returncode == 1
        assert all(words in done.stderr for words in said), done.stderr
        assert "Traceback" not in done.stdout + done.stderr
