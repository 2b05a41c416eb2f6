"""The 22 member states: codes, names, and a tile each."""

from __future__ import annotations

from tests.manifest.conftest import ROOT
from wasl.board.states import states
from wasl.manifest.catalogue import load


def test_there_are_22_each_with_a_tile_of_its_own() -> None:
    assert len(states()) == len({one.code for one in states()}) == 22
    assert len({one.at for one in states()}) == 22
    assert all(1 <= one.at[0] <= 10 and 1 <= one.at[1] <= 5 for one in states())


def test_they_are_named_as_the_manifests_name_them() -> None:
    known = {one.code: one for one in states()}
    for code, country in load(ROOT).countries.items():
        assert known[code].iso3 == country.iso3
        assert known[code].names.ar == country.names.ar
        assert known[code].names.fr == country.names.fr
        assert country.names.en.endswith(known[code].names.en)
