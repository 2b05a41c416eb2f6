"""What moto lacks or breaks and a tenancy needs, added to moto's own backends, a module a service.

Each module lists the operations that it emulates (`OPERATIONS`) and has `install()`, called once
in the server's process. What is kept lives in moto's state, so that it belongs to its account and
region, is replayed with the recording and goes with a reset. It proves nothing about AWS.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def modules() -> list[ModuleType]:
    """The modules of this package."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [importlib.import_module(f"{__name__}.{name}") for name in names]


def install() -> None:
    """Add all of them to the moto of this process."""
    for module in modules():
        module.install()


def operations() -> list[str]:
    """Every emulated operation, as `service:Operation`."""
    return sorted(name for module in modules() for name in module.OPERATIONS)
