"""Tags in the shapes that AWS's services take them."""

from __future__ import annotations

from infra.aws.model import Props


def changed_tags(old: Props, new: Props) -> tuple[dict[str, str], list[str]]:
    """The tags to put and the keys to remove to get from `old` to `new`."""
    before, after = old.get("tags") or {}, new.get("tags") or {}
    put = {key: value for key, value in after.items() if before.get(key) != value}
    return put, [key for key in before if key not in after]


def pairs(props: Props, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """A resource's tags as a list of pairs."""
    return [{key: name, value: text} for name, text in (props.get("tags") or {}).items()]
