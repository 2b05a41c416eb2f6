"""KMS."""

from tests.sandbox.example import Example

EXAMPLES = (
    Example(
        "aws:kms/key:Key",
        lambda _: {
            "description": "data",
            "enableKeyRotation": True,
            "deletionWindowInDays": 7,
            "tags": {"wasl:urn": "test/Key"},
        },
        change={"description": "all data", "tags": {"wasl:urn": "test/Key", "owner": "x"}},
        tamper=lambda aws, state: aws.client("kms").disable_key_rotation(KeyId=state["keyId"]),
        tampered="enableKeyRotation",
    ),
    Example(
        "aws:kms/alias:Alias",
        lambda made: {"name": "alias/wasl-jo-data", "targetKeyId": made["Key"]["keyId"]},
    ),
)
