"""`wasl devices sync` and `enrol`: what needs a line to the country's account."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wasl.cli.context import Context
from wasl.cli.devices import trust_of
from wasl.cli.proposal import Proposal
from wasl.errors import ExitCode
from wasl.planes.devices import enrolment
from wasl.planes.devices.home import Home
from wasl.planes.devices.prepare import journal_of
from wasl.planes.devices.sync import Bucket, sync
from wasl.report import Report
from wasl.result import Message

if TYPE_CHECKING:
    from wasl.planes.reach import Account


def synced(country: str, context: Context) -> ExitCode:
    """CLEAN, or FAILED where a record could not be brought over."""
    home, trust = Home(context.home, country), trust_of(country, [], context)
    account = _account(country, context)
    # Records name people: they belong where exports are, not where the public reads.
    bucket = Bucket(account.aws.client("s3"), account.outputs.backups_bucket)
    with journal_of(context.root, home).unit("devices sync", country) as outcome:
        done = sync(home.records, bucket, trust, home.synced)
        outcome.update(sent=len(done.sent), fetched=len(done.fetched), failed=len(done.findings))
    notes = [f"sent: {name}" for name in done.sent]
    notes += [f"fetched: {name}" for name in done.fetched]
    context.report(Report(tuple(done.findings), notes=tuple(notes)))
    return ExitCode.FAILED if done.findings else ExitCode.CLEAN


def enrolled(country: str, context: Context) -> ExitCode:
    """CLEAN, or FAILED where a device could not be taken in or nobody agreed."""
    home, trust = Home(context.home, country), trust_of(country, [], context)
    members, problems = enrolment.asked(home.records, trust, enrolment.identity(home))
    account = _account(country, context)
    fleet = enrolment.Parameters(account.aws.client("ssm"), account.outputs.fleet_path)
    changes = enrolment.plan(country, members, fleet.members())
    proposal = Proposal(context, Report(tuple(problems), tuple(changes)))
    words = {"count": str(len(changes)), "fleet": fleet.path}
    if changes and not proposal.agreed(Message("ask.enrol", words)):
        return ExitCode.FAILED
    by_number = {member.number: member for member in members}
    with journal_of(context.root, home).unit("devices enrol", country) as outcome:
        for change in changes:
            fleet.put(change.target, by_number[change.target].value)
        outcome["enrolled"] = len(changes)
    proposal.result()
    return ExitCode.FAILED if problems else ExitCode.CLEAN


def _account(country: str, context: Context) -> Account:
    from wasl.planes.reach import account

    return account(context.home, country, os.environ, "devices")
