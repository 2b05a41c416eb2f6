"""What Pulumi's AWS package says of a type: its inputs, outputs, required inputs and shapes.

Read from the classes of `pulumi_aws` itself, so that it is the locked version's own truth.
"""

from __future__ import annotations

import collections.abc
import importlib
import inspect
import threading
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pulumi import _types as pulumi_types

EMPTY: Mapping[str, Any] = {"text": "", "number": 0, "flag": False, "list": [], "map": {}}
"""What the real provider stores for an unset output, by shape; blocks are null."""


@dataclass(frozen=True)
class Shape:
    """A property's form: text, number, flag, list, map, block or any."""

    kind: str
    item: Shape | None = None
    fields: str = ""  # a block's class, by module and name

    @property
    def empty(self) -> Any:
        value = EMPTY.get(self.kind)
        return value.copy() if isinstance(value, (list, dict)) else value


@dataclass(frozen=True)
class Schema:
    """The properties of one type, by their Pulumi names."""

    inputs: Mapping[str, Shape]
    required: frozenset[str]
    outputs: Mapping[str, Shape]


def schema(token: str) -> Schema:
    """The schema of a token such as `aws:sqs/queue:Queue`. Raises KeyError for an unknown one."""
    with _IMPORTING:
        return _schema(token)


@cache
def _schema(token: str) -> Schema:
    module, _, name = token.removeprefix("aws:").partition(":")
    try:
        package = importlib.import_module("pulumi_aws." + module.split("/")[0])
        resource = getattr(package, name)
        # Where a nested block already has the name, Pulumi calls the inputs `…InitArgs`.
        initial = getattr(package, name + "InitArgs", None)
        arguments = initial or getattr(package, name + "Args")
    except (ImportError, AttributeError) as error:
        raise KeyError(token) from error
    outputs = {key: _shape(hint) for key, hint in pulumi_types.resource_types(resource).items()}
    return Schema(*_inputs(arguments), outputs)


# pulumi_aws imports its modules lazily, and two threads that meet there see half of one.
_IMPORTING = threading.RLock()


@cache
def block(fields: str) -> tuple[Mapping[str, Shape], frozenset[str]]:
    """The fields of a nested block and which of them are required."""
    module, _, name = fields.partition(":")
    return _inputs(getattr(importlib.import_module(module), name))


def _inputs(arguments: type) -> tuple[Mapping[str, Shape], frozenset[str]]:
    names = pulumi_types.input_type_py_to_pulumi_names(arguments)
    parameters = inspect.signature(arguments.__init__).parameters  # type: ignore[misc]
    required = {
        names[name]
        for name, parameter in parameters.items()
        if name in names and parameter.default is inspect.Parameter.empty
    }
    shapes = pulumi_types.input_type_types(arguments)
    return {key: _shape(hint) for key, hint in shapes.items()}, frozenset(required)


def _shape(hint: Any) -> Shape:
    hint = _unwrap(hint)
    origin = typing.get_origin(hint)
    if hint is str:
        return Shape("text")
    if hint is bool:
        return Shape("flag")
    if hint in (int, float):
        return Shape("number")
    if origin in (collections.abc.Sequence, list):
        return Shape("list", _shape(typing.get_args(hint)[0]))
    if origin in (collections.abc.Mapping, dict):
        return Shape("map", _shape(typing.get_args(hint)[1]))
    if inspect.isclass(hint) and hint.__module__.startswith("pulumi_aws"):
        if hasattr(hint, "__members__"):
            return Shape("text")
        return Shape("block", fields=f"{hint.__module__}:{hint.__name__}")
    return Shape("any")


def _unwrap(hint: Any) -> Any:
    """The plain type inside `Optional`, `Awaitable` and `Output`; an enumeration is its text."""
    if typing.get_origin(hint) not in (typing.Union, types.UnionType):
        return hint
    options = [
        option
        for option in typing.get_args(hint)
        if option is not type(None)
        and typing.get_origin(option) is not collections.abc.Awaitable
        and "Output" not in str(option)
    ]
    return str if str in options else options[0]
