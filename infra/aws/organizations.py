"""Organizations: the organisation, its units and accounts, and the policies over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags

_NO_ORGANISATION = "AWSOrganizationsNotInUseException"
POLICY_TYPES = (
    "AISERVICES_OPT_OUT_POLICY",
    "BACKUP_POLICY",
    "RESOURCE_CONTROL_POLICY",
    "SERVICE_CONTROL_POLICY",
    "TAG_POLICY",
)


def _list_organizations(aws: Aws) -> Iterable[Raw]:
    found = _read_organization(aws, "", {})
    return [found] if found else []


def _read_organization(aws: Aws, _id: str, _state: Props) -> Raw | None:
    client = aws.client("organizations")
    found = one(client.describe_organization, _NO_ORGANISATION, key="Organization")
    return found and {
        **found,
        "roots": aws.pages("organizations", "list_roots", "Roots"),
        "services": aws.pages(
            "organizations", "list_aws_service_access_for_organization", "EnabledServicePrincipals"
        ),
    }


def _organization(raw: Raw) -> Props:
    return {
        "arn": raw["Arn"],
        "awsServiceAccessPrincipals": [item["ServicePrincipal"] for item in raw["services"]],
        "enabledPolicyTypes": [
            kind["Type"] for kind in raw["roots"][0]["PolicyTypes"] if kind["Status"] == "ENABLED"
        ],
        "featureSet": raw["FeatureSet"],
        "masterAccountArn": raw["MasterAccountArn"],
        "masterAccountEmail": raw["MasterAccountEmail"],
        "masterAccountId": raw["MasterAccountId"],
        "roots": [
            {
                "arn": root["Arn"],
                "id": root["Id"],
                "name": root["Name"],
                "policyTypes": [
                    {"status": kind["Status"], "type": kind["Type"]} for kind in root["PolicyTypes"]
                ],
            }
            for root in raw["roots"]
        ],
    }


def _roots(aws: Aws) -> list[Raw]:
    return one(lambda: aws.pages("organizations", "list_roots", "Roots"), _NO_ORGANISATION) or []


def _list_units(aws: Aws) -> Iterator[Raw]:
    parents = [root["Id"] for root in _roots(aws)]
    while parents:
        parent = parents.pop()
        units = aws.pages(
            "organizations",
            "list_organizational_units_for_parent",
            "OrganizationalUnits",
            ParentId=parent,
        )
        for unit in units:
            parents.append(unit["Id"])
            yield {**unit, "parent": parent, "tags": _tags(aws, unit["Id"])}


def _read_unit(aws: Aws, unit_id: str, _state: Props) -> Raw | None:
    client = aws.client("organizations")
    unit = one(
        lambda: client.describe_organizational_unit(OrganizationalUnitId=unit_id),
        "OrganizationalUnitNotFoundException",
        _NO_ORGANISATION,
        key="OrganizationalUnit",
    )
    return unit and {**unit, "parent": _parent(aws, unit_id), "tags": _tags(aws, unit_id)}


def _tags(aws: Aws, resource_id: str) -> list[Raw]:
    return aws.pages("organizations", "list_tags_for_resource", "Tags", ResourceId=resource_id)


def _parent(aws: Aws, child_id: str) -> str:
    parents = aws.pages("organizations", "list_parents", "Parents", ChildId=child_id)
    return str(parents[0]["Id"])


def accounts(aws: Aws) -> list[Raw]:
    """The organisation's member accounts that are not closed; none where there is none."""
    found = one(lambda: aws.pages("organizations", "list_accounts", "Accounts"), _NO_ORGANISATION)
    return [account for account in found or () if _member(account) and not _closed(account)]


def _member(account: Raw) -> bool:
    """Whether it is not the management account, whose number every account's ARN holds."""
    return bool(account["Arn"].split(":")[4] != account["Id"])


def _closed(account: Raw) -> bool:
    """A closed account stays visible for 90 days, and can be used for nothing."""
    # AWS replaces Status by State in September 2026; both are there until then.
    return account.get("State", account.get("Status")) in ("SUSPENDED", "PENDING_CLOSURE", "CLOSED")


def _list_accounts(aws: Aws) -> Iterable[Raw]:
    return (_whole(aws, account) for account in accounts(aws))


def _read_account(aws: Aws, account_id: str, _state: Props) -> Raw | None:
    account = one(
        lambda: aws.client("organizations").describe_account(AccountId=account_id),
        "AccountNotFoundException",
        _NO_ORGANISATION,
        key="Account",
    )
    return None if account is None or _closed(account) else _whole(aws, account)


def _whole(aws: Aws, account: Raw) -> Raw:
    number = account["Id"]
    return {**account, "parent": _parent(aws, number), "tags": _tags(aws, number)}


def _account(raw: Raw) -> Props:
    return {
        "arn": raw["Arn"],
        "email": raw["Email"],
        "joinedMethod": raw["JoinedMethod"],
        "joinedTimestamp": raw["JoinedTimestamp"].isoformat(),
        "name": raw["Name"],
        "parentId": raw["parent"],
        "state": raw.get("State", ""),
        "status": raw.get("Status", ""),
        "tags": tags(raw["tags"]),
    }


