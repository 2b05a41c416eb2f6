"""The cloud's part: nine tenancies, and a queue that somebody changes behind Pulumi's back."""

from __future__ import annotations

import json

from infra.aws.model import Aws, Credentials
from infra.foundation import ROLE
from infra.sandbox import home as sandbox
from infra.sandbox.account import SANDBOX_KEY
from infra.sandbox.home import Home
from wasl.demo.steps import COUNTRY, Stage, run, say
from wasl.manifest.catalogue import load
from wasl.tenancy import TenancyOutputs, read

BROKEN = f"a queue of {COUNTRY}: messages are seen for 5 s only"


def show() -> bool:
    """Bring every tenancy up."""
    return run("every country's tenancy", "up", "--all", "--yes")


def spoil(stage: Stage) -> None:
    """Change a queue through plain boto3."""
    record = sandbox.load(Home(stage.home))
    assert record is not None
    outputs = _outputs(stage, COUNTRY)
    base = Credentials(SANDBOX_KEY, SANDBOX_KEY)
    sts = Aws(outputs.region, base, record.endpoint, read_only=False).client("sts")
    role = f"arn:aws:iam::{outputs.account}:role/{ROLE}"
    keys = sts.assume_role(RoleArn=role, RoleSessionName="demo")["Credentials"]
    inside = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    sqs = Aws(outputs.region, inside, record.endpoint, read_only=False).client("sqs")
    sqs.set_queue_attributes(QueueUrl=outputs.roster_queue, Attributes={"VisibilityTimeout": "5"})


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
    """What a tenancy offers, as the stack's checkpoint holds it."""
    (path,) = (Home(stage.home).state / ".pulumi" / "stacks").glob(f"**/{code}.json")
    resources = json.loads(path.read_bytes())["checkpoint"]["latest"]["resources"]
    stack = next(one for one in resources if one["type"] == "pulumi:pulumi:Stack")
    return read(stack["outputs"], code)
