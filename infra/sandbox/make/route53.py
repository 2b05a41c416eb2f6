"""Route 53: zones and the records in them."""

from __future__ import annotations

import uuid
from typing import Any

from infra.aws.find import caller_reference
from infra.aws.model import Aws, Props
from infra.aws.route53 import RECORD, split_id, zone_id
from infra.sandbox.make.model import Maker
from infra.sandbox.make.tagging import changed_tags, pairs
from infra.sandbox.make.waiting import wait_for

_BATCH, _SYNC = 500, 1800.0  # changes a call; seconds until all name servers know


def _create_zone(aws: Aws, props: Props) -> str:
    vpcs = props.get("vpcs") or []
    optional: dict[str, Any] = {"VPC": _vpc(aws, vpcs[0])} if vpcs else {}
    if props.get("delegationSetId"):
        optional["DelegationSetId"] = props["delegationSetId"]
    created = aws.client("route53").create_hosted_zone(
        Name=props["name"],
        # The call takes no tags: a zone that was cut off from them is found by this.
        CallerReference=caller_reference(props) or f"wasl-{uuid.uuid4()}",
        HostedZoneConfig={"Comment": props["comment"], "PrivateZone": bool(vpcs)},
        **optional,
    )
    zone = zone_id(created["HostedZone"]["Id"])
    _tag(aws, zone, {}, props)
    _associate(aws, zone, {"vpcs": vpcs[:1]}, props)
    return zone


def _vpc(aws: Aws, vpc: Props) -> dict[str, str]:
    return {"VPCId": vpc["vpcId"], "VPCRegion": vpc.get("vpcRegion") or aws.region}


def _tag(aws: Aws, zone: str, old: Props, new: Props) -> None:
    put, gone = changed_tags(old, new)
    if put or gone:
        aws.client("route53").change_tags_for_resource(
            ResourceType="hostedzone",
            ResourceId=zone,
            **({"AddTags": pairs({"tags": put})} if put else {}),
            **({"RemoveTagKeys": gone} if gone else {}),
        )


def _associate(aws: Aws, zone: str, old: Props, new: Props) -> None:
    before = {vpc["vpcId"]: vpc for vpc in old.get("vpcs") or ()}
    after = {vpc["vpcId"]: vpc for vpc in new.get("vpcs") or ()}
    route53 = aws.client("route53")
    for key, vpc in after.items():
        if key not in before:
            route53.associate_vpc_with_hosted_zone(HostedZoneId=zone, VPC=_vpc(aws, vpc))
    for key, vpc in before.items():
        if key not in after:
            route53.disassociate_vpc_from_hosted_zone(HostedZoneId=zone, VPC=_vpc(aws, vpc))


def _update_zone(aws: Aws, zone: str, old: Props, new: Props) -> None:
    if new["comment"] != old.get("comment"):
        aws.client("route53").update_hosted_zone_comment(Id=zone, Comment=new["comment"])
    _tag(aws, zone, old, new)
    _associate(aws, zone, old, new)


def _delete_zone(aws: Aws, zone: str, state: Props) -> None:
    if state.get("forceDestroy"):
        _empty(aws, zone, state["name"])
    aws.client("route53").delete_hosted_zone(Id=zone)


def _empty(aws: Aws, zone: str, name: str) -> None:
    """Remove all records but the two that AWS gives every zone."""
    found = aws.pages(
        "route53", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone
    )
    gone = [
        {"Action": "DELETE", "ResourceRecordSet": record}
        for record in found
        if not (record["Name"].rstrip(".") == name and record["Type"] in ("NS", "SOA"))
    ]
    for start in range(0, len(gone), _BATCH):
        _change(aws, zone, gone[start : start + _BATCH])


def _change(aws: Aws, zone: str, changes: list[dict[str, Any]]) -> None:
    route53 = aws.client("route53")
    change = route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": changes}
    )["ChangeInfo"]
    if change["Status"] != "INSYNC":
        wait_for(
            f"the name servers of {zone}",
            lambda: route53.get_change(Id=change["Id"])["ChangeInfo"]["Status"] == "INSYNC" or None,
            _SYNC,
        )


def _create_record(aws: Aws, props: Props) -> str:
    action = "UPSERT" if props.get("allowOverwrite") else "CREATE"
    name = _full_name(aws, props)
    _change(aws, props["zoneId"], [{"Action": action, "ResourceRecordSet": _record(name, props)}])
    parts = [props["zoneId"], name, props["type"], props.get("setIdentifier")]
    return "_".join(part for part in parts if part)


def _full_name(aws: Aws, props: Props) -> str:
    """The record's name with the zone's name at its end; AWS refuses any other."""
    zone = aws.client("route53").get_hosted_zone(Id=props["zoneId"])["HostedZone"]["Name"]
    name, zone = props["name"].rstrip(".").lower(), zone.rstrip(".").lower()
    within = name == zone or name.endswith(f".{zone}")
    return name if within else f"{name}.{zone}" if name else zone


def _record(name: str, props: Props) -> dict[str, Any]:
    record: dict[str, Any] = {"Name": name, "Type": props["type"]}
    for ours, theirs in {
        "healthCheckId": "HealthCheckId",
        "setIdentifier": "SetIdentifier",
        "multivalueAnswerRoutingPolicy": "MultiValueAnswer",
    }.items():
        if props.get(ours):
            record[theirs] = props[ours]
    for alias in props.get("aliases") or ():
        record["AliasTarget"] = {
            "DNSName": alias["name"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"],
            "HostedZoneId": alias["zoneId"],
        }
    if props.get("records"):
        record["TTL"] = props["ttl"]
        record["ResourceRecords"] = [{"Value": _value(props, text)} for text in props["records"]]
    return {**record, **_routing(props)}


def _value(props: Props, text: str) -> str:
    return f'"{text}"' if props["type"] in ("TXT", "SPF") else text


def _routing(props: Props) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in props.get("weightedRoutingPolicies") or ():
        found["Weight"] = item["weight"]
    for item in props.get("failoverRoutingPolicies") or ():
        found["Failover"] = item["type"]
    for item in props.get("latencyRoutingPolicies") or ():
        found["Region"] = item["region"]
    for item in props.get("geolocationRoutingPolicies") or ():
        codes = {
            "continent": "ContinentCode",
            "country": "CountryCode",
            "subdivision": "SubdivisionCode",
        }
        found["GeoLocation"] = {codes[key]: item[key] for key in codes if item.get(key)}
    return found


def _update_record(aws: Aws, record_id: str, _old: Props, new: Props) -> None:
    zone, name, _, _ = split_id(record_id)
    _change(aws, zone, [{"Action": "UPSERT", "ResourceRecordSet": _record(name, new)}])


def _delete_record(aws: Aws, record_id: str, _state: Props) -> None:
    raw = RECORD.read(aws, record_id, {})
    if raw is not None:
        # AWS wants to be told exactly what it has.
        record = {key: raw[key] for key in raw if key not in ("ZoneId", "Said")}
        _change(aws, raw["ZoneId"], [{"Action": "DELETE", "ResourceRecordSet": record}])


MAKERS = {
    "aws:route53/zone:Zone": Maker(_create_zone, _update_zone, _delete_zone),
    "aws:route53/record:Record": Maker(_create_record, _update_record, _delete_record),
}
