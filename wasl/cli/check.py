"""Check every country and partner file, and the waivers, offline.

Reads countries/ and partners/, names everything that is wrong with them (file, line, key, mend),
then holds them against each other and against what AWS offers: regions that the residency
contract permits, address ranges, authorisations about to expire, resource types, database and
cache classes of each region.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from infra.aws.catalogue import TYPES
from wasl.cli.context import Context
from wasl.errors import ExitCode
from wasl.manifest.catalogue import load
from wasl.manifest.checks import check
from wasl.manifest.offers import installed
from wasl.manifest.problems import ManifestError
from wasl.report import Report
from wasl.result import exit_code
from wasl.waivers import read


def configure(parser: argparse.ArgumentParser) -> None:
    """No arguments of its own: a check that leaves a country out proves little."""


def run(args: argparse.Namespace, context: Context) -> ExitCode:
    """CLEAN, DIFFERENCES with findings, FAILED where a file or the data cannot be used."""
    try:
        catalogue = load(context.root)
        read(context.root)
    except ManifestError as error:
        context.report(Report(findings=error.findings))
        return ExitCode.FAILED
    types = {kind.cloudformation for kind in TYPES.values() if kind.cloudformation}
    findings = check(catalogue, installed(), today=datetime.now(UTC).date(), types=types)
    context.report(Report(findings=tuple(findings)))
    return exit_code(findings)
