"""Organizations: the organisation, its units and accounts, and the policies over them."""

from __future__ import annotations

from typing import Any

from infra.aws.model import Aws, Props, Raw
from infra.aws.organizations import TYPES, accounts
from infra.sandbox.make.model import Maker
from infra.sandbox.make.tagging import changed_tags, pairs
from infra.sandbox.make.waiting import wait_for

_READ = {kind.name: kind.read for kind in TYPES}
_ACCOUNT_SECONDS = 600.0


def _client(aws: Aws) -> Any:
    return aws.client("organizations")


def _retag(aws: Aws, resource_id: str, old: Props, new: Props) -> None:
    put, gone = changed_tags(old, new)
    if put:
        _client(aws).tag_resource(ResourceId=resource_id, Tags=pairs({"tags": put}))
    if gone:
        _client(aws).untag_resource(ResourceId=resource_id, TagKeys=gone)


def _create_organization(aws: Aws, props: Props) -> str:
    client = _client(aws)
    created = client.create_organization(FeatureSet=props["featureSet"])["Organization"]
    _update_organization(aws, str(created["Id"]), {"featureSet": props["featureSet"]}, props)
    return str(created["Id"])


def _update_organization(aws: Aws, _id: str, old: Props, new: Props) -> None:
    if new["featureSet"] != old["featureSet"]:
        raise RuntimeError("featureSet: every account must agree, so it is changed by hand")
    client = _client(aws)
    on, off = _added_and_removed(old, new, "awsServiceAccessPrincipals")
    for principal in on:
        client.enable_aws_service_access(ServicePrincipal=principal)
    for principal in off:
        client.disable_aws_service_access(ServicePrincipal=principal)
    on, off = _added_and_removed(old, new, "enabledPolicyTypes")
    root = client.list_roots()["Roots"][0]["Id"] if on or off else ""
    for kind in on:
        client.enable_policy_type(RootId=root, PolicyType=kind)
    for kind in off:
        client.disable_policy_type(RootId=root, PolicyType=kind)


def _added_and_removed(old: Props, new: Props, name: str) -> tuple[list[str], list[str]]:
    before, after = set(old.get(name) or ()), set(new.get(name) or ())
    return sorted(after - before), sorted(before - after)


def _create_unit(aws: Aws, props: Props) -> str:
    # moto takes a second unit of one name under one parent; AWS does not.
    names = aws.pages(
        "organizations",
        "list_organizational_units_for_parent",
        "OrganizationalUnits",
        ParentId=props["parentId"],
    )
    if any(unit["Name"] == props["name"] for unit in names):
        raise RuntimeError(f"{props['name']} exists already under {props['parentId']}: import it")
    created = _client(aws).create_organizational_unit(
        ParentId=props["parentId"], Name=props["name"], Tags=pairs(props)
    )
    return str(created["OrganizationalUnit"]["Id"])


def _update_unit(aws: Aws, unit_id: str, old: Props, new: Props) -> None:
    if new["name"] != old.get("name"):
        _client(aws).update_organizational_unit(OrganizationalUnitId=unit_id, Name=new["name"])
    _retag(aws, unit_id, old, new)


def _create_account(aws: Aws, props: Props) -> str:
    # moto takes an address twice; AWS answers EMAIL_ALREADY_EXISTS.
    if any(account["Email"] == props["email"] for account in accounts(aws)):
        raise RuntimeError(f"an account of {props['email']} exists already: import it")
    optional = {
        "RoleName": props.get("roleName"),
        "IamUserAccessToBilling": props.get("iamUserAccessToBilling"),
    }
    created = _client(aws).create_account(
        AccountName=props["name"],
        Email=props["email"],
        Tags=pairs(props),
        **{key: value for key, value in optional.items() if value},
    )["CreateAccountStatus"]
    number = wait_for(
        f"account {props['name']}", lambda: _made(aws, created["Id"]), _ACCOUNT_SECONDS
    )
    _move(aws, number, props)
    return number


def _made(aws: Aws, request: str) -> str | None:
    """The account's number once it is there. Raises RuntimeError where AWS could not make it."""
    status: Raw = _client(aws).describe_create_account_status(CreateAccountRequestId=request)[
        "CreateAccountStatus"
    ]
    if status["State"] == "FAILED":
        raise RuntimeError(f"AWS could not make the account: {status.get('FailureReason')}")
    return str(status["AccountId"]) if status["State"] == "SUCCEEDED" else None


def _move(aws: Aws, number: str, props: Props) -> None:
    if not (wanted := props.get("parentId")):
        return
    parent = _client(aws).list_parents(ChildId=number)["Parents"][0]["Id"]
    if parent != wanted:
        _client(aws).move_account(
            AccountId=number, SourceParentId=parent, DestinationParentId=wanted
        )


def _update_account(aws: Aws, number: str, old: Props, new: Props) -> None:
    if new["name"] != old.get("name"):
        aws.client("account").put_account_name(AccountId=number, AccountName=new["name"])
    _move(aws, number, new)
    _retag(aws, number, old, new)


def _delete_account(aws: Aws, number: str, state: Props) -> None:
    if state.get("closeOnDeletion"):
        _client(aws).close_account(AccountId=number)
    else:
        _client(aws).remove_account_from_organization(AccountId=number)


def _create_policy(aws: Aws, props: Props) -> str:
    created = _client(aws).create_policy(
        Name=props["name"],
        Content=props["content"],
        Description=props.get("description", ""),
        Type=props["type"],
        Tags=pairs(props),
    )
    return str(created["Policy"]["PolicySummary"]["Id"])


def _update_policy(aws: Aws, policy_id: str, old: Props, new: Props) -> None:
    _client(aws).update_policy(
        PolicyId=policy_id,
        Name=new["name"],
        Content=new["content"],
        Description=new.get("description", ""),
    )
    _retag(aws, policy_id, old, new)


def _delete_policy(aws: Aws, policy_id: str, state: Props) -> None:
    if not state.get("skipDestroy"):
        _client(aws).delete_policy(PolicyId=policy_id)


def _attach(aws: Aws, props: Props) -> str:
    resource_id = f"{props['targetId']}:{props['policyId']}"
    # moto is content with a second attachment; AWS answers DuplicatePolicyAttachmentException.
    if _READ["PolicyAttachment"](aws, resource_id, {}) is not None:
        raise RuntimeError(f"{resource_id} is attached already: import it")
    _client(aws).attach_policy(PolicyId=props["policyId"], TargetId=props["targetId"])
    return resource_id


def _detach(aws: Aws, resource_id: str, state: Props) -> None:
    target, _, policy_id = resource_id.partition(":")
    if not state.get("skipDestroy"):
        _client(aws).detach_policy(PolicyId=policy_id, TargetId=target)


MAKERS = {
    "aws:organizations/account:Account": Maker(_create_account, _update_account, _delete_account),
    "aws:organizations/organization:Organization": Maker(
        _create_organization,
        _update_organization,
        lambda aws, _id, _state: _client(aws).delete_organization(),
    ),
    "aws:organizations/organizationalUnit:OrganizationalUnit": Maker(
        _create_unit,
        _update_unit,
        lambda aws, unit_id, _: _client(aws).delete_organizational_unit(
            OrganizationalUnitId=unit_id
        ),
    ),
    "aws:organizations/policy:Policy": Maker(_create_policy, _update_policy, _delete_policy),
    "aws:organizations/policyAttachment:PolicyAttachment": Maker(_attach, None, _detach),
}
