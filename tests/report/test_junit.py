"""JUnit XML: well-formed whatever is quoted, and its counts are those of its cases."""

from __future__ import annotations

from defusedxml.ElementTree import fromstring

from tests.report.samples import ALL, CHECKED, UNREADABLE
from wasl.report import Report, render


def test_suites_cases_and_counts() -> None:
    root = fromstring(render(Report(ALL, checked=CHECKED), "junit"))
    assert root.tag == "testsuites"
    suites = {suite.get("name"): suite for suite in root}
    assert "wasl.identity.jo" in suites
    for element in (root, *root):
        for name, path in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            assert element.get(name) == str(len(list(element.iter(path)))), name
    assert root.get("tests") == str(len(ALL) + 1)


def test_what_could_not_be_read_is_an_error_and_a_clean_plane_passes() -> None:
    root = fromstring(render(Report((UNREADABLE,), checked=CHECKED[1:]), "junit"))
    devices, identity = root
    (case,) = devices
    assert case.get("line") == "82"
    assert [one.get("type") for one in case] == ["devices.unreadable.high"]
    assert [len(case) for case in identity] == [0]
