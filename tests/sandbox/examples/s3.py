"""S3."""

from tests.sandbox.example import Example

EXAMPLES = (
    Example(
        "aws:s3/bucket:Bucket",
        lambda _: {"bucket": "wasl-jo-content-1", "tags": {"country": "jo"}},
        change={"tags": {"country": "tn"}},
        tamper=lambda aws, state: aws.client("s3").put_bucket_tagging(
            Bucket=state["bucket"], Tagging={"TagSet": []}
        ),
        tampered="tags",
    ),
)
