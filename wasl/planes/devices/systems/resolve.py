"""Names of packages → exact versions, as apt itself resolves them on an empty system.

apt works in a folder of its own, on Debian's signed indexes; the host's packages do not matter.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from wasl.errors import WaslError
from wasl.planes.devices.systems.lock import Lock, Package

MIRROR = "http://deb.debian.org"  # plain: apt holds every byte to Debian's signatures
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
COMPONENTS = "main contrib non-free-firmware"
SUITES = (("debian", "{}"), ("debian", "{}-updates"), ("debian-security", "{}-security"))
_URI = re.compile(r"'([^']+)' \S+ (\d+) SHA256:([0-9a-f]{64})")
_CONFIG = """\
Dir::State "{home}";
Dir::State::lists "{home}/lists";
Dir::State::status "{home}/status";
Dir::Cache "{home}/cache";
Dir::Etc "{home}/etc";
Dir::Log "{home}/log";
APT::Architecture "amd64";
APT::Architectures {{ "amd64"; }};
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::ForceHash "SHA256";
Acquire::Retries "3";
"""


@dataclass(frozen=True)
class Wanted:
    """What to resolve: names by use (`image`, `live`, `tools`)."""

    country: str
    suite: str
    names: Mapping[str, Sequence[str]]


def mirror() -> str:
    """Where Debian is served, `debian` and `debian-security` below it; WASL_MIRROR says."""
    return os.environ.get("WASL_MIRROR", MIRROR).rstrip("/")


def resolve(wanted: Wanted, say: Callable[[str], None]) -> Lock:
    """The lock of all uses, each resolved from nothing, its essential packages included.

    Raises `WaslError`: WASL-PACKAGES-TOOL (no apt), WASL-PACKAGES-MIRROR (not reached, not signed),
    WASL-PACKAGES-UNKNOWN (names that the suite does not have), WASL-PACKAGES-CLASH.
    """
    with _apt(wanted.suite) as apt:
        say(f"asking {mirror()} for {wanted.suite}")
        done = apt.run("apt-get", "-qq", "update", "--error-on=any")
        if done.returncode != 0:
            raise WaslError(
                "WASL-PACKAGES-MIRROR",
                f"Debian's index could not be had: {_last(done.stderr)}",
                where=mirror(),
                hint="check the line, or name another mirror: WASL_MIRROR=http://…",
            )
        uses = {}
        for use, names in wanted.names.items():
            uses[use] = apt.packages(names)
            size = sum(package.size for package in uses[use])
            say(f"{use}: {len(uses[use])} packages, {size / 1e6:.0f} MB")
        return Lock(wanted.country, wanted.suite, apt.date(), uses)


@dataclass(frozen=True)
class _Apt:
    home: Path
    suite: str

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "APT_CONFIG": str(self.home / "apt.conf"), "LC_ALL": "C"}
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, timeout=600
        )

    def packages(self, names: Sequence[str]) -> tuple[Package, ...]:
        if unknown := self._unknown(names):
            raise WaslError(
                "WASL-PACKAGES-UNKNOWN",
                f"{self.suite} has no package {', '.join(unknown)}",
                hint="mend the manifest's applications, or the sets in packages.yaml",
            )
        done = self.run("apt-get", "-qq", "--print-uris", "install", "?essential", "apt", *names)
        if done.returncode != 0:
            raise WaslError(
                "WASL-PACKAGES-CLASH",
                f"these packages cannot be installed together: {_last(done.stderr)}",
                hint="take one of them out of the manifest or of packages.yaml",
            )
        return tuple(sorted(self._package(line) for line in done.stdout.splitlines()))

    def _unknown(self, names: Sequence[str]) -> list[str]:
        done = self.run("apt-cache", "policy", *names)
        has = re.findall(r"^(\S+):\n  Installed: .*\n  Candidate: (?!\(none\))", done.stdout, re.M)
        return sorted(set(names) - set(has))

    @staticmethod
    def _package(line: str) -> Package:
        match = _URI.fullmatch(line.strip())
        if match is None or not match[1].startswith(f"{mirror()}/"):
            raise WaslError("WASL-PACKAGES-MIRROR", f"apt said {line[:120]!r}", where=mirror())
        return Package(match[1].removeprefix(f"{mirror()}/"), match[3], int(match[2]))

    def date(self) -> int:
        """When the newest of the indexes was made."""
        dates = [
            parsedate_to_datetime(match[1])
            for file in (self.home / "lists").glob("*Release")
            if (match := re.search(r"^Date: (.+)$", file.read_text("utf-8"), re.M))
        ]
        return int(max(dates, default=datetime.now(UTC)).timestamp())


@contextmanager
def _apt(suite: str) -> Iterator[_Apt]:
    if shutil.which("apt-get") is None or not KEYRING.exists():
        raise WaslError(
            "WASL-PACKAGES-TOOL",
            "apt and Debian's keys are needed here",
            where=str(KEYRING),
            hint="run it on Debian, or install apt and debian-archive-keyring",
        )
    with tempfile.TemporaryDirectory(prefix="wasl-apt-") as folder:
        home = Path(folder)
        for part in ("lists/partial", "cache/archives/partial", "etc", "log"):
            (home / part).mkdir(parents=True)
        (home / "status").touch()
        (home / "apt.conf").write_text(_CONFIG.format(home=home))
        sources = [
            f"deb [signed-by={KEYRING}] {mirror()}/{part} {name.format(suite)} {COMPONENTS}\n"
            for part, name in SUITES
        ]
        (home / "etc" / "sources.list").write_text("".join(sources))
        yield _Apt(home, suite)


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("E:")]
    return (errors or lines or ["it said nothing"])[-1][:300]
