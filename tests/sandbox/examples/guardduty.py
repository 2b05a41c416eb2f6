"""GuardDuty."""

from tests.sandbox.example import Example

EXAMPLES = (
    Example(
        "aws:guardduty/detector:Detector",
        lambda _: {"tags": {"wasl:urn": "test/Detector", "country": "jo"}},
        change={
            "findingPublishingFrequency": "FIFTEEN_MINUTES",
            "tags": {"wasl:urn": "test/Detector", "owner": "x"},
        },
        tamper=lambda aws, state: aws.client("guardduty").update_detector(
            DetectorId=state["id"], Enable=False
        ),
        tampered="enable",
    ),
)
