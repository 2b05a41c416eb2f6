"""The cloud's part: nine tenancies, and a queue that somebody changes behind Pulumi's back."""

from __future__ import annotations

import os

from infra.sandbox.home import Home
from wasl.demo.steps import COUNTRY, Stage, run, say
from wasl.manifest.catalogue import load
from wasl.planes.cloud.states import read as state_of
from wasl.planes.reach import account
from wasl.tenancy import TenancyOutputs, read

BROKEN = f"a queue of {COUNTRY}: messages are seen for 5 s only"


def show() -> bool:
    """Bring every tenancy up."""
    return run("every country's tenancy", "up", "--all", "--yes")


def spoil(stage: Stage) -> None:
    """Change a queue through plain boto3."""
    entered = account(stage.home, COUNTRY, os.environ, "demo")
    queue, sqs = entered.outputs.roster_queue, entered.aws.client("sqs")
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "5"})


def screen(stage: Stage) -> None:
    """A line a country, and the way to real AWS."""
    say("nine countries, each in an account of its own")
    for code, country in load(stage.checkout).countries.items():
        outputs = _outputs(stage, code)
        print(
            f"  {code}  {country.names.en:<12} {outputs.region:<13} account {outputs.account}  "
            f"{country.environment}, residency contract {country.residency.status}"
        )
    print(
        "\nOn real AWS: lay the foundation (docs/how-to/foundation.md), let counsel sign a"
        "\nresidency contract (residency.status: signed-off), then: wasl plan jo && wasl up jo"
        "\nTo go on here: wasl sandbox start"
    )


def _outputs(stage: Stage, code: str) -> TenancyOutputs:
    """What a tenancy offers, as the stack's state holds it."""
    held = state_of(Home(stage.home).backend, os.environ, code)
    assert held is not None
    return read(held.state.outputs, code)
