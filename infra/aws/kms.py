"""KMS: keys and their aliases."""

from __future__ import annotations

from collections.abc import Iterable

from infra.aws.model import Aws, AwsType, Props, Raw, one

_GONE = ("NotFoundException",)
_AWS_OWN = "alias/aws/"


def own_keys(aws: Aws) -> list[str]:
    """The ids of the account's own keys: AWS's carry aliases of AWS."""
    aliases = aws.pages("kms", "list_aliases", "Aliases")
    theirs = {
        alias.get("TargetKeyId") for alias in aliases if alias["AliasName"].startswith(_AWS_OWN)
    }
    keys = [key["KeyId"] for key in aws.pages("kms", "list_keys", "Keys")]
    return [key for key in keys if key not in theirs]


def _list_keys(aws: Aws) -> Iterable[Raw]:
    keys = aws.each(lambda key: _read_key(aws, key, {}), own_keys(aws))
    return (raw for raw in keys if raw["KeyManager"] == "CUSTOMER")


def _read_key(aws: Aws, key_id: str, _state: Props) -> Raw | None:
    kms = aws.client("kms")
    key = one(lambda: kms.describe_key(KeyId=key_id), *_GONE, key="KeyMetadata")
    # A key that waits for deletion can hold nothing any more: it is gone.
    if key is None or key["KeyState"] == "PendingDeletion":
        return None
    rotation = kms.get_key_rotation_status(KeyId=key_id)
    return {
        **key,
        "policy": kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"],
        "rotates": rotation["KeyRotationEnabled"],
        "period": rotation.get("RotationPeriodInDays"),
        "tags": aws.pages("kms", "list_resource_tags", "Tags", KeyId=key_id),
    }


def _key(raw: Raw) -> Props:
    return {
        "arn": raw["Arn"],
        "keyId": raw["KeyId"],
        "description": raw.get("Description", ""),
        "customerMasterKeySpec": raw["KeySpec"],
        "keyUsage": raw["KeyUsage"],
        "isEnabled": raw["Enabled"],
        "multiRegion": raw.get("MultiRegion", False),
        "enableKeyRotation": raw["rotates"],
        "rotationPeriodInDays": raw["period"],
        "policy": raw["policy"],
        "tags": {tag["TagKey"]: tag["TagValue"] for tag in raw["tags"]},
    }


def _list_aliases(aws: Aws) -> Iterable[Raw]:
    aliases = aws.pages("kms", "list_aliases", "Aliases")
    return (alias for alias in aliases if not alias["AliasName"].startswith(_AWS_OWN))


def _read_alias(aws: Aws, name: str, state: Props) -> Raw | None:
    # Listing by key is one small answer; without a known key all aliases must be walked.
    known = {"KeyId": state["targetKeyId"]} if state.get("targetKeyId") else {}
    aliases = one(lambda: aws.pages("kms", "list_aliases", "Aliases", **known), *_GONE)
    named = (alias for alias in aliases or () if alias["AliasName"] == name)
    found = next(named, None)
    return _read_alias(aws, name, {}) if found is None and known else found


TYPES = (
    AwsType(
        token="aws:kms/key:Key",
        service="kms",
        cloudformation="AWS::KMS::Key",
        list=_list_keys,
        read=_read_key,
        identify=lambda raw: str(raw["KeyId"]),
        normalise=_key,
        replace=frozenset(
            {"customerMasterKeySpec", "keyUsage", "customKeyStoreId", "multiRegion", "xksKeyId"}
        ),
        defaults={
            "bypassPolicyLockoutSafetyCheck": False,
            "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "enableKeyRotation": False,
            "isEnabled": True,
            "keyUsage": "ENCRYPT_DECRYPT",
        },
        computed=frozenset({"policy", "description", "multiRegion", "rotationPeriodInDays"}),
        documents=frozenset({"policy"}),
        watched=frozenset({"policy"}),
        write_only=frozenset({"bypassPolicyLockoutSafetyCheck", "deletionWindowInDays"}),
        stateful=True,
    ),
    AwsType(
        token="aws:kms/alias:Alias",
        service="kms",
        parent="targetKeyId",
        cloudformation="AWS::KMS::Alias",
        list=_list_aliases,
        read=_read_alias,
        identify=lambda raw: str(raw["AliasName"]),
        normalise=lambda raw: {
            "arn": raw["AliasArn"],
            "name": raw["AliasName"],
            "targetKeyId": raw["TargetKeyId"],
            "targetKeyArn": raw["AliasArn"].replace(raw["AliasName"], f"key/{raw['TargetKeyId']}"),
        },
        key=("name",),
        replace=frozenset({"name", "namePrefix"}),
    ),
)
