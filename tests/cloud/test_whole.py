"""Nine whole tenancies: what one offers, plain Pulumi beside wasl, a restart, a tenth country."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from infra.program import ROOT
from infra.sandbox.home import Home
from tests.cloud.conftest import Cli, clean, copied, pulumi
from tests.cloud.inventory import held, listed, writing
from tests.cloud.urns import golden, urns
from wasl import tenancy
from wasl.cli.arguments import FORMATS
from wasl.planes.cloud.checkpoint import export
from wasl.planes.cloud.stacks import Stacks

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("nine")]


def test_every_country_is_as_described(whole: Cli) -> None:
    told = whole.ok("drift", "--all", "--plane", "cloud")
    looked = re.findall(r"\b([a-z]{2}): \d{3} resources compared", told)
    assert sorted(looked) == sorted(path.stem for path in (ROOT / "countries").glob("*.yaml"))


def test_the_urns_are_those_that_are_kept(tenancies: Stacks) -> None:
    """The files are written without an engine; see test_urns."""
    assert urns(tenancies, "jo") == golden("pilot").read_text().splitlines()


def test_what_the_tenancy_offers_is_there(tenancies: Stacks) -> None:
    """The outputs that the other planes read, beside what AWS itself says."""
    state = export(tenancies, "jo")
    assert state is not None
    offered, aws = tenancy.read(state.outputs, "jo"), writing(tenancies, "jo")
    assert offered.account == aws.client("sts").get_caller_identity()["Account"]
    buckets = {one["Name"] for one in aws.client("s3").list_buckets()["Buckets"]}
    assert {offered.content_bucket, offered.backups_bucket} <= buckets
    queues = aws.client("sqs").list_queues()["QueueUrls"]
    assert {offered.roster_queue, offered.content_queue} <= set(queues)
    roles = {one["Arn"] for one in aws.client("iam").list_roles()["Roles"]}
    assert {offered.partner_role, offered.drift_role} <= roles
    kms, secrets = aws.client("kms"), aws.client("secretsmanager")
    assert kms.describe_key(KeyId=offered.content_key)["KeyMetadata"]["Enabled"]
    assert secrets.describe_secret(SecretId=offered.partner_secret)["ARN"] == offered.partner_secret
    cognito = aws.client("cognito-idp")
    pool = {"UserPoolId": offered.user_pool}
    client = cognito.describe_user_pool_client(ClientId=offered.user_pool_client, **pool)
    assert client["UserPoolClient"]["ClientId"] == offered.user_pool_client
    domain = cognito.describe_user_pool_domain(Domain=offered.sign_in_domain)["DomainDescription"]
    assert domain["UserPoolId"] == offered.user_pool
    balancers = aws.client("elbv2").describe_load_balancers()["LoadBalancers"]
    assert offered.platform_host in {one["DNSName"] for one in balancers}
    distributions = aws.client("cloudfront").list_distributions()["DistributionList"]["Items"]
    assert offered.content_host in {one["DomainName"] for one in distributions}
    parameters = aws.client("ssm").get_parameters_by_path(Path=offered.fleet_path)["Parameters"]
    assert parameters
    zones = aws.client("route53")
    (zone,) = zones.list_hosted_zones()["HostedZones"]
    servers = zones.get_hosted_zone(Id=zone["Id"])["DelegationSet"]["NameServers"]
    assert set(offered.name_servers) == set(servers)


def test_plain_pulumi_and_wasl_see_the_same(whole: Cli, tenancies: Stacks, tmp_path: Path) -> None:
    """What wasl made is as described for plain Pulumi, and the other way round."""
    clean(whole, "dj")
    pulumi(whole, "destroy", "dj", "--yes", "--skip-preview")
    assert held(tenancies, "dj") == {}
    _as_a_user(whole, tmp_path, "pulumi stack select dj && pulumi up --yes --skip-preview")
    assert not list(tmp_path.iterdir()), "nothing of the sandbox is in the user's own home"
    whole.ok("drift", "dj")
    assert held(tenancies, "dj") == listed(tenancies, "dj")
    pulumi(whole, "refresh", "dj", "--yes", "--expect-no-changes")
    _imported(whole, tenancies)


def _as_a_user(cli: Cli, home: Path, commands: str) -> None:
    """In a shell, after `eval`, by one whose home is empty."""
    shown = f'eval "$({sys.executable} -m wasl.cli.main sandbox env)"'
    done = subprocess.run(
        ["bash", "-ec", f"{shown}; export HOME={home}; {commands}"],
        cwd=cli.root,
        env=cli.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _imported(cli: Cli, stacks: Stacks) -> None:
    """What the state forgot is taken over as it stands in AWS, and is as described again."""
    state = export(stacks, "dj")
    assert state is not None
    forgotten = next(r for r in state.resources if r["urn"].endswith("Parameter::domain"))
    provider = forgotten["provider"].rpartition("::")[0]
    pulumi(cli, "state delete", "dj", forgotten["urn"], "--yes")
    assert forgotten["id"] not in str(held(stacks, "dj"))
    pulumi(
        cli,
        "import",
        "dj",
        forgotten["type"],
        "domain",
        forgotten["id"],
        f"--parent=fleet={forgotten['parent']}",
        f"--provider=tenancy={provider}",
        "--protect=false",
        "--generate-code=false",
        "--yes",
    )
    assert forgotten["id"] in str(held(stacks, "dj"))
    clean(cli, "dj")


@pytest.mark.long
def test_a_restart_changes_nothing(whole: Cli, tenancies: Stacks) -> None:
    """What stands is there as it was; what was destroyed does not come back, and may be made."""
    whole.ok("destroy", "ye", "--yes")
    before = held(tenancies, "jo")
    whole.ok("sandbox", "stop")
    whole.ok("sandbox", "start")
    clean(whole, "jo")
    assert held(tenancies, "jo") == before == listed(tenancies, "jo")
    whole.ok("up", "ye", "--yes")
    assert held(tenancies, "ye") == listed(tenancies, "ye") != {}


@pytest.mark.parametrize(
    "forms", [("json",), pytest.param(FORMATS, marks=pytest.mark.long, id="all")]
)
def test_no_secret_of_a_tenancy_is_told(whole: Cli, forms: tuple[str, ...]) -> None:
    """What AWS made up is encrypted in the state, and in clear in no print and no other file."""
    shown = json.loads(pulumi(whole, "stack export", "jo", "--show-secrets"))
    secrets = {
        json.loads(value["plaintext"])
        for resource in shown["deployment"]["resources"]
        for name, value in resource.get("outputs", {}).items()
        if name in ("activationCode", "clientSecret") and value
    }
    assert len(secrets) == 2
    home, told = Home(whole.home), pulumi(whole, "preview", "jo", "--diff", "--refresh")
    for form in forms:
        told += whole.ok("plan", "jo", "--format", form)
        told += whole.ok("drift", "jo", "--plane", "cloud", "--format", form)
    told += whole.ok("log", "jo") + whole.ok("status")
    told += whole.ok("board", "--output", str(whole.home / "board.html"))
    kept = [path for path in whole.home.rglob("*") if path.is_file() and path != home.recording]
    assert home.logs / "provider.log" in kept
    for secret in secrets:
        assert secret not in told
        for path in kept:
            assert secret.encode() not in path.read_bytes(), path


def test_a_tenth_country_is_one_file(whole: Cli, tmp_path: Path) -> None:
    """Oman is nowhere in the checkout. With its file alone it has an account and a plan."""
    ten = replace(whole, root=copied(tmp_path / "wasl"))
    text = (ten.root / "countries/jo.yaml").read_text("utf-8")
    for old, new in {
        r"^code: jo$": "code: om",
        r"^iso3: JOR$": "iso3: OMN",
        r"10\.8\.0\.0/16": "10.77.0.0/16",
        r"([.@])jo\.example": r"\g<1>om.example",
    }.items():
        text, count = re.subn(old, new, text, flags=re.M)
        assert count
    (ten.root / "countries/om.yaml").write_text(text, "utf-8")
    ten.ok("sandbox", "start")
    plan = json.loads(ten.ok("plan", "om", "--format", "json", status=2))
    assert [one["property"] for one in plan["findings"]] == ["not-known-yet"]
    assert set(plan["summary"]["by_action"]) == {"create"}
    assert len(plan["changes"]) > 120
    assert {change["country"] for change in plan["changes"]} == {"om"}
