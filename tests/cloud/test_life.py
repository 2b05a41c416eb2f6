"""A tenancy's life through the command line: planned, made, broken, found, repaired, removed."""

from __future__ import annotations

import json
import subprocess

import pytest

from infra.program import ROOT
from tests.cloud.conftest import Cli
from tests.cloud.inventory import held, listed, write, writing
from tests.cloud.program import VARIABLE, account
from wasl.journal import entries
from wasl.planes.cloud.checkpoint import export
from wasl.planes.cloud.journals import store
from wasl.planes.cloud.stacks import Stacks

pytestmark = pytest.mark.slow
URN = "urn:pulumi:jo::wasl::wasl:tenancy:"
DRIFT = ("drift", "--plane", "cloud", "--engine", "pulumi")


def test_a_life(cli: Cli, stacks: Stacks) -> None:
    plan = json.loads(cli.ok("plan", "jo", "--format", "json", status=2))
    assert plan["summary"]["by_action"] == {"create": len(plan["changes"])}
    assert cli.ok("up", "jo", "--yes") == "", "what went as asked needs no report"
    cli.ok("plan", "jo", status=0)
    assert json.loads(cli.ok(*DRIFT, "jo", "--format", "json"))["findings"] == []
    _break(stacks)
    _found(json.loads(cli.ok(*DRIFT, "jo", "--format", "json", status=2)))
    cli.ok("up", "jo", "--yes", "--refresh")
    assert json.loads(cli.ok(*DRIFT, "jo", "--format", "json"))["findings"] == []
    assert held(stacks, "jo") == listed(stacks, "jo")
    cli.ok("destroy", "jo", "--yes")
    assert held(stacks, "jo") == {}
    _journalled(stacks)


def _break(stacks: Stacks) -> None:
    """Three things behind Pulumi's back."""
    state = export(stacks, "jo")
    assert state is not None
    aws = writing(stacks, "jo")
    subnet = next(r["id"] for r in state.resources if r["urn"].endswith("::private-1"))
    vpc = next(r["id"] for r in state.resources if r["urn"].endswith("::vpc"))
    queue = next(r["id"] for r in state.resources if r["urn"].endswith("::roster"))
    aws.client("ec2").delete_subnet(SubnetId=subnet)
    aws.client("ec2").create_tags(Resources=[vpc], Tags=[{"Key": "extra", "Value": "1"}])
    aws.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "99"})


def _found(report: dict[str, object]) -> None:
    findings = report["findings"]
    assert isinstance(findings, list)
    seen = {(f["target"].rpartition("::")[2], f["kind"], f["property"]): f for f in findings}
    assert set(seen) == {
        ("private-1", "missing", ""),
        ("vpc", "unmanaged", "tags.extra"),
        ("roster", "changed", "visibilityTimeoutSeconds"),
    }
    changed = seen["roster", "changed", "visibilityTimeoutSeconds"]
    assert (changed["expected"], changed["found"]) == (60, 99)
    assert (changed["plane"], changed["country"], changed["environment"]) == (
        "cloud",
        "jo",
        "pilot",
    )
    assert changed["type"] == "aws:sqs/queue:Queue"
    assert changed["target"].startswith(URN)
    assert changed["remedy"] == "wasl up jo --refresh"
    line = (ROOT / "countries/jo.yaml").read_text().splitlines()[changed["location"]["line"] - 1]
    assert changed["location"]["file"] == "countries/jo.yaml"
    assert line.startswith("contacts:")
    missing = seen["private-1", "missing", ""]
    line = (ROOT / "countries/jo.yaml").read_text().splitlines()[missing["location"]["line"] - 1]
    assert line.strip().startswith("cidr:")


def _journalled(stacks: Stacks) -> None:
    told = [(e.event, e.verb) for e in entries(store(stacks.target, "jo"))]
    verbs = ("up", "up", "destroy")
    assert told == [(event, verb) for verb in verbs for event in ("intent", "outcome")]


@pytest.mark.long
def test_an_unapplied_description_is_no_intrusion(cli: Cli) -> None:
    cli.ok("up", "dj", "--yes")
    later = {VARIABLE: json.dumps({"timeout": 70})}
    report = json.loads(cli.ok(*DRIFT, "dj", "--format", "json", status=2, env=later))
    assert {f["kind"] for f in report["findings"]} == {"unapplied"}
    assert {(f["expected"], f["found"]) for f in report["findings"]} == {(70, 60)}
    cli.ok("up", "dj", "--yes", env=later)
    cli.ok("plan", "dj", env=later)
    cli.ok("destroy", "dj", "--yes")


def test_a_read_that_fails_is_never_clean(cli: Cli, stacks: Stacks) -> None:
    """A bucket whose id AWS cannot even be asked about is not gone: nobody can tell."""
    cli.ok("up", "km", "--yes")
    state = export(stacks, "km")
    assert state is not None
    bucket = next(r for r in state.resources if r["type"] == "aws:s3/bucket:Bucket")
    right, bucket["id"] = bucket["id"], "no bucket's name"
    write(stacks, "km", state)
    report = json.loads(cli.ok(*DRIFT, "km", "--format", "json", status=1))
    unreadable = [f for f in report["findings"] if f["kind"] == "unreadable"]
    assert [f["target"] for f in unreadable] == [bucket["urn"]]
    bucket["id"] = right
    write(stacks, "km", state)
    cli.ok(*DRIFT, "km")


def test_what_holds_data_is_not_replaced(cli: Cli, stacks: Stacks) -> None:
    cli.ok("up", "eg", "--yes")
    before = held(stacks, "eg")
    other = {VARIABLE: json.dumps({"bucket": "renamed"})}
    refused = cli.run("up", "eg", "--yes", env=other)
    assert refused.returncode == 1
    assert "WASL-DATA-LOSS" in refused.stderr
    urn = "urn:pulumi:eg::wasl::wasl:tenancy:Storage$aws:s3/bucket:Bucket::content"
    assert f"--replace '{urn}'" in refused.stderr
    assert held(stacks, "eg") == before
    cli.ok("up", "eg", "--yes", "--replace", urn, env=other)
    renamed = [ids for place, ids in held(stacks, "eg").items() if "Bucket" in place[0]]
    assert [f"wasl-eg-renamed-{account('eg')}"] in renamed


@pytest.mark.long
def test_one_countrys_failure_does_not_stop_the_others(cli: Cli, stacks: Stacks) -> None:
    """km's bucket name is taken, so that it fails half-way."""
    cli.ok("up", "km", "--yes")
    aws = writing(stacks, "km")
    cli.ok("destroy", "km", "--yes")
    place = {"LocationConstraint": aws.region}
    bucket = f"wasl-km-content-{account('km')}"
    aws.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    done = cli.run("up", "km", "lb", "--yes")
    aws.client("s3").delete_bucket(Bucket=bucket)
    assert done.returncode == 1
    assert "BucketAlready" in done.stderr
    assert held(stacks, "lb")
    cli.ok("plan", "lb")
    cli.ok("up", "km", "--yes")
    cli.ok("plan", "km")


def test_nothing_is_written_into_the_checkout(cli: Cli) -> None:
    command = ["git", "-c", "safe.directory=*", "status", "--porcelain", "infra", "countries"]
    before = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    cli.ok("up", "ye", "--yes")
    after = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert after == before
    assert not list((ROOT / "infra/stacks").glob("Pulumi.*.yaml"))
