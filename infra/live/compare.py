"""One managed resource against what AWS answers for it.

The comparison is the engine's own: what a refresh would put in the place of the inputs, against the
inputs. Beyond it, what AWS decides and what opens doors is held to what the last deployment saw.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from infra.aws.compare import Difference, canonical, differences, empty, project
from infra.aws.inputs import known_inputs
from infra.aws.model import AwsType, Props
from infra.aws.paths import Step, at, inside, steps, value
from infra.live.state import SECRET, Managed, secrets

_DERIVED = ("__defaults", "tagsAll")


@dataclass(frozen=True)
class Compared:
    """Where it differs (`before` is found, `after` expected), and how much was let be.

    `secrets` counts what is secret, and what opens doors and is known from no deployment.

    `described` is what a program would have to say to describe the thing as it is.
    """

    differences: tuple[Difference, ...]
    described: Props
    secrets: int


def compared(kind: AwsType, managed: Managed, live: Props) -> Compared:
    """`live`, a normalised answer with its region, against the state."""
    inputs = {key: value for key, value in managed.inputs.items() if value is not None}
    hidden = [path for path in secrets(inputs) if steps(path)[0] not in _DERIVED]
    seen = copy.deepcopy(live)
    for path in hidden:
        _put(seen, steps(path), SECRET)
    for name in (kind.unlisted | kind.secrets) & inputs.keys():
        seen[name] = inputs[name]
    described = project(kind, inputs, seen, known_inputs(kind))
    defaults = {name: value for name, value in kind.defaults.items() if "." not in name}
    found = differences(kind, {**defaults, **described}, inputs)
    watched, unknown = _watched(kind, managed, live)
    count = _count(kind, inputs, hidden) + unknown
    return Compared((*found, *watched), described, count)


def _count(kind: AwsType, inputs: Props, hidden: list[str]) -> int:
    return len({*hidden, *(name for name in kind.secrets if not empty(inputs.get(name)))})


def _watched(kind: AwsType, managed: Managed, live: Props) -> tuple[list[Difference], int]:
    """Where what opens doors is not as the last deployment saw it, and what nobody can tell of."""
    found, unknown = [], 0
    for path in sorted(kind.watched):
        if not empty(value(managed.inputs, path)):
            continue  # described, so compared already
        was, now = _meant(kind, managed.outputs, path), _meant(kind, live, path)
        if _unknown(managed.outputs, path):
            unknown += not empty(now)
        elif was != now and not (empty(was) and empty(now)):
            found.append(Difference(path, value(live, path), value(managed.outputs, path)))
    return found, unknown


def _meant(kind: AwsType, props: Props, path: str) -> Any:
    top = str(steps(path)[0])
    return value(canonical(kind, {top: props.get(top)}), path)


def _unknown(outputs: Props, path: str) -> bool:
    """Whether the last deployment did not see what holds `path`, or it is secret there."""
    here: Any = outputs
    for number, step in enumerate(steps(path)):
        if number == 0 and step not in here:
            return True
        here = at(here, step)
        if here == SECRET:
            return True
    return False


def within(path: str, names: tuple[str, ...] | frozenset[str]) -> bool:
    """Whether `path` is one of `names` or lies inside one."""
    return any(inside(path, name) for name in names)


def minor(kind: AwsType, difference: Difference, live: Props) -> bool:
    """Whether AWS moved an engine on within its major version, as it was permitted to."""
    if difference.path not in kind.versions or live.get("autoMinorVersionUpgrade") is False:
        return False
    found, expected = str(difference.before), str(difference.after)
    return found.partition(".")[0] == expected.partition(".")[0] and _number(found) > _number(
        expected
    )


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _put(here: Any, path: tuple[Step, ...], value: Any) -> None:
    """Set what stands at `path`, where there is anything to hold it."""
    *above, last = path
    for part in above:
        here = at(here, part)
    held = isinstance(here, dict) and isinstance(last, str)
    if held or (isinstance(here, list) and isinstance(last, int) and last < len(here)):
        here[last] = value
