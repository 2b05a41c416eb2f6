"""Whatever the content plane may say has its words."""

from __future__ import annotations

import re

from tests.manifest.conftest import ROOT
from wasl.messages import say
from wasl.result import Message

# Raised as errors, which bring their own words along.
ERRORS = re.compile(r'WaslError\(\s*"(WASL-[A-Z0-9-]+)"|"(WASL-[A-Z0-9-]+)" if ')


def test_each_fault_and_reason_has_a_sentence() -> None:
    places = [ROOT / "integrations" / "content", ROOT / "wasl" / "planes" / "content"]
    texts = [path.read_text("utf-8") for place in places for path in place.rglob("*.py")]
    raised = {one or two for text in texts for one, two in ERRORS.findall(text)}
    used = {code for text in texts for code in re.findall(r'"(WASL-CONTENT-[A-Z0-9-]+)"', text)}
    said = {code for code in used - raised if say(Message(code)) == code}
    assert said - {"WASL-CONTENT-CATALOGUE", "WASL-CONTENT-NO-KEY"} == set()
