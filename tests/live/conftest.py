"""The one country that all tests of this folder look at; some of them leave it changed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.aws.model import Aws
from infra.live.state import State, parsed
from infra.program import ROOT
from infra.sandbox.home import Home
from tests.cloud.conftest import Cli
from wasl.planes.cloud.accounts import reader
from wasl.planes.cloud.live import Looked, check

CODE = "jo"


@dataclass(frozen=True)
class Country:
    """A country that is up, and the one who checks it."""

    cli: Cli

    @property
    def checkpoint(self) -> Path:
        return Home(self.cli.home).state / f".pulumi/stacks/wasl/{CODE}.json"

    def state(self) -> State:
        return parsed(self.checkpoint.read_bytes(), "the sandbox")

    def writing(self) -> Aws:
        """The country's account, in the hands of somebody who may write."""
        aws = reader(next(iter(self.state().providers.values())), Aws)
        aws.read_only = False
        return aws

    def check(self) -> Looked:
        return check(ROOT, self.cli.home, CODE, {"PATH": os.environ["PATH"]})


@pytest.fixture(scope="session")
def country(nine: Cli) -> Country:
    """A whole tenancy."""
    return Country(nine)
