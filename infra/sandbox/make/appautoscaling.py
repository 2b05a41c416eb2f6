"""Application Auto Scaling: what may be scaled, and when it is."""

from __future__ import annotations

from typing import Any

from infra.aws.appautoscaling import CONFIGURATIONS
from infra.aws.model import Aws, Props, lower_camel
from infra.aws.shape import pascal
from infra.sandbox.make.model import Maker, unsupported


def _where(props: Props) -> dict[str, Any]:
    return {
        "ResourceId": props["resourceId"],
        "ScalableDimension": props["scalableDimension"],
        "ServiceNamespace": props["serviceNamespace"],
    }


def _create_target(aws: Aws, props: Props) -> str:
    there = aws.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace=props["serviceNamespace"],
        ResourceIds=[props["resourceId"]],
        ScalableDimension=props["scalableDimension"],
    )["ScalableTargets"]
    # The call that makes one also changes one.
    if there:
        raise RuntimeError(f"{props['resourceId']} is registered already: import it")
    _put_target(aws, props, {"Tags": props["tags"]} if props.get("tags") else {})
    return str(props["resourceId"])


def _put_target(aws: Aws, props: Props, more: dict[str, Any]) -> None:
    unsupported(props, "roleArn")
    if props.get("suspendedState"):
        more = {**more, "SuspendedState": pascal(props["suspendedState"])}
    aws.client("application-autoscaling").register_scalable_target(
        MinCapacity=props["minCapacity"], MaxCapacity=props["maxCapacity"], **_where(props), **more
    )


def _create_policy(aws: Aws, props: Props) -> str:
    there = aws.client("application-autoscaling").describe_scaling_policies(
        ServiceNamespace=props["serviceNamespace"],
        ResourceId=props["resourceId"],
        ScalableDimension=props["scalableDimension"],
    )["ScalingPolicies"]
    if any(policy["PolicyName"] == props["name"] for policy in there):
        raise RuntimeError(f"scaling policy {props['name']} exists already: import it")
    _put_policy(aws, props)
    return str(props["name"])


def _put_policy(aws: Aws, props: Props) -> None:
    unsupported(props, "predictiveScalingPolicyConfiguration")
    configured = {
        name: pascal(props[lower_camel(name)])
        for name in CONFIGURATIONS
        if props.get(lower_camel(name))
    }
    aws.client("application-autoscaling").put_scaling_policy(
        PolicyName=props["name"], PolicyType=props["policyType"], **_where(props), **configured
    )


MAKERS = {
    "aws:appautoscaling/policy:Policy": Maker(
        _create_policy,
        lambda aws, _id, _old, new: _put_policy(aws, new),
        lambda aws, name, state: aws.client("application-autoscaling").delete_scaling_policy(
            PolicyName=name, **_where(state)
        ),
    ),
    "aws:appautoscaling/target:Target": Maker(
        _create_target,
        lambda aws, _id, _old, new: _put_target(aws, new, {}),
        lambda aws, _id, state: aws.client("application-autoscaling").deregister_scalable_target(
            **_where(state)
        ),
    ),
}
