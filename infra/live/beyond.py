"""What no type of the catalogue stands for, and that opens doors or holds data all the same.

Users and their keys, grants on keys, access lists and replication of buckets, policies of
repositories, machines; and, in every region that the contract names, whatever carries a tag.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from infra.aws.ecr import repositories
from infra.aws.iam import groups, users
from infra.aws.kms import own_keys
from infra.aws.lb import listeners
from infra.aws.model import one
from infra.aws.s3 import everywhere, names
from infra.live.eyes import Eyes
from infra.live.found import Found, unmanaged
from infra.live.listing import attempt
from infra.policies.facts import Facts
from infra.policies.residency import EDGE_REGION, permitted_here
from wasl.result import Kind


@dataclass(frozen=True)
class Stranger:
    """Something in no state: what a finding calls it, its type, what it belongs to."""

    label: str
    type: str
    parent: str = ""
    shown: Any = None
    region: str = ""
    purposes: tuple[str, ...] = ()


Look = Callable[[Eyes], Iterable[Stranger]]


def found(
    eyes: Eyes, known: frozenset[str], strangers: frozenset[str], facts: Facts, width: int
) -> Iterator[Found]:
    """What is there beyond the catalogue; `known` are the ids, names and ARNs of what is not.

    What belongs to one of `strangers` is not told apart from it.
    """
    elsewhere = sorted((facts.permitted() | {EDGE_REGION}) - {eyes.region})
    looks: list[tuple[str, Eyes, Look]] = [
        *((token, eyes, look) for token, look in LOOKS.items()),
        *((_SWEEP, eyes.at(region), swept) for region in (eyes.region, *elsewhere)),
    ]
    with ThreadPoolExecutor(width) as pool:
        answers = list(pool.map(lambda item: attempt(lambda: list(item[2](item[1]))), looks))
    for (token, there, _), (things, failure) in zip(looks, answers, strict=True):
        if failure:
            target = f"{token} in {there.region}"
            yield Found(Kind.UNREADABLE, target, token, reason=failure)
        for thing in things or ():
            if thing.label not in known and thing.parent not in strangers:
                yield _told(thing, facts)


def _told(thing: Stranger, facts: Facts) -> Found:
    breaches = permitted_here("region", thing.region, thing.purposes, facts) if thing.region else []
    if breaches:
        problem = breaches[0]
        return Found(
            Kind.RESIDENCY,
            thing.label,
            thing.type,
            "region",
            found=thing.region,
            reason=problem.what,
            remedy=problem.next,
        )
    return unmanaged(thing.label, thing.type, thing.shown)


_IAM = "us-east-1"


def _users(eyes: Eyes) -> Iterator[Stranger]:
    for user in users(eyes.at(_IAM)):
        arn, name = user["Arn"], user["UserName"]
        yield Stranger(arn, "aws:iam/user:User", shown=name)
        keys = eyes.at(_IAM).pages("iam", "list_access_keys", "AccessKeyMetadata", UserName=name)
        for key in keys:
            label = f"aws:iam/accessKey:AccessKey {key['AccessKeyId']}"
            yield Stranger(label, "aws:iam/accessKey:AccessKey", shown=f"{name}: {key['Status']}")


def _groups(eyes: Eyes) -> Iterator[Stranger]:
    for group in groups(eyes.at(_IAM)):
        yield Stranger(group["Arn"], "aws:iam/group:Group", shown=group["GroupName"])


def _grants(eyes: Eyes) -> Iterator[Stranger]:
    for key in own_keys(eyes):
        for grant in eyes.pages("kms", "list_grants", "Grants", KeyId=key):
            # A service that encrypts with the key grants itself what it needs, and takes it back.
            if _service(str(grant.get("GranteePrincipal", ""))):
                continue
            shown = {"to": grant.get("GranteePrincipal", ""), "operations": grant["Operations"]}
            label = f"aws:kms/grant:Grant {key}:{grant['GrantId']}"
            yield Stranger(label, "aws:kms/grant:Grant", key, shown)


def _service(principal: str) -> bool:
    return principal.endswith(".amazonaws.com") or ":assumed-role/AWSServiceRoleFor" in principal


def _buckets(eyes: Eyes) -> Iterator[Stranger]:
    for name, region in everywhere(eyes):
        if region != eyes.region:
            arn = f"arn:aws:s3:::{name}"
            token = "aws:s3/bucket:Bucket"  # noqa: S105 (a type's token)
            purposes = ("primary", "replicas")
            yield Stranger(arn, token, "", name, region, purposes)


_EVERYBODY = "http://acs.amazonaws.com/groups/"


def _access(eyes: Eyes) -> Iterator[Stranger]:
    """Grants of access lists, where ownership does not disable them."""
    for bucket in names(eyes):
        s3 = eyes.client("s3")
        controls = one(
            lambda: s3.get_bucket_ownership_controls(Bucket=bucket),  # noqa: B023
            "OwnershipControlsNotFoundError",
            key="OwnershipControls",
        )
        rules = (controls or {}).get("Rules") or [{}]
        if rules[0].get("ObjectOwnership") == "BucketOwnerEnforced":
            continue
        listed = s3.get_bucket_acl(Bucket=bucket)
        owner = listed["Owner"].get("ID")
        for grant in listed["Grants"]:
            grantee = grant["Grantee"]
            if grantee.get("ID") != owner:
                to = grantee.get("URI", grantee.get("ID", "")).removeprefix(_EVERYBODY)
                label = f"aws:s3/bucketAcl:BucketAcl {bucket}: {to} {grant['Permission']}"
                yield Stranger(label, "aws:s3/bucketAcl:BucketAcl", bucket, grant["Permission"])


def _replication(eyes: Eyes) -> Iterator[Stranger]:
    token = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"  # noqa: S105
    for bucket in names(eyes):
        copied = one(
            lambda: eyes.client("s3").get_bucket_replication(Bucket=bucket),  # noqa: B023
            "ReplicationConfigurationNotFoundError",
            key="ReplicationConfiguration",
        )
        for rule in (copied or {}).get("Rules") or ():
            to = rule["Destination"]["Bucket"]
            yield Stranger(f"{token} {bucket}: {rule.get('ID', to)}", token, bucket, to)


def _repositories(eyes: Eyes) -> Iterator[Stranger]:
    token = "aws:ecr/repositoryPolicy:RepositoryPolicy"  # noqa: S105
    for name in repositories(eyes):
        policy = one(
            lambda: eyes.client("ecr").get_repository_policy(repositoryName=name),  # noqa: B023
            "RepositoryPolicyNotFoundException",
            key="policyText",
        )
        if policy:
            yield Stranger(f"{token} {name}", token, name, policy)


def _rules(eyes: Eyes) -> Iterator[Stranger]:
    token = "aws:lb/listenerRule:ListenerRule"  # noqa: S105
    for listener in listeners(eyes):
        arn = listener["ListenerArn"]
        for rule in eyes.pages("elbv2", "describe_rules", "Rules", ListenerArn=arn):
            if not rule["IsDefault"]:
                yield Stranger(rule["RuleArn"], token, arn, rule["Actions"][0]["Type"])


def _machines(eyes: Eyes) -> Iterator[Stranger]:
    alive = [{"Name": "instance-state-name", "Values": ["pending", "running", "stopped"]}]
    for held in eyes.pages("ec2", "describe_instances", "Reservations", Filters=alive):
        for machine in held["Instances"]:
            arn = f"arn:aws:ec2:{eyes.region}:{held['OwnerId']}:instance/{machine['InstanceId']}"
            yield Stranger(arn, "aws:ec2/instance:Instance", shown=machine["InstanceType"])


LOOKS: dict[str, Look] = {
    "aws:iam/user:User": _users,
    "aws:iam/group:Group": _groups,
    "aws:kms/grant:Grant": _grants,
    "aws:s3/bucket:Bucket": _buckets,
    "aws:s3/bucketAcl:BucketAcl": _access,
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": _replication,
    "aws:ecr/repositoryPolicy:RepositoryPolicy": _repositories,
    "aws:lb/listenerRule:ListenerRule": _rules,
    "aws:ec2/instance:Instance": _machines,
}

_SWEEP = "tags"
_ANY = ("primary", "backup", "logs", "replicas")
_DATA = ("primary", "replicas")
_HOLDING: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "backup": (("backup-vault:",), ("backup",)),
    "dynamodb": (("table/",), _DATA),
    "ec2": (("vpc/",), _DATA),
    "ecs": (("cluster/",), _DATA),
    "elasticache": (("replicationgroup:",), _DATA),
    "elasticfilesystem": (("file-system/",), _DATA),
    "kms": (("key/",), _ANY),
    "lambda": (("function:",), _DATA),
    "logs": (("log-group:",), ("logs",)),
    "rds": (("db:", "cluster:"), _DATA),
    "secretsmanager": (("secret:",), _DATA),
    "sns": (("",), _DATA),
    "sqs": (("",), _DATA),
}
"""What holds data or computes: by service, how its resources' names in ARNs begin, and what for.
What services copy tags to (snapshots, tasks, interfaces) is left out: it is theirs."""
_OF_A_SERVICE = re.compile(r"secret:[a-z-]+!")


def swept(eyes: Eyes) -> Iterator[Stranger]:
    """Whatever carries a tag in a region and holds data."""
    for item in eyes.swept():
        arn = item["ResourceARN"]
        _, _, service, region, _, name = arn.split(":", 5)
        begins, purposes = _HOLDING.get(service, ((), ()))
        if region == eyes.region and name.startswith(begins) and not _OF_A_SERVICE.match(name):
            yield Stranger(arn.removesuffix(":*"), f"aws:{service}", "", name, region, purposes)
