"""CloudTrail."""

from tests.sandbox.example import Example

EXAMPLES = (
    Example(
        "aws:s3/bucket:Bucket",
        lambda _: {"bucket": "wasl-jo-trail-111122223333", "forceDestroy": True},
    ),
    Example(
        "aws:cloudtrail/trail:Trail",
        lambda made: {
            "name": "wasl-jo",
            "s3BucketName": made["Bucket"]["bucket"],
            "enableLogFileValidation": True,
            "isMultiRegionTrail": True,
            "tags": {"country": "jo"},
        },
        change={
            "eventSelectors": [
                {
                    "readWriteType": "WriteOnly",
                    "dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}],
                }
            ],
            "tags": {"country": "jo", "owner": "x"},
        },
        tamper=lambda aws, state: aws.client("cloudtrail").stop_logging(Name=state["arn"]),
        tampered="enableLogging",
    ),
)
