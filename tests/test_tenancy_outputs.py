"""What the cloud plane offers the others is read in one version only."""

from __future__ import annotations

from typing import Any

import pytest

from wasl.errors import WaslError
from wasl.tenancy import OUTPUT, VERSION, TenancyOutputs, read

TEXTS = {
    name: name for name, field in TenancyOutputs.model_fields.items() if field.annotation is str
}
OFFERED: dict[str, Any] = {**TEXTS, "version": VERSION, "name_servers": ["ns1.example"]}


def test_it_is_read_as_it_was_exported() -> None:
    found = read({OUTPUT: OFFERED}, "jo")
    assert found.model_dump(mode="json") == OFFERED
    assert found.roster_queue == "roster_queue"


@pytest.mark.parametrize(
    ("outputs", "named"),
    [
        ({}, ""),
        ({OUTPUT: {**OFFERED, "version": VERSION + 1}}, "version"),
        ({OUTPUT: {**OFFERED, "more": "x"}}, "more"),
        ({OUTPUT: {key: OFFERED[key] for key in OFFERED if key != "user_pool"}}, "user_pool"),
    ],
)
def test_anything_else_is_refused_with_the_way_out(outputs: dict[str, Any], named: str) -> None:
    with pytest.raises(WaslError) as caught:
        read(outputs, "jo")
    assert caught.value.code == "WASL-TENANCY-OUTPUTS"
    assert named in caught.value.what
    assert (caught.value.where, caught.value.hint) == ("stack jo", "wasl up jo")
