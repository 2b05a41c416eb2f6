"""The program waits for all that it began, and hides no failure by that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks, settings, stack

from infra.program import settled


class _Answers(mocks.Mocks):
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return args.name, dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> Any:
        return dict(args.args)


@pytest.fixture
def run() -> Iterator[Callable[[Callable[[], None]], None]]:
    """A program from its begin to its end, as the SDK runs it."""

    def to_its_end(program: Callable[[], None]) -> None:
        async def whole() -> None:
            mocks.set_mocks(_Answers(), project="wasl", stack="jo", preview=False)
            settings.set_root_resource(None)  # type: ignore[arg-type] # the mocks set their own
            await stack.run_in_stack(program)

        asyncio.run(whole())

    yield to_its_end
    settings.reset_options()


def test_what_was_begun_is_done_before_the_sdk_looks(
    run: Callable[[Callable[[], None]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    waits: list[int] = []
    sdks = stack.wait_for_rpcs

    async def looked() -> None:
        waits.append(len(settings.SETTINGS.outputs))
        await sdks()

    def later(number: int) -> Any:
        async def slept() -> int:
            await asyncio.sleep(0.01 * number)
            return number

        found: Any = slept()
        return pulumi.Output.from_input(found)

    def program() -> None:
        for number in range(5):
            later(number).apply(later).apply(seen.append)
        pulumi.run(settled)

    monkeypatch.setattr(stack, "wait_for_rpcs", looked)
    run(program)
    assert sorted(seen) == list(range(5))
    assert waits[0] <= 2, "the stack's own outputs may be on their way, and nothing else"


def test_an_output_that_fails_fails_the_program(
    run: Callable[[Callable[[], None]], None],
) -> None:
    def program() -> None:
        pulumi.Output.from_input(0).apply(lambda zero: 1 // zero)
        pulumi.run(settled)

    with pytest.raises(ZeroDivisionError):
        run(program)
