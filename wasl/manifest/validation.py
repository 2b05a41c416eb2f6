"""From plain data to a model, and from pydantic's errors to findings that say how to mend them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from wasl.manifest.base import Model
from wasl.manifest.problems import did_you_mean, invalid, shown
from wasl.manifest.reader import Document, KeyPath, dotted
from wasl.manifest.schema import alternatives
from wasl.result import Finding

M = TypeVar("M", bound=Model)

# What people read in place of pydantic's own sentence, by its type of error.
_EXPECTED = {
    "string_type": "text, in quotes if it looks like a number",
    "int_type": "a whole number, without quotes",
    "int_from_float": "a whole number",
    "bool_type": "true or false, without quotes",
    "tuple_type": "a list",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
    "literal_error": "{expected}",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "text that matches {pattern}",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
    "value_error": "{error}",
    "union_tag_not_found": "a key {discriminator}",
    "union_tag_invalid": "{expected_tags} as {discriminator}",
    "date_from_datetime_parsing": "a date (YYYY-MM-DD)",
    "date_type": "a date (YYYY-MM-DD)",
}


def validate(model: type[M], document: Document) -> tuple[M | None, tuple[Finding, ...]]:
    """The document as a `model`, or everything that is wrong with it."""
    if () in document.broken:
        return None, document.findings
    try:
        # JSON's types are YAML's, so that strict mode reads lists as tuples and text as dates.
        instance = model.model_validate_json(json.dumps(document.data), strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, (*document.findings, *_findings(model, document, details))
    return (None if document.findings else instance), document.findings


def _findings(
    model: type[Model], document: Document, details: list[ErrorDetails]
) -> Iterator[Finding]:
    """One finding an error, less what the reader already said and what a near miss explains."""
    schema = model.model_json_schema()
    guesses: dict[KeyPath, str] = {}
    placed = [(_place(document, detail), detail) for detail in details]
    for path, detail in placed:
        if detail["type"] == "extra_forbidden":
            guesses[path] = _guess(schema, document, path)
    explained = {(*path[:-1], guess) for path, guess in guesses.items() if guess}
    for path, detail in placed:
        known = any(path[: len(broken)] == broken for broken in document.broken)
        if known or (detail["type"] == "missing" and path in explained):
            continue
        yield _finding(schema, document, path, detail, guesses.get(path, ""))


def _finding(
    schema: Mapping[str, Any], document: Document, path: KeyPath, detail: ErrorDetails, guess: str
) -> Finding:
    location, key = document.location(path), dotted(path)
    if detail["type"] == "extra_forbidden":
        known = ", ".join(sorted(_keys(schema, path[:-1])))
        code = "WASL-MANIFEST-UNKNOWN-KEY" if not guess else "WASL-MANIFEST-MISSPELT-KEY"
        return invalid(
            code,
            location,
            key,
            expected=guess or known,
            name=path[-1],
            guess=guess,
            known=known or "none",
        )
    about = _description(schema, path)
    if detail["type"] == "missing":
        return invalid(
            "WASL-MANIFEST-MISSING-KEY", location, key, expected=about, about=about, name=path[-1]
        )
    expected, found = _expected(detail), shown(detail["input"], key)
    return invalid(
        "WASL-MANIFEST-VALUE",
        location,
        key,
        expected=expected,
        found=found,
        wanted=expected,
        value="" if found is None else f" ({json.dumps(found, ensure_ascii=False)})",
        about=about,
    )


def _expected(detail: ErrorDetails) -> str:
    template = _EXPECTED.get(detail["type"])
    if template is None:
        return detail["msg"]
    return template.format_map(detail.get("ctx", {}))


def _place(document: Document, detail: ErrorDetails) -> KeyPath:
    """Where the error is: pydantic's path less the tags of unions, which stand in no file."""
    path: KeyPath = ()
    parts = detail["loc"]
    for number, part in enumerate(parts, 1):
        child = (*path, part)
        named_only_here = number == len(parts) and detail["type"] == "missing"
        if child in document.lines or named_only_here:
            path = child
    return path


def _guess(schema: Mapping[str, Any], document: Document, path: KeyPath) -> str:
    """The free key that a misspelt one most likely stands for."""
    free = {key for key in _keys(schema, path[:-1]) if (*path[:-1], key) not in document.lines}
    return did_you_mean(str(path[-1]), free)


def _keys(schema: Mapping[str, Any], path: KeyPath) -> set[str]:
    return {key for option in alternatives(schema, path) for key in option.get("properties", {})}


def _description(schema: Mapping[str, Any], path: KeyPath) -> str:
    """The nearest sentence about `path`: its own, else its parent's."""
    for end in range(len(path), 0, -1):
        for parent in alternatives(schema, path[: end - 1]):
            about = parent.get("properties", {}).get(path[end - 1], {}).get("description")
            if about:
                return str(about)
    return ""
