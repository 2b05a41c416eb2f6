"""ECS: clusters, task definitions and services."""

from __future__ import annotations

import json
from typing import Any

from infra.aws.ecs import LOGS
from infra.aws.model import Aws, Props
from infra.sandbox.make.model import Maker, plain, unsupported
from infra.sandbox.make.tagging import changed_tags, pairs


def _pairs(props: Props) -> list[dict[str, str]]:
    return pairs(props, "key", "value")


def _retag(aws: Aws, arn: str, old: Props, new: Props) -> None:
    put, gone = changed_tags(old, new)
    if put:
        aws.client("ecs").tag_resource(resourceArn=arn, tags=_pairs({"tags": put}))
    if gone:
        aws.client("ecs").untag_resource(resourceArn=arn, tagKeys=gone)


def _create_cluster(aws: Aws, props: Props) -> str:
    ecs, name = aws.client("ecs"), props["name"]
    # AWS answers with the one that is there, and moto overwrites it.
    there = ecs.describe_clusters(clusters=[name])["clusters"]
    if any(cluster["status"] != "INACTIVE" for cluster in there):
        raise RuntimeError(f"cluster {name} exists already: import it")
    created = ecs.create_cluster(clusterName=name, tags=_pairs(props), **_cluster(props))
    return str(created["cluster"]["clusterArn"])


def _cluster(props: Props) -> dict[str, Any]:
    """The arguments that making and changing a cluster share."""
    unsupported(props, "serviceConnectDefaults")
    arguments: dict[str, Any] = {}
    if props.get("settings"):
        arguments["settings"] = plain(props["settings"])
    if props.get("configuration"):
        arguments["configuration"] = _configuration(plain(props["configuration"]))
    return arguments


def _configuration(block: Props) -> Props:
    command = block.get("executeCommandConfiguration", {})
    if logs := command.get("logConfiguration"):
        theirs = {ours: theirs for theirs, ours in LOGS.items()}
        command["logConfiguration"] = {theirs.get(key, key): logs[key] for key in logs}
    return block


def _update_cluster(aws: Aws, arn: str, old: Props, new: Props) -> None:
    arguments = _cluster(new)
    if arguments != _cluster(old):
        aws.client("ecs").update_cluster(cluster=arn, **arguments)
    _retag(aws, arn, old, new)


_TEXTS = (
    "cpu",
    "executionRoleArn",
    "family",
    "ipcMode",
    "memory",
    "networkMode",
    "pidMode",
    "taskRoleArn",
)
_BLOCKS = ("placementConstraints", "requiresCompatibilities", "runtimePlatform")


def _register(aws: Aws, props: Props) -> str:
    unsupported(props, "enableFaultInjection", "proxyConfiguration")
    arguments: dict[str, Any] = {
        **{name: str(props[name]) for name in _TEXTS if props.get(name)},
        **{name: plain(props[name]) for name in _BLOCKS if props.get(name)},
        "containerDefinitions": json.loads(props["containerDefinitions"]),
        "volumes": [_volume(volume) for volume in props.get("volumes") or ()],
    }
    if props.get("ephemeralStorage"):
        arguments["ephemeralStorage"] = {"sizeInGiB": props["ephemeralStorage"]["sizeInGib"]}
    if props.get("tags"):
        arguments["tags"] = _pairs(props)
    made = aws.client("ecs").register_task_definition(**arguments)
    return str(made["taskDefinition"]["taskDefinitionArn"])


def _volume(block: Props) -> Props:
    unsupported(
        block,
        "configureAtLaunch",
        "dockerVolumeConfiguration",
        "fsxWindowsFileServerVolumeConfiguration",
        "s3filesVolumeConfiguration",
    )
    result: Props = plain(block)
    host = result.pop("hostPath", None)
    return {**result, **({"host": {"sourcePath": host}} if host else {})}


def _update_definition(aws: Aws, family: str, old: Props, new: Props) -> None:
    newest = aws.client("ecs").describe_task_definition(taskDefinition=family)["taskDefinition"]
    _retag(aws, newest["taskDefinitionArn"], old, new)


