"""Backup."""

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example


def _rule(**changes: object) -> Props:
    rule = {
        "ruleName": "daily",
        "targetVaultName": "wasl-jo",
        "schedule": "cron(0 1 * * ? *)",
        "lifecycle": {"deleteAfter": 35},
        "recoveryPointTags": {"country": "jo", "Data-Class": "pupils"},
    }
    return {**rule, **changes}


def _keep_shortly(aws: Aws, state: Props) -> None:
    client = aws.client("backup")
    plan = client.get_backup_plan(BackupPlanId=state["id"])["BackupPlan"]
    plan["Rules"][0]["Lifecycle"]["DeleteAfterDays"] = 1
    rules = [{key: text for key, text in plan["Rules"][0].items() if key != "RuleId"}]
    client.update_backup_plan(BackupPlanId=state["id"], BackupPlan={**plan, "Rules": rules})


EXAMPLES = (
    Example(
        "aws:backup/vault:Vault",
        lambda _: {
            "name": "wasl-jo",
            "kmsKeyArn": "arn:aws:kms:eu-south-1:111122223333:key/1234",
            "forceDestroy": True,
            "tags": {"country": "jo"},
        },
        change={"tags": {"country": "jo", "owner": "x"}},
        tamper=lambda aws, state: aws.client("backup").untag_resource(
            ResourceArn=state["arn"], TagKeyList=["country"]
        ),
        tampered="tags.country",
    ),
    Example(
        "aws:backup/plan:Plan",
        lambda _: {
            "name": "wasl-jo",
            "rules": [_rule()],
            "tags": {"wasl:urn": "test/Plan"},
        },
        change={
            "rules": [
                _rule(
                    copyActions=[
                        {
                            "destinationVaultArn": (
                                "arn:aws:backup:eu-central-1:111122223333:backup-vault:wasl-jo"
                            ),
                            "lifecycle": {"deleteAfter": 90},
                        }
                    ]
                )
            ],
        },
        tamper=_keep_shortly,
        tampered="rules[0].lifecycle.deleteAfter",
    ),
    Example(
        "aws:backup/selection:Selection",
        lambda made: {
            "planId": made["Plan"]["id"],
            "name": "tagged",
            "iamRoleArn": "arn:aws:iam::111122223333:role/wasl-jo-backup",
            "resources": ["*"],
            "conditions": [{"stringEquals": [{"key": "aws:ResourceTag/country", "value": "jo"}]}],
            "selectionTags": [{"type": "STRINGEQUALS", "key": "backup", "value": "yes"}],
        },
    ),
)
