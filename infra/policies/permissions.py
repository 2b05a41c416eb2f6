"""Who may do what: no more than is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from infra.policies.documents import Statement, statements
from infra.policies.facts import Facts
from infra.policies.model import UNKNOWN, Problem, Resource, undecided
from infra.policies.public import DOCUMENTS

_Check = Callable[[Statement], Iterator[Problem]]

ROLE = "aws:iam/role:Role"
_IDENTITY: Mapping[str, str] = {
    "aws:iam/policy:Policy": "policy",
    "aws:iam/rolePolicy:RolePolicy": "policy",
}
_MANAGED: Mapping[str, str] = {
    ROLE: "managedPolicyArns.*",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
}
_KEYS = ("aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey")

ONLY_EVERYWHERE = frozenset(
    action.lower()
    for action in (
        "cloudwatch:PutMetricData",
        "ecr:GetAuthorizationToken",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    )
)
"""Actions that AWS permits with Resource `*` alone (its Service Authorization Reference)."""

SHOWING_DATA = frozenset(
    action.lower()
    for action in (
        "cognito-idp:AdminGetUser",
        "cognito-idp:ListUsers",
        "cognito-idp:ListUsersInGroup",
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "ec2:GetConsoleOutput",
        "ec2:GetPasswordData",
        "kinesis:GetRecords",
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
        "logs:GetLogRecord",
        "logs:GetQueryResults",
        "s3:GetObject",
        "s3:GetObjectVersion",
        "secretsmanager:BatchGetSecretValue",
        "secretsmanager:GetSecretValue",
        "ssm:GetParameter",
        "ssm:GetParameterHistory",
        "ssm:GetParameters",
        "ssm:GetParametersByPath",
        "sts:GetFederationToken",
        "sts:GetSessionToken",
    )
)
"""Reads that show data, secrets or credentials: never of everything."""

_READ = re.compile(
    r"[a-z0-9-]+:(get|list|describe|batchget|head|view|lookup|search|check)[a-z0-9*]*"
)
_EVERYTHING = re.compile(r"\*+|arn(:[^:]*){4}:\*+|arn:aws[^:]*:s3:::\*+(/\*+)?")
_TOO_MUCH = re.compile(
    r"arn:aws[^:]*:iam::aws:policy/(.*/)?"
    r"(AdministratorAccess.*|PowerUserAccess|.*FullAccess.*|SystemAdministrator"
    r"|DatabaseAdministrator|NetworkAdministrator|ReadOnlyAccess)"
)


def permissions(resource: Resource, facts: Facts) -> Iterator[Problem]:
    """No wildcards in what is allowed, and no role that anybody can take on."""
    if resource.type in _IDENTITY:
        yield from _documents(resource, [_IDENTITY[resource.type]], _of_identity)
    elif resource.type in DOCUMENTS:
        yield from _documents(resource, [DOCUMENTS[resource.type]], _of_resource(resource))
    elif resource.type == ROLE:
        inline = [path for path, _ in resource.all("inlinePolicies.*.policy")]
        yield from _documents(resource, inline, _of_identity)
        yield from _documents(resource, ["assumeRolePolicy"], _of_trust)
    if resource.type in _MANAGED:
        yield from _managed(resource)


def _documents(resource: Resource, paths: Iterable[str], check: _Check) -> Iterator[Problem]:
    for path in paths:
        found, problems = statements(resource, path)
        yield from problems
        for item in found:
            if item.allow:
                yield from check(item)


def _of_identity(item: Statement) -> Iterator[Problem]:
    yield from _inverted(item)
    for action in item.actions:
        if not _narrow(action):
            what = f"{item.path} allows {action}, a wildcard over more than reads"
            yield Problem(f"{item.path}.Action", what, "name the actions that are needed")
    everywhere = [name for name in item.resources if _EVERYTHING.fullmatch(name)]
    refused = [action for action in item.actions if not _harmless(action)]
    if everywhere and refused:
        what = f"{item.path} allows {', '.join(refused[:5])} on {everywhere[0]}"
        yield Problem(f"{item.path}.Resource", what, "name the resources by their ARNs")


def _of_resource(resource: Resource) -> _Check:
    """A policy on a thing: `*` is that thing, and a key must be its account's in full."""

    def check(item: Statement) -> Iterator[Problem]:
        yield from _inverted(item)
        if resource.type in _KEYS and _account_alone(item):
            return
        for action in item.actions:
            if action == "*" or action.endswith(":*"):
                what = f"{item.path} allows {action}"
                yield Problem(f"{item.path}.Action", what, "name the actions that are needed")

    return check


def _of_trust(item: Statement) -> Iterator[Problem]:
    if item.everyone or "NotPrincipal" in item.inverted:
        what = f"{item.path} lets everyone take on the role"
        yield Problem(f"{item.path}.Principal", what, "name one service, account or provider")
        return
    keys = {key.lower(): values for _, key, values in item.conditions()}
    if "AWS" in item.principals and not {"sts:externalid", "aws:principalorgid"} & set(keys):
        what = f"{item.path} trusts another account without an external id"
        yield Problem(f"{item.path}.Condition", what, "ask for sts:ExternalId in a condition")
    if "Federated" in item.principals and not _one_subject(keys):
        what = f"{item.path} trusts whomever the identity provider knows"
        yield Problem(f"{item.path}.Condition", what, "ask for one subject (…:sub) in a condition")


def _one_subject(keys: Mapping[str, tuple[str, ...]]) -> bool:
    named = [values for key, values in keys.items() if key.endswith(":sub")]
    return bool(named) and all(value.strip("*?") for values in named for value in values)


def _inverted(item: Statement) -> Iterator[Problem]:
    for key in item.inverted:
        if key != "NotPrincipal":  # that one lets the public in: see `public`
            what = f"{item.path} allows everything but what {key} names"
            yield Problem(f"{item.path}.{key}", what, f"name what is allowed instead of {key}")


def _narrow(action: str) -> bool:
    """Whether an action has no wildcard, or one only after a verb that reads."""
    if not set("*?") & set(action):
        return True
    verb = _READ.fullmatch(action.lower())
    return verb is not None


def _harmless(action: str) -> bool:
    """Whether an action may be allowed on everything."""
    name = action.lower()
    if name in ONLY_EVERYWHERE:
        return True
    shows = any(fnmatchcase(other, name) for other in SHOWING_DATA)
    return _READ.fullmatch(name) is not None and not shows


def _account_alone(item: Statement) -> bool:
    """Whether only the root of an account is meant, as each key's policy needs."""
    names = item.principals.get("AWS", ())
    root = r"arn:aws[^:]*:iam::\d{12}:root"
    return set(item.principals) == {"AWS"} and all(re.fullmatch(root, name) for name in names)


def _managed(resource: Resource) -> Iterator[Problem]:
    """AWS's own policies for administrators are wildcards under another name."""
    for path, arn in resource.all(_MANAGED[resource.type]):
        if arn is UNKNOWN:
            yield undecided(path)
        elif isinstance(arn, str) and _TOO_MUCH.fullmatch(arn):
            what = f"{path} is {arn}, which allows far more than is needed"
            yield Problem(path, what, "write a policy of the actions that are needed")
