"""SSM: parameters, patch baselines and activations."""

from __future__ import annotations

from typing import Any

from infra.aws.model import Aws, Props
from infra.aws.shape import pascal
from infra.sandbox.make.model import Maker
from infra.sandbox.make.tagging import changed_tags, pairs


def _retag(aws: Aws, kind: str, resource_id: str, old: Props, new: Props) -> None:
    put, gone = changed_tags(old, new)
    target = {"ResourceType": kind, "ResourceId": resource_id}
    if put:
        aws.client("ssm").add_tags_to_resource(**target, Tags=pairs({"tags": put}))
    if gone:
        aws.client("ssm").remove_tags_from_resource(**target, TagKeys=gone)


def _some(**arguments: Any) -> Props:
    return {key: value for key, value in arguments.items() if value not in (None, "")}


def _parameter(props: Props) -> Props:
    value = props.get("value") or props.get("insecureValue") or props.get("valueWo")
    return {
        "Name": props["name"],
        "Type": props["type"],
        "Value": value,
        **_some(
            AllowedPattern=props.get("allowedPattern"),
            DataType=props.get("dataType"),
            Description=props.get("description"),
            KeyId=props.get("keyId"),
            Tier=props.get("tier"),
        ),
    }


def _create_parameter(aws: Aws, props: Props) -> str:
    # Overwriting what exists would adopt it, whatever `overwrite` says.
    aws.client("ssm").put_parameter(**_parameter(props), Tags=pairs(props))
    return str(props["name"])


def _update_parameter(aws: Aws, name: str, old: Props, new: Props) -> None:
    if _parameter(new) != _parameter(old) or old.get("valueWoVersion") != new.get("valueWoVersion"):
        aws.client("ssm").put_parameter(**_parameter(new), Overwrite=True)
    _retag(aws, "Parameter", name, old, new)


def _baseline(props: Props) -> Props:
    rules = [_rule(rule) for rule in props.get("approvalRules") or ()]
    return {
        "Name": props["name"],
        "ApprovalRules": {"PatchRules": rules},
        "ApprovedPatches": props.get("approvedPatches") or [],
        "ApprovedPatchesComplianceLevel": props["approvedPatchesComplianceLevel"],
        "ApprovedPatchesEnableNonSecurity": props.get("approvedPatchesEnableNonSecurity", False),
        "GlobalFilters": {"PatchFilters": pascal(props.get("globalFilters") or [])},
        "RejectedPatches": props.get("rejectedPatches") or [],
        "Sources": pascal(props.get("sources") or []),
        **_some(
            Description=props.get("description"),
            RejectedPatchesAction=props.get("rejectedPatchesAction"),
            AvailableSecurityUpdatesComplianceStatus=props.get(
                "availableSecurityUpdatesComplianceStatus"
            ),
        ),
    }


def _rule(rule: Props) -> Props:
    plain = {key: value for key, value in rule.items() if key != "patchFilters"}
    group = {"PatchFilters": pascal(rule.get("patchFilters") or [])}
    return {"ComplianceLevel": "UNSPECIFIED", **pascal(plain), "PatchFilterGroup": group}


def _create_baseline(aws: Aws, props: Props) -> str:
    created = aws.client("ssm").create_patch_baseline(
        **_baseline(props), OperatingSystem=props["operatingSystem"], Tags=pairs(props)
    )
    return str(created["BaselineId"])


def _update_baseline(aws: Aws, baseline_id: str, old: Props, new: Props) -> None:
    # With Replace, what is left out goes back to its default.
    aws.client("ssm").update_patch_baseline(BaselineId=baseline_id, **_baseline(new), Replace=True)
    _retag(aws, "PatchBaseline", baseline_id, old, new)


def _create_activation(aws: Aws, props: Props) -> tuple[str, Props]:
    created = aws.client("ssm").create_activation(
        IamRole=props["iamRole"],
        Tags=pairs(props),
        **_some(
            DefaultInstanceName=props.get("name"),
            Description=props.get("description"),
            ExpirationDate=props.get("expirationDate"),
            RegistrationLimit=props.get("registrationLimit"),
        ),
    )
    return str(created["ActivationId"]), {"activationCode": created["ActivationCode"]}


MAKERS = {
    "aws:ssm/activation:Activation": Maker(
        _create_activation,
        None,
        lambda aws, id, _: aws.client("ssm").delete_activation(ActivationId=id),
    ),
    "aws:ssm/parameter:Parameter": Maker(
        _create_parameter,
        _update_parameter,
        lambda aws, name, _: aws.client("ssm").delete_parameter(Name=name),
    ),
    "aws:ssm/patchBaseline:PatchBaseline": Maker(
        _create_baseline,
        _update_baseline,
        lambda aws, id, _: aws.client("ssm").delete_patch_baseline(BaselineId=id),
    ),
}
