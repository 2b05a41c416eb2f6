"""Between the engine's wire format and plain Python values.

Numbers travel as doubles and come back as integers where they are whole. What is not known yet
travels as a sentinel string and becomes `UNKNOWN`.
"""

from __future__ import annotations

from typing import Any, Final

from google.protobuf import struct_pb2


class _Unknown:
    def __repr__(self) -> str:
        return "<not known yet>"


UNKNOWN: Final = _Unknown()
SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SIGNATURE = "4dabf18193072939515e22adb298388d"


_SECRET = "1b47061264138c4ac30d75fd1eb44270"


def sealed(props: dict[str, Any], secrets: frozenset[str]) -> dict[str, Any]:
    """`props` with the named values marked as secrets: the engine encrypts and never shows them."""
    return {
        key: {_SIGNATURE: _SECRET, "value": value} if key in secrets and value else value
        for key, value in props.items()
    }


def load(struct: struct_pb2.Struct) -> dict[str, Any]:
    """A protobuf struct as a dict."""
    return {key: _load(value) for key, value in struct.fields.items()}


def _load(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = load(value.struct_value)
        # A wrapped secret or output holds the plain value under `value`.
        return fields.get("value", UNKNOWN) if _SIGNATURE in fields else fields
    if kind == "list_value":
        return [_load(item) for item in value.list_value.values]
    if kind == "string_value":
        return UNKNOWN if value.string_value == SENTINEL else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return value.bool_value if kind == "bool_value" else None


def dump(props: dict[str, Any]) -> struct_pb2.Struct:
    """A dict as a protobuf struct."""
    struct = struct_pb2.Struct()
    struct.update(_dump(props))
    return struct


def _dump(value: Any) -> Any:
    if value is UNKNOWN:
        return SENTINEL
    if isinstance(value, dict):
        return {key: _dump(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_dump(item) for item in value]
    return value


def has_unknown(value: Any) -> bool:
    """Whether any part of `value` is not known yet."""
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return value is UNKNOWN
