"""The check reads and does nothing else, and its role's policy is enough for it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from infra.aws.catalogue import TYPES
from infra.aws.model import Aws, Credentials
from infra.aws.permissions import BEYOND, READ_ONLY, READS, action
from infra.live.check import check
from infra.live.eyes import Eyes
from infra.live.found import Report
from infra.live.state import STATES
from infra.policies.facts import facts
from infra.program import ROOT
from infra.sandbox.account import SANDBOX_ACCOUNT, SANDBOX_KEY
from tests.live.conftest import CODE, Country
from wasl.errors import WaslError
from wasl.planes.check import Place, Unit
from wasl.planes.check import check as check_unit
from wasl.planes.cloud import live
from wasl.planes.cloud.accounts import reader
from wasl.planes.cloud.buckets import bucket, state_of
from wasl.planes.content.setting import setting as content_setting
from wasl.planes.identity.setting import setting as identity_setting
from wasl.planes.identity.tenancy import feed
from wasl.planes.reach import account
from wasl.result import Kind, PlaneName

pytestmark = pytest.mark.slow
OTHER = "dj"
READING = ("Describe", "Get", "List")
# moto cannot check the signature of their calls once it is told to check any.
UNCHECKED = frozenset({"backup", "cloudfront", "guardduty", "route53", "scheduler"})
# moto takes each read of a bucket that it has no name for as this one.
BUCKETS = "s3:ListBucket"


def test_every_call_is_a_read_that_the_role_may_make(country: Country) -> None:
    state = country.state()
    accounts = {name: reader(inputs, Eyes) for name, inputs in state.providers.items()}
    sent = check(state, accounts, facts(ROOT, CODE)).sent
    assert all(operation.startswith(READING) for _, operation, _ in sent)
    assert {action(f"{service}:{name}") for service, name, _ in sent} <= set(READ_ONLY)


def test_a_client_that_is_to_look_refuses_to_write(country: Country) -> None:
    state = country.state()
    eyes = reader(next(iter(state.providers.values())), Eyes)
    with pytest.raises(PermissionError):
        eyes.client("sqs").create_queue(QueueName="x")
    assert eyes.memory.sent == {}


def _engine(_home: Path) -> Any:
    raise AssertionError("a check needs no engine")


def test_other_planes_look_without_engine_and_cannot_write(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Content and identity enter the tenancy by what its state says, as the cloud's check does."""
    monkeypatch.setattr("wasl.planes.cloud.target.engine", _engine)
    monkeypatch.setenv("PATH", "/nowhere")
    home = country.cli.home
    content = content_setting(ROOT, home, CODE, {}, read_only=True)
    assert content.bucket is not None
    assert content.bucket.name == country.state().outputs["tenancy"]["content_bucket"]
    assert content.shelf.published("lessons", content.trust()) is None  # it reads
    with pytest.raises(PermissionError):
        content.bucket.client.put_object(Bucket=content.bucket.name, Key="x", Body=b"")
    identity = feed(identity_setting(ROOT, home, CODE, None, {}, read_only=True), "rosters/")
    with pytest.raises(PermissionError):
        identity.sqs.send_message(QueueUrl=identity.queue, MessageBody="x")


