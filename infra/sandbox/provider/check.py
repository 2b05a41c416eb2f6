"""What the real provider would refuse, and what it fills in, before anything is created."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.aws.cloudformation import refused
from infra.aws.model import AwsType, Props
from infra.sandbox.provider.schema import Shape, block, schema
from infra.sandbox.provider.wire import UNKNOWN

_PYTHON: dict[str, tuple[type, ...]] = {
    "text": (str, int, float, bool),
    "number": (int, float),
    "flag": (bool,),
    "list": (list,),
    "map": (dict,),
    "block": (dict,),
}


def checked(kind: AwsType, news: Props, region: str) -> Props:
    """The inputs with the provider's defaults, listed in `__defaults` as real state has them."""
    inputs = schema(kind.token).inputs
    defaults: Props = dict(kind.defaults)
    if "region" in inputs and kind.home is None:
        defaults["region"] = region
    filled = {
        key: value for key, value in defaults.items() if key in inputs and news.get(key) is None
    }
    result = {key: _annotate(value) for key, value in news.items() if value is not None}
    if "tagsAll" in schema(kind.token).outputs and "tags" in news:
        result["tagsAll"] = news["tags"]
    return {**result, **filled, "__defaults": sorted(filled)}


def _annotate(value: Any) -> Any:
    """Nested blocks carry an empty `__defaults`, as the real provider's inputs do."""
    if isinstance(value, list):
        return [
            {**_annotate(item), "__defaults": []} if isinstance(item, dict) else item
            for item in value
        ]
    if isinstance(value, dict):
        return {key: _annotate(item) for key, item in value.items()}
    return value


def failures(kind: AwsType, news: Props) -> Iterator[tuple[str, str]]:
    """Each refused property with the reason: unknown, missing, of the wrong type, out of range."""
    known = schema(kind.token)
    yield from _failures(known.inputs, known.required, news, "")
    yield from refused(kind, {key: item for key, item in news.items() if item is not UNKNOWN})
    for key in kind.key:
        # Physical names follow from the manifest; a random one could not be found again.
        if key in ("bucket", "identifier", "name", "replicationGroupId") and news.get(key) is None:
            yield key, "must be named: the stand-in makes up no names"


def _failures(
    shapes: Any, required: frozenset[str], value: Props, path: str
) -> Iterator[tuple[str, str]]:
    for key in sorted(required - {key for key in value if value[key] is not None}):
        yield path + key, "is required"
    for key, item in value.items():
        if key == "__defaults" or item is None:
            continue
        if key not in shapes:
            yield path + key, "is no property of this type"
        else:
            yield from _mismatch(shapes[key], item, path + key)


def _mismatch(shape: Shape, value: Any, path: str) -> Iterator[tuple[str, str]]:
    if value is UNKNOWN or shape.kind == "any":
        return
    python: tuple[type, ...] = _PYTHON[shape.kind]
    if type(value) not in python:
        yield path, f"must be a {shape.kind}, not {type(value).__name__}"
    elif shape.kind == "block":
        inner, required = block(shape.fields)
        yield from _failures(inner, required, value, path + ".")
    elif shape.item is not None:
        items: Any = enumerate(value) if isinstance(value, list) else value.items()
        for index, item in items:
            yield from _mismatch(shape.item, item, f"{path}[{index}]")


def completed(kind: AwsType, live: Props, inputs: Props) -> Props:
    """The outputs as the real provider stores them: every property present, unset ones empty."""
    outputs = schema(kind.token).outputs
    kept = {key: inputs[key] for key in kind.write_only if inputs.get(key) is not None}
    values = {key: live.get(key) for key in outputs} | kept
    if "tagsAll" in outputs:
        values["tagsAll"] = live.get("tags", {})
    return {key: _or_empty(shape, values[key]) for key, shape in outputs.items()} | {
        "id": live["id"]
    }


def _or_empty(shape: Shape, value: Any) -> Any:
    """A value, or what stands for unset; a block that holds nothing is unset too."""
    return shape.empty if value is None or (shape.kind == "block" and value == {}) else value


def known_inputs(kind: AwsType) -> frozenset[str]:
    """The names of the type's inputs."""
    return frozenset(schema(kind.token).inputs)
