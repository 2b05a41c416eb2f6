"""What the lives of the computing types do not show: refusals, replacements, meanings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.aws.catalogue import TYPES
from infra.aws.ecs import containers_meaning
from infra.sandbox.make.catalogue import MAKERS
from infra.sandbox.provider.check import checked
from infra.sandbox.provider.resource import Resource
from infra.sandbox.provider.session import Session

_CLUSTER = "aws:ecs/cluster:Cluster"
_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
_LISTENER = "aws:lb/listener:Listener"
_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def _resource(token: str, session: Session) -> Resource:
    return Resource(TYPES[token], MAKERS[token], session)


def _inputs(token: str, **news: Any) -> dict[str, Any]:
    return checked(TYPES[token], news, "eu-south-1")


@pytest.fixture
def balancer(session: Session) -> Any:
    """An application balancer's ARN, in a network of its own."""
    ec2, elb = session.aws.client("ec2"), session.aws.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    nets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.7.{n}.0/24", AvailabilityZone=zone)["Subnet"]
        for n, zone in enumerate(("eu-south-1a", "eu-south-1b"))
    ]
    subnets = [net["SubnetId"] for net in nets]
    made = elb.create_load_balancer(Name="listening", Subnets=subnets, Type="application")
    arn = made["LoadBalancers"][0]["LoadBalancerArn"]
    yield arn
    elb.delete_load_balancer(LoadBalancerArn=arn)
    for subnet in subnets:
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)


def _https(balancer: str, certificate: str) -> dict[str, Any]:
    answer = {"contentType": "text/plain", "messageBody": "no", "statusCode": "404"}
    return _inputs(
        _LISTENER,
        loadBalancerArn=balancer,
        port=443,
        protocol="HTTPS",
        certificateArn=certificate,
        sslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        defaultActions=[{"type": "fixed-response", "fixedResponse": answer}],
        tags={"wasl:urn": "test/https"},
    )


def test_a_weakened_tls_policy_is_found_and_mended(session: Session, balancer: str) -> None:
    acm, elb = session.aws.client("acm"), session.aws.client("elbv2")
    certificate = acm.request_certificate(DomainName="a.example")["CertificateArn"]
    listener, inputs = _resource(_LISTENER, session), _https(balancer, certificate)
    arn, state = listener.create(inputs)
    elb.modify_listener(ListenerArn=arn, SslPolicy="ELBSecurityPolicy-2016-08", DefaultActions=[])
    read = listener.read(arn, inputs, state)
    assert read is not None
    found = listener.diff(read[2], inputs).differences
    assert [item.path for item in found] == ["sslPolicy"]
    assert listener.update(arn, read[2], inputs)["sslPolicy"] == inputs["sslPolicy"]
    listener.delete(arn, state)
    acm.delete_certificate(CertificateArn=certificate)


def test_a_port_is_listened_on_once(session: Session, balancer: str) -> None:
    redirect = {"protocol": "HTTPS", "statusCode": "HTTP_301"}
    listener = _resource(_LISTENER, session)
    inputs = _inputs(
        _LISTENER,
        loadBalancerArn=balancer,
        port=80,
        protocol="HTTP",
        defaultActions=[{"type": "redirect", "redirect": redirect}],
    )
    listener.create(inputs)
    with pytest.raises(RuntimeError, match="import it"):
        listener.create(inputs)


def test_one_balancer_alone_sends_to_a_target_group(session: Session, balancer: str) -> None:
    elb = session.aws.client("elbv2")
    (one,) = elb.describe_load_balancers(LoadBalancerArns=[balancer])["LoadBalancers"]
    subnets = [zone["SubnetId"] for zone in one["AvailabilityZones"]]
    made = elb.create_target_group(Name="shared", Protocol="HTTP", Port=80, VpcId=one["VpcId"])
    group = made["TargetGroups"][0]["TargetGroupArn"]
    second = elb.create_load_balancer(Name="second", Subnets=subnets, Type="application")
    other = second["LoadBalancers"][0]["LoadBalancerArn"]
    forward = [{"type": "forward", "targetGroupArn": group}]
    listener, plain = _resource(_LISTENER, session), {"protocol": "HTTP", "defaultActions": forward}
    listener.create(_inputs(_LISTENER, loadBalancerArn=balancer, port=80, **plain))
    listener.create(_inputs(_LISTENER, loadBalancerArn=balancer, port=81, **plain))
    inputs = _inputs(_LISTENER, loadBalancerArn=other, port=80, **plain)
    with pytest.raises(RuntimeError, match="TargetGroupAssociationLimit"):
        listener.create(inputs)
    elb.delete_load_balancer(LoadBalancerArn=balancer)
    arn, state = listener.create(inputs)
    listener.delete(arn, state)
    elb.delete_load_balancer(LoadBalancerArn=other)
    elb.delete_target_group(TargetGroupArn=group)


