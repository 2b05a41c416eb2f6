"""Whether two descriptions of a resource mean the same, and where they do not.

Both sides are in Pulumi's shape. `canonical` removes what has no meaning (order of sets, blanks
of JSON documents, unset against empty); `differences` walks what is left.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.aws.model import AwsType, Props
from infra.aws.paths import joined, pattern, steps

IGNORED = frozenset({"__defaults", "tagsAll", "id"})
_ALIKE = 1000  # more than any number of fields that two blocks can share


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two descriptions differ; `path` is written as Pulumi writes it."""

    path: str
    before: Any
    after: Any

    @property
    def top(self) -> str:
        """The top-level property."""
        return str(steps(self.path)[0])


def canonical(kind: AwsType, props: Props) -> Props:
    """`props` without what has no meaning."""
    return {
        key: value
        for key, raw in props.items()
        if key not in IGNORED and not empty(value := _canonical(kind, key, raw))
    }


def empty(value: Any) -> bool:
    """Unset, in any of the ways state writes it. False and 0 are values."""
    return value is None or value == "" or value == [] or value == {}


def unset(value: Any) -> bool:
    """What a property that nobody set may read as: empty, False or 0."""
    return empty(value) or value is False or value == 0


def _canonical(kind: AwsType, path: str, value: Any) -> Any:
    if path in kind.meanings and not empty(value):
        return kind.meanings[path](value)
    if isinstance(value, str):  # most are
        if path in kind.documents:
            return document(value)
        return value.lower().rstrip(".") if path in kind.domains else value
    if isinstance(value, Mapping):
        walked = {
            key: _canonical(kind, f"{path}.{key}", item)
            for key, item in value.items()
            if key not in IGNORED
        }
        kept = {key: item for key, item in walked.items() if not empty(item)}
        return kept or (True if _means(kind, path) else {})
    if isinstance(value, list):
        items = [_canonical(kind, path, item) for item in value]
        return sorted(items, key=_order) if path in kind.unordered else items
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def document(text: str) -> Any:
    """A JSON text in one spelling: parsed, single-item lists of policies unwrapped, sorted."""
    try:
        return json.dumps(_policy(json.loads(text)), sort_keys=True)
    except ValueError:
        return text


def _policy(value: Any) -> Any:
    """AWS returns `"Action": ["a"]` as `"Action": "a"` and sets in any order."""
    if isinstance(value, dict):
        return {key: _policy(item) for key, item in value.items()}
    if isinstance(value, list):
        items = [_policy(item) for item in value]
        if len(items) == 1 and isinstance(items[0], str):
            return items[0]
        return sorted(items) if all(isinstance(item, str) for item in items) else items
    return value


def _order(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def differences(kind: AwsType, before: Props, after: Props) -> list[Difference]:
    """Where `after` differs from `before`; both are canonicalised first.

    A property that `after` leaves out and that AWS decides (`computed`) or a default explains is
    no difference.
    """
    pairs = _walk(kind, "", canonical(kind, before), canonical(kind, after))
    return sorted(pairs, key=lambda difference: difference.path)


def _walk(kind: AwsType, path: str, before: Any, after: Any) -> Iterator[Difference]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            inner = joined(path, key)
            if key not in after and explained(kind, pattern(inner), before[key]):
                continue
            yield from _walk(kind, inner, before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and _blocks(before, after):
        if pattern(path) in kind.unordered:
            after = _aligned(kind, pattern(path), before, after)
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _walk(kind, joined(path, index), old, new)
    elif not _same(kind, path, before, after):
        yield Difference(path, before, after)


def begins(version: Any, wanted: Any) -> bool:
    """Whether a live version is one of those `wanted` by their beginning: 16.4 is a 16."""
    return f"{version}.".startswith(f"{wanted}.") and not unset(wanted)


def _same(kind: AwsType, path: str, before: Any, after: Any) -> bool:
    return (
        before == after
        or (unset(before) and unset(after))
        or (pattern(path) in kind.versions and begins(before, after))
    )


def _blocks(before: list[Any], after: list[Any]) -> bool:
    """Lists of equal length that hold blocks are compared item by item."""
    return len(before) == len(after) and all(
        isinstance(item, Mapping) for item in [*before, *after]
    )


def project(kind: AwsType, inputs: Props, live: Props, known: frozenset[str]) -> Props:
    """The inputs that would describe `live`: what a refresh puts in the place of `inputs`.

    A property that means the same keeps its spelling. One that `inputs` left out is added when it
    has a value that neither AWS decides nor a default explains; without any inputs (an import)
    AWS's own decisions are taken too. `known` are the type's inputs.
    """
    result: Props = {}
    for key in known:
        old, new = inputs.get(key), live.get(key)
        if key in kind.write_only or key == "tagsAll":
            value = old
        elif key in inputs:
            value = _project(kind, key, old, new)
        else:
            value = new if not unset(new) and not (inputs and unsaid(kind, key, new)) else None
        if key in inputs or not empty(value):
            result[key] = value
    if "__defaults" in inputs:
        result["__defaults"] = inputs["__defaults"]
    return result


def unsaid(kind: AwsType, path: str, value: Any) -> bool:
    """Whether a live value needs no words: empty, decided by AWS, or the default."""
    return _unset(kind, path, value) or explained(kind, path, value)


def explained(kind: AwsType, path: str, value: Any) -> bool:
    """Whether a value that the program leaves out is AWS's decision or the default."""
    return path in kind.computed or (path in kind.defaults and kind.defaults[path] == value)


def _unset(kind: AwsType, path: str, value: Any) -> bool:
    return unset(value) and (value is None or not _means(kind, path))


def _means(kind: AwsType, path: str) -> bool:
    return path in kind.present or f"*.{path.rpartition('.')[2]}" in kind.present


def _project(kind: AwsType, path: str, old: Any, new: Any) -> Any:
    same = _canonical(kind, path, old) == _canonical(kind, path, new)
    if same or (_unset(kind, path, old) and _unset(kind, path, new)):
        return old
    if path in kind.versions and begins(new, old):
        return old
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        kept = {
            key: _project(kind, f"{path}.{key}", old.get(key), new.get(key))
            for key in sorted({*old, *new} - IGNORED)
            if key in old or not unsaid(kind, f"{path}.{key}", new[key])
        }
        return {**kept, **({"__defaults": old["__defaults"]} if "__defaults" in old else {})}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        if path in kind.unordered:
            new = _aligned(kind, path, old, new)
        return [_project(kind, path, *pair) for pair in zip(old, new, strict=True)]
    return new


def _aligned(kind: AwsType, path: str, old: list[Any], new: list[Any]) -> list[Any]:
    """`new` in the order of `old`: those that share the most fields stand at the same place."""
    scores = (
        (_likeness(kind, path, left, right), -place, -other)
        for place, left in enumerate(old)
        for other, right in enumerate(new)
    )
    pairs: dict[int, int] = {}
    for _, place, other in sorted(scores, reverse=True):
        if -place not in pairs and -other not in pairs.values():
            pairs[-place] = -other
    return [new[pairs[place]] for place in range(len(old))]


def _likeness(kind: AwsType, path: str, left: Any, right: Any) -> int:
    left, right = _canonical(kind, path, left), _canonical(kind, path, right)
    if left != right and isinstance(left, Mapping) and isinstance(right, Mapping):
        return sum(1 for key, value in left.items() if right.get(key) == value)
    return _ALIKE if left == right else 0
