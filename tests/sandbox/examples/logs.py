"""CloudWatch Logs."""

from tests.sandbox.example import Example

_KEY = "arn:aws:kms:eu-south-1:111122223333:key/11111111-2222-3333-4444-555555555555"
_OTHER = "arn:aws:kms:eu-south-1:111122223333:key/99999999-2222-3333-4444-555555555555"

EXAMPLES = (
    Example(
        "aws:cloudwatch/logGroup:LogGroup",
        lambda _: {
            "name": "/wasl/jo/platform",
            "retentionInDays": 30,
            "kmsKeyId": _KEY,
            "tags": {"wasl:urn": "test/LogGroup"},
        },
        change={"kmsKeyId": _OTHER, "retentionInDays": 90, "tags": {"country": "jo"}},
        tamper=lambda aws, state: aws.client("logs").disassociate_kms_key(
            logGroupName=state["name"]
        ),
        tampered="kmsKeyId",
    ),
    Example(
        "aws:cloudwatch/logGroup:LogGroup",
        # Another name with the same start, never to be taken for the first.
        lambda _: {"name": "/wasl/jo/plat", "deletionProtectionEnabled": True},
        name="kept",
        change={"deletionProtectionEnabled": False},
        tamper=lambda aws, state: aws.client("logs").put_retention_policy(
            logGroupName=state["name"], retentionInDays=1
        ),
        tampered="retentionInDays",
    ),
)
