"""ECS: clusters, task definitions and services."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from infra.aws.compare import empty
from infra.aws.model import Aws, AwsType, Props, Raw, one, tags

_CLUSTER = ["TAGS", "SETTINGS", "CONFIGURATIONS"]


def _list_clusters(aws: Aws) -> Iterable[Raw]:
    arns = aws.pages("ecs", "list_clusters", "clusterArns")
    for start in range(0, len(arns), 100):
        yield from _clusters(aws, arns[start : start + 100])


def _clusters(aws: Aws, names: list[str]) -> Iterator[Raw]:
    """Those of `names` that are there; AWS goes on describing deleted ones for a while."""
    found = aws.client("ecs").describe_clusters(clusters=names, include=_CLUSTER)["clusters"]
    return (cluster for cluster in found if cluster["status"] != "INACTIVE")


def _read_cluster(aws: Aws, name: str, _state: Props) -> Raw | None:
    return next(_clusters(aws, [name]), None)


def _cluster(raw: Raw) -> Props:
    defaults = raw.get("serviceConnectDefaults")
    return {
        "arn": raw["clusterArn"],
        "configuration": _configuration(raw.get("configuration") or {}),
        "name": raw["clusterName"],
        "serviceConnectDefaults": {"namespace": defaults["namespace"]} if defaults else {},
        "settings": [dict(setting) for setting in raw.get("settings") or ()],
        "tags": tags(raw.get("tags")),
    }


def _configuration(raw: Raw) -> Props:
    """Spelled like the API's but for the encryption of the bucket."""
    result = {key: dict(value) for key, value in raw.items()}
    command = result.get("executeCommandConfiguration", {})
    if logs := command.get("logConfiguration"):
        command["logConfiguration"] = {LOGS.get(key, key): value for key, value in logs.items()}
    return result


LOGS = {"s3EncryptionEnabled": "s3BucketEncryptionEnabled"}


def _list_definitions(aws: Aws) -> Iterable[Raw]:
    arns = aws.pages("ecs", "list_task_definitions", "taskDefinitionArns", status="ACTIVE")
    return aws.each(lambda arn: _definition(aws, arn), arns)


def _read_definition(aws: Aws, family: str, state: Props) -> Raw | None:
    """The known revision, else what the id names: an ARN, or a family's newest revision."""
    return _definition(aws, state.get("arn") or family)


def _definition(aws: Aws, name: str) -> Raw | None:
    ecs = aws.client("ecs")
    found = one(
        lambda: ecs.describe_task_definition(taskDefinition=name, include=["TAGS"]),
        # AWS has no code of its own for one that is not there.
        "ClientException",
    )
    if found is None or found["taskDefinition"]["status"] == "INACTIVE":
        return None
    return {**found["taskDefinition"], "tags": found.get("tags")}


_SAME_NAME = ("ipcMode", "pidMode", "networkMode", "executionRoleArn", "taskRoleArn")


def _task_definition(raw: Raw) -> Props:
    storage = raw.get("ephemeralStorage")
    return {
        "arn": raw["taskDefinitionArn"],
        "arnWithoutRevision": raw["taskDefinitionArn"].rpartition(":")[0],
        "containerDefinitions": json.dumps(raw["containerDefinitions"], sort_keys=True),
        "cpu": str(raw.get("cpu", "")),
        "enableFaultInjection": raw.get("enableFaultInjection", False),
        "ephemeralStorage": {"sizeInGib": storage["sizeInGiB"]} if storage else {},
        "family": raw["family"],
        "memory": str(raw.get("memory", "")),
        "placementConstraints": [dict(item) for item in raw.get("placementConstraints") or ()],
        "requiresCompatibilities": raw.get("requiresCompatibilities") or [],
        "revision": raw["revision"],
        "runtimePlatform": dict(raw.get("runtimePlatform") or {}),
        "tags": tags(raw.get("tags")),
        "volumes": [_volume(volume) for volume in raw.get("volumes") or ()],
        **{name: raw.get(name, "") for name in _SAME_NAME},
    }


