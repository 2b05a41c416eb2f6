"""Where a verb works: on the sandbox, or on the backend that PULUMI_BACKEND_URL names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.engine.locate import engine
from infra.sandbox import lifecycle
from infra.sandbox.home import Home
from wasl.errors import WaslError
from wasl.result import digest

BACKEND = "PULUMI_BACKEND_URL"
CONFIGURATION = "PULUMI_OPTION_CONFIG_FILE"
_PASSPHRASE = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


@dataclass(frozen=True)
class Target:
    """A backend, and the whole environment in which the engine reaches it."""

    root: Path
    """The checkout."""
    home: Path
    """WASL_HOME."""
    backend: str
    """The backend's URL."""
    sandbox: bool
    pulumi: Path
    version: str
    environment: Mapping[str, str] = field(repr=False)

    @property
    def work(self) -> Path:
        """Where this target's stacks have their work directories."""
        if self.sandbox:
            return Home(self.home).folder / "work"
        return self.home / "work" / digest(self.backend)[:12]

    def __str__(self) -> str:
        return "the sandbox" if self.sandbox else self.backend


def resolve(root: Path, home: Path, environ: Mapping[str, str]) -> Target:
    """The target that `environ` and what runs here mean.

    Raises WASL-TARGET-NONE where neither is given, WASL-SANDBOX-STOPPED where the sandbox is meant
    and does not run, WASL-TARGET-MIXED where half of the sandbox's variables are left over.
    """
    named = backend(home, environ)
    if named == Home(home).backend:
        return _sandbox(root, home, environ)
    return _elsewhere(root, home, environ, named)


def backend(home: Path, environ: Mapping[str, str]) -> str:
    """The URL of the backend that is meant; no engine is needed to know it. Raises as `resolve`."""
    sandbox, named = Home(home), environ.get(BACKEND, "")
    if named and named != sandbox.backend:
        _refuse_mixed(home, environ, named)
        return named
    if lifecycle.status(sandbox).running:
        return sandbox.backend
    raise lifecycle.stopped(sandbox) if named else _none(sandbox)


def _sandbox(root: Path, home: Path, environ: Mapping[str, str]) -> Target:
    own = lifecycle.environment(Home(home), root)
    # A passphrase of the user's own would be tried first; it belongs to other stacks.
    kept = {key: value for key, value in environ.items() if key not in _PASSPHRASE}
    merged = {**kept, **own, "PATH": f"{own['PATH']}:{environ.get('PATH', '')}"}
    found = engine(home)
    return Target(root, home, own[BACKEND], True, found.pulumi, found.version, merged)


def _refuse_mixed(home: Path, environ: Mapping[str, str], named: str) -> None:
    left_over = environ.get(CONFIGURATION, "")
    if left_over and Path(left_over) == Home(home).configuration:
        raise WaslError(
            "WASL-TARGET-MIXED",
            f"{BACKEND} names {named}, but {CONFIGURATION} still points at the sandbox",
            where="the environment",
            hint="start from a fresh shell, or run: unset PULUMI_HOME PULUMI_OPTION_CONFIG_FILE "
            "PULUMI_CONFIG_PASSPHRASE_FILE PULUMI_DEBUG_PROVIDERS",
        )


def _elsewhere(root: Path, home: Path, environ: Mapping[str, str], named: str) -> Target:
    found = engine(home)
    path = [*map(str, found.path_entries), environ.get("PATH", "")]
    own = {"PATH": ":".join(path), "PULUMI_SKIP_UPDATE_CHECK": "true", **lifecycle.policies(root)}
    merged = {**environ, **own}
    return Target(root, home, named, False, found.pulumi, found.version, merged)


def _none(sandbox: Home) -> WaslError:
    return WaslError(
        "WASL-TARGET-NONE",
        f"the sandbox is not running and {BACKEND} is not set",
        where=str(sandbox.folder),
        hint=f"to try it here: wasl sandbox start; for real AWS: export {BACKEND}=s3://…",
    )
