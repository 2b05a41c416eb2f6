"""`up` and `destroy` at a terminal: shown, asked, and done only when told so."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time

import pytest

from infra.program import ROOT
from tests.cloud.conftest import Cli
from tests.cloud.inventory import held
from wasl.planes.cloud.stacks import Stacks

pytestmark = pytest.mark.slow


def talk(cli: Cli, *arguments: str, question: str, answer: str) -> tuple[int, str]:
    """Run `wasl` at a terminal and answer its question; exit status and all that was shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        cli.command(*arguments),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=cli.environment(TERM="xterm", COLUMNS="200"),
        cwd=ROOT,
        start_new_session=True,
    )
    os.close(theirs)
    shown, answered, deadline = "", False, time.monotonic() + 120
    while time.monotonic() < deadline:
        if not select.select([ours], [], [], 1)[0]:
            continue
        try:
            shown += os.read(ours, 65536).decode(errors="replace")
        except OSError:  # the other side is closed
            break
        if question in shown and not answered:
            os.write(ours, f"{answer}\n".encode())
            answered = True
    os.close(ours)
    return process.wait(30), shown


def test_a_no_changes_nothing_and_a_yes_does_it(cli: Cli, stacks: Stacks) -> None:
    status, shown = talk(cli, "up", "sd", question="do this to sd?", answer="n")
    assert status == 1, shown
    assert "::vpc" in shown, "the changes are shown before the question"
    assert "nothing was done" in shown
    assert held(stacks, "sd") == {}
    status, shown = talk(cli, "up", "sd", question="do this to sd?", answer="y")
    assert status == 0, shown
    assert "created" in shown
    assert held(stacks, "sd")


def test_destroy_wants_the_code_typed(cli: Cli, stacks: Stacks) -> None:
    cli.ok("up", "sd", "--yes")
    before = held(stacks, "sd")
    status, shown = talk(cli, "destroy", "sd", question="type sd to go on", answer="y")
    assert status == 1, shown
    assert held(stacks, "sd") == before
    status, shown = talk(cli, "destroy", "sd", question="type sd to go on", answer="sd")
    assert status == 0, shown
    assert held(stacks, "sd") == {}
