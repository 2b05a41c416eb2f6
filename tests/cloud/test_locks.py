"""Locks of the dead go, all others stay."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wasl.errors import WaslError
from wasl.planes.cloud.buckets import Folder
from wasl.planes.cloud.locks import clear, locks

FOLDER = ".pulumi/locks/organization/wasl/jo"


def _lock(root: Path, pid: int, host: str | None = None, age: float = 0) -> Path:
    since = datetime.now(UTC) - timedelta(seconds=age)
    record = {
        "pid": pid,
        "username": "somebody",
        "hostname": host or socket.gethostname(),
        "timestamp": since.strftime("%Y-%m-%dT%H:%M:%S.%f") + "789Z",  # nanoseconds, as Go writes
    }
    path = root / FOLDER / f"{pid}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record))
    return path


def _dead() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_the_lock_of_a_dead_process_is_cleared(tmp_path: Path) -> None:
    path = _lock(tmp_path, _dead())
    cleared = clear(Folder(tmp_path), "jo", by_force=False)
    assert [lock.user for lock in cleared] == ["somebody"]
    assert not path.exists()


def test_a_pid_that_was_given_out_again_is_no_owner(tmp_path: Path) -> None:
    """This process is younger than a lock of a thousand days ago."""
    _lock(tmp_path, os.getpid(), age=86_400_000)
    assert clear(Folder(tmp_path), "jo", by_force=False)


@pytest.mark.parametrize("host", [None, "elsewhere"])
def test_any_other_lock_stays_unless_asked(tmp_path: Path, host: str | None) -> None:
    pid = os.getpid() if host is None else _dead()
    path = _lock(tmp_path, pid, host)
    with pytest.raises(WaslError) as caught:
        clear(Folder(tmp_path), "jo", by_force=False)
    assert caught.value.code == "WASL-CLOUD-LOCKED"
    assert f"process {pid}" in caught.value.what
    assert "--break-lock" in caught.value.hint
    assert path.exists()
    assert clear(Folder(tmp_path), "jo", by_force=True)
    assert not path.exists()


def test_a_torn_lock_is_nobodys(tmp_path: Path) -> None:
    path = _lock(tmp_path, 1)
    path.write_text('{"pid": 1')
    with pytest.raises(WaslError, match="WASL-CLOUD-LOCKED"):
        clear(Folder(tmp_path), "jo", by_force=False)
    assert clear(Folder(tmp_path), "jo", by_force=True)


def test_another_stacks_lock_is_not_ours(tmp_path: Path) -> None:
    _lock(tmp_path, 1, "elsewhere")
    assert list(locks(Folder(tmp_path), "tn")) == []
