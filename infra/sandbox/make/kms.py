"""KMS: keys and their aliases."""

from __future__ import annotations

from infra.aws.model import Aws, Props
from infra.sandbox.make.model import Maker
from infra.sandbox.make.tagging import changed_tags, pairs


def _create_key(aws: Aws, props: Props) -> str:
    optional = {"Policy": props["policy"]} if props.get("policy") else {}
    created = aws.client("kms").create_key(
        Description=props.get("description", ""),
        KeySpec=props["customerMasterKeySpec"],
        KeyUsage=props["keyUsage"],
        MultiRegion=props.get("multiRegion", False),
        Tags=pairs(props, "TagKey", "TagValue"),
        **optional,
    )
    key_id = str(created["KeyMetadata"]["KeyId"])
    _update_key(aws, key_id, {"isEnabled": True, "tags": props.get("tags")}, props)
    return key_id


def _update_key(aws: Aws, key_id: str, old: Props, new: Props) -> None:
    kms = aws.client("kms")
    if new.get("enableKeyRotation") and not old.get("enableKeyRotation"):
        kms.enable_key_rotation(KeyId=key_id)
    if old.get("enableKeyRotation") and not new.get("enableKeyRotation"):
        kms.disable_key_rotation(KeyId=key_id)
    if new["isEnabled"] != old.get("isEnabled"):
        (kms.enable_key if new["isEnabled"] else kms.disable_key)(KeyId=key_id)
    if "description" in old and new.get("description", "") != old["description"]:
        kms.update_key_description(KeyId=key_id, Description=new.get("description", ""))
    if old.get("policy") and new.get("policy") and new["policy"] != old["policy"]:
        kms.put_key_policy(KeyId=key_id, PolicyName="default", Policy=new["policy"])
    put, gone = changed_tags(old, new)
    if put:
        kms.tag_resource(
            KeyId=key_id, Tags=[{"TagKey": key, "TagValue": text} for key, text in put.items()]
        )
    if gone:
        kms.untag_resource(KeyId=key_id, TagKeys=gone)


def _delete_key(aws: Aws, key_id: str, state: Props) -> None:
    days = state.get("deletionWindowInDays") or 30
    aws.client("kms").schedule_key_deletion(KeyId=key_id, PendingWindowInDays=days)


def _create_alias(aws: Aws, props: Props) -> str:
    aws.client("kms").create_alias(AliasName=props["name"], TargetKeyId=props["targetKeyId"])
    return str(props["name"])


MAKERS = {
    "aws:kms/key:Key": Maker(_create_key, _update_key, _delete_key),
    "aws:kms/alias:Alias": Maker(
        _create_alias,
        lambda aws, name, _old, new: aws.client("kms").update_alias(
            AliasName=name, TargetKeyId=new["targetKeyId"]
        ),
        lambda aws, name, _: aws.client("kms").delete_alias(AliasName=name),
    ),
}
