"""SARIF: valid by its schema, on the manifest's lines, within what GitHub takes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker  # type: ignore[import-untyped]

from tests.report.samples import ALL, CHECKED, EVIL, FINDINGS, UNREADABLE, many
from wasl.messages import LANGUAGES, Language
from wasl.report import Report, render
from wasl.report.sarif import RESULTS
from wasl.result import Checked, Finding


@cache
def validator() -> Draft7Validator:
    schema = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_bytes())
    return Draft7Validator(schema, format_checker=FormatChecker())


def log(*findings: Finding, language: Language = "en", checked: tuple[Checked, ...] = ()) -> Any:
    made = json.loads(render(Report(findings, checked=checked), "sarif", language))
    assert [error.message for error in validator().iter_errors(made)] == []
    return made


def results(made: Any) -> list[Any]:
    return [result for run in made["runs"] for result in run["results"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_valid_by_its_schema(language: Language) -> None:
    made = log(*ALL, language=language, checked=CHECKED)
    assert len(results(made)) == len(ALL)


def test_the_schema_refuses_what_is_no_sarif() -> None:
    assert list(validator().iter_errors({"version": "2.1.0", "runs": [{}]}))


def test_a_result_stands_on_the_manifests_line_and_is_known_by_the_fingerprint() -> None:
    (result,) = results(log(FINDINGS[0]))
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "countries/jo.yaml"
    assert place["region"] == {"startLine": 7}
    assert result["level"] == "error"
    prints = result["partialFingerprints"]
    assert prints["primaryLocationLineHash"] == f"{FINDINGS[0].fingerprint}:1"
    assert result["ruleId"] == "manifest/invalid"


def test_a_finding_without_a_line_still_has_a_place() -> None:
    (result,) = results(log(FINDINGS[1]))
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 1


def test_a_rule_is_where_its_index_says() -> None:
    for run in log(*ALL)["runs"]:
        rules = run["tool"]["driver"]["rules"]
        assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
        assert len({rule["id"] for rule in rules}) == len(rules)


def test_a_clean_plane_has_a_run_and_an_unchecked_one_has_none() -> None:
    made = log(FINDINGS[2], checked=CHECKED)
    found = {run["automationDetails"]["id"]: len(run["results"]) for run in made["runs"]}
    assert found == {"wasl/cloud/": 1, "wasl/identity/": 0}


def test_what_could_not_be_read_is_no_success() -> None:
    (run,) = log(UNREADABLE)["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "could not be read" in invocation["toolExecutionNotifications"][0]["message"]["text"]


@pytest.mark.slow
def test_no_more_results_than_github_takes_and_the_most_severe_of_them() -> None:
    made = json.loads(render(Report(tuple(many(30_000))), "sarif"))
    assert len(made["runs"]) <= 20
    for run in made["runs"]:
        assert len(run["results"]) == RESULTS
        (notice,) = run["invocations"][0]["toolExecutionNotifications"]
        assert "2500 less severe" in notice["message"]["text"]
        levels = [one["level"] for one in run["results"]]
        assert "note" not in levels
        assert levels == sorted(levels, key=("error", "warning").index)


def test_what_it_quotes_makes_no_link_and_addresses_are_uris() -> None:
    (result,) = results(log(EVIL))
    assert "](" not in json.dumps(result)
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii()
    assert " " not in uri
