"""Every promise of the foundation: which resources, and the properties that matter."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from infra.aws.model import URN_TAG
from infra.aws.permissions import READ_ONLY
from infra.foundation import OPT_IN, region_limits
from infra.target import Target
from tests.components.described import ACCOUNT, ROOT, country, described
from tests.policies.tenancies import Founded, founded
from wasl.manifest import Country
from wasl.manifest.catalogue import Catalogue, load

HOME = "eu-central-1"
STATE_BUCKET, STATE_KEY = "arn:aws:s3:::wasl-state-1", "arn:aws:kms:*:1:key/state"
BUCKET = f"arn:aws:s3:::wasl-state-{ACCOUNT}"
STATES = ".pulumi/stacks/wasl"
# What AWS runs once for the whole world; none of it keeps a country's data.
WORLDWIDE = frozenset({"budgets", "cloudfront", "iam", "route53", "sts"})


@cache
def sandbox() -> Founded:
    """As the sandbox has it: every country has an account."""
    return founded(Target("http://127.0.0.1:1"), load(ROOT))


@cache
def real() -> Founded:
    """On AWS, with two countries whose contract is signed off, one of them in production."""
    return founded(Target(None), _signed(country("jo", environment="production"), country("dj")))


def _signed(*countries: Country) -> Catalogue:
    catalogue, known = load(ROOT), {}
    for one in countries:
        residency = {**one.residency.model_dump(mode="json"), "status": "signed-off"}
        known[one.code] = country(one.code, residency=residency, environment=one.environment)
    return replace(catalogue, countries={**catalogue.countries, **known})


def _statements(document: Any) -> dict[str, dict[str, Any]]:
    return {one["Sid"]: one for one in json.loads(document)["Statement"]}


class TestAccounts:
    def test_none_before_counsel_has_signed(self) -> None:
        token = "aws:organizations/account:Account"
        assert sorted(sandbox().of(token)) == sorted(load(ROOT).countries)
        assert sorted(real().of(token)) == ["dj", "jo"]
        assert founded(Target(None), load(ROOT)).of(token) == {}

    def test_the_organisation(self) -> None:
        props = real().one("aws:organizations/organization:Organization").props
        assert props["featureSet"] == "ALL"
        assert props["enabledPolicyTypes"] == ["SERVICE_CONTROL_POLICY"]
        assert props["awsServiceAccessPrincipals"] == [
            f"{service}.amazonaws.com"
            for service in ("account", "backup", "cloudtrail", "guardduty")
        ]

    def test_a_unit_and_an_account_a_country(self) -> None:
        units = real().of("aws:organizations/organizationalUnit:OrganizationalUnit")
        assert {unit.props["name"] for unit in units.values()} == {"wasl-dj", "wasl-jo"}
        assert {unit.props["parentId"] for unit in units.values()} == {"r-1"}
        account = real().of("aws:organizations/account:Account")["jo"]
        assert {key: value for key, value in account.props.items() if key != "tags"} == {
            "name": "wasl-jo",
            "email": "aws@jo.example",
            "parentId": "jo-id",
            "roleName": "OrganizationAccountAccessRole",
            "closeOnDeletion": False,
        }
        assert (account.props["tags"]["country"], account.props["tags"]["partner"]) == (
            "jo",
            "classera",
        )
        assert account.protect
        pilot = real().of("aws:organizations/account:Account")["dj"]
        assert pilot.props["closeOnDeletion"] is True
        assert not pilot.protect

    def test_the_regions_of_the_contract_are_opted_into(self) -> None:
        wanted = {
            f"{code}-{region}": (f"{code}-id", region)
            for code, one in load(ROOT).countries.items()
            for region in one.residency.regions.permitted & OPT_IN
        }
        regions = sandbox().of("aws:account/region:Region")
        assert {
            name: (item.props["accountId"], item.props["regionName"])
            for name, item in regions.items()
        } == wanted
        assert {"jo-eu-south-1", "km-af-south-1"} <= set(wanted)
        assert all(item.props["enabled"] is True for item in regions.values())

    def test_whoever_reads_an_account_waits_for_its_regions(self) -> None:
        assert sandbox().waits["jo"] == {"jo", "jo-eu-south-1"}

    def test_what_the_countries_are_told(self) -> None:
        outputs = real().outputs
        assert set(outputs) == {"accounts", "stateBucket", "stateKey"}
        assert outputs["stateBucket"] == f"wasl-state-{ACCOUNT}"
        assert outputs["stateKey"].endswith(":state")
        assert outputs["accounts"]["jo"] == {
            "account": "jo-id",
            "role": "arn:aws:iam::jo-id:role/OrganizationAccountAccessRole",
            "ci_provider": "arn:aws:iam:::ci-jo",
        }

    def test_ci_signs_in_to_the_account_itself(self) -> None:
        found = real().of("aws:iam/openIdConnectProvider:OpenIdConnectProvider")
        assert sorted(found) == ["ci-dj", "ci-jo"]
        for item in found.values():
            assert item.props["url"] == "https://issuer.example"
            assert item.props["clientIdLists"] == ["sts.amazonaws.com"]
        assert found["ci-jo"].provider_region == country("jo").region
        provider = real().of("pulumi:providers:aws")["inside-jo"].props
        (role,) = json.loads(provider["assumeRoles"])
        assert role["roleArn"] == "arn:aws:iam::jo-id:role/OrganizationAccountAccessRole"
        assert json.loads(provider["allowedAccountIds"]) == ["jo-id"]

    def test_tags(self) -> None:
        tagged = [item for item in real().resources if "tags" in item.props]
        assert len(tagged) > 8
        for item in tagged:
            tags = item.props["tags"]
            assert {"owner", "cost-centre", "environment", "data-classification"} <= set(tags)
            assert tags[URN_TAG].endswith(f"{item.type}::{item.name}")


class TestRegions:
    def test_each_unit_has_its_limits(self) -> None:
        policies = real().of("aws:organizations/policy:Policy")
        jordan = policies["jo"].props
        assert (jordan["name"], jordan["type"]) == ("wasl-jo-regions", "SERVICE_CONTROL_POLICY")
        known = real().of("aws:organizations/policyAttachment:PolicyAttachment")
        attached = {code: item.props for code, item in known.items()}
        assert attached == {
            code: {"policyId": f"{code}-id", "targetId": f"{code}-id"} for code in policies
        }
        signed = _signed(country("jo")).countries["jo"]
        assert json.loads(jordan["content"]) == region_limits(signed, HOME)

    @pytest.mark.parametrize(
        ("types", "open_there"),
        [
            ((), set()),
            (("aws:acm/certificate:Certificate",), {"acm:*"}),
            (("aws:wafv2/webAcl:WebAcl",), {"wafv2:*"}),
            (
                ("aws:acm/certificate:Certificate", "aws:wafv2/webAcl:WebAcl"),
                {"acm:*", "wafv2:*"},
            ),
        ],
    )
    def test_the_edge_is_open_for_what_the_manifest_names(
        self, types: tuple[str, ...], open_there: set[str]
    ) -> None:
        edge = {"types": list(types), "reason": "public content"} if types else None
        limits = _limits(country("jo", edge=edge))
        assert set(limits["OnlyAtTheEdge"]["Action"]) == {*open_there, "tag:GetResources"}
        assert _regions(limits["OnlyAtTheEdge"]) == ["eu-central-1", "eu-south-1", "us-east-1"]
        edge_actions = {"acm:*", "wafv2:*"} & set(limits["OutsideTheContract"]["NotAction"])
        assert edge_actions == open_there

    def test_the_state_may_be_read_where_it_is(self) -> None:
        """A checker's own account is denied that region otherwise."""
        limits = _statements(json.dumps(region_limits(country("jo"), "eu-north-1")))
        state = limits["OnlyWhereTheStateIs"]
        assert state["Action"] == ["kms:Decrypt", "s3:GetObject", "s3:ListBucket"]
        assert _regions(state) == ["eu-central-1", "eu-north-1", "eu-south-1"]
        others = (limits["OutsideTheContract"], limits["OnlyAtTheEdge"])
        assert not any("eu-north-1" in _regions(other) for other in others)

    def test_all_else_that_has_regions_is_held_to_the_contract(self) -> None:
        limits = _limits(country("jo"))
        assert _regions(limits["OutsideTheContract"]) == ["eu-central-1", "eu-south-1"]
        spared = set(limits["OutsideTheContract"]["NotAction"])
        used = {action.partition(":")[0] for action in READ_ONLY}
        at_the_edge = {"acm", "wafv2"}
        assert {f"{name}:*" for name in used - WORLDWIDE - at_the_edge} & spared == set()
        assert {f"{name}:*" for name in used & WORLDWIDE} <= spared
        assert {action for action in spared if action.startswith(("kms", "s3"))} == {
            "kms:Decrypt",
            "s3:GetAccountPublic*",
            "s3:GetBucketLocation",
            "s3:GetObject",
            "s3:ListAllMyBuckets",
            "s3:ListBucket",
            "s3:PutAccountPublic*",
        }
        # What is spared by one statement beyond the world's own services is held by another.
        held = {*limits["OnlyAtTheEdge"]["Action"], *limits["OnlyWhereTheStateIs"]["Action"]}
        assert {"acm:*", "wafv2:*", "tag:GetResources", "kms:Decrypt", "s3:GetObject"} <= held

    def test_it_denies_everything_and_is_small_enough(self) -> None:
        for one in load(ROOT).countries.values():
            limits = region_limits(one, HOME)
            assert len(json.dumps(limits)) <= 5120
            for statement in limits["Statement"]:
                assert (statement["Effect"], statement["Resource"]) == ("Deny", "*")
                assert list(statement["Condition"]) == ["StringNotEquals"]


