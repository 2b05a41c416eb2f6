"""What a type's life is tried with: inputs, a change, a change behind Pulumi's back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from infra.aws.model import Aws, Props

Made = Mapping[str, Props]
"""The outputs of the examples before this one in the same file, by their name."""


def nothing(_aws: Aws, _state: Props) -> None:
    """For types of which nothing can be changed."""


@dataclass(frozen=True)
class Example:
    """One resource of one type; the examples of a file are made in order, removed in reverse."""

    token: str
    inputs: Callable[[Made], Props]
    name: str = ""
    change: Props = field(default_factory=dict)
    """Inputs to change in place; empty where every change replaces."""
    tamper: Callable[[Aws, Props], None] = nothing
    """A change through plain boto3, given the outputs."""
    tampered: str = ""
    """The property paths, with blanks between, in which alone the refresh must show that change."""
    listed: bool = True
    """Whether AWS can list the type at all."""
    stays: bool = False
    """Whether AWS keeps a trace of it when it is removed: versioning is suspended, never undone."""
    import_id: Callable[[Props], str] = lambda state: str(state["id"])
    """The id that `pulumi import` takes, given the outputs; mostly the id itself."""

    @property
    def label(self) -> str:
        return self.name or self.token.rsplit(":", 1)[1]
