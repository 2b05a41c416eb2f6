"""The main job on one machine, offline: nine tenancies, a change behind their back, its mend;
then learning resources for two countries, and one that is taken back.

It runs the very commands that a platform engineer would type, each shown before it runs, in a
sandbox of its own under `.wasl/demo`, made afresh each time.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from infra.aws.model import Aws, Credentials
from infra.foundation import ROLE
from infra.sandbox import home as sandbox
from infra.sandbox.account import SANDBOX_KEY
from infra.sandbox.home import Home
from wasl.cli import demo_content
from wasl.cli.main import main as wasl
from wasl.errors import ExitCode
from wasl.manifest.catalogue import load
from wasl.tenancy import TenancyOutputs, read

ROOT = Path(__file__).resolve().parents[2]
BROKEN = "jo"


def main() -> int:
    """Run the demo; the exit status is 0 only if every step ended as it should."""
    home = ROOT / ".wasl" / "demo"
    os.environ["WASL_HOME"] = str(home)
    if home.exists():
        wasl(["sandbox", "stop"])
        shutil.rmtree(home)
    try:
        return _story()
    finally:
        _say("stop the sandbox")
        wasl(["sandbox", "stop"])


def _story() -> int:
    steps = (
        ("an AWS on this machine, with an account a country", ["sandbox", "start"], ExitCode.CLEAN),
        ("every country's tenancy", ["up", "--all", "--yes"], ExitCode.CLEAN),
        ("a check: nothing differs", ["drift", BROKEN, "--plane", "cloud"], ExitCode.CLEAN),
    )
    for title, command, expected in steps:
        if not _run(title, command, expected):
            return 1
    _say(f"somebody changes a queue of {BROKEN} behind Pulumi's back: messages seen for 5 s only")
    _break()
    if not _run(
        "the check names exactly that", ["drift", BROKEN, "--plane", "cloud"], ExitCode.DIFFERENCES
    ):
        return 1
    repair = ["up", BROKEN, "--refresh", "--yes"]
    if not _run("bring back what the description says", repair, ExitCode.CLEAN):
        return 1
    if not _run("and it is gone", ["drift", BROKEN, "--plane", "cloud"], ExitCode.CLEAN):
        return 1
    _screen()
    return demo_content.story(Path(os.environ["WASL_HOME"]) / "content")


def _run(title: str, command: list[str], expected: ExitCode) -> bool:
    _say(title)
    print(f"$ wasl {' '.join(command)}", flush=True)
    status = wasl(command)
    if status != expected:
        print(f"the demo stops here: exit status {status}, expected {int(expected)}", flush=True)
    return status == expected


def _say(title: str) -> None:
    print(f"\n== {title}", flush=True)


def _outputs(code: str) -> TenancyOutputs:
    """What a tenancy offers, as the stack's checkpoint holds it."""
    home = Home(Path(os.environ["WASL_HOME"]))
    (path,) = (home.state / ".pulumi" / "stacks").glob(f"**/{code}.json")
    resources = json.loads(path.read_bytes())["checkpoint"]["latest"]["resources"]
    stack = next(one for one in resources if one["type"] == "pulumi:pulumi:Stack")
    return read(stack["outputs"], code)


def _break() -> None:
    """Change a queue through plain boto3."""
    record = sandbox.load(Home(Path(os.environ["WASL_HOME"])))
    assert record is not None
    outputs = _outputs(BROKEN)
    base = Credentials(SANDBOX_KEY, SANDBOX_KEY)
    sts = Aws(outputs.region, base, record.endpoint, read_only=False).client("sts")
    role = f"arn:aws:iam::{outputs.account}:role/{ROLE}"
    keys = sts.assume_role(RoleArn=role, RoleSessionName="demo")["Credentials"]
    inside = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    sqs = Aws(outputs.region, inside, record.endpoint, read_only=False).client("sqs")
    sqs.set_queue_attributes(QueueUrl=outputs.roster_queue, Attributes={"VisibilityTimeout": "5"})


def _screen() -> None:
    """A line a country, and the way to real AWS."""
    _say("nine countries, each in an account of its own")
    for code, country in load(ROOT).countries.items():
        outputs = _outputs(code)
        print(
            f"  {code}  {country.names.en:<12} {outputs.region:<13} account {outputs.account}  "
            f"{country.environment}, residency contract {country.residency.status}"
        )
    print(
        "\nOn real AWS: lay the foundation (docs/how-to/foundation.md), let counsel sign a"
        "\nresidency contract (residency.status: signed-off), then: wasl plan jo && wasl up jo"
        "\nTo go on here: wasl sandbox start"
    )


if __name__ == "__main__":
    sys.exit(main())
