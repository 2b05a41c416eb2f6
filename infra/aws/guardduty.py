"""GuardDuty: the detector of a region."""

from __future__ import annotations

from collections.abc import Iterator

from infra.aws.model import Aws, AwsType, Props, Raw, absent


def _ids(aws: Aws) -> list[str]:
    return aws.pages("guardduty", "list_detectors", "DetectorIds")


def _list_detectors(aws: Aws) -> Iterator[Raw]:
    for detector_id in _ids(aws):
        if raw := _read_detector(aws, detector_id, {}):
            yield raw


def _read_detector(aws: Aws, detector_id: str, _state: Props) -> Raw | None:
    from botocore.exceptions import ClientError

    try:
        found: Raw = aws.client("guardduty").get_detector(DetectorId=detector_id)
    except ClientError as error:
        # The code says no more than "bad request": only the list tells whether it is there.
        if absent(error, "BadRequestException") and detector_id not in _ids(aws):
            return None
        raise
    return {**found, "id": detector_id, "region": aws.region}


def _detector(raw: Raw) -> Props:
    # The answer names no account but by its service role.
    account = str(raw.get("ServiceRole") or ":::::").split(":")[4]
    return {
        "accountId": account,
        "arn": f"arn:aws:guardduty:{raw['region']}:{account}:detector/{raw['id']}",
        "enable": raw["Status"] == "ENABLED",
        "findingPublishingFrequency": raw.get("FindingPublishingFrequency", ""),
        "tags": dict(raw.get("Tags") or {}),
    }


TYPES = (
    AwsType(
        token="aws:guardduty/detector:Detector",
        service="guardduty",
        cloudformation="AWS::GuardDuty::Detector",
        list=_list_detectors,
        read=_read_detector,
        identify=lambda raw: str(raw["id"]),
        normalise=_detector,
        defaults={"enable": True},
        computed=frozenset({"findingPublishingFrequency"}),
        # Deprecated; the maker refuses it.
        write_only=frozenset({"datasources"}),
    ),
)
