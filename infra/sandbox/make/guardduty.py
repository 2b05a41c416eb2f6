"""GuardDuty: the detector of a region."""

from __future__ import annotations

from infra.aws.model import Aws, Props
from infra.sandbox.make.model import Maker
from infra.sandbox.make.tagging import changed_tags


def _settings(props: Props) -> Props:
    frequency = props.get("findingPublishingFrequency")
    optional = {"FindingPublishingFrequency": frequency} if frequency else {}
    return {"Enable": props["enable"], **optional}


def _create(aws: Aws, props: Props) -> str:
    if props.get("datasources"):
        raise RuntimeError("datasources is deprecated: the stand-in does not know it")
    # A region has one detector; moto makes several.
    if found := aws.pages("guardduty", "list_detectors", "DetectorIds"):
        raise RuntimeError(f"detector {found[0]} exists already: import it")
    created = aws.client("guardduty").create_detector(
        **_settings(props), Tags=props.get("tags") or {}
    )
    return str(created["DetectorId"])


def _update(aws: Aws, detector_id: str, old: Props, new: Props) -> None:
    client = aws.client("guardduty")
    client.update_detector(DetectorId=detector_id, **_settings(new))
    put, gone = changed_tags(old, new)
    if put or gone:
        account = aws.account()
        arn = f"arn:aws:guardduty:{aws.region}:{account}:detector/{detector_id}"
        if put:
            client.tag_resource(ResourceArn=arn, Tags=put)
        if gone:
            client.untag_resource(ResourceArn=arn, TagKeys=gone)


MAKERS = {
    "aws:guardduty/detector:Detector": Maker(
        _create,
        _update,
        lambda aws, id, _: aws.client("guardduty").delete_detector(DetectorId=id),
    ),
}
