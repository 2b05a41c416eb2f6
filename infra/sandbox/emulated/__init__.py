"""What moto lacks and the tenancy needs, added to it: emulated by wasl, and proof of nothing.

Each module adds operations to one of moto's services, so that they live in the right account and
region, are replayed with the recording and vanish with a reset. `OPERATIONS` names them.
"""

from __future__ import annotations

import importlib

MODULES = (
    "account",
    "acm",
    "backup",
    "budgets",
    "cloudfront",
    "cognito",
    "ecs",
    "elasticache",
    "guardduty",
    "iam",
    "logs",
    "rds",
    "route53",
    "s3",
    "sqs",
    "ssm",
    "tagging",
    "wafv2",
)


def install() -> None:
    """Add every operation; moto must be imported only after its settings are in the environment."""
    for name in MODULES:
        importlib.import_module(f"{__name__}.{name}").install()


def operations() -> list[str]:
    """Every emulated operation, as `service:Operation`."""
    modules = (importlib.import_module(f"{__name__}.{name}") for name in MODULES)
    return sorted(operation for module in modules for operation in module.OPERATIONS)
