"""The content part of `make demo`, as it is shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.manifest.conftest import ROOT


@pytest.mark.long
def test_two_countries_and_a_withdrawal(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from wasl.cli.demo_content import story; "
        "sys.exit(story(Path(sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "demo")],
        cwd=ROOT,
        env={**os.environ, "PULUMI_BACKEND_URL": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    for words in (
        "hold     jo alecso:poem  (all rights are reserved: جميع الحقوق محفوظة)",
        "hold     jo alecso:atlas  (its licence CC-BY-NC-ND-4.0 is not among those",
        "delete   jo partner/alecso:fractions  (withdrawn by its source)",
        "delete   tn channel/alecso:fractions  (withdrawn by its source)",
        "0 resources delivered, 1 withdrawn, 2 held, receipt",
    ):
        assert words in done.stdout
    held = [
        json.loads(path.read_text()) for path in (tmp_path / "demo/partner/resources").iterdir()
    ]
    assert sorted(one["id"] for one in held) == ["alecso:cell", "alecso:plants"]
