"""The JSON Schemas that editors complete manifests by, and a walk through them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from wasl.manifest.base import Model
from wasl.manifest.country import Country
from wasl.manifest.partner import Partner
from wasl.manifest.waivers import Waivers

# Where each schema is committed, beside the files that name it in their first line.
SCHEMAS: dict[str, type[Model]] = {
    "countries/schema.json": Country,
    "partners/schema.json": Partner,
    "waivers.schema.json": Waivers,
}


def schema_text(model: type[Model]) -> str:
    """The JSON Schema of `model` (draft 2020-12): the same bytes for the same model."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def alternatives(schema: Mapping[str, Any], path: tuple[str | int, ...]) -> list[Mapping[str, Any]]:
    """Every schema that may describe what stands at `path`; a list's items share one."""
    options = list(_unfold(schema, schema))
    for part in path:
        options = [
            option
            for parent in options
            for child in _child(parent, part)
            for option in _unfold(schema, child)
        ]
    return options


def _child(parent: Mapping[str, Any], part: str | int) -> Iterator[Mapping[str, Any]]:
    if isinstance(part, int):
        if "items" in parent:
            yield parent["items"]
    elif part in parent.get("properties", {}):
        yield parent["properties"][part]


def _unfold(root: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """`schema` with references followed and alternatives laid side by side."""
    if "$ref" in schema:
        yield from _unfold(root, root["$defs"][schema["$ref"].removeprefix("#/$defs/")])
    elif "anyOf" in schema or "oneOf" in schema:
        for option in schema.get("anyOf") or schema["oneOf"]:
            yield from _unfold(root, option)
    else:
        yield schema
