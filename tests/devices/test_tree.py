"""How a system's tree is made: what stays of it when the program that makes it is killed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wasl.errors import WaslError
from wasl.planes.devices.systems import cache, lock, repository, tree

# It mounts something where it works, as mmdebstrap does, and is killed before it takes it down.
_KILLED = """#!/bin/sh
mount -t tmpfs none "{place}" && cp /proc/self/mountinfo "{seen}"
echo "E: Setting up" >&2
kill -KILL $$
"""


def test_what_a_killed_build_mounted_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if reason := tree.why_not():
        pytest.skip(reason)
    place, seen = tmp_path / "place", tmp_path / "seen"
    place.mkdir()
    program = tmp_path / "bin/mmdebstrap"
    program.parent.mkdir()
    program.write_text(_KILLED.format(place=place, seen=seen))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(repository, "make", lambda *_: None)
    nothing = lock.Lock("jo", "trixie", 0, {})
    with pytest.raises(WaslError) as told:
        tree.make(nothing, tree.Recipe("live"), cache.Cache(tmp_path), tmp_path / "out.tar", print)
    assert told.value.code == "WASL-SYSTEM-BUILD"
    assert str(place) in seen.read_text()
    assert str(place) not in Path("/proc/self/mountinfo").read_text()
