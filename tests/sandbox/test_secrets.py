"""Secrets: told once, kept, never read back."""

from __future__ import annotations

from typing import Any

from infra.aws.catalogue import TYPES
from infra.sandbox.make.catalogue import MAKERS
from infra.sandbox.provider.check import checked
from infra.sandbox.provider.resource import Resource
from infra.sandbox.provider.session import Session

PARAMETER = "aws:ssm/parameter:Parameter"
ACTIVATION = "aws:ssm/activation:Activation"


def _resource(token: str, session: Session) -> Resource:
    return Resource(TYPES[token], MAKERS[token], session)


def test_no_call_asks_for_a_secret(session: Session) -> None:
    parameter = _resource(PARAMETER, session)
    news = {"name": "/wasl/unread", "type": "SecureString", "value": "hush"}
    inputs = checked(parameter.kind, news, session.region)
    called: list[str] = []

    def note(model: Any, **_: Any) -> None:
        called.append(model.name)

    events = session.aws.client("ssm").meta.events
    events.register("before-call", note)
    try:
        name, state = parameter.create(inputs)
        parameter.read(name, inputs, state)
        imported = parameter.read(name, {}, {})
        list(parameter.kind.list(session.aws))
    finally:
        events.unregister("before-call", note)
        parameter.delete("/wasl/unread", inputs)
    assert not {"GetParameter", "GetParameters", "GetParametersByPath"} & set(called), called
    assert "DescribeParameters" in called
    assert imported is not None
    assert "hush" not in str(imported)


def test_an_open_value_stays_where_the_program_put_it(session: Session) -> None:
    parameter = _resource(PARAMETER, session)
    news = {"name": "/wasl/open", "type": "String", "insecureValue": "certificate"}
    inputs = checked(parameter.kind, news, session.region)
    name, state = parameter.create(inputs)
    session.aws.client("ssm").put_parameter(Name=name, Value="another", Overwrite=True)
    read = parameter.read(name, inputs, state)
    parameter.delete(name, inputs)
    assert read is not None
    assert [item.path for item in parameter.diff(read[2], inputs).differences] == ["insecureValue"]


def test_an_activation_keeps_the_code_that_is_told_once(session: Session) -> None:
    activation = _resource(ACTIVATION, session)
    inputs = checked(activation.kind, {"iamRole": "devices"}, session.region)
    resource_id, state = activation.create(inputs)
    read = activation.read(resource_id, inputs, state)
    activation.delete(resource_id, state)
    assert len(state["activationCode"]) == 20
    assert read is not None
    assert read[1]["activationCode"] == state["activationCode"]
    assert "activationCode" in activation.kind.secrets


def test_what_a_ministry_told_is_no_output(session: Session) -> None:
    pool = _resource("aws:cognito/userPool:UserPool", session)
    provider = _resource("aws:cognito/identityProvider:IdentityProvider", session)
    pool_id, _ = pool.create(checked(pool.kind, {"name": "secrets"}, session.region))
    news = {
        "userPoolId": pool_id,
        "providerName": "ministry",
        "providerType": "OIDC",
        "providerDetails": {"client_id": "wasl", "client_secret": "hush"},
    }
    provider_id, state = provider.create(checked(provider.kind, news, session.region))
    imported = provider.read(provider_id, {}, {})
    pool.delete(pool_id, {})
    assert "hush" not in str(state)
    assert "hush" not in str(imported)
