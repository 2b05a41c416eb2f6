"""Application Auto Scaling: what may be scaled, and when it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from infra.aws.model import Aws, AwsType, Props, Raw
from infra.aws.shape import camel

_NAMESPACES = ("ecs",)
"""The services of a tenancy that can be scaled: AWS lists one at a time."""

_PLACE = ("serviceNamespace", "resourceId", "scalableDimension")


def _all(aws: Aws, operation: str, key: str) -> Iterator[Raw]:
    for namespace in _NAMESPACES:
        yield from aws.pages("application-autoscaling", operation, key, ServiceNamespace=namespace)


def _place(resource_id: str, state: Props, parts: int) -> tuple[str, str, str, str]:
    """Namespace, resource, dimension and name from what is known, else from an import id.

    An import id is `namespace/resource/dimension` and, of a policy, `/name`; the resource itself
    holds slashes. Raises RuntimeError where neither tells.
    """
    if all(state.get(name) for name in _PLACE):
        namespace, resource, dimension = (str(state[name]) for name in _PLACE)
        return namespace, resource, dimension, resource_id
    namespace, _, rest = resource_id.partition("/")
    pieces = rest.rsplit("/", parts)
    if len(pieces) != parts + 1:
        raise RuntimeError(
            f"{resource_id} does not say where: import by namespace/resource/dimension[/name]"
        )
    return namespace, pieces[0], pieces[1], pieces[-1]


def _read_target(aws: Aws, resource_id: str, state: Props) -> Raw | None:
    namespace, resource, dimension, _ = _place(resource_id, state, 1)
    found = aws.pages(
        "application-autoscaling",
        "describe_scalable_targets",
        "ScalableTargets",
        ServiceNamespace=namespace,
        ResourceIds=[resource],
        ScalableDimension=dimension,
    )
    return next(iter(found), None)


def _where(raw: Raw) -> Props:
    return {
        "resourceId": raw["ResourceId"],
        "scalableDimension": raw["ScalableDimension"],
        "serviceNamespace": raw["ServiceNamespace"],
    }


def _target(raw: Raw) -> Props:
    return {
        **_where(raw),
        "arn": raw.get("ScalableTargetARN", ""),
        "maxCapacity": raw["MaxCapacity"],
        "minCapacity": raw["MinCapacity"],
        "roleArn": raw.get("RoleARN", ""),
        "suspendedState": camel(raw.get("SuspendedState") or {}),
    }


def _read_policy(aws: Aws, resource_id: str, state: Props) -> Raw | None:
    namespace, resource, dimension, name = _place(resource_id, state, 2)
    found = aws.pages(
        "application-autoscaling",
        "describe_scaling_policies",
        "ScalingPolicies",
        ServiceNamespace=namespace,
        ResourceId=resource,
        ScalableDimension=dimension,
    )
    return next((policy for policy in found if policy["PolicyName"] == name), None)


CONFIGURATIONS = ("StepScalingPolicyConfiguration", "TargetTrackingScalingPolicyConfiguration")


def _policy(raw: Raw) -> Props:
    configured = {name: raw[name] for name in CONFIGURATIONS if raw.get(name)}
    return {
        **_where(raw),
        **camel(configured),
        "alarmArns": [alarm["AlarmARN"] for alarm in raw.get("Alarms") or ()],
        "arn": raw["PolicyARN"],
        "name": raw["PolicyName"],
        "policyType": raw["PolicyType"],
    }


def _list_targets(aws: Aws) -> Iterable[Raw]:
    return _all(aws, "describe_scalable_targets", "ScalableTargets")


def _list_policies(aws: Aws) -> Iterable[Raw]:
    return _all(aws, "describe_scaling_policies", "ScalingPolicies")


TYPES = (
    AwsType(
        token="aws:appautoscaling/target:Target",
        service="application-autoscaling",
        cloudformation="AWS::ApplicationAutoScaling::ScalableTarget",
        list=_list_targets,
        read=_read_target,
        identify=lambda raw: str(raw["ResourceId"]),
        normalise=_target,
        key=_PLACE,
        replace=frozenset(_PLACE),
        # The role is AWS's own, linked to the service, whatever is asked for.
        computed=frozenset({"roleArn", "suspendedState"}),
        # moto keeps no tags here.
        write_only=frozenset({"tags"}),
    ),
    AwsType(
        token="aws:appautoscaling/policy:Policy",
        service="application-autoscaling",
        parent="resourceId",
        cloudformation="AWS::ApplicationAutoScaling::ScalingPolicy",
        list=_list_policies,
        read=_read_policy,
        identify=lambda raw: str(raw["PolicyName"]),
        normalise=_policy,
        key=("name", *_PLACE),
        replace=frozenset({"name", *_PLACE}),
        defaults={"policyType": "StepScaling"},
    ),
)
