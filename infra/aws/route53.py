"""Route 53: zones and the records in them. The service is global."""

from __future__ import annotations

import re
from collections.abc import Iterable

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags

HOME = "us-east-1"
_GONE = ("NoSuchHostedZone",)
_QUOTED = ("TXT", "SPF")
_ESCAPED = re.compile(r"\\([0-7]{3})")


def zone_id(path: str) -> str:
    """`/hostedzone/Z1` → `Z1`."""
    return path.rpartition("/")[2]


def _zones(aws: Aws) -> list[Raw]:
    zones = aws.pages("route53", "list_hosted_zones", "HostedZones")
    # A zone that another service keeps is that service's.
    return [zone for zone in zones if not zone.get("LinkedService")]


def _list_zones(aws: Aws) -> Iterable[Raw]:
    return aws.each(lambda summary: _read_zone(aws, zone_id(summary["Id"]), {}), _zones(aws))


def _read_zone(aws: Aws, zone: str, _state: Props) -> Raw | None:
    route53 = aws.client("route53")
    found = one(lambda: route53.get_hosted_zone(Id=zone), *_GONE)
    if found is None:
        return None
    tagging = route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone)
    return {**found, "Tags": tagging["ResourceTagSet"]["Tags"]}


def _zone(raw: Raw) -> Props:
    zone, delegation = raw["HostedZone"], raw.get("DelegationSet") or {}
    servers = delegation.get("NameServers") or []
    return {
        "arn": f"arn:aws:route53:::hostedzone/{zone_id(zone['Id'])}",
        "callerReference": zone["CallerReference"],
        "comment": (zone.get("Config") or {}).get("Comment", ""),
        "delegationSetId": zone_id(delegation.get("Id", "")),
        "name": zone["Name"].rstrip("."),
        "nameServers": sorted(servers),
        "primaryNameServer": servers[0] if servers else "",
        "tags": tags(raw["Tags"]),
        "vpcs": [
            {"vpcId": vpc["VPCId"], "vpcRegion": vpc["VPCRegion"]} for vpc in raw.get("VPCs") or ()
        ],
        "zoneId": zone_id(zone["Id"]),
    }


def _list_records(aws: Aws) -> Iterable[Raw]:
    for zone in _zones(aws):
        records = aws.pages(
            "route53", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone["Id"]
        )
        for record in records:
            # The two that AWS gives every zone.
            if not (record["Name"] == zone["Name"] and record["Type"] in ("NS", "SOA")):
                yield {**record, "ZoneId": zone_id(zone["Id"])}


def _read_record(aws: Aws, record_id: str, state: Props) -> Raw | None:
    zone, name, kind, identifier = split_id(record_id)
    start = {"StartRecordIdentifier": identifier} if identifier else {}
    found = one(
        lambda: aws.client("route53").list_resource_record_sets(
            HostedZoneId=zone, StartRecordName=name, StartRecordType=kind, MaxItems="1", **start
        ),
        *_GONE,
        key="ResourceRecordSets",
        pick=True,
    )
    # AWS answers with what comes next where there is no such record.
    record = found and {**found, "ZoneId": zone, "Said": state.get("name")}
    return record if record and _record_id(record) == record_id else None


def split_id(record_id: str) -> tuple[str, str, str, str]:
    """`Z1_a.example.org_A_set` → its four parts; names may hold underscores, types do not."""
    zone, _, rest = record_id.partition("_")
    match = re.fullmatch(r"(.*?)_([A-Z]+)(?:_(.*))?", rest)
    if match is None:
        raise RuntimeError(f"{record_id} is no record's id: zone_name_TYPE or zone_name_TYPE_set")
    return zone, match[1], match[2], match[3] or ""


def _name(raw: Raw) -> str:
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 8)), raw["Name"])
    return plain.rstrip(".").lower()


def _record_id(raw: Raw) -> str:
    parts = [raw["ZoneId"], _name(raw), raw["Type"], raw.get("SetIdentifier", "")]
    return "_".join(part for part in parts if part)


def _record(raw: Raw) -> Props:
    alias = raw.get("AliasTarget")
    return {
        "aliases": [_alias(alias)] if alias else [],
        "fqdn": _name(raw),
        "healthCheckId": raw.get("HealthCheckId", ""),
        "multivalueAnswerRoutingPolicy": raw.get("MultiValueAnswer", False),
        "name": _said(raw),
        "records": [_value(raw, item["Value"]) for item in raw.get("ResourceRecords") or ()],
        "setIdentifier": raw.get("SetIdentifier", ""),
        "ttl": raw.get("TTL"),
        "type": raw["Type"],
        "zoneId": raw["ZoneId"],
        **_routing(raw),
    }


def _said(raw: Raw) -> str:
    """The name as the program says it: it may leave the zone's name out."""
    name, said = _name(raw), raw.get("Said") or ""
    return said if said and name.startswith(f"{said.lower()}.") else name


def _alias(raw: Raw) -> Props:
    return {
        "evaluateTargetHealth": raw["EvaluateTargetHealth"],
        "name": raw["DNSName"].rstrip("."),
        "zoneId": raw["HostedZoneId"],
    }


def _value(raw: Raw, text: str) -> str:
    return text[1:-1] if raw["Type"] in _QUOTED and text.startswith('"') else text


def _routing(raw: Raw) -> Props:
    found: Props = {}
    if "Weight" in raw:
        found["weightedRoutingPolicies"] = [{"weight": raw["Weight"]}]
    if "Failover" in raw:
        found["failoverRoutingPolicies"] = [{"type": raw["Failover"]}]
    if "Region" in raw:
        found["latencyRoutingPolicies"] = [{"region": raw["Region"]}]
    if place := raw.get("GeoLocation"):
        codes = {
            "continent": "ContinentCode",
            "country": "CountryCode",
            "subdivision": "SubdivisionCode",
        }
        found["geolocationRoutingPolicies"] = [
            {ours: place[theirs] for ours, theirs in codes.items() if theirs in place}
        ]
    return found


ZONE = AwsType(
    token="aws:route53/zone:Zone",
    service="route53",
    cloudformation="AWS::Route53::HostedZone",
    list=_list_zones,
    read=_read_zone,
    identify=lambda raw: zone_id(raw["HostedZone"]["Id"]),
    normalise=_zone,
    replace=frozenset({"delegationSetId", "name"}),
    replace_source={"delegationSetId": "Terraform's ForceNew; CloudFormation has no such property"},
    defaults={"comment": "Managed by Pulumi", "forceDestroy": False},
    computed=frozenset({"enableAcceleratedRecovery", "vpcs.vpcRegion"}),
    unordered=frozenset({"vpcs"}),
    domains=frozenset({"name"}),
    write_only=frozenset({"forceDestroy"}),
    home=HOME,
)

RECORD = AwsType(
    token="aws:route53/record:Record",
    service="route53",
    parent="zoneId",
    cloudformation="AWS::Route53::RecordSet",
    list=_list_records,
    read=_read_record,
    identify=_record_id,
    normalise=_record,
    key=("zoneId", "name", "type"),
    replace=frozenset({"name", "setIdentifier", "type", "zoneId"}),
    unordered=frozenset({"records"}),
    domains=frozenset({"aliases.name", "name"}),
    write_only=frozenset({"allowOverwrite"}),
    home=HOME,
)

TYPES = (ZONE, RECORD)
