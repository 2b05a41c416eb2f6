"""A stack's state as the engine left it: which resources there are, and how they were described.

Read from the checkpoint's own bytes, so that no engine and no passphrase is needed. What is secret
is ciphertext there, and stands here as `SECRET`.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.aws.model import Props
from infra.aws.paths import joined
from wasl.errors import WaslError

STATES = ".pulumi/stacks/wasl"
"""Where the engine's own backends keep the states of the project's stacks."""
SECRET = "[secret]"  # noqa: S105 (what stands in the place of one)
PROVIDER = "pulumi:providers:aws"
_REFERENCE = "pulumi:pulumi:StackReference"
_SPECIAL = "4dabf18193072939515e22adb298388d"  # Pulumi's mark of a value that is no plain one
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (its mark of a secret)
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Managed:
    """A resource of the state; `key` is the manifest key that its component stands for."""

    urn: str
    type: str
    id: str
    inputs: Props
    outputs: Props
    provider: str
    ignored: tuple[str, ...] = ()
    """Property paths that the engine was told to overlook (`ignoreChanges`)."""
    key: str = ""


@dataclass(frozen=True)
class State:
    """What a stack holds; `outputs` are the stack's own, `open` the URNs of unfinished steps."""

    resources: tuple[Managed, ...] = ()
    providers: Mapping[str, Props] = field(default_factory=dict)
    """The inputs of each provider, by what a resource's `provider` says."""
    outputs: Props = field(default_factory=dict)
    open: tuple[str, ...] = ()
    others: frozenset[str] = frozenset()
    """What the stacks that this one refers to offer: ARNs of what they hold."""
    management: str = ""
    """The organisation's management account, where the key of all states is; empty: unknown."""


def parsed(data: bytes, where: str) -> State:
    """The state in a checkpoint's bytes (plain or compressed). Raises WASL-STATE-TORN."""
    try:
        text = gzip.decompress(data) if data.startswith(_GZIP) else data
        document = json.loads(text)
        latest = document["checkpoint"]["latest"] or {}
        return _state(latest)
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise WaslError(
            "WASL-STATE-TORN",
            f"the state cannot be read: {type(error).__name__}: {error}",
            where=where,
            hint="restore it: a file backend keeps copies under .pulumi/backups, a bucket its "
            "versions",
        ) from error


def _state(latest: Mapping[str, Any]) -> State:
    found = [item for item in latest.get("resources") or () if not item.get("delete")]
    parents = {item["urn"]: item for item in found}
    stack: Mapping[str, Any] = next(
        (item for item in found if item["type"] == "pulumi:pulumi:Stack"), {}
    )
    offered = [plain(item.get("outputs") or {}) for item in found if item["type"] == _REFERENCE]
    return State(
        resources=tuple(_managed(item, parents) for item in found if _ours(item)),
        providers={
            f"{item['urn']}::{item['id']}": plain(item.get("inputs") or {})
            for item in found
            if item["type"] == PROVIDER
        },
        outputs=plain(stack.get("outputs") or {}),
        open=tuple(item["resource"]["urn"] for item in latest.get("pending_operations") or ()),
        # A mere name would be the name of anything.
        others=frozenset(text for text in _texts(offered) if text.startswith("arn:")),
        management=next((key.split(":")[4] for key in _keys(offered)), ""),
    )


def _keys(offered: list[Props]) -> Iterator[str]:
    """The ARNs of the keys of all states, as the foundation names them."""
    for item in offered:
        key = (item.get("outputs") or {}).get("stateKey")
        if isinstance(key, str) and key.startswith("arn:"):
            yield key


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _ours(item: Mapping[str, Any]) -> bool:
    """Whether it is something in AWS that this stack manages."""
    return bool(item.get("custom")) and item["type"].startswith("aws:") and not item.get("external")


def _managed(item: Mapping[str, Any], all_of_them: Mapping[str, Mapping[str, Any]]) -> Managed:
    return Managed(
        urn=str(item["urn"]),
        type=str(item["type"]),
        id=str(item.get("id", "")),
        inputs=plain(item.get("inputs") or {}),
        outputs=plain(item.get("outputs") or {}),
        provider=str(item.get("provider", "")),
        ignored=tuple(item.get("ignoreChanges") or ()),
        key=_key(str(item["urn"]), all_of_them),
    )


def _key(urn: str, all_of_them: Mapping[str, Mapping[str, Any]]) -> str:
    """The nearest `manifestKey` among the resource and its parents; empty without one."""
    seen: set[str] = set()
    while urn in all_of_them and urn not in seen:
        seen.add(urn)
        key = (all_of_them[urn].get("outputs") or {}).get("manifestKey")
        if isinstance(key, str):
            return key
        urn = str(all_of_them[urn].get("parent", ""))
    return ""


def plain(value: Any) -> Any:
    """`value` with `SECRET` in the place of each encrypted part."""
    if isinstance(value, dict):
        if value.get(_SPECIAL) == _SECRET:
            return SECRET
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def secrets(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all secrets in `value`."""
    if value == SECRET:
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from secrets(item, joined(path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from secrets(item, joined(path, number))
