"""Signed documents: what is altered, of another kind or ambiguous is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.module_utils.wasl_device import signed
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.signed import PublicKey, SigningKey

KEY = SigningKey.make()
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), values, max_size=4))
def test_what_is_signed_opens_after_a_journey_through_a_file(body: dict[str, Any]) -> None:
    text = signed.canonical(signed.sign("note", body, KEY))
    opened, key = signed.opened(signed.parse(text), "note")
    assert opened == body
    assert key == KEY.public


@given(st.dictionaries(st.text(), values, max_size=4), st.text(min_size=1), values)
def test_an_altered_body_is_refused(body: dict[str, Any], name: str, value: Any) -> None:
    document = signed.sign("note", body, KEY)
    altered = {**document, "body": {**body, name: value}}
    if signed.canonical(altered["body"]) == signed.canonical(body):
        return
    with pytest.raises(DeviceError, match="WASL-SIGNATURE-BAD"):
        signed.opened(altered, "note")


def test_a_document_does_not_pass_for_another_kind() -> None:
    document = signed.sign("note", {}, KEY)
    with pytest.raises(DeviceError, match="WASL-DOCUMENT-BAD"):
        signed.opened(document, "image")
    with pytest.raises(DeviceError, match="WASL-SIGNATURE-BAD"):
        signed.opened({**document, "kind": "image"}, "image")


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":2}',
        b'{"a":1.5}',
        b'{"a":NaN}',
        b"[1]",
        b"\xff",
        b"{",
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_ambiguous_or_broken_json_is_refused(text: bytes) -> None:
    with pytest.raises(DeviceError, match="WASL-DOCUMENT-BAD"):
        signed.parse(text)


def test_floats_are_never_signed() -> None:
    with pytest.raises(TypeError):
        signed.sign("note", {"deep": [{"x": 0.5}]}, KEY)


def test_a_key_file_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "station.key"
    KEY.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert SigningKey.load(path).public == KEY.public
    with pytest.raises(DeviceError, match="WASL-KEY-EXISTS"):
        SigningKey.make().save(path)
    assert "…" in repr(KEY)


@pytest.mark.parametrize("text", ["", "ed25519:", "ed25519:AAAA", "ssh-ed25519 AAAA", "ed25519:é"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(DeviceError, match="WASL-KEY-BAD"):
        PublicKey.parse(text)


def test_a_public_key_survives_its_text() -> None:
    assert PublicKey.parse(str(KEY.public)) == KEY.public
    assert json.loads(json.dumps(str(KEY.public))) == str(KEY.public)
