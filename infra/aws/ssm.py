"""SSM: parameters, and what managed devices enrol and are patched with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags
from infra.aws.shape import camel


def _describe(aws: Aws, **arguments: Any) -> list[Raw]:
    return aws.pages("ssm", "describe_parameters", "Parameters", **arguments)


def _tags(aws: Aws, kind: str, resource_id: str) -> list[Raw]:
    return aws.pages(
        "ssm", "list_tags_for_resource", "TagList", ResourceType=kind, ResourceId=resource_id
    )


def _list_parameters(aws: Aws) -> Iterator[Raw]:
    # Values are left out: who lists need not be allowed to see them. Their version moves with them.
    for item in _describe(aws):
        yield {**item, "value": None, "tags": _tags(aws, "Parameter", item["Name"])}


def _read_parameter(aws: Aws, name: str, state: Props) -> Raw | None:
    by_name = {"Key": "Name", "Option": "Equals", "Values": [name]}
    found = next(iter(_describe(aws, ParameterFilters=[by_name])), None)
    if found is None:
        return None
    if found["Type"] == "SecureString":
        value = _unread(found, state)
    else:
        answer = one(
            lambda: aws.client("ssm").get_parameter(Name=name), "ParameterNotFound", key="Parameter"
        )
        if answer is None:
            return None
        value = answer["Value"]
    return {
        **found,
        "value": value,
        "tags": _tags(aws, "Parameter", name),
        # A plain value stays where the program put it.
        "insecure": bool(state.get("insecureValue")),
    }


def _unread(found: Raw, state: Props) -> str | None:
    """A secret value is never read: that its version moved on says that somebody changed it."""
    known = state.get("version")
    if known and known != found["Version"]:
        return f"(changed: version {found['Version']})"
    return state.get("value")


def _parameter(raw: Raw) -> Props:
    value = "insecureValue" if raw.get("insecure") else "value"
    return {
        "allowedPattern": raw.get("AllowedPattern", ""),
        "arn": raw.get("ARN", ""),
        "dataType": raw.get("DataType", ""),
        "description": raw.get("Description", ""),
        "keyId": raw.get("KeyId", ""),
        "name": raw["Name"],
        "tags": tags(raw["tags"]),
        "tier": raw.get("Tier", ""),
        "type": raw["Type"],
        "version": raw["Version"],
        value: raw["value"],
    }


def _list_baselines(aws: Aws) -> Iterator[Raw]:
    own = [{"Key": "OWNER", "Values": ["Self"]}]
    items = aws.pages("ssm", "describe_patch_baselines", "BaselineIdentities", Filters=own)
    return aws.each(lambda item: _read_baseline(aws, item["BaselineId"], {}), items)


def _read_baseline(aws: Aws, baseline_id: str, _state: Props) -> Raw | None:
    found = one(
        lambda: aws.client("ssm").get_patch_baseline(BaselineId=baseline_id),
        "DoesNotExistException",
    )
    return found and {**found, "tags": _tags(aws, "PatchBaseline", baseline_id)}


def _baseline(raw: Raw) -> Props:
    return {
        "approvalRules": [
            _rule(rule) for rule in (raw.get("ApprovalRules") or {}).get("PatchRules", [])
        ],
        "approvedPatches": raw.get("ApprovedPatches", []),
        "approvedPatchesComplianceLevel": raw.get("ApprovedPatchesComplianceLevel", ""),
        "approvedPatchesEnableNonSecurity": raw.get("ApprovedPatchesEnableNonSecurity", False),
        "availableSecurityUpdatesComplianceStatus": raw.get(
            "AvailableSecurityUpdatesComplianceStatus", ""
        ),
        "description": raw.get("Description", ""),
        "globalFilters": camel((raw.get("GlobalFilters") or {}).get("PatchFilters", [])),
        "name": raw["Name"],
        "operatingSystem": raw["OperatingSystem"],
        "rejectedPatches": raw.get("RejectedPatches", []),
        "rejectedPatchesAction": raw.get("RejectedPatchesAction", ""),
        "sources": camel(raw.get("Sources", [])),
        "tags": tags(raw["tags"]),
    }


def _rule(rule: Raw) -> Props:
    filters = rule["PatchFilterGroup"]["PatchFilters"]
    plain = {key: value for key, value in rule.items() if key != "PatchFilterGroup"}
    return {**camel(plain), "patchFilters": camel(filters)}


def _activations(aws: Aws, **arguments: Any) -> list[Raw]:
    return aws.pages("ssm", "describe_activations", "ActivationList", **arguments)


def _list_activations(aws: Aws) -> Iterable[Raw]:
    return _activations(aws)


def _read_activation(aws: Aws, activation_id: str, _state: Props) -> Raw | None:
    by_id = [{"FilterKey": "ActivationIds", "FilterValues": [activation_id]}]
    return next(iter(_activations(aws, Filters=by_id)), None)


def _activation(raw: Raw) -> Props:
    return {
        "description": raw.get("Description", ""),
        "expirationDate": raw["ExpirationDate"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "expired": raw["Expired"],
        "iamRole": raw["IamRole"],
        "name": raw.get("DefaultInstanceName", ""),
        "registrationCount": raw["RegistrationsCount"],
        "registrationLimit": raw["RegistrationLimit"],
        "tags": tags(raw.get("Tags")),
    }


TYPES = (
    AwsType(
        token="aws:ssm/activation:Activation",
        service="ssm",
        list=_list_activations,
        read=_read_activation,
        identify=lambda raw: str(raw["ActivationId"]),
        normalise=_activation,
        replace=frozenset(
            {"description", "expirationDate", "iamRole", "name", "registrationLimit", "tags"}
        ),
        computed=frozenset({"expirationDate", "registrationLimit"}),
        # AWS tells the code once, in the answer to the create call.
        write_only=frozenset({"activationCode"}),
        secrets=frozenset({"activationCode"}),
    ),
    AwsType(
        token="aws:ssm/parameter:Parameter",
        service="ssm",
        cloudformation="AWS::SSM::Parameter",
        list=_list_parameters,
        read=_read_parameter,
        identify=lambda raw: str(raw["Name"]),
        normalise=_parameter,
        key=("name",),
        replace=frozenset({"name"}),
        computed=frozenset({"arn", "dataType", "keyId", "tier"}),
        watched=frozenset({"version"}),
        unlisted=frozenset({"insecureValue"}),
        write_only=frozenset({"overwrite", "valueWo", "valueWoVersion"}),
        secrets=frozenset({"value", "valueWo"}),
    ),
    AwsType(
        token="aws:ssm/patchBaseline:PatchBaseline",
        service="ssm",
        cloudformation="AWS::SSM::PatchBaseline",
        list=_list_baselines,
        read=_read_baseline,
        identify=lambda raw: str(raw["BaselineId"]),
        normalise=_baseline,
        replace=frozenset({"operatingSystem"}),
        defaults={
            "approvalRules.complianceLevel": "UNSPECIFIED",
            "approvedPatchesComplianceLevel": "UNSPECIFIED",
            "operatingSystem": "WINDOWS",
        },
        computed=frozenset({"availableSecurityUpdatesComplianceStatus", "rejectedPatchesAction"}),
        unordered=frozenset({"approvedPatches", "rejectedPatches"}),
    ),
)
