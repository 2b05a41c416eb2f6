"""Which stack is which."""

from __future__ import annotations

import asyncio
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
    pulumi.run(settled)


async def settled() -> None:
    """Wait for all that the program began, in one go.

    The SDK waits as well, but signs up anew with everything outstanding whenever one thing is
    done: with some thousand outputs, that takes longer than the program itself.
    """
    while rest := asyncio.all_tasks() - {asyncio.current_task()}:
        done, _ = await asyncio.wait(rest, return_when=asyncio.FIRST_EXCEPTION)
        if any(one.cancelled() or one.exception() for one in done):
            return  # the SDK tells of it
