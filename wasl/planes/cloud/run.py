"""One operation of the engine on one stack: run, listened to, its refusal explained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi import log
from pulumi.automation import CommandError

from wasl.errors import WaslError
from wasl.planes.cloud.events import Heard, Step
from wasl.planes.cloud.failures import explained, killed, policies_broken
from wasl.planes.cloud.stacks import Opened, Stacks

Watch = Callable[[Step], None]


def _unheard(*_: Any, **__: Any) -> None:
    pass


# The SDK reports each step of each registration to the engine and waits until it is heard: 700
# calls a tenancy, for `--debug` alone, which is never given here.
log.debug = _unheard


class Failed(WaslError):
    """The engine refused; `heard` is what it said until then."""

    def __init__(self, error: WaslError, heard: Heard) -> None:
        super().__init__(error.code, error.what, where=error.where, hint=error.hint)
        self.error = error
        self.heard = heard

    def __str__(self) -> str:
        return str(self.error)


@dataclass(frozen=True)
class Engine:
    """The engine's operations on one stack. `configuration` replaces the stack's own file."""

    stacks: Stacks
    name: str
    watch: Watch = lambda _step: None
    configuration: Path | None = None

    def preview(self, *, refresh: bool = False, plan: Path | None = None) -> Heard:
        """What `up` would do; `plan` receives what a later `up` may be held to."""
        return self._run(
            lambda stack, heard: stack.preview(
                refresh=refresh or None,
                plan=str(plan) if plan else None,
                on_event=heard,
                color="never",
                config_file=self._file,
            )
        )

    def up(self, *, refresh: bool = False, plan: Path | None = None) -> Heard:
        """Make it so; with `plan`, only what that says."""
        return self._run(
            lambda stack, heard: stack.up(
                refresh=refresh or None,
                plan=str(plan) if plan else None,
                on_event=heard,
                color="never",
                suppress_outputs=True,
                suppress_progress=True,
                config_file=self._file,
            )
        )

    def destroy(self, *, refresh: bool = False) -> Heard:
        """Remove all that the state holds; the program is not run."""
        return self._run(
            lambda stack, heard: stack.destroy(
                refresh=refresh or None,
                on_event=heard,
                color="never",
                suppress_outputs=True,
                suppress_progress=True,
                config_file=self._file,
            )
        )

    @property
    def _file(self) -> str | None:
        return str(self.configuration) if self.configuration else None

    def _run(self, operation: Callable[[Opened, Heard], Any]) -> Heard:
        heard = Heard(self.watch)
        try:
            operation(self.stacks.open(self.name), heard)
        except CommandError as error:
            raise Failed(self._explained(error, heard), heard) from error
        except RuntimeError as error:  # the Automation API misses the engine's last word
            raise Failed(killed(self.stacks.target, self.name), heard) from error
        return heard

    def _explained(self, error: CommandError, heard: Heard) -> WaslError:
        broken = [item for item in heard.violations if item.mandatory]
        if broken:
            return policies_broken(self.name, len(broken))
        return explained(error, self.stacks.target, self.name, heard.messages)
