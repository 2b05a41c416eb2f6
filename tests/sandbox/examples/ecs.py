"""ECS and what scales its services."""

import json

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example, Made

_ROLE = "arn:aws:iam::111122223333:role/"
_DIMENSION = "ecs:service:DesiredCount"
_PLACE = {"serviceNamespace": "ecs", "scalableDimension": _DIMENSION}


def _tags(name: str, **more: str) -> Props:
    return {"wasl:urn": f"test/{name}", **more}


def _containers(image: str) -> str:
    container = {
        "name": "web",
        "image": image,
        "readonlyRootFilesystem": True,
        "portMappings": [{"containerPort": 8080}],
        "environment": [{"name": "COUNTRY", "value": "jo"}, {"name": "ACCESS", "value": "x"}],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {"awslogs-group": "/wasl/jo/platform", "awslogs-region": "eu-south-1"},
        },
    }
    return json.dumps([container])


def _definition(made: Made) -> Props:
    return {
        "family": "wasl-jo-platform",
        "containerDefinitions": _containers("platform:1"),
        "cpu": "256",
        "memory": "512",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
        "ephemeralStorage": {"sizeInGib": 30},
        "executionRoleArn": _ROLE + "execution",
        "taskRoleArn": _ROLE + "task",
        "volumes": [{"name": "scratch"}],
        "tags": _tags("TaskDefinition", country="jo"),
    }


def _service(made: Made) -> Props:
    return {
        "cluster": made["Cluster"]["arn"],
        "name": "platform",
        "taskDefinition": made["TaskDefinition"]["arn"],
        "launchType": "FARGATE",
        "desiredCount": 2,
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "deploymentMinimumHealthyPercent": 50,
        "enableEcsManagedTags": True,
        "healthCheckGracePeriodSeconds": 60,
        "propagateTags": "SERVICE",
        "networkConfiguration": {
            "subnets": [made["Subnet"]["id"]],
            "securityGroups": [made["SecurityGroup"]["id"]],
        },
        "loadBalancers": [
            {
                "targetGroupArn": made["TargetGroup"]["arn"],
                "containerName": "web",
                "containerPort": 8080,
            }
        ],
        "tags": _tags("Service"),
    }


def _unwatched(aws: Aws, state: Props) -> None:
    off = [{"name": "containerInsights", "value": "disabled"}]
    aws.client("ecs").update_cluster(cluster=state["arn"], settings=off)


def _relabel(aws: Aws, state: Props) -> None:
    tag = {"key": "country", "value": "tn"}
    aws.client("ecs").tag_resource(resourceArn=state["arn"], tags=[tag])


def _open_a_shell(aws: Aws, state: Props) -> None:
    aws.client("ecs").update_service(
        cluster=state["cluster"], service=state["name"], enableExecuteCommand=True
    )


def _policy(target: int) -> Props:
    return {
        "predefinedMetricSpecification": {
            "predefinedMetricType": "ECSServiceAverageCPUUtilization"
        },
        "targetValue": target,
        "scaleInCooldown": 300,
        "scaleOutCooldown": 60,
    }


def _unbounded(aws: Aws, state: Props) -> None:
    aws.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=state["resourceId"],
        ScalableDimension=_DIMENSION,
        MaxCapacity=500,
    )


def _lazy(aws: Aws, state: Props) -> None:
    metric = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
    aws.client("application-autoscaling").put_scaling_policy(
        PolicyName=state["name"],
        PolicyType="TargetTrackingScaling",
        ServiceNamespace="ecs",
        ResourceId=state["resourceId"],
        ScalableDimension=_DIMENSION,
        TargetTrackingScalingPolicyConfiguration={
            "PredefinedMetricSpecification": metric,
            "TargetValue": 95.0,
            "ScaleInCooldown": 300,
            "ScaleOutCooldown": 60,
        },
    )


EXAMPLES = (
    Example("aws:ec2/vpc:Vpc", lambda _: {"cidrBlock": "10.6.0.0/16", "tags": _tags("Vpc")}),
    Example(
        "aws:ec2/subnet:Subnet",
        lambda made: {
            "vpcId": made["Vpc"]["id"],
            "cidrBlock": "10.6.1.0/24",
            "tags": _tags("Subnet"),
        },
    ),
    Example(
        "aws:ec2/securityGroup:SecurityGroup",
        lambda made: {
            "vpcId": made["Vpc"]["id"],
            "name": "tasks",
            "tags": _tags("SecurityGroup"),
        },
    ),
    Example(
        "aws:lb/targetGroup:TargetGroup",
        lambda made: {
            "name": "tasks",
            "port": 8080,
            "protocol": "HTTP",
            "targetType": "ip",
            "vpcId": made["Vpc"]["id"],
        },
    ),
    Example(
        "aws:ecs/cluster:Cluster",
        lambda _: {
            "name": "wasl-jo",
            "settings": [{"name": "containerInsights", "value": "enabled"}],
            "configuration": {
                "executeCommandConfiguration": {
                    "logging": "OVERRIDE",
                    "logConfiguration": {"s3BucketName": "l", "s3BucketEncryptionEnabled": True},
                },
            },
            "tags": _tags("Cluster"),
        },
        change={"tags": _tags("Cluster", country="jo")},
        tamper=_unwatched,
        tampered="settings[0].value",
        import_id=lambda state: str(state["name"]),
    ),
    Example(
        "aws:ecs/taskDefinition:TaskDefinition",
        _definition,
        change={"tags": _tags("TaskDefinition", country="dz")},
        tamper=_relabel,
        tampered="tags.country",
        import_id=lambda state: str(state["arn"]),
    ),
    Example(
        "aws:ecs/service:Service",
        _service,
        change={"desiredCount": 1, "enableEcsManagedTags": False},
        tamper=_open_a_shell,
        tampered="enableExecuteCommand",
        import_id=lambda state: f"wasl-jo/{state['name']}",
    ),
    Example(
        "aws:appautoscaling/target:Target",
        lambda _: {
            **_PLACE,
            "resourceId": "service/wasl-jo/platform",
            "minCapacity": 1,
            "maxCapacity": 4,
            "tags": _tags("Target"),
        },
        change={"maxCapacity": 6},
        tamper=_unbounded,
        tampered="maxCapacity",
        import_id=lambda state: f"ecs/{state['resourceId']}/{_DIMENSION}",
    ),
    Example(
        "aws:appautoscaling/policy:Policy",
        lambda made: {
            **_PLACE,
            "name": "processor",
            "resourceId": made["Target"]["resourceId"],
            "policyType": "TargetTrackingScaling",
            "targetTrackingScalingPolicyConfiguration": _policy(60),
        },
        change={"targetTrackingScalingPolicyConfiguration": _policy(50)},
        tamper=_lazy,
        tampered="targetTrackingScalingPolicyConfiguration.targetValue",
        import_id=lambda state: f"ecs/{state['resourceId']}/{_DIMENSION}/processor",
    ),
)
