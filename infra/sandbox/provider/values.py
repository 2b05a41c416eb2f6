"""The values that botocore's models list: AWS refuses any other, the emulated AWS takes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, OperationModel, Shape, StringShape, StructureShape

_SHOWN = 12


class Impossible(RuntimeError):
    """AWS would refuse a value of this call."""


def refuse_impossible(params: Any, model: OperationModel, **_: Any) -> None:
    """Let no call out with a value that its model does not list. For botocore's events."""
    for path, value, known in _impossible(model.input_shape, params, ""):
        listed = ", ".join(known[:_SHOWN]) + (", …" if len(known) > _SHOWN else "")
        place = f"{model.service_model.service_name}:{model.name}"
        raise Impossible(f"{place}: {path} must be one of {listed}, not {value}")


def _impossible(shape: Shape | None, value: Any, path: str) -> Iterator[tuple[str, str, list[str]]]:
    """Each value that is none of those that its shape lists, with where it stands."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for name in shape.members.keys() & value.keys():
            inner = f"{path}.{name}" if path else name
            yield from _impossible(shape.members[name], value[name], inner)
    elif isinstance(shape, ListShape) and isinstance(value, list | tuple):
        for at, item in enumerate(value):
            yield from _impossible(shape.member, item, f"{path}[{at}]")
    elif isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        yield path, str(value), shape.enum
