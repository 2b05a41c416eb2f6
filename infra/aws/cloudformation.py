"""What CloudFormation's own schemas say of a type, from the data that cfn-lint ships.

A second source for what is written by hand here: which properties force a replacement, and which
values a property takes. The files are read directly; importing cfn-lint is slow.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from infra.aws.model import AwsType, Props

_REGION = "us-east-1"  # the region with every type


@cache
def schema(cloudformation: str) -> Mapping[str, Any]:
    """The resource schema of a CloudFormation type; empty where it is not known."""
    file = _index().get(cloudformation)
    if file is None:
        return {}
    loaded: Mapping[str, Any] = json.loads((_folder() / "resources" / f"{file}.json").read_bytes())
    return loaded


@cache
def _index() -> Mapping[str, str]:
    loaded: Mapping[str, str] = json.loads((_folder() / f"providers/{_REGION}.json").read_bytes())
    return loaded


@cache
def _folder() -> Path:
    spec = find_spec("cfnlint")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("cfn-lint is not installed: make setup")
    return Path(spec.submodule_search_locations[0]) / "data" / "schemas"


def property_name(kind: AwsType, name: str) -> str | None:
    """The CloudFormation name of a Pulumi property: `name` of a queue is `QueueName`."""
    properties = schema(kind.cloudformation or "").get("properties", {})
    pascal = name[:1].upper() + name[1:]
    own = f"{pascal}Name" if pascal == kind.name else pascal  # a bucket's `bucket` is its name
    candidates = (pascal, f"{kind.name}{pascal}", own, f"{pascal}s", f"{pascal}Id")
    folded = {known.lower(): known for known in properties}
    found = (folded[one.lower()] for one in candidates if one.lower() in folded)
    return next(found, None)


def create_only(kind: AwsType) -> frozenset[str]:
    """The CloudFormation names of the top-level properties that force a replacement."""
    paths = schema(kind.cloudformation or "").get("createOnlyProperties") or ()
    return frozenset(path.split("/")[2] for path in paths)


def refused(kind: AwsType, props: Props) -> Iterator[tuple[str, str]]:
    """Each top-level value that the schema does not permit, with the reason."""
    properties = schema(kind.cloudformation or "").get("properties", {})
    for name, value in props.items():
        if value in _TAKEN.get((kind.token, name), ()):
            continue
        known = property_name(kind, name)
        reason = _refusal(properties[known], value) if known else None
        if reason:
            yield name, reason


# Values that AWS takes and CloudFormation does not offer.
_TAKEN = {("aws:ssm/parameter:Parameter", "type"): ("SecureString",)}


def _refusal(rule: Mapping[str, Any], value: Any) -> str | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and rule.get("type") == "string":
        return _refused_text(rule, value)
    if isinstance(value, (int, float)) and rule.get("type") in ("integer", "number"):
        low, high = rule.get("minimum", value), rule.get("maximum", value)
        return None if low <= value <= high else f"must be between {low} and {high}, not {value}"
    return None


def _refused_text(rule: Mapping[str, Any], value: str) -> str | None:
    if "enum" in rule and value.lower() not in {str(item).lower() for item in rule["enum"]}:
        return f"must be one of {', '.join(map(str, rule['enum']))}, not {value}"
    if len(value) > rule.get("maxLength", len(value)):
        return f"must have at most {rule['maxLength']} characters"
    if "pattern" in rule and not _matches(rule["pattern"], value):
        return f"must match {rule['pattern']}"
    return None


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:  # a few patterns are Java's
        return True
