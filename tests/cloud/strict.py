"""`wasl` with the small tenancy of this folder, held to the policies that it breaks."""

from __future__ import annotations

import sys

import infra.program
from tests.cloud import program

infra.program.main = program.main

if __name__ == "__main__":
    from wasl.cli.main import main

    sys.exit(main())
