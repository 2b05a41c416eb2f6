"""What is the same and what differs, in pairs, beside the types that declare it."""

from __future__ import annotations

from typing import Any

import pytest

from infra.aws.catalogue import TYPES
from infra.aws.inputs import known_inputs
from infra.live.compare import Compared, compared, minor, within
from infra.live.state import SECRET, Managed

QUEUE = "aws:sqs/queue:Queue"
DATABASE = "aws:rds/instance:Instance"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
SIGN_IN = "aws:cognito/identityProvider:IdentityProvider"
POOL = "aws:cognito/userPool:UserPool"
SECRETS = "aws:secretsmanager/secret:Secret"


def managed(token: str, inputs: dict[str, Any], outputs: dict[str, Any] | None = None) -> Managed:
    return Managed("urn:x", token, "id", inputs, outputs or {}, "provider")


def look(token: str, inputs: dict[str, Any], live: dict[str, Any]) -> Compared:
    return compared(TYPES[token], managed(token, inputs), live)


# Type, what was described, what AWS answers.
SAME: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "a default that nobody said": (QUEUE, {"name": "q"}, {"name": "q", "delaySeconds": 0}),
    "what AWS decides": (QUEUE, {"name": "q"}, {"name": "q", "sqsManagedSseEnabled": True}),
    "a document in another order": (
        "aws:sqs/queuePolicy:QueuePolicy",
        {"queueUrl": "u", "policy": '{"Statement":[{"Action":["b","a"],"Effect":"Allow"}]}'},
        {"queueUrl": "u", "policy": '{"Statement": [{"Effect": "Allow", "Action": ["a", "b"]}]}'},
    ),
    "a single action in a list or alone": (
        "aws:iam/rolePolicy:RolePolicy",
        {"role": "r", "name": "n", "policy": '{"Statement":[{"Action":["a"]}]}'},
        {"role": "r", "name": "n", "policy": '{"Statement":[{"Action":"a"}]}'},
    ),
    "an engine's version by its beginning": (
        DATABASE,
        {"identifier": "d", "engineVersion": "17"},
        {"identifier": "d", "engineVersion": "17.6", "autoMinorVersionUpgrade": True},
    ),
    "a set in another order": (
        DATABASE,
        {"identifier": "d", "vpcSecurityGroupIds": ["a", "b"]},
        {"identifier": "d", "vpcSecurityGroupIds": ["b", "a"], "autoMinorVersionUpgrade": True},
    ),
    "a domain's final dot and case": (
        "aws:acm/certificate:Certificate",
        {"domainName": "learn.example"},
        {"domainName": "Learn.example."},
    ),
    "a secret, which nobody reads": (
        "aws:cognito/identityProvider:IdentityProvider",
        {"userPoolId": "p", "providerDetails": {"client_secret": SECRET, "client_id": "i"}},
        {"userPoolId": "p", "providerDetails": {"client_secret": "sha256:x", "client_id": "i"}},
    ),
    "a secret under a name with dots": (
        QUEUE,
        {"name": "q", "tags": {"kubernetes.io/x": SECRET}},
        {"name": "q", "tags": {"kubernetes.io/x": "sha256:x"}},
    ),
    "what the list leaves out": (
        "aws:ssm/parameter:Parameter",
        {"name": "/a", "type": "String", "insecureValue": "1"},
        {"name": "/a", "type": "String", "value": None},
    ),
}
DIFFERENT: dict[str, tuple[str, dict[str, Any], dict[str, Any], list[str]]] = {
    "another default": (QUEUE, {"name": "q"}, {"name": "q", "delaySeconds": 7}, ["delaySeconds"]),
    "a key that nobody described": (
        QUEUE,
        {"name": "q"},
        {"name": "q", "kmsMasterKeyId": "k"},
        ["kmsMasterKeyId"],
    ),
    "a document that means something else": (
        "aws:sqs/queuePolicy:QueuePolicy",
        {"queueUrl": "u", "policy": '{"Statement":[{"Action":"a"}]}'},
        {"queueUrl": "u", "policy": '{"Statement":[{"Action":"b"}]}'},
        ["policy"],
    ),
    "a tag": (
        QUEUE,
        {"name": "q", "tags": {"a": "1"}},
        {"name": "q", "tags": {"a": "1", "b": "2"}},
        ["tags.b"],
    ),
    "a tag with dots in its name": (
        QUEUE,
        {"name": "q", "tags": {"kubernetes.io/x": "1"}},
        {"name": "q", "tags": {"kubernetes.io/x": "2", "a.b": "3"}},
        ['tags["a.b"]', 'tags["kubernetes.io/x"]'],
    ),
    "beside a secret": (
        "aws:cognito/identityProvider:IdentityProvider",
        {"userPoolId": "p", "providerDetails": {"client_secret": SECRET, "client_id": "i"}},
        {"userPoolId": "p", "providerDetails": {"client_secret": "sha256:x", "client_id": "j"}},
        ["providerDetails.client_id"],
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same(name: str) -> None:
    assert look(*SAME[name]).differences == ()


@pytest.mark.parametrize("name", DIFFERENT)
def test_different(name: str) -> None:
    token, inputs, live, paths = DIFFERENT[name]
    assert [item.path for item in look(token, inputs, live).differences] == paths


def test_secrets_are_counted_and_not_shown() -> None:
    token, inputs, live = SAME["a secret, which nobody reads"]
    looked = look(token, inputs, live)
    assert looked.secrets == 1
    assert "sha256:x" not in str(looked)


def test_a_minor_version_is_aws_own_doing_and_a_major_or_a_forbidden_one_is_not() -> None:
    described = {"identifier": "d", "engineVersion": "17.4"}
    cases = {("17.6", True): True, ("18.1", True): False, ("17.6", False): False}
    cases |= {("17.2", True): False}
    for (version, upgrades), expected in cases.items():
        live = {
            "identifier": "d",
            "engineVersion": version,
            "autoMinorVersionUpgrade": upgrades,
        }
        said = {**described, "autoMinorVersionUpgrade": upgrades}
        (difference,) = look(DATABASE, said, live).differences
        assert minor(TYPES[DATABASE], difference, live) is expected, (version, upgrades)


def test_what_opens_doors_is_held_to_what_the_last_deployment_saw() -> None:
    kind = TYPES[SECRETS]
    known = managed(SECRETS, {"name": "s"}, {"policy": ""})
    assert compared(kind, known, {"name": "s", "policy": ""}).differences == ()
    (found,) = compared(kind, known, {"name": "s", "policy": "{}x"}).differences
    assert (found.path, found.before, found.after) == ("policy", "{}x", "")


KEYS = "providerDetails.jwks_uri"


@pytest.mark.parametrize(
    ("seen", "now", "expected"),
    [
        ({"jwks_uri": "https://a/keys"}, {"jwks_uri": "https://a/keys"}, ([], 0)),
        ({"jwks_uri": "https://a/keys"}, {"jwks_uri": "https://b/keys"}, ([KEYS], 0)),
        ({}, {"jwks_uri": "https://b/keys"}, ([KEYS], 0)),
        ({"jwks_uri": "https://a/keys"}, {}, ([KEYS], 0)),
        (None, {"jwks_uri": "https://b/keys"}, ([], 1)),  # nobody has read it yet
        (SECRET, {"jwks_uri": "https://b/keys"}, ([], 1)),
        ({"jwks_uri": SECRET}, {"jwks_uri": "https://b/keys"}, ([], 1)),
    ],
)
def test_where_sign_in_is_answered_is_held_to_what_the_last_deployment_saw(
    seen: Any, now: dict[str, str], expected: tuple[list[str], int]
) -> None:
    issuer = {"oidc_issuer": "https://a"}
    described = {"userPoolId": "p", "providerDetails": issuer}
    outputs = {} if seen is None else {"providerDetails": seen}
    live = {"userPoolId": "p", "providerDetails": {**issuer, **now}}
    looked = compared(TYPES[SIGN_IN], managed(SIGN_IN, described, outputs), live)
    assert ([one.path for one in looked.differences], looked.secrets) == expected


def test_a_cache_that_no_longer_insists_on_encryption_is_told() -> None:
    described = {"replicationGroupId": "g", "engine": "valkey", "transitEncryptionEnabled": True}
    known = managed(CACHE, described, {"transitEncryptionMode": "required"})
    live = {**described, "transitEncryptionMode": "preferred"}
    (found,) = compared(TYPES[CACHE], known, live).differences
    assert (found.path, found.before) == ("transitEncryptionMode", "preferred")


def test_within() -> None:
    assert within("a[0].b", ("a",))
    assert within("a.b", ("a.b",))
    assert not within("ab", ("a",))
    assert not within("a", ("a.b",))
    assert within('tags["a.b"]', ('tags["a.b"]',))
    assert not within("tags.a.b", ('tags["a.b"]',))


def test_the_inputs_data_is_the_sdks() -> None:
    """To write it anew: the inputs of `infra.sandbox.provider.schema.schema`, type by type."""
    from infra.sandbox.provider.schema import schema

    for token in (QUEUE, DATABASE, POOL, SECRETS, "aws:kms/key:Key", "aws:s3/bucket:Bucket"):
        assert known_inputs(TYPES[token]) == set(schema(token).inputs), token
    assert all(known_inputs(kind) for kind in TYPES.values())


@pytest.mark.slow
def test_all_of_the_inputs_data_is_the_sdks() -> None:
    from infra.sandbox.provider.schema import schema

    wrong = [
        token for token, kind in TYPES.items() if known_inputs(kind) != set(schema(token).inputs)
    ]
    assert wrong == []
