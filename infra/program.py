"""Which stack is which."""

from __future__ import annotations

from pathlib import Path

import pulumi

FOUNDATION = "foundation"
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Describe the stack that the engine runs."""
    stack = pulumi.get_stack()
    if stack == FOUNDATION:
        from infra.foundation import foundation

        foundation(ROOT)
    else:
        from infra.tenancy import tenancy

        tenancy(ROOT, stack)
