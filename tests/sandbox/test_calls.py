"""What a Read costs: the calls that the stand-in makes to read one resource, pinned.

The engine's refresh is the baseline of later comparisons; it must not grow unnoticed. To pin anew:
`python -m pytest tests/sandbox/test_calls.py` says what was counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from infra.aws.catalogue import TYPES
from infra.aws.model import Aws
from infra.sandbox.make.catalogue import MAKERS
from infra.sandbox.provider.check import checked
from infra.sandbox.provider.resource import Resource
from infra.sandbox.provider.session import Session, open_session
from tests.sandbox.test_types import MODULES, _examples

ONE = 1
# Types whose Read takes more than one call, and how many.
CALLS: dict[str, int] = {
    "aws:acm/certificate:Certificate": 2,
    "aws:backup/plan:Plan": 2,
    "aws:backup/vault:Vault": 2,
    "aws:budgets/budget:Budget": 5,
    "aws:cloudfront/distribution:Distribution": 2,
    "aws:cloudtrail/trail:Trail": 4,
    "aws:cloudwatch/eventRule:EventRule": 2,
    "aws:cloudwatch/logGroup:LogGroup": 2,
    "aws:cloudwatch/metricAlarm:MetricAlarm": 2,
    "aws:cognito/userPool:UserPool": 2,
    "aws:ec2/vpc:Vpc": 4,
    "aws:ecr/repository:Repository": 2,
    "aws:elasticache/replicationGroup:ReplicationGroup": 3,
    "aws:elasticache/subnetGroup:SubnetGroup": 2,
    "aws:iam/policy:Policy": 2,
    "aws:kms/key:Key": 4,
    "aws:lb/listener:Listener": 3,
    "aws:lb/loadBalancer:LoadBalancer": 3,
    "aws:lb/targetGroup:TargetGroup": 3,
    "aws:organizations/account:Account": 3,
    "aws:organizations/organization:Organization": 3,
    "aws:organizations/organizationalUnit:OrganizationalUnit": 3,
    "aws:organizations/policy:Policy": 2,
    "aws:rds/parameterGroup:ParameterGroup": 3,
    "aws:rds/subnetGroup:SubnetGroup": 2,
    "aws:route53/zone:Zone": 2,
    "aws:s3/bucket:Bucket": 3,
    "aws:secretsmanager/secret:Secret": 2,
    "aws:sns/topic:Topic": 2,
    "aws:sqs/queue:Queue": 2,
    "aws:sqs/queuePolicy:QueuePolicy": 2,
    "aws:ssm/parameter:Parameter": 2,
    "aws:ssm/patchBaseline:PatchBaseline": 2,
    "aws:wafv2/webAcl:WebAcl": 2,
}


@contextmanager
def counted(aws: Aws) -> Iterator[Counter[str]]:
    """Count every call of an account's clients, whatever their region."""
    calls: Counter[str] = Counter()
    made = Aws._make

    def count(model: Any, **_: Any) -> None:
        calls[model.name] += 1

    def make(self: Aws, service: str) -> Any:
        client = made(self, service)
        client.meta.events.register("before-call", count)
        return client

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Aws, "_make", make)
        for place in {id(one): one for one in (aws, *aws._regions.values())}.values():
            place._clients.clear()
        yield calls
    for place in {id(one): one for one in (aws, *aws._regions.values())}.values():
        place._clients.clear()


@pytest.fixture(scope="module")
def session(endpoint: str) -> Session:
    """An account of its own: moto keeps the tags of what is gone for the next of that name."""
    role = "arn:aws:iam::222233334444:role/OrganizationAccountAccessRole"
    return open_session(
        {
            "region": "eu-south-1",
            "endpoints": [{"sts": endpoint}],
            "assumeRoles": [{"roleArn": role}],
        }
    )


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_a_read_costs_as_many_calls_as_it_did(module: str, session: Session) -> None:
    found: dict[str, int] = {}
    made: dict[str, dict[str, object]] = {}
    alive = []
    for example in _examples(module):
        resource = Resource(TYPES[example.token], MAKERS[example.token], session)
        inputs = checked(resource.kind, example.inputs(made), session.region)
        resource_id, state = resource.create(inputs)
        if example.change:  # where something is protected, the change lifts that
            old, inputs = inputs, {**inputs, **example.change}
            state = resource.update(resource_id, old, inputs)
        made[example.label] = state
        alive.append((resource, resource_id, state, inputs))
        with counted(session.aws) as calls:
            resource.read(resource_id, inputs, state)
        found[example.token] = calls.total()
    for resource, resource_id, state, inputs in reversed(alive):
        resource.delete(resource_id, {**state, **inputs})
    assert found == {token: CALLS.get(token, ONE) for token in found}