def _limits(one: Country) -> dict[str, dict[str, Any]]:
    return _statements(json.dumps(region_limits(one, HOME)))


def _regions(statement: dict[str, Any]) -> list[str]:
    found: list[str] = statement["Condition"]["StringNotEquals"]["aws:RequestedRegion"]
    return found


class TestState:
    def test_no_destroy_takes_it_along_on_real_aws(self) -> None:
        kept = {
            "aws:organizations/organization:Organization",
            "aws:s3/bucket:Bucket",
            "aws:kms/key:Key",
            "aws:kms/alias:Alias",
        }
        assert kept <= {item.type for item in real().resources if item.protect}
        assert not any(item.protect for item in sandbox().resources)

    def test_the_bucket(self) -> None:
        assert real().one("aws:s3/bucket:Bucket").props["bucket"] == f"wasl-state-{ACCOUNT}"
        settings = {
            item.type.rpartition(":")[2]: item.props
            for item in real().resources
            if item.type.startswith("aws:s3/") and item.type != "aws:s3/bucket:Bucket"
        }
        assert {props["bucket"] for props in settings.values()} == {f"wasl-state-{ACCOUNT}"}
        assert settings["BucketVersioning"]["versioningConfiguration"] == {"status": "Enabled"}
        (rule,) = settings["BucketServerSideEncryptionConfiguration"]["rules"]
        assert rule == {
            "applyServerSideEncryptionByDefault": {
                "kmsMasterKeyId": real().outputs["stateKey"],
                "sseAlgorithm": "aws:kms",
            },
            "bucketKeyEnabled": True,
        }
        assert settings["BucketPublicAccessBlock"] == {
            "bucket": f"wasl-state-{ACCOUNT}",
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        }
        owner = settings["BucketOwnershipControls"]["rule"]
        assert owner == {"objectOwnership": "BucketOwnerEnforced"}
        (age,) = settings["BucketLifecycleConfiguration"]["rules"]
        assert age["noncurrentVersionExpiration"] == {"noncurrentDays": 365}
        assert "expiration" not in age

    def test_the_key(self) -> None:
        key = real().one("aws:kms/key:Key").props
        assert key["enableKeyRotation"] is True
        assert key["deletionWindowInDays"] == 30
        alias = real().one("aws:kms/alias:Alias").props
        assert alias == {"name": "alias/wasl-state", "targetKeyId": "state-key"}
        statements = _statements(key["policy"])
        assert set(statements) == {"Account", "Read"}
        assert statements["Account"]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}

    def test_plain_http_is_refused(self) -> None:
        policy = _statements(real().one("aws:s3/bucketPolicy:BucketPolicy").props["policy"])
        assert policy["TlsOnly"] == {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [BUCKET, f"{BUCKET}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }

    def test_a_checker_reads_its_own_state_and_no_other(self) -> None:
        policy = _statements(real().one("aws:s3/bucketPolicy:BucketPolicy").props["policy"])
        assert set(policy) == {"TlsOnly", "List", "ReadDJ", "ReadJO"}
        assert policy["ReadJO"] == {
            "Sid": "ReadJO",
            "Effect": "Allow",
            "Principal": {"AWS": ["arn:aws:iam::jo-id:root"]},
            "Action": ["s3:GetObject"],
            "Resource": f"{BUCKET}/{STATES}/jo.json*",
            "Condition": {
                "ArnEquals": {"aws:PrincipalArn": ["arn:aws:iam::jo-id:role/wasl-jo-drift"]}
            },
        }
        checkers = {
            "aws:PrincipalArn": [
                "arn:aws:iam::dj-id:role/wasl-dj-drift",
                "arn:aws:iam::jo-id:role/wasl-jo-drift",
            ]
        }
        assert (policy["List"]["Action"], policy["List"]["Resource"]) == (["s3:ListBucket"], BUCKET)
        assert policy["List"]["Condition"] == {
            "ArnEquals": checkers,
            "StringLike": {"s3:prefix": f"{STATES}/*"},
        }
        key = _statements(real().one("aws:kms/key:Key").props["policy"])["Read"]
        assert key["Action"] == ["kms:Decrypt"]
        # The stacks' secrets have the same key, and never the bucket for their context.
        assert key["Condition"] == {
            "ArnEquals": checkers,
            "StringEquals": {"kms:EncryptionContext:aws:s3:arn": BUCKET},
        }

    def test_its_own_account_permits_the_same(self) -> None:
        jordan = described(country("jo"))
        assert jordan.of("aws:iam/role:Role")["drift"]["name"] == "wasl-jo-drift"
        policy = jordan.of("aws:iam/rolePolicy:RolePolicy")["state"]
        assert policy["role"] == "wasl-jo-drift"
        assert json.loads(policy["policy"])["Statement"] == [
            {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": STATE_BUCKET},
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject"],
                "Resource": f"{STATE_BUCKET}/{STATES}/jo.json*",
            },
            {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": STATE_KEY},
        ]

    def test_before_there_is_a_country_nobody_else_reads_it(self) -> None:
        empty = founded(Target(None), load(ROOT))
        policy = empty.one("aws:s3/bucketPolicy:BucketPolicy").props["policy"]
        assert set(_statements(policy)) == {"TlsOnly"}
        assert set(_statements(empty.one("aws:kms/key:Key").props["policy"])) == {"Account"}
