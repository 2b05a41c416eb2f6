"""EventBridge Scheduler: schedules."""

from __future__ import annotations

from infra.aws.model import Aws, Props
from infra.aws.scheduler import NAMES
from infra.aws.shape import pascal
from infra.sandbox.make.model import Maker

_FIELDS = (
    "actionAfterCompletion",
    "description",
    "endDate",
    "flexibleTimeWindow",
    "groupName",
    "kmsKeyArn",
    "name",
    "scheduleExpression",
    "scheduleExpressionTimezone",
    "startDate",
    "state",
    "target",
)
_UNKNOWN = ("ecsParameters", "kinesisParameters", "sagemakerPipelineParameters")


def _arguments(props: Props) -> Props:
    for name in _UNKNOWN:
        if props["target"].get(name):
            raise RuntimeError(f"target.{name}: the stand-in does not know it")
    given = {name: props[name] for name in _FIELDS if props.get(name) not in (None, "")}
    arguments: Props = pascal(given, NAMES)
    return arguments


def _create(aws: Aws, props: Props) -> str:
    aws.client("scheduler").create_schedule(**_arguments(props))
    return f"{props['groupName']}/{props['name']}"


def _delete(aws: Aws, resource_id: str, _state: Props) -> None:
    group, _, name = resource_id.partition("/")
    aws.client("scheduler").delete_schedule(GroupName=group, Name=name)


MAKERS = {
    "aws:scheduler/schedule:Schedule": Maker(
        _create,
        # What an update leaves out goes back to its default, so all is sent.
        lambda aws, _id, _old, new: aws.client("scheduler").update_schedule(**_arguments(new)),
        _delete,
    ),
}