def _deregister(aws: Aws, _family: str, state: Props) -> None:
    if not state.get("skipDestroy"):
        aws.client("ecs").deregister_task_definition(taskDefinition=state["arn"])


_UNSUPPORTED = (
    "alarms",
    "capacityProviderStrategies",
    "deploymentConfiguration",
    "iamRole",
    "orderedPlacementStrategies",
    "placementConstraints",
    "serviceConnectConfiguration",
    "serviceRegistries",
    "volumeConfiguration",
    "vpcLatticeConfigurations",
)
_ALIKE = (
    "availabilityZoneRebalancing",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "platformVersion",
    "propagateTags",
    "taskDefinition",
)


def _service(props: Props) -> dict[str, Any]:
    """The arguments that making and changing a service share."""
    unsupported(props, *_UNSUPPORTED)
    deployment = {
        "maximumPercent": props["deploymentMaximumPercent"],
        "minimumHealthyPercent": props["deploymentMinimumHealthyPercent"],
    }
    if props.get("deploymentCircuitBreaker"):
        deployment["deploymentCircuitBreaker"] = plain(props["deploymentCircuitBreaker"])
    arguments: dict[str, Any] = {
        **{name: props[name] for name in _ALIKE if props.get(name) not in (None, "")},
        "deploymentConfiguration": deployment,
        "enableECSManagedTags": props["enableEcsManagedTags"],
        "loadBalancers": plain(props.get("loadBalancers") or []),
    }
    if props["schedulingStrategy"] == "REPLICA":
        arguments["desiredCount"] = props.get("desiredCount") or 0
    if props.get("networkConfiguration"):
        arguments["networkConfiguration"] = _network(props["networkConfiguration"])
    return arguments


def _network(block: Props) -> dict[str, Any]:
    public = "ENABLED" if block.get("assignPublicIp") else "DISABLED"
    inside = {"subnets": block["subnets"], "securityGroups": block.get("securityGroups") or []}
    return {"awsvpcConfiguration": {**inside, "assignPublicIp": public}}


def _create_service(aws: Aws, props: Props) -> str:
    ecs, cluster, name = aws.client("ecs"), props.get("cluster") or "default", props["name"]
    # moto overwrites the one that is there; AWS takes the very same again in silence.
    there = ecs.describe_services(cluster=cluster, services=[name])["services"]
    if any(service["status"] != "INACTIVE" for service in there):
        raise RuntimeError(f"service {name} exists already: import it")
    optional = {
        ours: props[ours] for ours in ("deploymentController", "launchType") if props.get(ours)
    }
    created = ecs.create_service(
        cluster=cluster,
        serviceName=name,
        schedulingStrategy=props["schedulingStrategy"],
        tags=_pairs(props),
        **plain(optional),
        **_service(props),
    )
    # Nobody waits for a steady state: the emulated AWS runs no tasks.
    return str(created["service"]["serviceArn"])


def _update_service(aws: Aws, arn: str, old: Props, new: Props) -> None:
    arguments = _service(new)
    if arguments != _service(old) or new.get("forceNewDeployment"):
        aws.client("ecs").update_service(
            cluster=new["cluster"],
            service=new["name"],
            forceNewDeployment=bool(new.get("forceNewDeployment")),
            **arguments,
        )
    _retag(aws, arn, old, new)


def _delete_service(aws: Aws, _arn: str, state: Props) -> None:
    ecs, force = aws.client("ecs"), bool(state.get("forceDelete"))
    names = {"cluster": state["cluster"], "service": state["name"]}
    if state.get("schedulingStrategy") == "REPLICA" and not force:
        ecs.update_service(desiredCount=0, **names)
    ecs.delete_service(force=force, **names)
    ecs.get_waiter("services_inactive").wait(cluster=names["cluster"], services=[names["service"]])


MAKERS = {
    "aws:ecs/cluster:Cluster": Maker(
        _create_cluster,
        _update_cluster,
        lambda aws, arn, _: aws.client("ecs").delete_cluster(cluster=arn),
    ),
    "aws:ecs/service:Service": Maker(_create_service, _update_service, _delete_service),
    "aws:ecs/taskDefinition:TaskDefinition": Maker(_register, _update_definition, _deregister),
}
