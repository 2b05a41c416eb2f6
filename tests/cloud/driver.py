"""`wasl` with the small tenancy of this folder in the place of the whole one."""

from __future__ import annotations

import sys

import infra.program
from infra.sandbox import lifecycle
from tests.cloud import program

infra.program.main = program.main
lifecycle.POLICIES = program.NO_POLICIES

if __name__ == "__main__":
    from wasl.cli.main import main

    sys.exit(main())
