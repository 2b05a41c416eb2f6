"""What notices and what survives: backups, budget, alarms, detection, audit trail, the checker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.aws.permissions import READ_ONLY
from infra.components.balancer import Balancer
from infra.components.base import Component, Place
from infra.components.data import Data
from infra.components.feeds import Feeds
from infra.components.keys import Keys
from infra.components.policy import allow, document, service_only
from infra.components.state import bucket_arn, checker, reading
from infra.components.storage import Storage

_BACKUP_POLICIES = (
    "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
    "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores",
)
_GIB = 1024**3


@dataclass(frozen=True)
class Checker:
    """Who may run the drift check: one subject of CI's identity provider.

    `state_bucket` (a name) and `state_key` (an ARN) are where the foundation keeps the state that
    the check begins with.
    """

    provider_arn: pulumi.Input[str]
    issuer: str
    subject: str
    state_bucket: pulumi.Input[str]
    state_key: pulumi.Input[str]


class Protection(Component):
    """The tenancy's safety net."""

    manifest_key = "residency.regions.backup"
    classification = "restricted"

    def __init__(
        self,
        place: Place,
        storage: Storage,
        data: Data,
        balancer: Balancer,
        feeds: Feeds,
        keys: Keys,
        who: Checker,
    ) -> None:
        super().__init__(place)
        self.alarms = self._topic(keys)
        self._backups(data, keys)
        self._budget()
        self._alarms(data, balancer, feeds)
        aws.guardduty.Detector(
            "detector",
            enable=True,
            finding_publishing_frequency="FIFTEEN_MINUTES",
            opts=self.child(),
        )
        self._trail(storage, keys)
        self.drift_role = self._drift_role(who)
        self.done()

    def _topic(self, keys: Keys) -> aws.sns.Topic:
        topic = aws.sns.Topic(
            "alarms",
            name=f"{self.place.prefix}-alarms",
            kms_master_key_id=keys.messages.arn,
            opts=self.child(),
        )
        aws.sns.TopicSubscription(
            "operations",
            topic=topic.arn,
            protocol="email",
            endpoint=self.place.country.contacts.operations,
            opts=self.child(),
        )
        return topic

    # -- backups ----------------------------------------------------------------------------

    def _backups(self, data: Data, keys: Keys) -> None:
        country = self.place.country
        vault = self._vault("vault", keys.backups.arn, None)
        copies = [
            self._vault(f"copy-{region}", None, region)
            for region in country.residency.regions.backup
            if region != self.place.region
        ][:1]
        keep = 35 if country.production else 7
        plan = aws.backup.Plan(
            "daily",
            name=f"{self.place.prefix}-daily",
            rules=[
                {
                    "rule_name": "daily",
                    "target_vault_name": vault.name,
                    "schedule": "cron(0 3 * * ? *)",
                    "schedule_expression_timezone": country.time_zone,
                    "start_window": 60,
                    "completion_window": 360,
                    "lifecycle": {"delete_after": keep},
                    "copy_actions": [
                        {
                            "destination_vault_arn": copy.arn,
                            "lifecycle": {"delete_after": keep},
                        }
                        for copy in copies
                    ],
                }
            ],
            opts=self.child(),
        )
        aws.backup.Selection(
            "stores",
            name="stores",
            plan_id=plan.id,
            iam_role_arn=self._backup_role().arn,
            resources=[data.database.arn],
            opts=self.child(),
        )

    def _vault(
        self, name: str, key: pulumi.Input[str] | None, region: str | None
    ) -> aws.backup.Vault:
        """A vault; one in another region uses AWS's key there, since ours stay in theirs."""
        protected = self.place.protected
        return aws.backup.Vault(
            name,
            name=f"{self.place.prefix}-{'copy' if region else 'vault'}",
            kms_key_arn=key,
            region=region,
            force_destroy=not protected,
            opts=self.child(protect=protected),
        )

    def _backup_role(self) -> aws.iam.Role:
        role = aws.iam.Role(
            "backup",
            name=f"{self.place.prefix}-backup",
            assume_role_policy=service_only("backup.amazonaws.com"),
            opts=self.child(),
        )
        for name, arn in zip(("backup", "restore"), _BACKUP_POLICIES, strict=True):
            aws.iam.RolePolicyAttachment(name, role=role.name, policy_arn=arn, opts=self.child())
        return role

    # -- notice -----------------------------------------------------------------------------

    def _budget(self) -> None:
        country = self.place.country
        aws.budgets.Budget(
            "monthly",
            name=f"{self.place.prefix}-monthly",
            budget_type="COST",
            limit_amount=str(country.budget.monthly_usd),
            limit_unit="USD",
            time_unit="MONTHLY",
            notifications=[
                {
                    "comparison_operator": "GREATER_THAN",
                    "notification_type": "ACTUAL",
                    "threshold": percent,
                    "threshold_type": "PERCENTAGE",
                    "subscriber_email_addresses": [country.contacts.operations],
                }
                for percent in country.budget.alert_percent
            ],
            opts=self.child(),
        )

    def _alarms(self, data: Data, balancer: Balancer, feeds: Feeds) -> None:
        database = {"DBInstanceIdentifier": data.database.identifier}
        self._alarm("database-cpu", "AWS/RDS", "CPUUtilization", database, above=80)
        self._alarm(
            "database-space",
            "AWS/RDS",
            "FreeStorageSpace",
            database,
            below=self.place.country.database.storage_gb * _GIB // 10,
        )
        self._alarm(
            "errors",
            "AWS/ApplicationELB",
            "HTTPCode_Target_5XX_Count",
            {"LoadBalancer": balancer.balancer.arn_suffix},
            above=50,
            statistic="Sum",
        )
        for name, queue in (("roster", feeds.roster_dead), ("content", feeds.content_dead)):
            self._alarm(
                f"{name}-dead",
                "AWS/SQS",
                "ApproximateNumberOfMessagesVisible",
                {"QueueName": queue.name},
                above=0,
                statistic="Maximum",
            )

    def _alarm(
        self,
        name: str,
        namespace: str,
        metric: str,
        dimensions: dict[str, Any],
        *,
        above: int | None = None,
        below: int | None = None,
        statistic: str = "Average",
    ) -> None:
        word = "GreaterThanThreshold" if below is None else "LessThanThreshold"
        aws.cloudwatch.MetricAlarm(
            name,
            name=f"{self.place.prefix}-{name}",
            namespace=namespace,
            metric_name=metric,
            dimensions=dimensions,
            comparison_operator=word,
            threshold=above if below is None else below,
            statistic=statistic,
            period=300,
            evaluation_periods=2,
            treat_missing_data="notBreaching",
            alarm_actions=[self.alarms.arn],
            ok_actions=[self.alarms.arn],
            opts=self.child(),
        )

    def _trail(self, storage: Storage, keys: Keys) -> None:
        name = f"{self.place.prefix}-audit"
        aws.cloudtrail.Trail(
            "audit",
            name=name,
            s3_bucket_name=storage.audit.bucket,
            kms_key_id=keys.logs.arn,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            opts=self.child(depends_on=[storage.audit_policy]),
        )

    # -- the check --------------------------------------------------------------------------

    def _drift_role(self, who: Checker) -> aws.iam.Role:
        """Read-only, assumed by CI without a stored key.

        Of data it can read one object, the state of this country, and no secret within that.
        """
        code = self.place.country.code
        role = aws.iam.Role(
            "drift",
            name=checker(code),
            max_session_duration=3600,
            assume_role_policy=document(
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": who.provider_arn},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {
                        "StringEquals": {
                            f"{who.issuer}:aud": "sts.amazonaws.com",
                            f"{who.issuer}:sub": who.subject,
                        }
                    },
                }
            ),
            opts=self.child(),
        )
        aws.iam.RolePolicy(
            "drift",
            name="read",
            role=role.name,
            policy=document(allow(list(READ_ONLY), "*")),
            opts=self.child(),
        )
        aws.iam.RolePolicy(
            "state",
            name="state",
            role=role.name,
            policy=document(*reading(code, bucket_arn(who.state_bucket), who.state_key)),
            opts=self.child(),
        )
        return role
