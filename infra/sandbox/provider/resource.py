"""The life of one resource: check, diff, create, read, update, delete.

Nothing is ever adopted: a create that meets an existing thing fails, and only an answer that says
"not found" means gone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from infra.aws.compare import Difference, differences, project
from infra.aws.model import Aws, AwsType, Props
from infra.sandbox.make.model import Maker
from infra.sandbox.provider.check import completed, known_inputs
from infra.sandbox.provider.session import Session
from infra.sandbox.provider.wire import has_unknown, sealed

_ELSEWHERE = re.compile(r"(.+)@([a-z]{2}(?:-[a-z]+)+-\d)")


class HalfMade(Exception):
    """The thing exists but could not be finished; its id must not be lost, nor what AWS told."""

    def __init__(self, resource_id: str, inputs: Props, state: Props, reason: str) -> None:
        super().__init__(reason)
        self.id = resource_id
        self.inputs = inputs
        self.state = state


@dataclass(frozen=True)
class Diff:
    """What separates two sets of inputs, and what of it needs a new resource."""

    differences: list[Difference]
    replaces: list[str]
    delete_first: bool


@dataclass(frozen=True)
class Resource:
    """One type in one session."""

    kind: AwsType
    maker: Maker
    session: Session

    def _aws(self, props: Props) -> Aws:
        region = props.get("region") if isinstance(props.get("region"), str) else None
        return self.session.aws.at(self.kind.home or region)

    def diff(self, old: Props, new: Props) -> Diff:
        """Between the inputs of the last deployment and the new, checked ones."""
        defaults = {key: value for key, value in self.kind.defaults.items() if "." not in key}
        found = differences(self.kind, {**defaults, **old}, new)
        replaces = sorted({item.top for item in found if self._replaces(item)})
        # An explicit name can exist only once at a time.
        named = bool(self.kind.key) and not any(
            has_unknown(new.get(key)) or old.get(key) != new.get(key) for key in self.kind.key
        )
        return Diff(found, replaces, bool(replaces) and named)

    def _replaces(self, item: Difference) -> bool:
        comes_or_goes = item.before is None or item.after is None
        return (
            item.top in self.kind.replace
            or item.top == "region"
            or (comes_or_goes and item.path in self.kind.replace_on_presence)
            or (self.maker.update is None and item.top != "tags")
        )

    def create(self, inputs: Props) -> tuple[str, Props]:
        """Make it and read it back."""
        aws = self._aws(inputs)
        made = self.maker.create(aws, inputs)
        resource_id, told = (made, {}) if isinstance(made, str) else made
        known = {**inputs, **told}
        half = sealed(known, self.kind.secrets)
        try:
            state = self._read(aws, resource_id, inputs)
        except Exception as error:
            raise HalfMade(resource_id, inputs, half, str(error)) from error
        if state is None:
            raise HalfMade(resource_id, inputs, half, "it is not there after it was made")
        return state["id"], completed(self.kind, state, known)

    def read(
        self, resource_id: str, inputs: Props, state: Props
    ) -> tuple[str, Props, Props] | None:
        """Its id, outputs and the inputs that describe it now; None where it is gone.

        An import may say `ID@REGION`, as with the real provider.
        """
        hints = {**state, **inputs}
        if not hints and (elsewhere := _ELSEWHERE.fullmatch(resource_id)):
            resource_id, hints = elsewhere[1], {"region": elsewhere[2]}
        live = self._read(self._aws(hints), resource_id, hints)
        if live is None:
            return None
        described = project(self.kind, inputs, live, known_inputs(self.kind))
        return live["id"], completed(self.kind, live, hints), described

    def update(self, resource_id: str, old: Props, new: Props) -> Props:
        """Change it in place and read it back."""
        if self.maker.update is None:
            raise RuntimeError("nothing of this type can be changed in place")
        aws = self._aws(new)
        self.maker.update(aws, resource_id, old, new)
        state = self._read(aws, resource_id, new)
        if state is None:
            raise RuntimeError("it was deleted while it was updated")
        return completed(self.kind, state, new)

    def delete(self, resource_id: str, state: Props) -> None:
        """Remove it; a thing already gone is fine."""
        aws = self._aws(state)
        try:
            self.maker.delete(aws, resource_id, state)
        except Exception:
            if self._read(aws, resource_id, state) is not None:
                raise

    def _read(self, aws: Aws, resource_id: str, hints: Props) -> Props | None:
        raw = self.kind.read(aws, resource_id, hints)
        if raw is None:
            return None
        named = {"region": aws.region, "id": self.kind.identify(raw)}
        return {**named, **self.kind.normalise(raw)}
