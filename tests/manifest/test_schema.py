"""The committed schemas: current, described, and of one mind with the models."""

from __future__ import annotations

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.manifest.conftest import ROOT
from wasl.manifest.reader import read
from wasl.manifest.schema import SCHEMAS, alternatives, schema_text

FILES = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("countries/*.yaml", "partners/*.yaml", "waivers.yaml")
    for path in ROOT.glob(pattern)
)


@pytest.mark.parametrize("file", SCHEMAS)
def test_the_committed_schema_is_current(file: str) -> None:
    assert (ROOT / file).read_text(encoding="utf-8") == schema_text(SCHEMAS[file]), (
        "run: wasl schema"
    )


@pytest.mark.parametrize("file", FILES)
def test_each_file_names_its_schema_and_keeps_to_it(file: str) -> None:
    path = ROOT / file
    comment = path.read_text(encoding="utf-8").splitlines()[0]
    name = comment.removeprefix("# yaml-language-server: $schema=")
    schema = json.loads((path.parent / name).read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    assert list(validator.iter_errors(read(path, file).data)) == []


@pytest.mark.parametrize("file", SCHEMAS)
def test_every_key_is_described_and_no_other_accepted(file: str) -> None:
    schema = json.loads(schema_text(SCHEMAS[file]))
    for name, model in {"": schema, **schema["$defs"]}.items():
        assert model["additionalProperties"] is False, name
        assert model["description"], name
        for key, value in model.get("properties", {}).items():
            assert len(value.get("description", "")) > 10, f"{name}.{key}"


def test_the_walk_follows_references_lists_and_alternatives() -> None:
    schema: dict[str, Any] = json.loads(schema_text(SCHEMAS["countries/schema.json"]))
    (language,) = alternatives(schema, ("languages", 0))
    assert set(language["properties"]) == {"code", "script"}
    keys = {key for option in alternatives(schema, ("sign_in",)) for key in option["properties"]}
    assert keys == {"protocol", "issuer", "client_id", "secret_name", "metadata_url"}
    assert alternatives(schema, ("nowhere", "at", "all")) == []
