"""Getting the engine once: the order of ways, interruptions, and two at a time, with a fake Go."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.engine import lock
from infra.engine.obtain import obtain
from tests.engine.conftest import fake, fake_pulumi, is_alive, wait_until
from wasl.errors import WaslError

NOBODY = "http://127.0.0.1:1"  # a port on which nobody listens
SYSTEM_PATH = os.defpath.removeprefix(":")

GO = """
PATH={system}
echo "$@" >> {log}
case "$1" in
version) echo "go version go{version} linux/amd64" ;;
mod) echo '{module}' ;;
build)
    {body}
    while [ "$1" != -o ]; do shift; done
    echo "some/package" >&2
    printf '#!/bin/sh\\necho v{locked}\\n' > "$2" && chmod +x "$2" ;;
esac
"""


def fake_go(folder: Path, version: str = "1.26.0", body: str = "") -> Path:
    """A Go that knows the three commands needed; returns the log of its calls."""
    runner = folder / "sdk" / "python" / "cmd" / "pulumi-language-python-exec"
    fake(runner, "exit 0")
    script = GO.format(
        system=SYSTEM_PATH,
        log=folder / "log",
        version=version,
        module=json.dumps({"Dir": str(folder / "sdk")}),
        body=body,
        locked=lock.engine_version(),
    )
    fake(folder / "go", script)
    return folder / "log"


def cached() -> list[str]:
    return sorted(path.name for path in lock.cached_bin().glob("*"))


def test_a_build_follows_where_no_archive_can_be_had(bare: Path) -> None:
    fake_go(bare)
    lines: list[str] = []
    found = obtain(lines.append, base=NOBODY)
    assert (found.pulumi, found.version) == (lock.cached_bin() / "pulumi", lock.engine_version())
    assert cached() == ["pulumi", "pulumi-language-python-exec"]
    assert any(NOBODY in line for line in lines), "why the archive was not used is said"


def test_a_second_time_nothing_is_done(bare: Path) -> None:
    log = fake_go(bare)
    obtain(lambda _line: None, base=NOBODY)
    before = log.read_text()
    lines: list[str] = []
    obtain(lines.append, base=NOBODY)
    assert log.read_text() == before
    assert lines == []


def test_a_refused_pulumi_is_explained(bare: Path) -> None:
    fake_go(bare)
    fake_pulumi(bare, "3.1.0")
    lines: list[str] = []
    obtain(lines.append, base=NOBODY)
    assert any("is not used: 3.1.0 is older" in line for line in lines)


def test_a_good_pulumi_without_language_host_gets_the_program_runner_only(bare: Path) -> None:
    log = fake_go(bare)
    fake_pulumi(bare, lock.engine_version())
    obtain(lambda _line: None, base=NOBODY)
    assert cached() == ["pulumi-language-python-exec"]
    assert "build" not in log.read_text()


@pytest.mark.parametrize("version", ["1.19.8", "1.25.10", ""])
def test_an_old_go_is_named_with_the_mend(bare: Path, version: str) -> None:
    if version:
        fake_go(bare, version)
    with pytest.raises(WaslError) as error:
        obtain(lambda _line: None, base=NOBODY)
    assert error.value.code == "WASL-ENGINE-GO"
    assert lock.go_version() in error.value.what
    assert (version or "none") in error.value.what
    assert "go.dev" in error.value.hint
    assert cached() == []


def test_a_failed_build_shows_what_go_said(bare: Path) -> None:
    fake_go(bare, body="echo no space left on device >&2; exit 1")
    with pytest.raises(WaslError) as error:
        obtain(lambda _line: None, base=NOBODY)
    assert error.value.code == "WASL-ENGINE-BUILD"
    assert "no space left" in error.value.what
    assert cached() == []


def _start(bare: Path) -> subprocess.Popen[str]:
    code = "from infra.engine.obtain import obtain; import sys; "
    code += f"obtain(lambda line: print(line, flush=True), base={NOBODY!r})"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=lock.FOLDER.parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_build_leaves_nothing_and_can_be_repeated(
    bare: Path, tmp_path: Path, how: signal.Signals
) -> None:
    pid = tmp_path / "pid"
    fake_go(bare, body=f"echo $$ > {pid}.new; mv {pid}.new {pid}; exec sleep 60")
    process = _start(bare)
    wait_until(pid.exists, "the build starts")
    process.send_signal(how)
    process.communicate()
    assert cached() == []
    if how is signal.SIGKILL:  # Go itself goes on then; what it makes is not used
        os.kill(int(pid.read_text()), signal.SIGKILL)
    wait_until(lambda: not is_alive(int(pid.read_text())), "the build ends")
    fake_go(bare)
    obtain(lambda _line: None, base=NOBODY)
    assert list(lock.cached_bin().parent.glob("new-*")) == []


def test_two_at_once_build_once(bare: Path, tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    log = fake_go(bare, body=f"while [ ! -e {go_on} ]; do sleep 0.02; done")
    first = _start(bare)
    wait_until(lambda: log.exists() and "build" in log.read_text(), "the first builds")
    second = _start(bare)
    assert second.stdout is not None
    assert "waiting" in second.stdout.readline()
    go_on.touch()
    assert [process.wait(30) for process in (first, second)] == [0, 0]
    for process in (first, second):
        process.communicate()
    assert log.read_text().count("build -v") == 1
