"""What a cut-off create left is found again."""

from __future__ import annotations

from infra.aws.catalogue import TYPES
from infra.aws.find import caller_reference, made_by
from infra.aws.model import Props

_ZONE = TYPES["aws:route53/zone:Zone"]
_RECORD = TYPES["aws:route53/record:Record"]
_INPUTS = {"name": "jo.example.org", "tags": {"wasl:urn": "urn:pulumi:jo::wasl::Zone::zone"}}


def test_a_zone_without_its_tags_is_found_by_its_caller_reference() -> None:
    live: Props = {"tags": {}, "callerReference": caller_reference(_INPUTS)}
    assert made_by(_ZONE, live, _INPUTS)
    assert not made_by(_ZONE, {**live, "callerReference": "console"}, _INPUTS)


def test_a_tag_finds_what_aws_names() -> None:
    live = {"name": "jo.example.org", "tags": _INPUTS["tags"], "callerReference": "x"}
    assert made_by(_ZONE, live, _INPUTS)
    assert not made_by(_ZONE, {**live, "tags": {"wasl:urn": "another"}}, _INPUTS)


def test_nothing_is_found_without_a_urn() -> None:
    assert not made_by(_ZONE, {"tags": {}, "callerReference": None}, {"name": "jo.example.org"})


def test_a_child_is_found_by_its_key_however_it_is_spelt() -> None:
    live = {"zoneId": "Z1", "name": "_a.jo.example.org", "type": "CNAME"}
    assert made_by(_RECORD, live, {**live, "name": "_A.jo.example.org."})
    assert not made_by(_RECORD, live, {**live, "zoneId": "Z2"})


def test_a_reference_is_aws_sized_and_tells_replacements_apart() -> None:
    reference = caller_reference(_INPUTS)
    assert reference is not None
    assert len(reference) <= 128
    assert reference != caller_reference({**_INPUTS, "name": "tn.example.org"})
