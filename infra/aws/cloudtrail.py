"""CloudTrail: trails."""

from __future__ import annotations

from collections.abc import Iterator

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags
from infra.aws.shape import camel

_GONE = ("TrailNotFoundException",)

EVENT_NAMES = {"DataResources": "dataResources", "Values": "values"}
ADVANCED_NAMES = {
    "EndsWith": "endsWiths",
    "Equals": "equals",
    "NotEndsWith": "notEndsWiths",
    "NotEquals": "notEquals",
    "NotStartsWith": "notStartsWiths",
    "StartsWith": "startsWiths",
}


def _list_trails(aws: Aws) -> Iterator[Raw]:
    trails = aws.client("cloudtrail").describe_trails(includeShadowTrails=False)["trailList"]
    for trail in trails:
        if trail["HomeRegion"] == aws.region and (raw := _whole(aws, trail)):
            yield raw


def _read_trail(aws: Aws, arn: str, _state: Props) -> Raw | None:
    found = aws.client("cloudtrail").describe_trails(trailNameList=[arn])["trailList"]
    # moto leaves the filter unread.
    trail = next((trail for trail in found if trail["TrailARN"] == arn), None)
    return trail and _whole(aws, trail)


def _whole(aws: Aws, trail: Raw) -> Raw | None:
    client, arn = aws.client("cloudtrail"), trail["TrailARN"]
    status = one(lambda: client.get_trail_status(Name=arn), *_GONE)
    selectors = status and one(lambda: client.get_event_selectors(TrailName=arn), *_GONE)
    if selectors is None:
        return None
    told = aws.pages("cloudtrail", "list_tags", "ResourceTagList", ResourceIdList=[arn])
    return {
        **trail,
        "logging": status["IsLogging"],
        "selectors": selectors,
        "tags": [tag for item in told for tag in item.get("TagsList") or ()],
    }


def _trail(raw: Raw) -> Props:
    selectors = raw["selectors"]
    plain = selectors.get("EventSelectors") or []
    return {
        "advancedEventSelectors": camel(selectors.get("AdvancedEventSelectors"), ADVANCED_NAMES),
        "arn": raw["TrailARN"],
        "cloudWatchLogsGroupArn": raw.get("CloudWatchLogsLogGroupArn", ""),
        "cloudWatchLogsRoleArn": raw.get("CloudWatchLogsRoleArn", ""),
        "enableLogFileValidation": raw.get("LogFileValidationEnabled", False),
        "enableLogging": raw["logging"],
        # What every trail starts with goes without saying.
        "eventSelectors": [] if plain == [_ALL_MANAGEMENT] else camel(plain, EVENT_NAMES),
        "homeRegion": raw["HomeRegion"],
        "includeGlobalServiceEvents": raw.get("IncludeGlobalServiceEvents", False),
        "isMultiRegionTrail": raw.get("IsMultiRegionTrail", False),
        "isOrganizationTrail": raw.get("IsOrganizationTrail", False),
        "kmsKeyId": raw.get("KmsKeyId", ""),
        "name": raw["Name"],
        "s3BucketName": raw["S3BucketName"],
        "s3KeyPrefix": raw.get("S3KeyPrefix", ""),
        "snsTopicArn": raw.get("SnsTopicARN", ""),
        "snsTopicName": raw.get("SnsTopicName", ""),
        "tags": tags(raw["tags"]),
    }


_ALL_MANAGEMENT = {
    "DataResources": [],
    "ExcludeManagementEventSources": [],
    "IncludeManagementEvents": True,
    "ReadWriteType": "All",
}

TYPES = (
    AwsType(
        token="aws:cloudtrail/trail:Trail",
        service="cloudtrail",
        cloudformation="AWS::CloudTrail::Trail",
        list=_list_trails,
        read=_read_trail,
        identify=lambda raw: str(raw["TrailARN"]),
        normalise=_trail,
        key=("name",),
        replace=frozenset({"name"}),
        defaults={
            "enableLogFileValidation": False,
            "enableLogging": True,
            "eventSelectors.includeManagementEvents": True,
            "eventSelectors.readWriteType": "All",
            "includeGlobalServiceEvents": True,
            "isMultiRegionTrail": False,
            "isOrganizationTrail": False,
        },
        # The maker refuses insightSelectors.
        write_only=frozenset({"insightSelectors"}),
        stateful=True,
    ),
)
