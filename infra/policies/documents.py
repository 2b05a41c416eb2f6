"""IAM policy texts, read into statements whose parts are always lists."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.policies.model import UNKNOWN, Problem, Resource, undecided


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement and its path; `principals` by kind (`*` alone is kind `*`)."""

    path: str
    allow: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: Mapping[str, tuple[str, ...]]
    condition: Mapping[str, Any]
    inverted: tuple[str, ...]
    """Which of NotAction, NotResource, NotPrincipal it has."""

    @property
    def everyone(self) -> bool:
        """Whether anybody at all is meant."""
        return any("*" in names for names in self.principals.values())

    def conditions(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Operator, key and values of each condition."""
        for operator, keys in self.condition.items():
            for key, values in keys.items() if isinstance(keys, Mapping) else ():
                yield operator, key, _texts(values)


def statements(resource: Resource, path: str) -> tuple[list[Statement], list[Problem]]:
    """The statements of the policy at `path`, and what keeps it from being read."""
    text = resource.get(path)
    if text is None or text == "":
        return [], []
    if text is UNKNOWN:
        return [], [undecided(path)]
    try:
        document = json.loads(text) if isinstance(text, str) else text
        found = document["Statement"]
        listed = [found] if isinstance(found, Mapping) else list(found)
        return [_statement(item, f"{path}.Statement.{at}") for at, item in enumerate(listed)], []
    except (ValueError, TypeError, KeyError, AttributeError):
        what = f"{path} is no policy text that can be read"
        return [], [Problem(path, what, "build it with infra/components/policy.py")]


def _statement(data: Mapping[str, Any], path: str) -> Statement:
    inverted = tuple(key for key in ("NotAction", "NotResource", "NotPrincipal") if key in data)
    return Statement(
        path=path,
        allow=data["Effect"] == "Allow",
        actions=_texts(data.get("Action")),
        resources=_texts(data.get("Resource")),
        principals=_principals(data.get("Principal")),
        condition=data.get("Condition") or {},
        inverted=inverted,
    )


def _principals(data: Any) -> dict[str, tuple[str, ...]]:
    if isinstance(data, Mapping):
        return {kind: _texts(names) for kind, names in data.items()}
    return {"*": _texts(data)} if data is not None else {}


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)
