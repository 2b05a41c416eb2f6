"""Check every country and partner file, offline.

Reads countries/ and partners/, names everything that is wrong with them (file, line, key, mend),
then holds them against each other and against what AWS offers: regions that the residency
contract permits, address ranges, authorisations about to expire, resource types, database and
cache classes of each region.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec

from wasl.cli.context import Context
from wasl.errors import ExitCode
from wasl.manifest.catalogue import load
from wasl.manifest.checks import check
from wasl.manifest.offers import installed
from wasl.manifest.problems import ManifestError
from wasl.report import Report
from wasl.result import exit_code


def configure(parser: argparse.ArgumentParser) -> None:
    """No arguments of its own: a check that leaves a country out proves little."""


def run(args: argparse.Namespace, context: Context) -> ExitCode:
    """CLEAN, DIFFERENCES with findings, FAILED where a file or the data cannot be used."""
    try:
        catalogue = load(context.root)
    except ManifestError as error:
        context.report(Report(findings=error.findings))
        return ExitCode.FAILED
    types, notes = _types()
    findings = check(catalogue, installed(), today=datetime.now(UTC).date(), types=types)
    context.report(Report(findings=tuple(findings), notes=notes))
    return exit_code(findings)


def _types() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The CloudFormation types that the tenancy uses, and a note where it does not name them."""
    module = import_module("infra.aws") if find_spec("infra") and find_spec("infra.aws") else None
    types: tuple[str, ...] = getattr(module, "CLOUDFORMATION_TYPES", ())
    if types:
        return types, ()
    return (), ("resource types by region were not checked: infra.aws names none",)
