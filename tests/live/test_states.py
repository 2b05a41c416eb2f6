"""A stack's state where its backend keeps it, and what it tells of what was not applied."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.live.state import STATES
from tests.live.test_state import QUEUE, STACK, checkpoint
from wasl.errors import WaslError
from wasl.planes.cloud.about import About
from wasl.planes.cloud.buckets import Folder
from wasl.planes.cloud.live import check, unapplied
from wasl.planes.cloud.states import Held, held, read
from wasl.result import Finding, Kind
from wasl.waivers import guarded

OFFERS = {**STACK, "outputs": {"tenancy": {"manifest_digest": "abc"}}}


def kept(root: Path, *resources: dict[str, Any], **more: Any) -> Folder:
    folder = Folder(root)
    folder.write(f"{STATES}/jo.json", checkpoint(*resources, **more))
    return folder


def found(root: Path, *resources: dict[str, Any], **more: Any) -> Held:
    state = held(kept(root, *resources, **more), "jo")
    assert state is not None
    return state


def said(finding: Finding) -> str:
    assert finding.message is not None
    return finding.message.id


def test_a_state_in_a_file(tmp_path: Path) -> None:
    kept(tmp_path, OFFERS, QUEUE)
    state = read(f"file://{tmp_path}", {}, "jo")
    assert state is not None
    assert (state.size, state.manifest) == (1, "abc")
    assert read(f"file://{tmp_path}", {}, "tn") is None


def test_a_backend_that_shows_no_states(tmp_path: Path) -> None:
    with pytest.raises(WaslError) as caught:
        read("https://api.pulumi.com", {}, "jo")
    assert caught.value.code == "WASL-LIVE-BACKEND"
    assert "--engine pulumi" in caught.value.hint


def test_a_manifest_that_moved_is_unapplied(tmp_path: Path) -> None:
    state = found(tmp_path, OFFERS, QUEUE)
    assert list(unapplied(About("jo", digest="abc"), state)) == []
    (one,) = unapplied(About("jo", digest="def"), state)
    assert (one.kind, said(one)) == (Kind.UNAPPLIED, "cloud.manifest-moved")
    assert (one.target, one.expected, one.found) == ("stack jo", "def", "abc")
    assert one.remedy == "wasl up jo"
    assert list(unapplied(About("foundation"), state)) == []  # which no manifest describes


def test_production_without_protection_is_told_and_no_pattern_hides_it(tmp_path: Path) -> None:
    lifted = {**STACK, "outputs": {"tenancy": {"manifest_digest": ""}}}
    state = found(tmp_path, lifted, QUEUE)
    (one,) = unapplied(About("jo", "production", digest="abc"), state)
    assert (one.kind, said(one)) == (Kind.UNAPPLIED, "cloud.unprotected")
    assert guarded(one)
    (one,) = unapplied(About("jo", "pilot", digest="abc"), state)
    assert said(one) == "cloud.manifest-moved"
    (one,) = unapplied(About("jo", "production", digest="abc"), found(tmp_path, STACK, QUEUE))
    assert said(one) == "cloud.manifest-moved", "an up that broke off lifted nothing"


def test_a_step_that_never_ended_is_unapplied(tmp_path: Path) -> None:
    open_steps = [{"type": "creating", "resource": {"urn": "urn:new"}}]
    state = found(tmp_path, OFFERS, pending_operations=open_steps)
    (one,) = unapplied(About("jo", digest="abc"), state)
    assert (one.kind, said(one)) == (Kind.UNAPPLIED, "cloud.interrupted")
    assert one.target == "urn:new"


def test_a_stack_that_was_never_applied(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    Folder(tmp_path).write(
        f"{STATES}/jo.json",
        json.dumps({"version": 3, "checkpoint": {"stack": "jo", "latest": None}}).encode(),
    )
    environ = {"PULUMI_BACKEND_URL": f"file://{tmp_path}"}
    for country in ("jo", "tn"):  # one without resources, and none at all
        (one,) = check(root, tmp_path / "home", country, environ).findings
        assert (one.kind, said(one)) == (Kind.UNAPPLIED, "cloud.never-applied")
        assert one.location is not None
