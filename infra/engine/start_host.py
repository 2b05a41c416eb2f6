"""Start the language host without importing the whole Pulumi SDK.

The host needs only the protocol's messages, but `import pulumi.runtime.proto` would first run
`pulumi/__init__.py`, which takes longer than the host's own start and is paid at each engine
call. So the packages above the messages are entered as bare namespaces first. Only ever run as a
process of its own: an importer would be left with an empty `pulumi`.
"""

from __future__ import annotations

import importlib.util
import signal
import sys
from pathlib import Path
from types import ModuleType

PACKAGES = ("pulumi", "pulumi.runtime", "pulumi.runtime.proto", "pulumi.runtime.proto.codegen")


def bare(name: str, folder: Path) -> None:
    """Enter a package that finds its modules but runs no `__init__`."""
    module = ModuleType(name)
    module.__path__ = [str(folder)]
    sys.modules[name] = module


def sdk_folder() -> Path:
    """Where the installed `pulumi` package lies."""
    spec = importlib.util.find_spec("pulumi")
    if spec is None or spec.origin is None:
        sys.exit("the pulumi package is not installed for this Python; next: make setup")
    return Path(spec.origin).parent


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback while the imports run
    site = sdk_folder().parent
    for package in PACKAGES:
        bare(package, site.joinpath(*package.split(".")))
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from infra.engine import language_host

    language_host.main(sys.argv[1:])
