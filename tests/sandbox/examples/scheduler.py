"""EventBridge Scheduler."""

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example


def _stop(aws: Aws, state: Props) -> None:
    client = aws.client("scheduler")
    found = client.get_schedule(GroupName=state["groupName"], Name=state["name"])
    kept = ("FlexibleTimeWindow", "ScheduleExpression", "ScheduleExpressionTimezone", "Target")
    client.update_schedule(
        GroupName=state["groupName"],
        Name=state["name"],
        State="DISABLED",
        **{name: found[name] for name in kept},
    )


EXAMPLES = (
    Example(
        "aws:scheduler/schedule:Schedule",
        lambda _: {
            "name": "wasl-jo-roster",
            "flexibleTimeWindow": {"mode": "FLEXIBLE", "maximumWindowInMinutes": 15},
            "scheduleExpression": "cron(0 2 ? * SUN-THU *)",
            "scheduleExpressionTimezone": "Asia/Amman",
            "target": {
                "arn": "arn:aws:sqs:eu-south-1:111122223333:roster",
                "roleArn": "arn:aws:iam::111122223333:role/wasl-jo-schedule",
                "input": '{"what": "roster"}',
                "deadLetterConfig": {"arn": "arn:aws:sqs:eu-south-1:111122223333:dead"},
            },
        },
        change={"scheduleExpression": "cron(0 3 ? * SUN-THU *)"},
        tamper=_stop,
        tampered="state",
    ),
)
