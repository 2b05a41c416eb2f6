"""The program waits for all that it began, and hides no failure by that."""

from __future__ import annotations

import subprocess
import sys

from infra.program import ROOT

# In a process of its own: the SDK keeps what it knows of a run for good.
RUN = """
import asyncio
import pulumi
from pulumi.runtime import mocks, settings, stack
from infra.program import settled


class Answers(mocks.Mocks):
    def new_resource(self, args):
        return args.name, dict(args.inputs)

    def call(self, args):
        return dict(args.args)


async def whole():
    mocks.set_mocks(Answers(), project="wasl", stack="jo", preview=False)
    settings.set_root_resource(None)  # the mocks set their own
    await stack.run_in_stack(program)
"""
SLOW = """
sdks, seen = stack.wait_for_rpcs, []


async def looked():
    print(sorted(seen), len(settings.SETTINGS.outputs))
    await sdks()


def later(number):
    async def slept():
        await asyncio.sleep(0.01 * number)
        return number

    return pulumi.Output.from_input(slept())


def program():
    for number in range(5):
        later(number).apply(later).apply(seen.append)
    pulumi.run(settled)


stack.wait_for_rpcs = looked
asyncio.run(whole())
"""
FAILING = """
def program():
    pulumi.Output.from_input(0).apply(lambda zero: 1 // zero)
    pulumi.run(settled)


asyncio.run(whole())
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RUN + program]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_what_was_begun_is_done_before_the_sdk_looks() -> None:
    done = run(SLOW)
    assert done.returncode == 0, done.stderr
    seen, left = done.stdout.splitlines()[0].rsplit(" ", 1)
    assert seen == "[0, 1, 2, 3, 4]"
    assert int(left) <= 2, "the stack's own outputs may be on their way, and nothing else"


def test_an_output_that_fails_fails_the_program() -> None:
    done = run(FAILING)
    assert done.returncode != 0
    assert "ZeroDivisionError" in done.stderr
