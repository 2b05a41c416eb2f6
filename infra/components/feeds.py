"""How rosters and content arrive: queues, a schedule, the partner's way in, secrets."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.components.base import Component, Place
from infra.components.keys import Keys
from infra.components.policy import Statement, allow, document, trust
from infra.components.storage import Storage
from wasl.manifest import Partner

_TRIES = 5
_KEPT_SECONDS = 14 * 24 * 3600


class Feeds(Component):
    """One queue a feed, each with a dead-letter queue; the partner reads and writes no more."""

    manifest_key = "partner"
    classification = "personal"

    def __init__(self, place: Place, partner: Partner, storage: Storage, keys: Keys) -> None:
        super().__init__(place)
        self.roster, self.roster_dead = self._queue("roster", keys)
        self.content, self.content_dead = self._queue("content", keys)
        self._schedule(keys)
        # No secret: it ties the partner's assuming of the role to this country.
        self.external_id = f"{place.prefix}-{partner.name}"
        self._external_id(partner)
        self.partner_role = self._partner_role(partner, storage, keys)
        self.credentials = aws.secretsmanager.Secret(
            "partner",
            name=f"wasl/{partner.name}/credentials",
            description="What the partner gave us to sign in with",
            kms_key_id=keys.data.arn,
            recovery_window_in_days=30 if place.protected else 0,
            opts=self.child(),
        )
        self.done()

    def _queue(self, name: str, keys: Keys) -> tuple[aws.sqs.Queue, aws.sqs.Queue]:
        dead = aws.sqs.Queue(
            f"{name}-dead",
            name=f"{self.place.prefix}-{name}-dead",
            message_retention_seconds=_KEPT_SECONDS,
            kms_master_key_id=keys.messages.arn,
            opts=self.child(),
        )
        queue = aws.sqs.Queue(
            name,
            name=f"{self.place.prefix}-{name}",
            visibility_timeout_seconds=300,
            receive_wait_time_seconds=20,
            message_retention_seconds=_KEPT_SECONDS,
            kms_master_key_id=keys.messages.arn,
            redrive_policy=pulumi.Output.json_dumps(
                {"deadLetterTargetArn": dead.arn, "maxReceiveCount": _TRIES}
            ),
            opts=self.child(),
        )
        for suffix, each in ((name, queue), (f"{name}-dead", dead)):
            aws.sqs.QueuePolicy(
                suffix, queue_url=each.url, policy=document(_tls(each)), opts=self.child()
            )
        return queue, dead

    def _schedule(self, keys: Keys) -> None:
        """Ask for a fresh roster and catalogue each night, in the country's own time."""
        role = aws.iam.Role(
            "schedule",
            name=f"{self.place.prefix}-schedule",
            assume_role_policy=trust("scheduler.amazonaws.com", self.place.account),
            opts=self.child(),
        )
        policy = aws.iam.RolePolicy(
            "schedule",
            name="send",
            role=role.name,
            policy=document(
                allow(["sqs:SendMessage"], [self.roster.arn, self.content.arn]),
                allow(["kms:GenerateDataKey", "kms:Decrypt"], keys.messages.arn),
            ),
            opts=self.child(),
        )
        for hour, (name, queue) in enumerate(
            (("roster", self.roster), ("content", self.content)), start=2
        ):
            aws.scheduler.Schedule(
                name,
                name=f"{self.place.prefix}-{name}",
                description=f"The nightly {name} feed",
                schedule_expression=f"cron(0 {hour} * * ? *)",
                schedule_expression_timezone=self.place.country.time_zone,
                flexible_time_window={"mode": "FLEXIBLE", "maximum_window_in_minutes": 30},
                kms_key_arn=keys.messages.arn,
                target={
                    "arn": queue.arn,
                    "role_arn": role.arn,
                    "input": f'{{"feed": "{name}"}}',
                },
                opts=self.child(depends_on=[policy]),
            )

    def _external_id(self, partner: Partner) -> None:
        """Where the partner's operators find it."""
        platform = partner.platform
        name = platform.external_id_parameter if platform else "/wasl/partner/external-id"
        aws.ssm.Parameter(
            "external-id", name=name, type="String", value=self.external_id, opts=self.child()
        )

    def _partner_role(self, partner: Partner, storage: Storage, keys: Keys) -> aws.iam.Role:
        accounts = partner.platform.aws_accounts.value if partner.platform else ()
        role = aws.iam.Role(
            "partner",
            name=f"{self.place.prefix}-partner",
            max_session_duration=3600,
            assume_role_policy=document(
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": [f"arn:aws:iam::{account}:root" for account in accounts]},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"sts:ExternalId": self.external_id}},
                }
            ),
            opts=self.child(),
        )
        queues = [self.roster.arn, self.content.arn]
        feeds = pulumi.Output.concat(storage.content.arn, "/feeds/", partner.name, "/*")
        aws.iam.RolePolicy(
            "partner",
            name="feeds",
            role=role.name,
            policy=document(
                allow(
                    ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], queues
                ),
                allow(["s3:GetObject", "s3:PutObject"], feeds),
                allow(
                    ["kms:Decrypt", "kms:GenerateDataKey"], [keys.messages.arn, keys.content.arn]
                ),
            ),
            opts=self.child(),
        )
        return role


def _tls(queue: aws.sqs.Queue) -> Statement:
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": queue.arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
