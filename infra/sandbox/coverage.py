"""What the sandbox proves, operation by operation, and what it proves nothing of.

The operations are read from the code itself: the calls that the modules of `infra/aws` (read) and
`infra/sandbox/make` (create, update, delete) make of the services that they name.
"""

from __future__ import annotations

import ast
import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import botocore.session
from botocore import xform_name

from infra.sandbox import emulated

MOTO = "moto"
OURS = "emulated by wasl"
NOT_EVALUATED = (
    "service control policies: kept, never evaluated",
    "IAM, bucket and key policies: kept, never evaluated; every call is allowed",
    "quotas, prices and delays of real AWS",
)
_INFRA = Path(__file__).resolve().parents[1]
_FOLDERS = (_INFRA / "aws", _INFRA / "sandbox" / "make")


@dataclass(frozen=True, order=True)
class Operation:
    """One operation of an AWS service, and who answers it in the sandbox."""

    service: str
    name: str
    by: str


def operations() -> list[Operation]:
    """Every operation that the types use."""
    own = emulated_operations()
    used = {pair for folder in _FOLDERS for path in folder.glob("*.py") for pair in _used(path)}
    names = used | {(name.split(":")[0], name.split(":")[1]) for name in own}
    return sorted(
        Operation(service, name, OURS if f"{service}:{name}" in own else MOTO)
        for service, name in names
    )


def emulated_operations() -> frozenset[str]:
    """What is added to moto, as `service:Operation`: proof of nothing."""
    modules = (importlib.import_module(f"{emulated.__name__}.{name}") for name in emulated.MODULES)
    return frozenset(name for module in modules for name in module.OPERATIONS)


def coverage(form: str) -> str:
    """The whole of it, as `text` or `json`."""
    found = operations()
    if form == "json":
        record = {
            "operations": [vars(item) for item in found],
            "not_evaluated": list(NOT_EVALUATED),
        }
        return json.dumps(record, indent=2) + "\n"
    lines = [f"{item.service:20} {item.name:44} {item.by}" for item in found]
    ours = sum(item.by == OURS for item in found)
    counts = f"{len(found)} operations: {len(found) - ours} by moto, {ours} {OURS} (no proof)"
    rest = [f"not evaluated: {item}" for item in NOT_EVALUATED]
    return "\n".join([*lines, "", counts, *rest, ""])


def _used(path: Path) -> Iterator[tuple[str, str]]:
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant)}
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)} | texts
    for service in texts & _services():
        methods = _methods(str(service))
        yield from ((str(service), methods[name]) for name in names if name in methods)


@cache
def _services() -> frozenset[object]:
    return frozenset(_session().get_available_services())


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def _methods(service: str) -> dict[object, str]:
    """A service's operations by the names that boto gives them."""
    model = _session().get_service_model(service)
    return {xform_name(name): name for name in model.operation_names}