def _summaries(aws: Aws) -> Iterator[Raw]:
    """Every policy that AWS did not write."""
    for kind in POLICY_TYPES:
        policies = one(
            lambda: aws.pages("organizations", "list_policies", "Policies", Filter=kind),  # noqa: B023
            _NO_ORGANISATION,
        )
        yield from (policy for policy in policies or () if not policy["AwsManaged"])


def _list_policies(aws: Aws) -> Iterable[Raw]:
    found = (_read_policy(aws, policy["Id"], {}) for policy in _summaries(aws))
    return (policy for policy in found if policy)


def _read_policy(aws: Aws, policy_id: str, _state: Props) -> Raw | None:
    policy = one(
        lambda: aws.client("organizations").describe_policy(PolicyId=policy_id),
        "PolicyNotFoundException",
        _NO_ORGANISATION,
        key="Policy",
    )
    return policy and {
        **policy["PolicySummary"],
        "content": policy["Content"],
        "tags": _tags(aws, policy_id),
    }


def _policy(raw: Raw) -> Props:
    return {
        "arn": raw["Arn"],
        "content": raw["content"],
        "description": raw.get("Description", ""),
        "name": raw["Name"],
        "tags": tags(raw["tags"]),
        "type": raw["Type"],
    }


def _list_attachments(aws: Aws) -> Iterator[Raw]:
    for policy in _summaries(aws):
        yield from _attachments(aws, policy["Id"]) or ()


def _attachments(aws: Aws, policy_id: str) -> list[Raw] | None:
    targets = one(
        lambda: aws.pages(
            "organizations", "list_targets_for_policy", "Targets", PolicyId=policy_id
        ),
        "PolicyNotFoundException",
        _NO_ORGANISATION,
    )
    return targets and [{**target, "policy": policy_id} for target in targets]


def _read_attachment(aws: Aws, resource_id: str, _state: Props) -> Raw | None:
    target, _, policy_id = resource_id.partition(":")
    attachments = _attachments(aws, policy_id) or ()
    return next((found for found in attachments if found["TargetId"] == target), None)


_AT_CREATION = frozenset({"email", "roleName", "iamUserAccessToBilling", "createGovcloud"})

TYPES = (
    AwsType(
        token="aws:organizations/account:Account",
        service="organizations",
        cloudformation="AWS::Organizations::Account",
        list=_list_accounts,
        read=_read_account,
        identify=lambda raw: str(raw["Id"]),
        normalise=_account,
        # Names need not be unique in an organisation; addresses are, in all of AWS.
        key=("email",),
        replace=_AT_CREATION,
        replace_source=dict.fromkeys(
            _AT_CREATION, "Terraform's documentation; CloudFormation does not say create-only"
        ),
        defaults={"closeOnDeletion": False, "createGovcloud": False},
        computed=frozenset({"parentId"}),
        write_only=frozenset(
            {"closeOnDeletion", "createGovcloud", "iamUserAccessToBilling", "roleName"}
        ),
        stateful=True,
        home="us-east-1",
    ),
    AwsType(
        token="aws:organizations/organization:Organization",
        service="organizations",
        cloudformation="AWS::Organizations::Organization",
        list=_list_organizations,
        read=_read_organization,
        identify=lambda raw: str(raw["Id"]),
        normalise=_organization,
        # An account has one at most.
        key=("featureSet",),
        defaults={"featureSet": "ALL"},
        unordered=frozenset({"awsServiceAccessPrincipals", "enabledPolicyTypes"}),
        write_only=frozenset({"returnOrganizationOnly"}),
        stateful=True,
        home="us-east-1",
    ),
    AwsType(
        token="aws:organizations/organizationalUnit:OrganizationalUnit",
        service="organizations",
        cloudformation="AWS::Organizations::OrganizationalUnit",
        list=_list_units,
        read=_read_unit,
        identify=lambda raw: str(raw["Id"]),
        normalise=lambda raw: {
            "arn": raw["Arn"],
            "name": raw["Name"],
            "parentId": raw["parent"],
            "tags": tags(raw["tags"]),
        },
        key=("parentId", "name"),
        replace=frozenset({"parentId"}),
        home="us-east-1",
    ),
    AwsType(
        token="aws:organizations/policy:Policy",
        service="organizations",
        cloudformation="AWS::Organizations::Policy",
        list=_list_policies,
        read=_read_policy,
        identify=lambda raw: str(raw["Id"]),
        normalise=_policy,
        key=("name",),
        replace=frozenset({"type"}),
        defaults={"type": "SERVICE_CONTROL_POLICY"},
        documents=frozenset({"content"}),
        write_only=frozenset({"skipDestroy"}),
        home="us-east-1",
    ),
    AwsType(
        token="aws:organizations/policyAttachment:PolicyAttachment",
        service="organizations",
        list=_list_attachments,
        read=_read_attachment,
        identify=lambda raw: f"{raw['TargetId']}:{raw['policy']}",
        normalise=lambda raw: {"policyId": raw["policy"], "targetId": raw["TargetId"]},
        key=("policyId", "targetId"),
        replace=frozenset({"policyId", "targetId"}),
        write_only=frozenset({"skipDestroy"}),
        home="us-east-1",
    ),
)
