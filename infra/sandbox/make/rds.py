"""RDS: databases, the subnets they live in and the parameters that they run with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from infra.aws.model import Aws, Props, Raw
from infra.aws.rds import INSTANCE, PARAMETER_GROUP, SAME, SUBNET_GROUP
from infra.sandbox.make.model import Maker, fresh
from infra.sandbox.make.tagging import changed_tags, pairs
from infra.sandbox.make.waiting import wait_for

_BATCH = 20  # parameters a call, AWS's limit
_PATIENCE = 3600.0  # a multi-zone instance can take the better part of an hour

_READY = ("available", "storage-optimization")

_CREATED = {
    **{ours: theirs for theirs, ours in SAME.items()},
    "customIamInstanceProfile": "CustomIamInstanceProfile",
    "dbSubnetGroupName": "DBSubnetGroupName",
    "enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
    "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
    "identifier": "DBInstanceIdentifier",
    "manageMasterUserPassword": "ManageMasterUserPassword",
    "masterUserSecretKmsKeyId": "MasterUserSecretKmsKeyId",
    "maxAllocatedStorage": "MaxAllocatedStorage",
    "optionGroupName": "OptionGroupName",
    "parameterGroupName": "DBParameterGroupName",
    "password": "MasterUserPassword",
    "passwordWo": "MasterUserPassword",
    "performanceInsightsEnabled": "EnablePerformanceInsights",
    "performanceInsightsKmsKeyId": "PerformanceInsightsKMSKeyId",
    "port": "Port",
    "vpcSecurityGroupIds": "VpcSecurityGroupIds",
}
_MODIFIED = {
    **{
        ours: theirs
        for ours, theirs in _CREATED.items()
        if ours not in INSTANCE.replace and ours != "enabledCloudwatchLogsExports"
    },
    "port": "DBPortNumber",
}


def _retag(aws: Aws, arn: str, old: Props, new: Props) -> None:
    put, gone = changed_tags(old, new)
    if put:
        aws.client("rds").add_tags_to_resource(ResourceName=arn, Tags=pairs({"tags": put}))
    if gone:
        aws.client("rds").remove_tags_from_resource(ResourceName=arn, TagKeys=gone)


def _create_subnet_group(aws: Aws, props: Props) -> str:
    # moto overwrites a group of the same name.
    fresh(SUBNET_GROUP.read(aws, props["name"], {}), f"subnet group {props['name']}")
    created = aws.client("rds").create_db_subnet_group(
        DBSubnetGroupName=props["name"],
        DBSubnetGroupDescription=props["description"],
        SubnetIds=props["subnetIds"],
        Tags=pairs(props),
    )
    return str(created["DBSubnetGroup"]["DBSubnetGroupName"])


def _update_subnet_group(aws: Aws, name: str, old: Props, new: Props) -> None:
    changed = aws.client("rds").modify_db_subnet_group(
        DBSubnetGroupName=name,
        DBSubnetGroupDescription=new["description"],
        SubnetIds=new["subnetIds"],
    )
    _retag(aws, changed["DBSubnetGroup"]["DBSubnetGroupArn"], old, new)


def _create_parameter_group(aws: Aws, props: Props) -> str:
    created = aws.client("rds").create_db_parameter_group(
        DBParameterGroupName=props["name"],
        DBParameterGroupFamily=props["family"],
        Description=props["description"],
        Tags=pairs(props),
    )
    name = str(created["DBParameterGroup"]["DBParameterGroupName"])
    _set_parameters(aws, name, {}, props)
    return name


def _set_parameters(aws: Aws, name: str, old: Props, new: Props) -> None:
    before = {item["name"]: _parameter(item) for item in old.get("parameters") or ()}
    after = {item["name"]: _parameter(item) for item in new.get("parameters") or ()}
    rds = aws.client("rds")
    for batch in _batches(item for key, item in after.items() if before.get(key) != item):
        rds.modify_db_parameter_group(DBParameterGroupName=name, Parameters=batch)
    dropped = (
        {**item, "ApplyMethod": "pending-reboot"}
        for key, item in before.items()
        if key not in after
    )
    for batch in _batches(dropped):
        rds.reset_db_parameter_group(DBParameterGroupName=name, Parameters=batch)


def _parameter(item: Props) -> Props:
    return {
        "ParameterName": item["name"],
        "ParameterValue": item["value"],
        "ApplyMethod": item.get("applyMethod") or "immediate",
    }


def _batches(items: Iterable[Props]) -> Iterator[list[Props]]:
    rest = list(items)
    for start in range(0, len(rest), _BATCH):
        yield rest[start : start + _BATCH]


def _update_parameter_group(aws: Aws, name: str, old: Props, new: Props) -> None:
    _set_parameters(aws, name, old, new)
    raw = PARAMETER_GROUP.read(aws, name, {})
    if raw:
        _retag(aws, raw["DBParameterGroupArn"], old, new)


def _delete_parameter_group(aws: Aws, name: str, state: Props) -> None:
    if not state.get("skipDestroy"):
        aws.client("rds").delete_db_parameter_group(DBParameterGroupName=name)


def _create_instance(aws: Aws, props: Props) -> str:
    unmade = [
        key
        for key in ("replicateSourceDb", "restoreToPointInTime", "s3Import", "snapshotIdentifier")
        if props.get(key)
    ]
    if unmade:
        raise RuntimeError(f"the stand-in makes new databases only, not by {', '.join(unmade)}")
    arguments = {
        theirs: props[ours]
        for ours, theirs in _CREATED.items()
        if props.get(ours) not in (None, "", [])
    }
    created = aws.client("rds").create_db_instance(**arguments, Tags=pairs(props))
    identifier = str(created["DBInstance"]["DBInstanceIdentifier"])
    _wait(aws, identifier)
    return identifier


def _wait(aws: Aws, identifier: str) -> None:
    def ready() -> Raw | None:
        raw = INSTANCE.read(aws, identifier, {})
        return (
            raw
            if raw and raw["DBInstanceStatus"] in ("available", "storage-optimization")
            else None
        )
        return raw if raw and raw["DBInstanceStatus"] in _READY else None

    wait_for(f"database {identifier}", ready, _PATIENCE)


def _update_instance(aws: Aws, identifier: str, old: Props, new: Props) -> None:
    changes: dict[str, Any] = {
        theirs: new[ours]
        for ours, theirs in _MODIFIED.items()
        if new.get(ours) != old.get(ours) and new.get(ours) is not None
    }
    changes |= _log_exports(old, new)
    if "maxAllocatedStorage" in old and not new.get("maxAllocatedStorage"):
        # To stop growth is to set the ceiling to the storage that there is.
        changes["MaxAllocatedStorage"] = new["allocatedStorage"]
    rds = aws.client("rds")
    if changes:
        rds.modify_db_instance(
            DBInstanceIdentifier=identifier,
            ApplyImmediately=new["applyImmediately"],
            AllowMajorVersionUpgrade=new.get("allowMajorVersionUpgrade", False),
            **changes,
        )
        _wait(aws, identifier)
    found = rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
    _retag(aws, found["DBInstanceArn"], old, new)


def _log_exports(old: Props, new: Props) -> Props:
    before = set(old.get("enabledCloudwatchLogsExports") or ())
    after = set(new.get("enabledCloudwatchLogsExports") or ())
    if before == after:
        return {}
    change = {"EnableLogTypes": sorted(after - before), "DisableLogTypes": sorted(before - after)}
    return {"CloudwatchLogsExportConfiguration": change}


def _delete_instance(aws: Aws, identifier: str, state: Props) -> None:
    if not state.get("skipFinalSnapshot") and not state.get("finalSnapshotIdentifier"):
        raise RuntimeError(
            "finalSnapshotIdentifier is required when skipFinalSnapshot is false: "
            "set one of them and run up before destroy"
        )
    last = (
        {"SkipFinalSnapshot": True}
        if state.get("skipFinalSnapshot")
        else {
            "SkipFinalSnapshot": False,
            "FinalDBSnapshotIdentifier": state["finalSnapshotIdentifier"],
        }
    )
    aws.client("rds").delete_db_instance(
        DBInstanceIdentifier=identifier,
        DeleteAutomatedBackups=state.get("deleteAutomatedBackups", True),
        **last,
    )
    gone = f"the end of database {identifier}"
    wait_for(gone, lambda: INSTANCE.read(aws, identifier, {}) is None or None, _PATIENCE)


MAKERS = {
    "aws:rds/subnetGroup:SubnetGroup": Maker(
        _create_subnet_group,
        _update_subnet_group,
        lambda aws, name, _: aws.client("rds").delete_db_subnet_group(DBSubnetGroupName=name),
    ),
    "aws:rds/parameterGroup:ParameterGroup": Maker(
        _create_parameter_group, _update_parameter_group, _delete_parameter_group
    ),
    "aws:rds/instance:Instance": Maker(_create_instance, _update_instance, _delete_instance),
}
