"""The URN of every resource of a tenancy, kept in urns.txt: a rename would destroy and make anew.

wasl up jo && python -m tests.cloud.urns > tests/cloud/urns.txt
"""

from __future__ import annotations

import os
from pathlib import Path

import infra.program
from infra.program import ROOT
from wasl.cli.context import find_home
from wasl.planes.cloud.checkpoint import export
from wasl.planes.cloud.stacks import Stacks
from wasl.planes.cloud.target import resolve

GOLDEN = Path(__file__).with_name("urns.txt")


def urns(stacks: Stacks, name: str) -> list[str]:
    """The URNs of a stack, sorted; none is on its way out."""
    state = export(stacks, name)
    assert state is not None
    return sorted(r["urn"] for r in state.resources if not r.get("delete"))


if __name__ == "__main__":
    here = resolve(ROOT, find_home(ROOT), os.environ)
    print("\n".join(urns(Stacks(here, infra.program.main), "jo")))