def _volume(raw: Raw) -> Props:
    host = (raw.get("host") or {}).get("sourcePath")
    kept = {key: value for key, value in raw.items() if key != "host"}
    return {**kept, **({"hostPath": host} if host else {})}


def containers_meaning(text: str) -> str:
    """Container definitions in one spelling: AWS fills in what the program left out.

    Text that is no JSON is left as it is, for AWS to refuse.
    """
    try:
        containers = json.loads(text)
    except ValueError:
        return text
    if not isinstance(containers, list):
        return text
    meant = [_container(container) for container in containers]
    return json.dumps(sorted(meant, key=lambda item: str(item.get("name"))), sort_keys=True)


def _container(raw: Props) -> Props:
    result = {key: value for key, value in raw.items() if not empty(value)}
    if not result.get("cpu"):
        result.pop("cpu", None)
    result.setdefault("essential", True)
    for name in ("environment", "secrets"):
        if name in result:
            result[name] = sorted(result[name], key=lambda item: str(item.get("name")))
    if "portMappings" in result:
        result["portMappings"] = [_port(port) for port in result["portMappings"]]
    return result


def _port(raw: Props) -> Props:
    """A port of the container is the same on its network interface, by TCP, unless said."""
    usual = {"protocol": "tcp", "hostPort": raw.get("containerPort")}
    return {key: value for key, value in raw.items() if usual.get(key) != value and value != 0}


def _list_services(aws: Aws) -> Iterable[Raw]:
    for cluster in aws.pages("ecs", "list_clusters", "clusterArns"):
        arns = aws.pages("ecs", "list_services", "serviceArns", cluster=cluster)
        for start in range(0, len(arns), 10):
            yield from _services(aws, cluster, arns[start : start + 10])


def _services(aws: Aws, cluster: str, names: list[str]) -> Iterator[Raw]:
    ecs = aws.client("ecs")
    found = one(
        lambda: ecs.describe_services(cluster=cluster, services=names, include=["TAGS"]),
        "ClusterNotFoundException",
        key="services",
    )
    return (service for service in found or () if service["status"] != "INACTIVE")


def _read_service(aws: Aws, resource_id: str, state: Props) -> Raw | None:
    """By its ARN, or by `cluster/name` as one imports it."""
    cluster, _, name = resource_id.rpartition("/")
    known = state.get("cluster") or cluster.rpartition("/")[2]
    return next(_services(aws, known, [name]), None)


def _service(raw: Raw) -> Props:
    deployment = raw.get("deploymentConfiguration") or {}
    breaker = deployment.get("deploymentCircuitBreaker")
    return {
        "arn": raw["serviceArn"],
        "availabilityZoneRebalancing": raw.get("availabilityZoneRebalancing", ""),
        "capacityProviderStrategies": [
            dict(item) for item in raw.get("capacityProviderStrategy") or ()
        ],
        "cluster": raw["clusterArn"],
        "deploymentCircuitBreaker": dict(breaker) if breaker else {},
        "deploymentController": dict(raw.get("deploymentController") or {}),
        "deploymentMaximumPercent": deployment.get("maximumPercent", 200),
        "deploymentMinimumHealthyPercent": deployment.get("minimumHealthyPercent", 100),
        "desiredCount": raw["desiredCount"],
        "enableEcsManagedTags": raw.get("enableECSManagedTags", False),
        "enableExecuteCommand": raw.get("enableExecuteCommand", False),
        "healthCheckGracePeriodSeconds": raw.get("healthCheckGracePeriodSeconds", 0),
        "iamRole": raw.get("roleArn", ""),
        "launchType": raw.get("launchType", ""),
        "loadBalancers": [dict(item) for item in raw.get("loadBalancers") or ()],
        "name": raw["serviceName"],
        "networkConfiguration": _network(raw.get("networkConfiguration") or {}),
        "platformVersion": raw.get("platformVersion", ""),
        "propagateTags": raw.get("propagateTags", ""),
        "schedulingStrategy": raw["schedulingStrategy"],
        "tags": tags(raw.get("tags")),
        "taskDefinition": raw["taskDefinition"],
    }


