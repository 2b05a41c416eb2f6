"""CloudTrail: trails."""

from __future__ import annotations

from infra.aws.cloudtrail import ADVANCED_NAMES, EVENT_NAMES
from infra.aws.model import Aws, Props
from infra.aws.shape import pascal
from infra.sandbox.make.model import Maker
from infra.sandbox.make.tagging import changed_tags, pairs

_ALL_MANAGEMENT = {"IncludeManagementEvents": True, "ReadWriteType": "All"}


def _settings(props: Props) -> Props:
    optional = {
        "CloudWatchLogsLogGroupArn": props.get("cloudWatchLogsGroupArn"),
        "CloudWatchLogsRoleArn": props.get("cloudWatchLogsRoleArn"),
        "KmsKeyId": props.get("kmsKeyId"),
        "S3KeyPrefix": props.get("s3KeyPrefix"),
        "SnsTopicName": props.get("snsTopicName"),
    }
    return {
        "EnableLogFileValidation": props["enableLogFileValidation"],
        "IncludeGlobalServiceEvents": props["includeGlobalServiceEvents"],
        "IsMultiRegionTrail": props["isMultiRegionTrail"],
        "IsOrganizationTrail": props["isOrganizationTrail"],
        "S3BucketName": props["s3BucketName"],
        **{key: value for key, value in optional.items() if value},
    }


def _create(aws: Aws, props: Props) -> str:
    if props.get("insightSelectors"):
        raise RuntimeError("insightSelectors: the stand-in does not know them")
    created = aws.client("cloudtrail").create_trail(
        Name=props["name"], **_settings(props), TagsList=pairs(props)
    )
    arn = str(created["TrailARN"])
    _select(aws, arn, {}, props)
    _log(aws, arn, props)
    return arn


def _log(aws: Aws, arn: str, props: Props) -> None:
    client = aws.client("cloudtrail")
    (client.start_logging if props["enableLogging"] else client.stop_logging)(Name=arn)


def _select(aws: Aws, arn: str, old: Props, new: Props) -> None:
    before = old.get("eventSelectors") or [], old.get("advancedEventSelectors") or []
    plain, advanced = new.get("eventSelectors") or [], new.get("advancedEventSelectors") or []
    if (plain, advanced) == before:
        return
    if advanced:
        wanted = {"AdvancedEventSelectors": pascal(advanced, ADVANCED_NAMES)}
    else:
        selectors = [{**_ALL_MANAGEMENT, **pascal(item, EVENT_NAMES)} for item in plain]
        wanted = {"EventSelectors": selectors or [_ALL_MANAGEMENT]}
    aws.client("cloudtrail").put_event_selectors(TrailName=arn, **wanted)


def _update(aws: Aws, arn: str, old: Props, new: Props) -> None:
    client = aws.client("cloudtrail")
    client.update_trail(Name=arn, **_settings(new))
    _select(aws, arn, old, new)
    if new["enableLogging"] != old.get("enableLogging"):
        _log(aws, arn, new)
    put, gone = changed_tags(old, new)
    if put:
        client.add_tags(ResourceId=arn, TagsList=pairs({"tags": put}))
    if gone:
        client.remove_tags(ResourceId=arn, TagsList=[{"Key": key} for key in gone])


MAKERS = {
    "aws:cloudtrail/trail:Trail": Maker(
        _create,
        _update,
        # By its name: moto lets an ARN pass and deletes nothing.
        lambda aws, arn, _: aws.client("cloudtrail").delete_trail(Name=arn.rpartition("/")[2]),
    ),
}
