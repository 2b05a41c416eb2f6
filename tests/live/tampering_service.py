"""Changes to what serves and what watches: platform, edge, feeds, fleet, alarms."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.live.tampering import IGNORED, STRANGER, UNASKED, Change, Hand, policy


def _service(**arguments: Any) -> Callable[[Hand], None]:
    def change(hand: Hand) -> None:
        hand.client("ecs").update_service(
            cluster=hand.id("Cluster", "platform"),
            service=hand.id("Service", "platform"),
            **arguments,
        )

    return change


def _revision(hand: Hand) -> None:
    ecs = hand.client("ecs")
    known = ecs.describe_task_definition(
        taskDefinition=hand.out("TaskDefinition", "platform", "arn")
    )["taskDefinition"]
    kept = (
        "family",
        "containerDefinitions",
        "cpu",
        "memory",
        "networkMode",
        "requiresCompatibilities",
    )
    ecs.register_task_definition(**{name: known[name] for name in kept})


def _attributes(hand: Hand) -> None:
    hand.client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=hand.id("LoadBalancer", "internal"),
        Attributes=[
            {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "false"},
            {"Key": "access_logs.s3.enabled", "Value": "false"},
        ],
    )


def _rule(hand: Hand) -> None:
    hand.client("elbv2").create_rule(
        ListenerArn=hand.id("Listener", "waiting"),
        Priority=7,
        Conditions=[{"Field": "path-pattern", "Values": ["/x"]}],
        Actions=[
            {
                "Type": "redirect",
                "RedirectConfig": {"Host": "somebody.example", "StatusCode": "HTTP_302"},
            }
        ],
    )


def _listener(hand: Hand) -> None:
    answer = {"StatusCode": "200", "ContentType": "text/plain"}
    hand.client("elbv2").create_listener(
        LoadBalancerArn=hand.id("LoadBalancer", "internal"),
        Protocol="HTTP",
        Port=8081,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": answer}],
    )


def _target_tracking(hand: Hand) -> None:
    name = hand.id("Target", "platform")
    hand.client("application-autoscaling").put_scaling_policy(
        PolicyName="cpu",
        ServiceNamespace="ecs",
        ResourceId=name,
        ScalableDimension="ecs:service:DesiredCount",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 99,
            "ScaleInCooldown": 300,
            "ScaleOutCooldown": 60,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
        },
    )


def _acl(hand: Hand) -> None:
    waf = hand.client("wafv2", "us-east-1")
    place = {"Name": "wasl-jo-content", "Scope": "CLOUDFRONT", "Id": hand.id("WebAcl", "content")}
    known = waf.get_web_acl(**place)
    waf.update_web_acl(
        **place,
        LockToken=known["LockToken"],
        DefaultAction={"Block": {}},
        Rules=known["WebACL"]["Rules"],
        VisibilityConfig=known["WebACL"]["VisibilityConfig"],
    )


def _distribution(hand: Hand) -> None:
    cloudfront = hand.client("cloudfront")
    identifier = hand.id("Distribution", "content")
    known = cloudfront.get_distribution_config(Id=identifier)
    config = known["DistributionConfig"]
    config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] = "allow-all"
    cloudfront.update_distribution(Id=identifier, DistributionConfig=config, IfMatch=known["ETag"])


def _signing(hand: Hand) -> None:
    cloudfront = hand.client("cloudfront")
    identifier = hand.id("OriginAccessControl", "content")
    known = cloudfront.get_origin_access_control(Id=identifier)
    config = known["OriginAccessControl"]["OriginAccessControlConfig"]
    cloudfront.update_origin_access_control(
        Id=identifier,
        IfMatch=known["ETag"],
        OriginAccessControlConfig={**config, "SigningBehavior": "never"},
    )


def _record(hand: Hand) -> None:
    record = {
        "Name": "somebody.learn.jo.example",
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": [{"Value": "192.0.2.1"}],
    }
    hand.client("route53").change_resource_record_sets(
        HostedZoneId=hand.id("Zone", "zone"),
        ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]},
    )


def _queue(name: str, **attributes: str) -> Callable[[Hand], None]:
    def change(hand: Hand) -> None:
        hand.client("sqs").set_queue_attributes(
            QueueUrl=hand.id("Queue", name), Attributes=attributes
        )

    return change


ABROAD = "eu-central-1"
"""Where the contract permits backups alone."""


def _log_abroad(hand: Hand) -> None:
    hand.client("logs", ABROAD).create_log_group(logGroupName="/somebodys")


def _machine_abroad(hand: Hand) -> None:
    hand.client("ec2", ABROAD).run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)


def _topic_abroad(hand: Hand) -> None:
    hand.client("sns", ABROAD).create_topic(
        Name="somebodys", Tags=[{"Key": "owner", "Value": "somebody"}]
    )


def _topic(name: str, value: str) -> Callable[[Hand], None]:
    def change(hand: Hand) -> None:
        hand.client("sns").set_topic_attributes(
            TopicArn=hand.id("Topic", "alarms"), AttributeName=name, AttributeValue=value
        )

    return change


def _schedule(hand: Hand) -> None:
    scheduler = hand.client("scheduler")
    known = scheduler.get_schedule(Name="wasl-jo-roster", GroupName="default")
    kept = (
        "Name",
        "GroupName",
        "Description",
        "FlexibleTimeWindow",
        "KmsKeyArn",
        "ScheduleExpression",
        "ScheduleExpressionTimezone",
        "Target",
    )
    scheduler.update_schedule(**{name: known[name] for name in kept}, State="DISABLED")


def _notification(hand: Hand) -> None:
    account = hand.id("Budget", "monthly").partition(":")[0]
    budgets = hand.client("budgets")
    place = {"AccountId": account, "BudgetName": "wasl-jo-monthly"}
    known = budgets.describe_notifications_for_budget(**place)["Notifications"]
    told = {
        name: known[0][name]
        for name in ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")
    }
    budgets.delete_notification(**place, Notification=told)


CHANGES = {
    "the platform's tasks can be entered": Change(
        _service(enableExecuteCommand=True),
        ("changed Service platform enableExecuteCommand",),
        security=True,
    ),
    "the platform's tasks are more than may be": Change(
        _service(desiredCount=3),
        ("suppressed Service platform desiredCount",),
        IGNORED,
        security=False,
    ),
    "a revision that nobody described": Change(
        _revision, ("unmanaged TaskDefinition",), STRANGER, security=True
    ),
    "tasks are not observed": Change(
        lambda hand: hand.client("ecs").update_cluster(
            cluster=hand.id("Cluster", "platform"),
            settings=[{"name": "containerInsights", "value": "disabled"}],
        ),
        ("changed Cluster platform settings[0].value",),
        security=False,
    ),
    "images can be put in the place of others": Change(
        lambda hand: hand.client("ecr").put_image_tag_mutability(
            repositoryName=hand.id("Repository", "platform"), imageTagMutability="MUTABLE"
        ),
        ("changed Repository platform imageTagMutability",),
        security=True,
    ),
    "images are not scanned": Change(
        lambda hand: hand.client("ecr").put_image_scanning_configuration(
            repositoryName=hand.id("Repository", "platform"),
            imageScanningConfiguration={"scanOnPush": False},
        ),
        ("changed Repository platform imageScanningConfiguration.scanOnPush",),
        security=True,
    ),
    "anybody may take images": Change(
        lambda hand: hand.client("ecr").set_repository_policy(
            repositoryName=hand.id("Repository", "platform"),
            policyText=policy("ecr:BatchGetImage"),
        ),
        ("unmanaged RepositoryPolicy",),
        STRANGER,
        security=True,
    ),
    "images are kept for ever": Change(
        lambda hand: hand.client("ecr").delete_lifecycle_policy(
            repositoryName=hand.id("Repository", "platform")
        ),
        ("missing LifecyclePolicy platform",),
        security=False,
    ),
    "the balancer is careless and logs nothing": Change(
        _attributes,
        (
            "changed LoadBalancer internal accessLogs.enabled",
            "changed LoadBalancer internal dropInvalidHeaderFields",
        ),
        security=True,
    ),
    "some are sent elsewhere": Change(_rule, ("unmanaged ListenerRule",), STRANGER, security=True),
    "the balancer listens to more": Change(
        _listener, ("unmanaged Listener",), STRANGER, security=True
    ),
    "nobody asks whether the platform is well": Change(
        lambda hand: hand.client("elbv2").modify_target_group(
            TargetGroupArn=hand.id("TargetGroup", "platform"), HealthCheckPath="/elsewhere"
        ),
        ("changed TargetGroup platform healthCheck.path",),
        security=False,
    ),
    "the platform grows late": Change(
        _target_tracking,
        ("changed Policy platform targetTrackingScalingPolicyConfiguration.targetValue",),
        security=False,
    ),
    "the balancer is not guarded": Change(
        lambda hand: hand.client("wafv2").disassociate_web_acl(
            ResourceArn=hand.id("LoadBalancer", "internal")
        ),
        ("missing WebAclAssociation balancer",),
        security=True,
    ),
    "the guard keeps no log": Change(
        lambda hand: hand.client("wafv2").delete_logging_configuration(
            ResourceArn=hand.id("WebAclLoggingConfiguration", "balancer")
        ),
        ("missing WebAclLoggingConfiguration balancer",),
        security=True,
    ),
    "the guard of content lets nobody through": Change(
        _acl,
        (
            "changed WebAcl content defaultAction.allow",
            "unmanaged WebAcl content defaultAction.block",
        ),
        security=True,
    ),
    "content goes out in plain": Change(
        _distribution,
        ("changed Distribution content defaultCacheBehavior.viewerProtocolPolicy",),
        security=True,
    ),
    "content is fetched unsigned": Change(
        _signing, ("changed OriginAccessControl content signingBehavior",), security=True
    ),
    "a name in the ministry's zone": Change(
        _record, ("unmanaged Record",), STRANGER, security=True
    ),
    "the zone is called otherwise": Change(
        lambda hand: hand.client("route53").update_hosted_zone_comment(
            Id=hand.id("Zone", "zone"), Comment="somebody's"
        ),
        ("changed Zone zone comment",),
        security=False,
    ),
    "a certificate that nobody asked for": Change(
        lambda hand: hand.client("acm").request_certificate(
            DomainName="somebody.example", ValidationMethod="DNS"
        ),
        ("unmanaged Certificate",),
        STRANGER,
        security=False,
    ),
    "a queue hides messages longer": Change(
        _queue("roster", VisibilityTimeout="99"),
        ("changed Queue roster visibilityTimeoutSeconds",),
        security=False,
    ),
    "a queue is not encrypted": Change(
        _queue("content", KmsMasterKeyId=""),
        ("changed Queue content kmsMasterKeyId",),
        security=True,
    ),
    "a queue is open": Change(
        _queue("roster-dead", Policy=policy("sqs:*")),
        ("changed QueuePolicy roster-dead policy",),
        security=True,
    ),
    "a queue that nobody described": Change(
        lambda hand: hand.client("sqs").create_queue(QueueName="somebodys"),
        ("unmanaged Queue",),
        STRANGER,
        security=False,
    ),
    "a queue where only backups may be": Change(
        lambda hand: hand.client("sqs", ABROAD).create_queue(QueueName="somebodys"),
        ("residency Queue region",),
        STRANGER,
        security=True,
    ),
    "a log where only backups may be": Change(
        _log_abroad, ("residency LogGroup region",), STRANGER, security=True
    ),
    "a machine where only backups may be": Change(
        _machine_abroad, ("residency Instance region",), STRANGER, security=True
    ),
    "a topic with a tag where only backups may be": Change(
        _topic_abroad, ("residency sns region",), STRANGER, security=True
    ),
    "alarms are not encrypted": Change(
        _topic("KmsMasterKeyId", ""), ("changed Topic alarms kmsMasterKeyId",), security=True
    ),
    "anybody may raise alarms": Change(
        _topic("Policy", policy("sns:Publish")),
        ("changed Topic alarms policy",),
        UNASKED,
        security=True,
    ),
    "somebody else hears the alarms": Change(
        lambda hand: hand.client("sns").subscribe(
            TopicArn=hand.id("Topic", "alarms"), Protocol="email", Endpoint="x@somebody.example"
        ),
        ("unmanaged TopicSubscription",),
        STRANGER,
        security=True,
    ),
    "a rule that nobody described": Change(
        lambda hand: hand.client("events").put_rule(
            Name="somebodys", EventPattern=json.dumps({"source": ["aws.s3"]})
        ),
        ("unmanaged EventRule",),
        STRANGER,
        security=False,
    ),
    "the roster comes no more": Change(
        _schedule, ("changed Schedule roster state",), security=False
    ),
    "devices are told something else": Change(
        lambda hand: hand.client("ssm").put_parameter(
            Name=hand.id("Parameter", "domain"), Value="somebody.example", Overwrite=True
        ),
        ("changed Parameter domain version",),
        told=("changed Parameter domain value",),
        security=True,  # the engine may see values
    ),
    "a parameter that nobody described": Change(
        lambda hand: hand.client("ssm").put_parameter(Name="/x", Value="1", Type="String"),
        ("unmanaged Parameter",),
        STRANGER,
        security=False,
    ),
    "nobody hears that money runs out": Change(
        _notification, ("changed Budget monthly notifications",), security=False
    ),
    "the trail is stopped": Change(
        lambda hand: hand.client("cloudtrail").stop_logging(Name=hand.id("Trail", "audit")),
        ("changed Trail audit enableLogging",),
        security=True,
    ),
    "intruders are not looked for": Change(
        lambda hand: hand.client("guardduty").update_detector(
            DetectorId=hand.id("Detector", "detector"), Enable=False
        ),
        ("changed Detector detector enable",),
        security=True,
    ),
    "logs are forgotten after a day": Change(
        lambda hand: hand.client("logs").put_retention_policy(
            logGroupName=hand.id("LogGroup", "platform"), retentionInDays=1
        ),
        ("changed LogGroup platform retentionInDays",),
        security=True,
    ),
    "a log that nobody described": Change(
        lambda hand: hand.client("logs").create_log_group(logGroupName="/somebodys"),
        ("unmanaged LogGroup",),
        STRANGER,
        security=True,
    ),
    "an alarm is silent": Change(
        lambda hand: hand.client("cloudwatch").disable_alarm_actions(
            AlarmNames=[hand.id("MetricAlarm", "roster-dead")]
        ),
        ("changed MetricAlarm roster-dead actionsEnabled",),
        security=True,
    ),
    "an alarm is gone": Change(
        lambda hand: hand.client("cloudwatch").delete_alarms(
            AlarmNames=[hand.id("MetricAlarm", "errors")]
        ),
        ("missing MetricAlarm errors",),
        security=True,
    ),
}
