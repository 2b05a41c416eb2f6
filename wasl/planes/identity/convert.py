"""A OneRoster package turned into the other version, with a report of what has no place there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from integrations.identity.errors import Problem
from integrations.identity.oneroster.columns import Version
from integrations.identity.oneroster.convert import Loss, to_1_1, to_1_2
from integrations.identity.oneroster.package import open_package, write_zip
from integrations.identity.rejects import Rejects
from integrations.identity.store import scratch
from integrations.identity.validate import validate
from wasl.errors import UsageError
from wasl.planes.identity.setting import Home


@dataclass(frozen=True)
class Written:
    """What a conversion left behind besides the package: losses, and rows that were refused."""

    losses: tuple[Loss, ...]
    problems: tuple[Problem, ...]
    rejects: Path | None


def convert(
    home: Home, roster: Path, to: Version, path: Path, progress: Callable[[str, int], None]
) -> Written:
    """Write the package at `roster` to the zip at `path`, less what no row may hold.

    Raises `RosterError`, or `WaslError` where refused rows have nobody who may read them.
    """
    with scratch(home.folder) as store:
        package = open_package(roster, store)
        if package.version == to:
            raise UsageError(f"the roster is OneRoster {to} already", hint="--to the other version")
        rejects = Rejects(store, home.identity.keys.rejects)
        judged = validate(package, store, rejects, progress)
        rejects.required()
        made = (to_1_1 if to == "1.1" else to_1_2)(judged.package, store)
        write_zip(made.package, path)
        return Written(made.losses, judged.problems, rejects.seal(home.folder / "rejects"))