@pytest.mark.parametrize("plane", ["content", "identity"])
def test_the_checks_of_other_planes_ask_for_no_more(
    plane: PlaneName, country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def setting(*_given: object, read_only: bool) -> None:
        asked.append(read_only)
        raise WaslError("WASL-X", "far enough")

    monkeypatch.setattr(f"wasl.planes.{plane}.check.setting", setting)
    check_unit(Place(ROOT, country.cli.home), Unit(CODE, plane))
    assert set(asked) == {True}


def test_what_is_to_act_may_write(country: Country) -> None:
    entered = account(country.cli.home, CODE, {}, "test")
    assert entered.outputs.country == CODE
    entered.aws.client("s3").put_object(Bucket=entered.outputs.content_bucket, Key="x", Body=b"x")
    entered.aws.client("s3").delete_object(Bucket=entered.outputs.content_bucket, Key="x")


def test_the_roles_policy_is_enough(country: Country) -> None:
    """With exactly the policy's actions, each in moto's spelling as well."""
    with _as_checker(country, set(READ_ONLY) | _spelt()) as eyes:
        services = _unreadable(_report(country, eyes))
    assert services == UNCHECKED


def test_what_may_not_be_read_is_never_clean(country: Country) -> None:
    rights = (set(READ_ONLY) | _spelt()) - {"sqs:GetQueueAttributes"}
    with _as_checker(country, rights) as eyes:
        services = _unreadable(_report(country, eyes))
    assert services == UNCHECKED | {"sqs"}


def test_the_check_begins_with_the_state_in_the_foundations_bucket(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in CI: all with the role's own keys, from the state on."""
    backend = _lent(country)
    with _as_checker(country, set(READ_ONLY) | _spelt()) as eyes:
        report = _report(country, eyes)
        checked = _checked(country, eyes, backend, monkeypatch)
    found = {(item.kind, item.target, item.property) for item in checked.findings}
    assert found == {(item.kind, item.target, item.property) for item in report.found}
    assert _unreadable(report) == UNCHECKED
    assert checked.compared == report.compared > 0


def test_the_role_reads_the_state_of_its_country_alone(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With exactly the policies that the country is made with."""
    backend = _lent(country)
    with _as_checker(country, set(READ_ONLY)) as eyes:
        _sign_in(eyes, monkeypatch)
        held = bucket(backend, {})
        assert held is not None
        assert state_of(held, CODE) == (f"{STATES}/{CODE}.json", country.checkpoint.read_bytes())
        refused = (
            lambda: held.read(f"{STATES}/{OTHER}.json"),
            lambda: held.write(f"{STATES}/{CODE}.json", b"{}"),
            lambda: held.delete(f"{STATES}/{CODE}.json"),
        )
        for call in refused:
            with pytest.raises(WaslError, match="AccessDenied"):
                call()


def test_a_state_that_may_not_be_read_is_never_clean(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = _lent(country)
    with _as_checker(country, set(READ_ONLY), may_read_state=False) as eyes:
        (one,) = _checked(country, eyes, backend, monkeypatch).findings
    assert (one.kind, one.target) == (Kind.UNREADABLE, f"stack {CODE}")
    assert one.message is not None
    reason = str(one.message.arguments["reason"])
    assert reason.startswith("WASL-BACKEND: the state's bucket cannot be")


def _lent(country: Country) -> str:
    """The backend in the foundation's bucket, with the country's state and another's."""
    endpoint, name = country.writing().endpoint, f"wasl-state-{SANDBOX_ACCOUNT}"
    keys = Credentials(SANDBOX_KEY, SANDBOX_KEY)
    s3 = Aws("eu-central-1", keys, endpoint, read_only=False).client("s3")
    for code, data in ((CODE, country.checkpoint.read_bytes()), (OTHER, b"{}")):
        s3.put_object(Bucket=name, Key=f"{STATES}/{code}.json", Body=data)
    return f"s3://{name}?region=eu-central-1&use_path_style=true&endpoint={endpoint}"


def _sign_in(eyes: Eyes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this process's own AWS sessions be those of `eyes`."""
    keys = eyes.credentials
    assert keys is not None
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_key)
    monkeypatch.setenv("AWS_SESSION_TOKEN", keys.token or "")


def _checked(
    country: Country, eyes: Eyes, backend: str, monkeypatch: pytest.MonkeyPatch
) -> live.Looked:
    """The whole check; in the country's account already, so that no other role is assumed."""
    _sign_in(eyes, monkeypatch)
    fresh = Eyes(eyes.region, eyes.credentials, eyes.endpoint)
    monkeypatch.setattr(live, "entered", lambda _inputs, _eyes, _where: fresh)
    return live.check(ROOT, country.cli.home, CODE, {"PULUMI_BACKEND_URL": backend})


def _spelt() -> set[str]:
    """The same operations as moto calls them: by the name that signs, and as the SDK does."""
    session = botocore.session.Session()
    operations = {one for many in (*READS.values(), BEYOND) for one in many}
    pairs = (one.partition(":") for one in operations)
    signed = {f"{session.get_service_model(it[0]).signing_name}:{it[2]}" for it in pairs}
    return {*operations, *signed, BUCKETS}


def _report(country: Country, eyes: Eyes) -> Report:
    state = country.state()
    return check(state, dict.fromkeys(state.providers, eyes), facts(ROOT, CODE))


def _unreadable(report: Report) -> frozenset[str]:
    """The services of what could not be read."""
    tokens = {item.type for item in report.found if item.kind is Kind.UNREADABLE}
    return frozenset(TYPES[token].service if token in TYPES else token for token in tokens)


@contextmanager
def _as_checker(
    country: Country, rights: set[str], *, may_read_state: bool = True
) -> Iterator[Eyes]:
    """Somebody in the drift role with these rights, while moto enforces them.

    What the role may do with the state stays as the country was made, or is taken away.
    """
    state, writing = country.state(), country.writing()
    role = state.outputs["tenancy"]["drift_role"]
    iam, name = writing.client("iam"), role.rpartition("/")[2]
    kept = {
        policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in ("read", "state")
    }
    if not may_read_state:
        iam.delete_role_policy(RoleName=name, PolicyName="state")
    iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=_policy(rights))
    said = writing.client("sts").assume_role(RoleArn=role, RoleSessionName="check")["Credentials"]
    keys = Credentials(said["AccessKeyId"], said["SecretAccessKey"], said["SessionToken"])
    _enforce(writing, 0)
    try:
        yield Eyes(writing.region, keys, writing.endpoint)
    finally:
        _enforce(writing, float("inf"))
        for policy, text in kept.items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(text))


def _policy(rights: set[str]) -> str:
    statement = {"Effect": "Allow", "Action": sorted(rights), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _enforce(aws: Aws, after: float) -> None:
    """Let moto ask for permission `after` so many calls."""
    request = urllib.request.Request(
        f"{aws.endpoint}/moto-api/reset-auth",
        data=str(after).encode(),
        headers={"Content-Type": "text/plain"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(request, timeout=10).close()