def test_a_balancer_of_the_name_is_not_taken_over(session: Session, balancer: str) -> None:
    token = "aws:lb/loadBalancer:LoadBalancer"
    with pytest.raises(RuntimeError, match="import it"):
        _resource(token, session).create(_inputs(token, name="listening"))


def test_a_protected_balancer_stays(session: Session, balancer: str) -> None:
    elb = session.aws.client("elbv2")
    for wanted in ("true", "false"):
        elb.modify_load_balancer_attributes(
            LoadBalancerArn=balancer,
            Attributes=[{"Key": "deletion_protection.enabled", "Value": wanted}],
        )
        if wanted == "true":
            token = "aws:lb/loadBalancer:LoadBalancer"
            with pytest.raises(RuntimeError, match="deletion protection"):
                _resource(token, session).delete(balancer, {})


def test_clusters_are_not_taken_over(session: Session) -> None:
    cluster, inputs = _resource(_CLUSTER, session), _inputs(_CLUSTER, name="once")
    arn, state = cluster.create(inputs)
    with pytest.raises(RuntimeError, match="import it"):
        cluster.create(inputs)
    cluster.delete(arn, state)
    again, _ = cluster.create(inputs)
    cluster.delete(again, state)


def test_a_protected_log_group_stays(session: Session) -> None:
    token = "aws:cloudwatch/logGroup:LogGroup"
    group = _resource(token, session)
    inputs = _inputs(token, name="/wasl/kept", deletionProtectionEnabled=True)
    name, state = group.create(inputs)
    with pytest.raises(Exception, match="Deletion protection"):
        group.delete(name, state)
    open_again = _inputs(token, name="/wasl/kept", deletionProtectionEnabled=False)
    group.update(name, inputs, open_again)
    group.delete(name, state)


def _definition(image: str) -> dict[str, Any]:
    containers = json.dumps([{"name": "web", "image": image}])
    return _inputs(
        _DEFINITION, family="revised", containerDefinitions=containers, memory="512", cpu="256"
    )


def test_a_new_revision_is_made_before_the_old_one_goes(session: Session) -> None:
    definition = _resource(_DEFINITION, session)
    _, first = definition.create(_definition("a:1"))
    diff = definition.diff(_definition("a:1"), _definition("a:2"))
    assert (diff.replaces, diff.delete_first) == (["containerDefinitions"], False)
    family, second = definition.create(_definition("a:2"))
    definition.delete(family, first)
    read = definition.read(family, _definition("a:2"), second)
    assert read is not None
    assert read[1]["revision"] == 2
    assert definition.read(family, _definition("a:1"), first) is None
    definition.delete(family, second)


def test_another_kind_of_source_needs_a_new_rule(session: Session) -> None:
    rule = _resource(_RULE, session)
    one = _inputs(_RULE, securityGroupId="sg-1", ipProtocol="tcp", cidrIpv4="10.0.0.0/8")
    other = {**one, "cidrIpv4": "10.1.0.0/16"}
    group = {key: value for key, value in one.items() if key != "cidrIpv4"}
    assert rule.diff(one, other).replaces == []
    assert rule.diff(one, {**group, "referencedSecurityGroupId": "sg-2"}).replaces == [
        "cidrIpv4",
        "referencedSecurityGroupId",
    ]


def test_what_the_sandbox_would_lose_is_refused(session: Session) -> None:
    token = "aws:ec2/eip:Eip"
    with pytest.raises(RuntimeError, match="publicIpv4Pool"):
        _resource(token, session).create(_inputs(token, publicIpv4Pool="pool"))


@pytest.mark.parametrize(
    "filled",
    [
        {"cpu": 0, "mountPoints": [], "volumesFrom": []},
        {"essential": True},
        {"portMappings": [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}]},
        {"environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
    ],
)
def test_what_aws_fills_into_containers_means_nothing(filled: dict[str, Any]) -> None:
    said = {
        "name": "web",
        "portMappings": [{"containerPort": 80}],
        "environment": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
    }
    assert containers_meaning(json.dumps([{**said, **filled}])) == containers_meaning(
        json.dumps([said])
    )


@pytest.mark.parametrize(
    "changed",
    [{"cpu": 1}, {"essential": False}, {"privileged": True}, {"portMappings": []}],
)
def test_what_changes_containers_is_seen(changed: dict[str, Any]) -> None:
    said = {"name": "web", "portMappings": [{"containerPort": 80}]}
    assert containers_meaning(json.dumps([{**said, **changed}])) != containers_meaning(
        json.dumps([said])
    )
