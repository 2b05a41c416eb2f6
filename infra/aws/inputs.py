"""The inputs of each type, by name: which properties a program can describe.

Kept as data, because to ask the SDK's classes takes seconds; a test holds the data against them.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from infra.aws.model import AwsType

FILE = Path(__file__).with_name("inputs.json")


def known_inputs(kind: AwsType) -> frozenset[str]:
    """The names of the type's inputs."""
    return _all()[kind.token]


@cache
def _all() -> dict[str, frozenset[str]]:
    read = json.loads(FILE.read_text("utf-8"))
    return {token: frozenset(names.split()) for token, names in read.items()}
