"""`wasl drift --repair`: each plane's own way back to what the description says.

The mend is shown, with --yes too, asked for and done by the very code of `wasl up`, `wasl devices
run`, `wasl identity apply` and `wasl content apply`; a plane that refuses is told of, and leaves
the others alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from wasl.cli.checking import judged
from wasl.cli.context import Context
from wasl.errors import WaslError
from wasl.messages import say
from wasl.planes.check import Place
from wasl.result import Checked, Message, checked_by

Mend = Callable[[Context, Place, Sequence[str]], object]


def repair(context: Context, where: Place, checks: Sequence[Checked]) -> None:
    """Mend what differs and is not waived; what could not be read is not touched.

    A plane's way mends all of a country, so one with anything waived in it is left as it is.
    """
    aside = context.aside()
    report = judged(context, checks)
    broken = [one for one in report.checked if one.state == "differs"]
    found = [one.finding for one in report.waived]
    waived = {(checked_by(one.plane), one.country) for one in found}
    for plane, mend in _MENDS.items():
        countries = []
        for country in [one.country for one in broken if one.plane == plane]:
            if (plane, country) not in waived:
                countries.append(country)
                continue
            words = {"plane": plane, "country": country}
            aside.console.note(say(Message("check.waived-beside", words), context.language))
        if not countries:
            continue
        aside.console.note(f"mend {plane} of {', '.join(countries)}")
        try:
            mend(aside, where, countries)
        except WaslError as error:
            aside.console.error(error)


def _cloud(context: Context, _where: Place, countries: Sequence[str]) -> None:
    from wasl.cli.up import bring_up
    from wasl.planes.cloud.work import Options

    bring_up(context, countries, Options(refresh=True), shown=True)


def _devices(context: Context, where: Place, countries: Sequence[str]) -> None:
    from wasl.cli.lab import run_job
    from wasl.planes.devices.check import job

    for country in countries:
        run_job(context, replace(job(where, country), mend=True), shown=True)


def _identity(context: Context, where: Place, countries: Sequence[str]) -> None:
    from wasl.cli.identity import carry
    from wasl.planes.identity.check import parts
    from wasl.planes.identity.setting import setting

    for country in countries:
        for name in parts(where, country):
            carry(
                context,
                setting(where.root, where.home, country, name, where.environ),
                where.roster,
                shown=True,
            )


def _content(context: Context, where: Place, countries: Sequence[str]) -> None:
    from wasl.cli.content import deliver
    from wasl.planes.content.setting import setting

    for country in countries:
        deliver(context, setting(where.root, where.home, country, where.environ), shown=True)


_MENDS: dict[str, Mend] = {
    "cloud": _cloud,
    "devices": _devices,
    "identity": _identity,
    "content": _content,
}
