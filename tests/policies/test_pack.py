"""The pack in the real engine, with real calls to an emulated AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.engine import locate
from infra.policies.finding import finding
from tests.components.described import ROOT
from tests.engine.conftest import Pulumi, engine
from tests.sandbox.conftest import endpoint
from wasl.result import Kind, Severity

__all__ = ["endpoint", "engine"]

pytestmark = pytest.mark.slow

PACK = ROOT / "infra" / "policies"
ACCOUNT = "111122223333"
PROGRAM = """
import json, os
import pulumi
import pulumi_aws as aws

def tags(token, name):
    urn = f"urn:pulumi:{pulumi.get_stack()}::wasl::{token}::{name}"
    return {"country": "jo", "environment": "pilot", "partner": "classera", "owner": "wasl-jo",
            "cost-centre": "wasl-jo", "data-classification": "personal", "wasl:urn": urn}

def policy(**statement):
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [statement]})

wrong = os.environ.get("WRONG", "")
url = os.environ["ENDPOINT"]
provider = aws.Provider(
    "tenancy",
    region="eu-west-1" if wrong == "region" else "eu-south-1",
    access_key="wasl-sandbox", secret_key="wasl-sandbox",
    skip_credentials_validation=True, skip_metadata_api_check=True, skip_region_validation=True,
    endpoints=[aws.ProviderEndpointArgs(**{name: url for name in ("iam", "sqs", "sts")})],
    assume_roles=[aws.ProviderAssumeRoleArgs(role_arn="arn:aws:iam::111122223333:role/x")],
)
here = pulumi.ResourceOptions(provider=provider)
queue = aws.sqs.Queue(
    "roster", name="wasl-jo-roster", sqs_managed_sse_enabled=wrong != "encryption",
    tags={} if wrong == "tags" else tags("aws:sqs/queue:Queue", "roster"), opts=here,
)
if wrong != "store":
    aws.sqs.QueuePolicy("roster", queue_url=queue.url, opts=here, policy=policy(
        Effect="Allow" if wrong == "public" else "Deny", Principal="*", Action="sqs:*",
        Resource=queue.arn, Condition={"Bool": {"aws:SecureTransport": "false"}}))
role = aws.iam.Role(
    "task", name="wasl-jo-task", tags=tags("aws:iam/role:Role", "task"), opts=here,
    assume_role_policy=policy(
        Effect="Allow", Principal={"Service": "ecs-tasks.amazonaws.com"}, Action="sts:AssumeRole"))
aws.iam.RolePolicy("task", role=role.name, name="send", opts=here, policy=policy(
    Effect="Allow", Resource=queue.arn,
    Action="sqs:*" if wrong == "wildcard" else "sqs:SendMessage"))
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A running stand-in provider; how the engine finds it."""
    command = [sys.executable, "-m", "infra.sandbox.provider.server"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    yield f"aws:{int(server.stdout.readline())}"
    server.terminate()
    server.wait(10)


@pytest.fixture(scope="module")
def project(
    engine: locate.Engine, endpoint: str, provider: str, tmp_path_factory: pytest.TempPathFactory
) -> Pulumi:
    """Plain `pulumi` on a small program, in the stack of a country and in one of none."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "Pulumi.yaml").write_text("name: wasl\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / "state").mkdir()
    path = ":".join([*map(str, engine.path_entries), os.environ["PATH"]])
    environment = {
        "PATH": path,
        "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "used nowhere else",
        "PULUMI_DEBUG_PROVIDERS": provider,
        "ENDPOINT": endpoint,
    }
    command = Pulumi(engine, folder, environment)
    for stack in ("nowhere", "jo"):
        assert command("stack", "init", stack)[0] == 0
    return command


def preview(project: Pulumi, *arguments: str, **settings: str) -> tuple[int, str]:
    return project("preview", "--policy-pack", str(PACK), *arguments, **settings)


def test_what_is_right_passes_and_says_what_is_not_known_yet(project: Pulumi) -> None:
    status, output = preview(project)
    assert status == 0, output
    assert "[advisory]" in output
    assert "known only once AWS has given others" in output
    assert "They are in: QueuePolicy roster, RolePolicy task" in output
    assert "[mandatory]" not in output


@pytest.mark.parametrize(
    ("wrong", "policy", "said"),
    [
        ("region", "residency", "region names eu-west-1; the contract permits for primary: eu-so"),
        ("encryption", "encryption", "kmsMasterKeyId is not set; it must be a key of the tenancy"),
        ("tags", "tags", "the tag data-classification is missing"),
        ("store", "complete-stores", "it has no policy that refuses plain HTTP"),
    ],
)
def test_a_violation_stops_the_preview(project: Pulumi, wrong: str, policy: str, said: str) -> None:
    status, output = preview(project, WRONG=wrong)
    assert status != 0
    assert "[mandatory]" in output
    assert f"{policy} " in output
    assert said in output
    assert "where: aws:sqs/queue:Queue roster: property" in output
    assert "next: " in output


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("public", "policy.Statement.0 allows sqs:* to everyone"),
        ("wildcard", "policy.Statement.0 allows sqs:*, a wildcard over more than reads"),
    ],
)
def test_what_a_preview_cannot_know_stops_the_up(project: Pulumi, wrong: str, said: str) -> None:
    assert preview(project, WRONG=wrong)[0] == 0
    up = ("up", "--yes", "--skip-preview", "--policy-pack", str(PACK))
    status, output = project(*up, WRONG=wrong)
    assert status != 0
    assert said in output
    status, output = project(*up)
    assert status == 0, output
    assert "[advisory]" not in output
    status, output = preview(project, WRONG=wrong)
    assert status != 0, "by now everything is known"
    assert said in output
    assert project("destroy", "--yes", "--skip-preview")[0] == 0


def test_a_violation_is_a_finding(project: Pulumi, tmp_path: Path) -> None:
    """What the engine's event log says, as reports have it."""
    log = tmp_path / "events"
    preview(project, "--event-log", str(log), WRONG="encryption", PULUMI_DEBUG_COMMANDS="true")
    events = [json.loads(line).get("policyEvent") for line in log.read_text().splitlines()]
    (event,) = [item for item in events if item and item["enforcementLevel"] == "mandatory"]
    found = finding(
        event["policyName"], event["message"], event["resourceUrn"], event["enforcementLevel"]
    )
    assert (found.kind, found.severity) == (Kind.POLICY, Severity.HIGH)
    assert (found.country, found.type) == ("jo", "aws:sqs/queue:Queue")
    assert found.property == "encryption.kmsMasterKeyId"
    assert found.remedy == "set kmsMasterKeyId to a key of the tenancy's own"
    assert found.message is not None
    assert str(found.message.arguments["reason"]).startswith("kmsMasterKeyId is not set;")


def test_a_stack_without_a_country_is_refused_once(project: Pulumi) -> None:
    status, output = preview(project, "--stack", "nowhere", WRONG="encryption")
    assert status != 0
    assert output.count("no country is called 'nowhere'") == 1
    assert output.count("[mandatory]") == 1


def test_the_pack_imports_little() -> None:
    """It starts anew at each call of the engine."""
    script = (
        "import sys, infra.policies.pack;print(*{name.partition('.')[0] for name in sys.modules})"
    )
    output = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert not {"pydantic", "pulumi_aws", "boto3", "botocore", "moto", "rich"} & set(output.split())
