"""ECS: what moto forgets of a service when it is made or changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.sandbox.emulation import answer

OPERATIONS = ("ecs:CreateService", "ecs:UpdateService")

_FORGOTTEN = {
    "availabilityZoneRebalancing": "availability_zone_rebalancing",
    "deploymentConfiguration": "deployment_configuration",
    "enableECSManagedTags": "enable_ecs_managed_tags",
    "enableExecuteCommand": "enable_execute_command",
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
}


def install() -> None:
    """Let moto keep them on the service itself."""
    from moto.ecs.responses import EC2ContainerServiceResponse

    answer(
        EC2ContainerServiceResponse,
        create_service=_keeping(EC2ContainerServiceResponse.create_service, "serviceName"),
        update_service=_keeping(EC2ContainerServiceResponse.update_service, "service"),
    )


def _keeping(plain: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    def kept(response: Any) -> Any:
        answered = plain(response)
        service = response.ecs_backend._get_service(
            response._get_param("cluster", "default"), response._get_param(name).split("/")[-1]
        )
        for theirs, field in _FORGOTTEN.items():
            value = response._get_param(theirs)
            if value is not None:
                setattr(service, field, value)
        return answered

    return kept
