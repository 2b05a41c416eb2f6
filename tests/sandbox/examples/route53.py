"""Route 53."""

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example


def _hijack(aws: Aws, state: Props) -> None:
    record = {
        "Name": state["name"],
        "Type": state["type"],
        "TTL": state["ttl"],
        "ResourceRecords": [{"Value": "elsewhere.example.net"}],
    }
    aws.client("route53").change_resource_record_sets(
        HostedZoneId=state["zoneId"],
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]},
    )


def _blind(aws: Aws, state: Props) -> None:
    target = state["aliases"][0]
    record = {
        "Name": state["fqdn"],
        "Type": "A",
        "AliasTarget": {
            "DNSName": target["name"],
            "HostedZoneId": target["zoneId"],
            "EvaluateTargetHealth": False,
        },
    }
    aws.client("route53").change_resource_record_sets(
        HostedZoneId=state["zoneId"],
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]},
    )


EXAMPLES = (
    Example(
        "aws:route53/zone:Zone",
        lambda _: {
            "name": "jo.example.org",
            "forceDestroy": True,
            "tags": {"wasl:urn": "test/Zone"},
        },
        change={"comment": "schools", "tags": {"wasl:urn": "test/Zone", "owner": "x"}},
        tamper=lambda aws, state: aws.client("route53").update_hosted_zone_comment(
            Id=state["zoneId"], Comment="mine"
        ),
        tampered="comment",
    ),
    Example(
        "aws:route53/record:Record",
        lambda made: {
            "zoneId": made["Zone"]["zoneId"],
            # As ACM spells it.
            "name": "_D930B28.jo.example.org.",
            "type": "CNAME",
            "ttl": 300,
            "records": ["_c9.acm-validations.aws."],
        },
        name="validation",
        change={"ttl": 60},
        tamper=_hijack,
        tampered="records",
    ),
    Example(
        "aws:route53/record:Record",
        lambda made: {
            "zoneId": made["Zone"]["zoneId"],
            "name": "jo.example.org",
            "type": "A",
            "aliases": [
                {
                    "name": "Balancer.eu-south-1.elb.amazonaws.com",
                    "zoneId": "Z3ULH7SSC9OV64",
                    "evaluateTargetHealth": True,
                }
            ],
        },
        name="alias",
        tamper=_blind,
        tampered="aliases[0].evaluateTargetHealth",
    ),
    Example(
        "aws:route53/record:Record",
        lambda made: {
            "zoneId": made["Zone"]["zoneId"],
            "name": "*.jo.example.org",
            "type": "TXT",
            "ttl": 300,
            "records": ["v=spf1 -all"],
        },
        name="text",
        change={"records": ["v=spf1 -all", "owner=ministry"]},
    ),
)
