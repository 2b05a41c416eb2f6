"""SSM."""

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example


def _put(aws: Aws, state: Props) -> None:
    aws.client("ssm").put_parameter(
        Name=state["name"], Value="elsewhere", Type=state["type"], Overwrite=True
    )


def _approve_late(aws: Aws, state: Props) -> None:
    client = aws.client("ssm")
    rules = client.get_patch_baseline(BaselineId=state["id"])["ApprovalRules"]
    rules["PatchRules"][0]["ApproveAfterDays"] = 90
    client.update_patch_baseline(BaselineId=state["id"], ApprovalRules=rules)


EXAMPLES = (
    Example(
        "aws:ssm/parameter:Parameter",
        lambda _: {
            "name": "/wasl/jo/fleet/server",
            "type": "String",
            "value": "https://devices.example.org",
            "description": "where devices enrol",
            "tags": {"country": "jo"},
        },
        name="plain",
        change={"value": "https://enrol.example.org", "tags": {"country": "jo", "owner": "x"}},
        tamper=_put,
        tampered="value",
    ),
    Example(
        "aws:ssm/parameter:Parameter",
        lambda _: {"name": "/wasl/jo/fleet/key", "type": "SecureString", "value": "not a secret"},
        name="secret",
        change={"value": "not a secret either"},
        tamper=_put,
        tampered="value",
    ),
    Example(
        "aws:ssm/patchBaseline:PatchBaseline",
        lambda _: {
            "name": "wasl-jo-devices",
            "operatingSystem": "DEBIAN",
            "approvalRules": [
                {
                    "approveAfterDays": 3,
                    "patchFilters": [{"key": "PRIORITY", "values": ["Required", "Important"]}],
                }
            ],
            "tags": {"wasl:urn": "test/PatchBaseline"},
        },
        change={
            "description": "school devices",
            "rejectedPatches": ["broken*"],
            "tags": {"wasl:urn": "test/PatchBaseline", "owner": "x"},
        },
        tamper=_approve_late,
        tampered="approvalRules[0].approveAfterDays",
    ),
    Example(
        "aws:ssm/activation:Activation",
        lambda _: {
            "name": "wasl-jo-device",
            "iamRole": "wasl-jo-devices",
            "registrationLimit": 100,
            "expirationDate": "2030-01-01T00:00:00Z",
            "tags": {"wasl:urn": "test/Activation"},
        },
    ),
)
