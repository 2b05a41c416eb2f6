"""`wasl content` as its users meet it: a process, its streams, its exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.content.conftest import Country, row
from tests.content.provider import serving
from tests.content.test_kills import respond
from tests.messages.english import in_report

LIBRARY_ONLY = (
    "from wasl.planes.content import destinations as d; "
    "d._ALL = tuple(one for one in d._ALL if one(None).name == 'library')"
)


def wasl(country: Country, *args: str) -> subprocess.CompletedProcess[str]:
    program = f"import sys; {LIBRARY_ONLY}\nfrom wasl.cli.main import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", program, "content", *args],
        cwd=country.root,
        env={**os.environ, "WASL_HOME": str(country.home)},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.mark.slow
def test_from_plan_to_show(country: Country) -> None:
    country.write(row(1), row(2, licence="All rights reserved"))
    planned = wasl(country, "plan", "tn", "--format", "json")
    assert planned.returncode == 2, planned.stderr
    report = json.loads(planned.stdout)
    assert report["summary"]["by_action"] == {"create": 1, "hold": 1}
    drifting = wasl(country, "drift", "tn")
    assert drifting.returncode == 2
    assert "lesson:1 should be at library" in drifting.stdout

    applied = wasl(country, "apply", "tn")
    assert applied.returncode == 64  # nobody is there to answer
    applied = wasl(country, "apply", "tn", "--yes")
    assert applied.returncode == 0, applied.stderr
    assert "delivered: tn-library version 1" in applied.stdout
    assert wasl(country, "plan", "tn").returncode == 0
    assert wasl(country, "drift", "tn").returncode == 0
    counted = wasl(country, "show", "tn", "--language", "ar")
    assert "المادة الرياضيات: 1" in counted.stdout
    country.write(row(1, title_ar="عنوان آخر"), row(2, licence="All rights reserved"), row(3))
    for verb in ("plan", "drift", "show"):
        arabic = wasl(country, verb, "tn", "--language", "ar", "--format", "json").stdout
        said = arabic.replace("All rights reserved", "")  # the feed's own words
        assert in_report(json.loads(said)) == [], arabic
    assert "جميع الحقوق محفوظة" in wasl(country, "plan", "tn", "--language", "ar").stdout


@pytest.mark.slow
def test_another_feed_is_tried_without_touching_the_manifest(country: Country) -> None:
    country.write(row(1))
    with serving(respond) as url:
        refused = wasl(country, "plan", "tn", "--feed", f"{url}/oai")
    assert refused.returncode == 1
    assert "127.0.0.1, which is no public address" in refused.stdout
    other = country.root / "elsewhere"
    other.mkdir()
    (other / "metadata.csv").write_text("id,file,title_ar,licence\nx:1,,عنوان الدرس,CC0\n", "utf-8")
    planned = wasl(country, "plan", "tn", "--feed", str(other))
    assert planned.returncode == 0
    assert "x:1" in planned.stdout
    outside = wasl(country, "plan", "tn", "--feed", str(country.root.parent))
    assert outside.returncode == 1
    assert "WASL-CONTENT-MANIFEST" in outside.stderr


@pytest.mark.slow
def test_wrong_usage_and_a_country_without_feeds(country: Country) -> None:
    assert wasl(country, "apply", "tn", "--feed", "x").returncode == 64
    manifest = country.root / "countries" / "tn.yaml"
    text = manifest.read_text("utf-8")
    manifest.write_text(text[: text.index("content:")] + "content: {}\n", "utf-8")
    done = wasl(country, "plan", "tn")
    assert done.returncode == 1
    assert "the manifest names no feed" in done.stderr


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("feeds: [{kind: folder, name: a, path: ../x}]", "leaves the checkout"),
        ("feeds: [{kind: folder, name: a, path: /etc}]", "content.feeds.0.path"),
        ("feeds: [{kind: oai, name: a, url: 'file:///etc'}]", "content.feeds.0.url"),
        ("feeds: [{kind: oai, name: a, url: 'https://u@x/'}]", "content.feeds.0.url"),
        (
            "feeds: [{kind: folder, name: a, path: x}, {kind: folder, name: a, path: y}]",
            "names the same one twice",
        ),
        ("licences: ['']", "content.licences.0"),
    ],
)
def test_a_section_that_cannot_be_meant(country: Country, section: str, words: str) -> None:
    from wasl.errors import WaslError
    from wasl.manifest.catalogue import load_country

    manifest = Path(country.root / "countries" / "tn.yaml")
    text = manifest.read_text("utf-8")
    manifest.write_text(text[: text.index("content:")] + f"content:\n  {section}\n", "utf-8")
    with pytest.raises(WaslError) as raised:
        load_country(country.root, "tn")
    assert words in str(raised.value)
