"""`python -m infra.engine`: get the Pulumi engine of the locked version, if it is not there."""

from __future__ import annotations

import sys

from infra.engine.obtain import obtain
from infra.engine.progress import Progress
from wasl.errors import ExitCode, WaslError


def main() -> ExitCode:
    """Get the engine and say where it is; errors are printed with what to do next."""
    progress = Progress()
    try:
        found = obtain(progress.say)
    except WaslError as error:
        progress.error(error)
        return ExitCode.FAILED
    except KeyboardInterrupt:
        progress.interrupted()
        return ExitCode.INTERRUPTED
    progress.say(f"Pulumi engine {found.version}: {found.pulumi}")
    return ExitCode.CLEAN


if __name__ == "__main__":
    sys.exit(main())
