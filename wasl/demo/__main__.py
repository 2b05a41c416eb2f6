"""`python -m wasl.demo`: make the copy afresh, and tell the story there.

The story runs from the copy, so that the program, the manifests and the checks are all the copy's.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from wasl.cli.main import main as wasl

ROOT = Path(__file__).resolve().parents[2]
LEFT = (".git", ".venv", ".wasl", "__pycache__", ".*_cache", "*.egg-info", ".hypothesis")


def main() -> None:
    """End what an earlier demo left, copy the checkout, go on there."""
    home = ROOT / ".wasl" / "demo"
    os.environ["WASL_HOME"] = str(home)
    os.environ.pop("PULUMI_BACKEND_URL", None)  # no tenancy that the user may be logged in to
    if home.exists():
        wasl(["sandbox", "stop"])
        shutil.rmtree(home)
    checkout = home / "checkout"
    shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns(*LEFT))
    os.chdir(checkout)
    os.execv(sys.executable, [sys.executable, "-m", "wasl.demo.story"])  # noqa: S606 - no shell is meant


if __name__ == "__main__":
    main()
