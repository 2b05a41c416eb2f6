"""What all countries stand on, once: an account a country, its limits, and Pulumi's own state.

It runs in the organisation's management account. See docs/how-to/foundation.md for how its first
`up` is done before its own state bucket exists.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.aws.model import URN_TAG
from infra.components.base import urn_tag
from infra.components.policy import account_whole, document, tls_only
from infra.components.state import bucket_arn, deciphered, lent
from infra.policies.residency import EDGE_REGION
from infra.target import Target, target
from wasl.manifest import Country
from wasl.manifest.catalogue import load

STACK = "foundation"
ROLE = "OrganizationAccountAccessRole"
"""The role that AWS makes in every member account for the management account to assume."""

# Regions that an account must opt into before it can be used.
OPT_IN = frozenset(
    {
        "af-south-1",
        "ap-east-1",
        "ap-south-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ca-west-1",
        "eu-central-2",
        "eu-south-1",
        "eu-south-2",
        "il-central-1",
        "me-central-1",
        "me-south-1",
    }
)
# Services with one endpoint for the world: a region condition would deny them everywhere.
GLOBAL_ACTIONS = (
    "a4b:*",
    "account:*",
    "aws-portal:*",
    "billing:*",
    "budgets:*",
    "ce:*",
    "cloudfront:*",
    "globalaccelerator:*",
    "health:*",
    "iam:*",
    "importexport:*",
    "mobileanalytics:*",
    "networkmanager:*",
    "organizations:*",
    "pricing:*",
    "route53:*",
    "route53domains:*",
    "s3:GetAccountPublic*",
    "s3:GetBucketLocation",
    "s3:ListAllMyBuckets",
    "s3:PutAccountPublic*",
    "shield:*",
    "sts:*",
    "support:*",
    "trustedadvisor:*",
    "waf:*",
)
# The services of what may stand at the edge, which have no other place for it.
_EDGE_ACTIONS = {
    "aws:acm/certificate:Certificate": "acm:*",
    "aws:wafv2/webAcl:WebAcl": "wafv2:*",
}
# What a country's checker reads in the foundation's region: the country's own state, as its bucket
# and key permit.
_STATE_ACTIONS = ("kms:Decrypt", "s3:GetObject", "s3:ListBucket")
# The check looks for what is tagged at the edge, whether anything may be there or not.
_LOOK_ACTIONS = ("tag:GetResources",)
_OLD_STATE_DAYS = 365
_TRUSTED = (
    "account.amazonaws.com",
    "backup.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "guardduty.amazonaws.com",
)


def foundation(root: Path) -> None:
    """Describe the foundation of every country that may have an account."""
    where = target()
    config = pulumi.Config("wasl")
    countries = [
        country
        for country in load(root).countries.values()
        # An account cannot be taken back easily: none before counsel has signed.
        if where.sandbox or country.residency.signed_off
    ]
    home = config.require("homeRegion")
    base = Foundation(where, home)
    accounts = {country.code: base.country(country) for country in countries}
    base.state({code: account["account"] for code, account in accounts.items()})
    base.done()
    pulumi.export("accounts", accounts)
    pulumi.export("stateBucket", base.state_bucket.bucket)
    pulumi.export("stateKey", base.state_key.arn)


class Foundation(pulumi.ComponentResource):
    """Organisation, accounts, limits by region, state."""

    state_bucket: aws.s3.Bucket
    state_key: aws.kms.Key

    def __init__(self, where: Target, home: str) -> None:
        self.where, self.home = where, home
        provider = where.provider("management", home)
        super().__init__(
            "wasl:foundation:Foundation",
            "foundation",
            opts=pulumi.ResourceOptions(providers=[provider], transformations=[self._tagged]),
        )
        self.organization = aws.organizations.Organization(
            "organization",
            feature_set="ALL",
            aws_service_access_principals=list(_TRUSTED),
            enabled_policy_types=["SERVICE_CONTROL_POLICY"],
            opts=self._kept(),
        )

    def done(self) -> None:
        """Say that all resources are described."""
        self.register_outputs({})

    def _child(self, **options: Any) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, **options)

    def _kept(self, **options: Any) -> pulumi.ResourceOptions:
        """The options of what every country stands on: on real AWS no `destroy` takes it along."""
        return self._child(protect=not self.where.sandbox, **options)

    def _tagged(
        self, args: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        if args.resource is self or not hasattr(type(args.resource), "tags"):
            return None
        chain = f"wasl:foundation:Foundation${args.type_}"
        own: Any = args.props.get("tags") or {}
        tags = {
            "owner": "alecso",
            "cost-centre": "foundation",
            "environment": "foundation",
            "data-classification": "restricted",
            URN_TAG: urn_tag(chain, args.name),
            **own,
        }
        return pulumi.ResourceTransformationResult({**args.props, "tags": tags}, args.opts)

    # -- a country --------------------------------------------------------------------------

    def country(self, country: Country) -> dict[str, pulumi.Input[str]]:
        """A unit and an account, opted into its regions, denied all others."""
        code = country.code
        unit = aws.organizations.OrganizationalUnit(
            code,
            name=f"wasl-{code}",
            parent_id=self.organization.roots[0].id,
            opts=self._child(),
        )
        account = aws.organizations.Account(
            code,
            name=f"wasl-{code}",
            email=country.contacts.account,
            parent_id=unit.id,
            role_name=ROLE,
            close_on_deletion=not country.production,
            tags={"country": code, "partner": country.partner},
            opts=self._child(protect=country.production),
        )
        regions = [
            aws.account.Region(
                f"{code}-{region}",
                region_name=region,
                account_id=account.id,
                enabled=True,
                opts=self._child(),
            )
            for region in sorted(country.residency.regions.permitted & OPT_IN)
        ]
        self._limits(country, unit)
        role = pulumi.Output.concat("arn:aws:iam::", account.id, ":role/", ROLE)
        provider = self._ci_provider(country, account, role)
        # Whoever reads the outputs may use the regions at once.
        ready = pulumi.Output.all(account.id, *(region.opt_status for region in regions))
        return {
            "account": ready.apply(lambda known: str(known[0])),
            "role": role,
            "ci_provider": provider.arn,
        }

    def _limits(self, country: Country, unit: aws.organizations.OrganizationalUnit) -> None:
        policy = aws.organizations.Policy(
            country.code,
            name=f"wasl-{country.code}-regions",
            description="Nothing outside the residency contract",
            type="SERVICE_CONTROL_POLICY",
            content=json.dumps(region_limits(country, self.home)),
            opts=self._child(depends_on=[self.organization]),
        )
        aws.organizations.PolicyAttachment(
            country.code, policy_id=policy.id, target_id=unit.id, opts=self._child()
        )

    def _ci_provider(
        self,
        country: Country,
        account: aws.organizations.Account,
        role: pulumi.Output[str],
    ) -> aws.iam.OpenIdConnectProvider:
        """CI's identity provider, in the country's own account: a role can trust no other's."""
        inside = self.where.provider(
            f"inside-{country.code}", country.region, role=role, account=account.id
        )
        issuer = pulumi.Config("wasl").require("ciIssuer")
        return aws.iam.OpenIdConnectProvider(
            f"ci-{country.code}",
            url=f"https://{issuer}",
            client_id_lists=["sts.amazonaws.com"],
            opts=self._child(provider=inside),
        )

    # -- Pulumi's own state -----------------------------------------------------------------

    def state(self, accounts: Mapping[str, pulumi.Input[str]]) -> None:
        """The bucket and key of Pulumi's state; each country's account may read its own."""
        owner = self.organization.master_account_id
        bucket = aws.s3.Bucket(
            "state", bucket=pulumi.Output.concat("wasl-state-", owner), opts=self._kept()
        )
        arn = bucket_arn(bucket.bucket)
        key = aws.kms.Key(
            "state",
            description="wasl state",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            policy=document(account_whole(owner), *deciphered(arn, accounts)),
            opts=self._kept(),
        )
        aws.kms.Alias("state", name="alias/wasl-state", target_key_id=key.key_id, opts=self._kept())
        self._closed(bucket, key, document(tls_only(arn), *lent(arn, accounts)))
        self.state_bucket, self.state_key = bucket, key

    def _closed(self, bucket: aws.s3.Bucket, key: aws.kms.Key, policy: pulumi.Output[str]) -> None:
        versioning = aws.s3.BucketVersioning(
            "state",
            bucket=bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=self._child(),
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            "state",
            bucket=bucket.bucket,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": key.arn,
                    },
                    "bucket_key_enabled": True,
                }
            ],
            opts=self._child(),
        )
        aws.s3.BucketPublicAccessBlock(
            "state",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._child(),
        )
        aws.s3.BucketPolicy(
            "state",
            bucket=bucket.bucket,
            policy=policy,
            opts=self._child(),
        )
        aws.s3.BucketOwnershipControls(
            "state",
            bucket=bucket.bucket,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=self._child(),
        )
        aws.s3.BucketLifecycleConfiguration(
            "state",
            bucket=bucket.bucket,
            rules=[
                {
                    "id": "age",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
                    "noncurrent_version_expiration": {"noncurrent_days": _OLD_STATE_DAYS},
                }
            ],
            opts=self._child(depends_on=[versioning]),
        )


def region_limits(country: Country, home: str) -> dict[str, Any]:
    """The service control policy: deny what is not global outside the contract's regions.

    Two more regions are open for what is named: us-east-1 for looking, and for the types that the
    manifest's `edge` names; the foundation's `home`, where the state is, for reading that.
    """
    named = country.edge.types if country.edge else ()
    edge = [action for token, action in _EDGE_ACTIONS.items() if token in named]
    beyond = [*edge, *_LOOK_ACTIONS, *_STATE_ACTIONS]
    return {
        "Version": "2012-10-17",
        "Statement": [
            _denied("OutsideTheContract", country, NotAction=[*GLOBAL_ACTIONS, *beyond]),
            _denied("OnlyAtTheEdge", country, EDGE_REGION, Action=[*edge, *_LOOK_ACTIONS]),
            _denied("OnlyWhereTheStateIs", country, home, Action=list(_STATE_ACTIONS)),
        ],
    }


def _denied(sid: str, country: Country, *more: str, **actions: list[str]) -> dict[str, Any]:
    """A statement that denies `actions` outside the contract's regions and `more`."""
    regions = sorted(country.residency.regions.permitted | set(more))
    return {
        "Sid": sid,
        "Effect": "Deny",
        **actions,
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": regions}},
    }
