"""The story in order; the exit status is 0 only if every step ended as it should."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import ExitStack

from wasl.cli.main import main as wasl
from wasl.demo import cloud, content, devices, identity
from wasl.demo.steps import COUNTRY, Stage, run, say, stop
from wasl.errors import ExitCode

CHECK, BOARD = "check.json", "board.html"


def main() -> int:
    """Tell it, in the current folder."""
    stage = Stage()
    try:
        with ExitStack() as stack:
            return 0 if _told(stage, stack) else 1
    finally:
        say("stop the sandbox")
        wasl(["sandbox", "stop"])


def _told(stage: Stage, stack: ExitStack) -> bool:
    if not run("an AWS on this machine, with an account a country", "sandbox", "start"):
        return False
    if not devices.keys_named(stage):
        return False
    school = stack.enter_context(devices.described(stage))
    partner = stack.enter_context(identity.described(stage))
    library = stack.enter_context(content.described(stage))
    planes = (
        cloud.show,
        lambda: identity.show(partner),
        content.show,
        lambda: devices.show(stage, school),
    )
    if not all(show() for show in planes):
        return False
    if not run("a check of everything: nothing differs", "drift", "--all"):
        return False
    broken: dict[str, tuple[str, Callable[[], None]]] = {
        "cloud": (cloud.BROKEN, lambda: cloud.spoil(stage)),
        "identity": (identity.BROKEN, partner.spoil),
        "content": (content.BROKEN, library.spoil),
    }
    if school.guest is not None:
        broken["devices"] = (devices.BROKEN, school.spoil)
    return _broken(stage, broken) and _ended(stage)


def _broken(stage: Stage, broken: dict[str, tuple[str, Callable[[], None]]]) -> bool:
    say("behind everyone's back, one thing in each plane")
    for words, spoil in broken.values():
        print(f"  {words}", flush=True)
        spoil()
    found = ("drift", "--all", "--write", f"json={CHECK}")
    if not run("the check names them", *found, expected=ExitCode.DIFFERENCES):
        return False
    findings = json.loads((stage.checkout / CHECK).read_bytes())["findings"]
    if sorted((one["plane"], one["country"]) for one in findings) != sorted(
        (plane, COUNTRY) for plane in broken
    ):
        return stop(f"{len(findings)} findings, and {len(broken)} things were broken")
    return run("bring back what is described", "drift", "--all", "--repair", "--yes")


def _ended(stage: Stage) -> bool:
    if not run("the board, for a ministry's officer", "board", "--output", BOARD):
        return False
    print(f"open {stage.checkout / BOARD}")
    if not run("the same in the terminal", "status"):
        return False
    cloud.screen(stage)
    return True


if __name__ == "__main__":
    sys.exit(main())