def _network(raw: Raw) -> Props:
    inside = raw.get("awsvpcConfiguration")
    if not inside:
        return {}
    return {
        "assignPublicIp": inside.get("assignPublicIp") == "ENABLED",
        "securityGroups": inside.get("securityGroups") or [],
        "subnets": inside["subnets"],
    }


def _last(text: Any) -> str:
    """The name at the end of an ARN, or the name itself."""
    return str(text).rpartition("/")[2]


TYPES = (
    AwsType(
        token="aws:ecs/cluster:Cluster",
        service="ecs",
        cloudformation="AWS::ECS::Cluster",
        list=_list_clusters,
        read=_read_cluster,
        identify=lambda raw: str(raw["clusterArn"]),
        normalise=_cluster,
        key=("name",),
        replace=frozenset({"name"}),
        computed=frozenset({"settings"}),
        unordered=frozenset({"settings"}),
    ),
    AwsType(
        token="aws:ecs/taskDefinition:TaskDefinition",
        service="ecs",
        cloudformation="AWS::ECS::TaskDefinition",
        list=_list_definitions,
        read=_read_definition,
        identify=lambda raw: str(raw["family"]),
        normalise=_task_definition,
        # Not keyed by its family: a new revision is made before the old one is let go.
        replace=frozenset(
            {
                "containerDefinitions",
                "cpu",
                "enableFaultInjection",
                "ephemeralStorage",
                "executionRoleArn",
                "family",
                "ipcMode",
                "memory",
                "networkMode",
                "pidMode",
                "placementConstraints",
                "proxyConfiguration",
                "requiresCompatibilities",
                "runtimePlatform",
                "taskRoleArn",
                "volumes",
            }
        ),
        defaults={"skipDestroy": False, "trackLatest": False},
        computed=frozenset({"enableFaultInjection", "networkMode"}),
        unordered=frozenset({"placementConstraints", "requiresCompatibilities", "volumes"}),
        meanings={"containerDefinitions": containers_meaning, "cpu": str, "memory": str},
        write_only=frozenset({"skipDestroy", "trackLatest"}),
    ),
    AwsType(
        token="aws:ecs/service:Service",
        service="ecs",
        parent="cluster",
        cloudformation="AWS::ECS::Service",
        list=_list_services,
        read=_read_service,
        identify=lambda raw: str(raw["serviceArn"]),
        normalise=_service,
        key=("cluster", "name"),
        replace=frozenset({"cluster", "iamRole", "launchType", "name", "schedulingStrategy"}),
        replace_source={"launchType": "Terraform: whatever the kind of deployments"},
        defaults={
            "deploymentMaximumPercent": 200,
            "deploymentMinimumHealthyPercent": 100,
            "enableEcsManagedTags": False,
            "enableExecuteCommand": False,
            "schedulingStrategy": "REPLICA",
            "waitForSteadyState": False,
        },
        computed=frozenset(
            {
                "availabilityZoneRebalancing",
                "deploymentCircuitBreaker",
                "deploymentConfiguration",
                "deploymentController",
                "iamRole",
                "launchType",
                "platformVersion",
                "propagateTags",
            }
        ),
        unordered=frozenset(
            {
                "capacityProviderStrategies",
                "loadBalancers",
                "networkConfiguration.securityGroups",
                "networkConfiguration.subnets",
            }
        ),
        meanings={"cluster": _last, "taskDefinition": _last},
        scaled=frozenset({"desiredCount"}),
        write_only=frozenset(
            {
                "forceDelete",
                "forceNewDeployment",
                "sigintRollback",
                "triggers",
                "waitForSteadyState",
            }
        ),
    ),
)
