"""A stack in this process: held to its plan, its protection lifted, its secrets kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from infra.sandbox.home import Home
from infra.target import target
from tests.cloud import program
from tests.cloud.conftest import Cli, desk
from tests.cloud.inventory import held, writing
from wasl.cli.arguments import FORMATS
from wasl.errors import WaslError
from wasl.journal import entries
from wasl.planes.cloud.command import Calls
from wasl.planes.cloud.journals import store
from wasl.planes.cloud.stacks import Stacks
from wasl.result import WITHHELD

pytestmark = pytest.mark.slow


def _described(stacks: Stacks, describe: Callable[[], None]) -> Stacks:
    return Stacks(stacks.target, describe)


def test_up_does_what_was_shown_and_nothing_else(stacks: Stacks) -> None:
    """The description moves on between the plan and the answer to the question."""
    wanted: dict[str, Any] = {"timeout": 60}
    one = desk(_described(stacks, lambda: program.describe(wanted)), "lb")
    one.up()
    wanted["timeout"] = 61
    planned = one.worker.prepare("lb")
    assert {change.after["visibilityTimeoutSeconds"] for change in planned.changes} == {61}
    wanted["timeout"] = 62
    with pytest.raises(WaslError) as caught:
        one.worker.apply(planned)
    assert caught.value.code == "WASL-PLAN-DIFFERS"
    wanted["timeout"] = 60
    assert one.clean(), "nothing was done"
    one.destroy()


def test_an_operation_is_one_call_of_the_engine(
    stacks: Stacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state is looked at first; nobody asks for outputs and history afterwards."""
    called: list[str] = []
    start = Calls.start

    def counted(calls: Calls, arguments: list[str], *rest: Any) -> Any:
        called.append(" ".join(arguments[2 : 4 if arguments[2] == "stack" else 3]))
        return start(calls, arguments, *rest)

    monkeypatch.setattr(Calls, "start", counted)
    one = desk(_described(stacks, lambda: program.describe({})), "dj")
    one.up()
    one.destroy()
    made = {"stack ls", "stack init"}
    assert [call for call in called if call not in made] == [
        "stack export",
        "up",
        "stack export",
        "destroy",
    ]


def _protected() -> None:
    """One bucket, protected unless the run lifts that, and a queue that never is."""
    lifted = pulumi.Config("wasl").get_bool("unprotect") or False
    provider = target().provider("only", "eu-south-1")
    options = pulumi.ResourceOptions(provider=provider, protect=not lifted)
    aws.s3.Bucket("kept", bucket="wasl-kept", force_destroy=lifted, opts=options)
    aws.sqs.Queue("loose", name="wasl-loose", opts=pulumi.ResourceOptions(provider=provider))


def test_protection_is_lifted_on_purpose_alone(stacks: Stacks) -> None:
    one = desk(_described(stacks, _protected), "dj")
    one.up()
    before = held(stacks, "dj")
    with pytest.raises(WaslError) as caught:
        one.destroy()
    assert caught.value.code == "WASL-CLOUD-PROTECTED"
    assert "wasl destroy --unprotect dj" in caught.value.hint
    assert held(stacks, "dj") == before, "nothing was taken along"
    one.worker.destroy("dj", unprotect=True)
    assert held(stacks, "dj") == {}
    told = [(e.event, e.verb, e.detail.get("result")) for e in entries(store(stacks.target, "dj"))]
    assert ("intent", "unprotect", None) in told
    assert ("outcome", "unprotect", "ok") in told
    assert ("outcome", "destroy", "failed") in told
    assert not list(stacks.folder("dj").glob("unprotected*")), "nobody can leave it behind"


def _refused() -> None:
    raise WaslError("WASL-RESIDENCY-STATUS", "not signed off", where="countries/x", hint="ask")


def test_what_the_program_refuses_is_told_as_it_is(stacks: Stacks) -> None:
    with pytest.raises(WaslError) as caught:
        desk(_described(stacks, _refused), "sd").worker.plan("sd")
    error = caught.value
    assert error.code == "WASL-RESIDENCY-STATUS"
    assert (error.what, error.where, error.hint) == ("not signed off", "countries/x", "ask")


ENGINE = ("--plane", "cloud", "--engine", "pulumi")
OTHER, OUTSIDE = "another-0123456789", "set-outside-0123456789"


@pytest.mark.long
def test_no_secret_is_told(cli: Cli, stacks: Stacks) -> None:
    """Neither the passphrase nor a secret of the stack, in print or in any file in clear."""
    changed = {program.VARIABLE: json.dumps({"timeout": 75, "secret": OTHER})}
    told = _told(cli, ["plan", "ye", "--format", "json"], ["up", "ye", "--yes", "--format", "json"])
    parameter = {"Name": "/wasl-ye/token", "Value": OUTSIDE, "Type": "SecureString"}
    writing(stacks, "ye").client("ssm").put_parameter(**parameter, Overwrite=True)
    drift = _told(cli, ["drift", "ye", *ENGINE, "--format", "json"], env=changed)
    report = json.loads(drift[: drift.rindex("}") + 1])
    values = [f for f in report["findings"] if f["property"] == "value"]
    assert [(f["expected"], f["found"]) for f in values] == [(WITHHELD, WITHHELD)]
    told += drift + _told(cli, ["plan", "ye", "--refresh"], env=changed)
    told += _told(
        cli,
        *(["drift", "ye", *ENGINE, "--format", form] for form in FORMATS if form != "json"),
        env=changed,
    )
    told += _told(cli, ["sandbox", "env"], ["sandbox", "status"], ["log", "ye"], ["status"])
    told += _told(cli, ["board", "--output", str(cli.home / "board.html")])
    told += _told(cli, ["destroy", "ye", "--yes"])
    home = Home(cli.home)
    for secret in (home.passphrase.read_text().strip(), program.SECRET, OTHER, OUTSIDE):
        assert secret not in told
        for path in _kept(cli.home, home):
            assert secret.encode() not in path.read_bytes(), path


def _told(cli: Cli, *commands: list[str], env: dict[str, str] | None = None) -> str:
    told = ""
    for command in commands:
        done = cli.run(*command, env=env)
        assert done.returncode in (0, 2), done.stderr
        told += done.stdout + done.stderr
    return told


def _kept(folder: Path, home: Home) -> list[Path]:
    """Every file that anything here keeps, but for the emulated AWS's own memory."""
    apart = {home.passphrase, home.recording}
    return [path for path in folder.rglob("*") if path.is_file() and path not in apart]
