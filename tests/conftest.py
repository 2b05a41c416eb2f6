"""What holds for every test: nothing of the caller's environment; seconds by part at the end.

The nine tenancies are stood up once a run: what needs one is run on one worker, and first.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

import wasl  # noqa: F401 -- before any gRPC: it settles what a fork does
from wasl.memory import collect_seldom

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling

    from tests.cloud.conftest import Cli
    from wasl.planes.cloud.stacks import Stacks

collect_seldom()
# How long an example takes says something of the machine, and nothing of the code.
settings.register_profile("wasl", deadline=None)
settings.load_profile("wasl")
_FOREIGN = ("AWS_", "PULUMI_", "WASL_")
_SETTINGS = {
    # A missing plug-in is an error here, never a download.
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    "PULUMI_SKIP_UPDATE_CHECK": "1",
    "NO_COLOR": "1",
    # No look-up of credentials on the network, no file of the user's.
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
_seconds: dict[str, float] = defaultdict(float)
_counts: dict[str, int] = defaultdict(int)
_figures: dict[str, int] = defaultdict(int)
"""What tests recorded of what they did, added up; it comes from the workers with their reports."""


@pytest.fixture(scope="session", autouse=True)
def _own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Cut off the caller's settings and its Pulumi home, for child processes too."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(_FOREIGN)]:
            patch.delenv(name)
        for name, value in _SETTINGS.items():
            patch.setenv(name, value)
        patch.setenv("PULUMI_HOME", str(tmp_path_factory.mktemp("pulumi-home")))
        patch.setenv("WASL_HOME", str(tmp_path_factory.mktemp("wasl-home")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> None:
    """A shell's background job inherits an ignored SIGINT, and would pass it on to its children."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """`wasl` as it is, with the foundation and the whole tenancy, on a sandbox of its own."""
    from infra.sandbox import lifecycle
    from infra.sandbox.home import Home
    from tests.cloud.conftest import Cli

    home = tmp_path_factory.mktemp("whole")
    cli = Cli(home, "wasl.cli.main")
    cli.ok("sandbox", "start")
    yield cli
    lifecycle.stop(Home(home))
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def tenancies(whole: Cli) -> Stacks:
    """The stacks of that sandbox."""
    from infra.program import ROOT, main
    from wasl.planes.cloud.stacks import Stacks
    from wasl.planes.cloud.target import resolve

    return Stacks(resolve(ROOT, whole.home, {"PATH": os.environ["PATH"]}), main)


@pytest.fixture(scope="session")
def nine(whole: Cli) -> Cli:
    """Every country of it is up, side by side."""
    whole.ok("up", "--all", "--yes")
    return whole


# Who shares that deployment, in the order in which they leave it to each other.
_SHARING = (
    *("tests/check/test_all.py", "tests/cloud/test_kills.py", "tests/cloud/test_whole.py"),
    *("tests/live/", "tests/cloud/test_production.py"),
)
# One after the other: virtual computers that share two cores are too slow for their own clocks.
_MACHINES = "_boot.py"


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """A file's tests stay together, those of all that share the deployment, and all machines."""
    from xdist.scheduler import LoadScopeScheduling

    class Sharing(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = _file(nodeid)
            if file.startswith(_SHARING):
                return "whole"
            return "machines" if file.endswith(_MACHINES) else file

    return Sharing(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest (deployment, machines, slow files): all workers end at once."""
    slow = {_file(item.nodeid) for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: _rank(_file(item.nodeid), slow))


def _rank(file: str, slow: set[str]) -> int:
    shared = (place for place, start in enumerate(_SHARING) if file.startswith(start))
    rest = 0 if file.endswith(_MACHINES) else 1 if file in slow else 2
    return next(shared, len(_SHARING) + rest)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up a test's set-up, call and tear-down under its part."""
    part = _part(report.nodeid)
    _seconds[part] += report.duration
    _counts[part] += report.when == "call"
    if report.when == "teardown":
        for what, number in report.user_properties:
            _figures[what] += int(str(number))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was recorded, and seconds by part, the longest first."""
    if _figures:
        terminalreporter.section("figures")
        for what, number in sorted(_figures.items()):
            terminalreporter.write_line(f"{number:6d}  {what}")
    terminalreporter.section("seconds by part")
    for part, seconds in sorted(_seconds.items(), key=lambda item: -item[1]):
        terminalreporter.write_line(f"{seconds:8.1f} s  {_counts[part]:5d} tests  {part}")
    total = sum(_seconds.values())
    terminalreporter.write_line(f"{total:8.1f} s  {sum(_counts.values()):5d} tests  in all")


def _part(nodeid: str) -> str:
    """The first folder under tests/, else the file's own name."""
    parts = Path(nodeid.split("::")[0]).parts
    return parts[1] if len(parts) > 1 else parts[0]
