"""`wasl` without its policy pack: what is tampered with breaks policies, which end a preview."""

from __future__ import annotations

import sys

from infra.sandbox import lifecycle
from tests.cloud.program import NO_POLICIES

lifecycle.POLICIES = NO_POLICIES

if __name__ == "__main__":
    from wasl.cli.main import main

    sys.exit(main())
