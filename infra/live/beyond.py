"""What no type of the catalogue stands for, and that opens doors or holds data all the same.

Users and their keys, grants on keys, access lists and replication of buckets, policies of
repositories; and, in every region that the contract names, machines, copies of databases, caches
and disks that somebody made by hand, and whatever carries a tag.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from infra.aws.catalogue import TYPES
from infra.aws.ecr import repositories
from infra.aws.iam import groups, users
from infra.aws.kms import own_keys
from infra.aws.lb import listeners
from infra.aws.model import one
from infra.aws.s3 import everywhere, names
from infra.live.eyes import AT_ONCE, Eyes
from infra.live.found import Found, unmanaged
from infra.live.listing import attempt
from infra.policies.facts import Facts
from infra.policies.model import told
from infra.policies.residency import EDGE_REGION, permitted_here
from wasl.result import Kind


@dataclass(frozen=True)
class Stranger:
    """Something in no state: what a finding calls it, its type, what it belongs to.

    `region` is where it stands, which the contract permits for its `purposes` or not; `to` is what
    takes copies of data, which is ours or not.
    """

    label: str
    type: str
    parent: str = ""
    shown: Any = None
    region: str = ""
    purposes: tuple[str, ...] = ()
    to: str = ""


Look = Callable[[Eyes], Iterable[Stranger]]


@dataclass(frozen=True)
class Looked:
    """What one look gave in one region, or why it gave nothing."""

    name: str
    region: str
    things: tuple[Stranger, ...]
    failure: str


def looked(accounts: Iterable[Eyes], facts: Facts) -> list[Looked]:
    """What is there beyond the catalogue, known or not."""
    looks: list[tuple[str, Eyes, Look]] = []
    for eyes in accounts:
        regions = facts.permitted() | {eyes.region}
        looks += [(token, eyes, look) for token, look in LOOKS.items()]
        for region in sorted(regions):
            looks += [(token, eyes.at(region), look) for token, look in IN_EACH_REGION.items()]
        looks += [(_SWEEP, eyes.at(one), swept) for one in sorted(regions | {EDGE_REGION})]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda item: _looked(*item), looks))


def _looked(name: str, eyes: Eyes, look: Look) -> Looked:
    things, failure = attempt(lambda: tuple(look(eyes)))
    return Looked(name, eyes.region, things or (), failure)


def found(
    answers: Iterable[Looked], known: frozenset[str], strangers: frozenset[str], facts: Facts
) -> Iterator[Found]:
    """What of it is in no state; `known` are the ids, names and ARNs of what is.

    What belongs to one of `strangers` is not told apart from it.
    """
    for answer in answers:
        if answer.failure:
            target = f"{answer.name} in {answer.region}"
            yield Found(Kind.UNREADABLE, target, answer.name, reason=answer.failure)
        for thing in answer.things:
            if thing.label not in known and thing.parent not in strangers:
                yield _told(thing, known, facts)


def _told(thing: Stranger, known: frozenset[str], facts: Facts) -> Found:
    breaches = permitted_here("region", thing.region, thing.purposes, facts) if thing.region else []
    if thing.to and thing.to not in known:
        breaches = [told("", "residency.not-ours", to=thing.to)]
    if breaches:
        problem = breaches[0]
        return Found(
            Kind.RESIDENCY,
            thing.label,
            thing.type,
            problem.property,
            found=thing.to or thing.region,
            reason=problem.words,
            remedy=problem.next,
        )
    return unmanaged(thing.label, thing.type, thing.shown)


_IAM = "us-east-1"
_DATA = ("primary", "replicas")
_COPIES = ("backup", "replicas")


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
    def listed(key: str) -> tuple[str, list[Any]]:
        return key, eyes.pages("kms", "list_grants", "Grants", KeyId=key)

    for key, grants in eyes.each(listed, own_keys(eyes)):
        for grant in grants:
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
    for bucket, listed in eyes.each(lambda name: _access_list(eyes, name), names(eyes)):
        owner = listed["Owner"].get("ID")
        for grant in listed["Grants"]:
            grantee = grant["Grantee"]
            if grantee.get("ID") != owner:
                to = grantee.get("URI", grantee.get("ID", "")).removeprefix(_EVERYBODY)
                label = f"aws:s3/bucketAcl:BucketAcl {bucket}: {to} {grant['Permission']}"
                yield Stranger(label, "aws:s3/bucketAcl:BucketAcl", bucket, grant["Permission"])


def _access_list(eyes: Eyes, bucket: str) -> tuple[str, Any] | None:
    s3 = eyes.client("s3")
    controls = one(
        lambda: s3.get_bucket_ownership_controls(Bucket=bucket),
        "OwnershipControlsNotFoundError",
        key="OwnershipControls",
    )
    rules = (controls or {}).get("Rules") or [{}]
    if rules[0].get("ObjectOwnership") == "BucketOwnerEnforced":
        return None
    return bucket, s3.get_bucket_acl(Bucket=bucket)


def _replication(eyes: Eyes) -> Iterator[Stranger]:
    token = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"  # noqa: S105

    def copied(bucket: str) -> tuple[str, Any]:
        return bucket, one(
            lambda: eyes.client("s3").get_bucket_replication(Bucket=bucket),
            "ReplicationConfigurationNotFoundError",
            key="ReplicationConfiguration",
        )

    for bucket, copies in eyes.each(copied, names(eyes)):
        for rule in (copies or {}).get("Rules") or ():
            to = rule["Destination"]["Bucket"]
            label = f"{token} {bucket}: {rule.get('ID', to)}"
            yield Stranger(label, token, bucket, to, to=to)


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
            kind = machine["InstanceType"]
            yield Stranger(arn, "aws:ec2/instance:Instance", "", kind, eyes.region, _DATA)


def _snapshots(eyes: Eyes) -> Iterator[Stranger]:
    """Copies of databases made by hand, and whom each is shared with."""
    token = "aws:rds/snapshot:Snapshot"  # noqa: S105

    def shared(copy: Any) -> tuple[Any, Any]:
        return copy, one(
            lambda: eyes.client("rds").describe_db_snapshot_attributes(
                DBSnapshotIdentifier=copy["DBSnapshotIdentifier"]
            ),
            "DBSnapshotNotFound",
            key="DBSnapshotAttributesResult",
        )

    copies = eyes.pages("rds", "describe_db_snapshots", "DBSnapshots", SnapshotType="manual")
    for copy, said in eyes.each(shared, copies):
        attributes = (said or {}).get("DBSnapshotAttributes") or ()
        values = {item["AttributeName"]: item.get("AttributeValues") or [] for item in attributes}
        shown = {"of": copy["DBInstanceIdentifier"], "shared with": values.get("restore", [])}
        yield Stranger(copy["DBSnapshotArn"], token, "", shown, eyes.region, _COPIES)


def _caches(eyes: Eyes) -> Iterator[Stranger]:
    """Copies of caches made by hand."""
    token = "aws:elasticache/snapshot:Snapshot"  # noqa: S105
    for copy in eyes.pages("elasticache", "describe_snapshots", "Snapshots", SnapshotSource="user"):
        of = copy.get("ReplicationGroupId") or copy.get("CacheClusterId", "")
        yield Stranger(copy["ARN"], token, "", {"of": of}, eyes.region, _COPIES)


def _disks(eyes: Eyes) -> Iterator[Stranger]:
    """Copies of disks, and whom each is shared with."""
    token = "aws:ebs/snapshot:Snapshot"  # noqa: S105

    def shared(copy: Any) -> tuple[Any, Any]:
        return copy, one(
            lambda: eyes.client("ec2").describe_snapshot_attribute(
                SnapshotId=copy["SnapshotId"], Attribute="createVolumePermission"
            ),
            "InvalidSnapshot.NotFound",
            key="CreateVolumePermissions",
        )

    copies = eyes.pages("ec2", "describe_snapshots", "Snapshots", OwnerIds=["self"])
    for copy, said in eyes.each(shared, copies):
        arn = f"arn:aws:ec2:{eyes.region}::snapshot/{copy['SnapshotId']}"
        to = sorted(who.get("UserId") or who.get("Group", "") for who in said or ())
        shown = {"of": copy.get("VolumeId", ""), "shared with": to}
        yield Stranger(arn, token, "", shown, eyes.region, _COPIES)


LOOKS: dict[str, Look] = {
    "aws:iam/user:User": _users,
    "aws:iam/group:Group": _groups,
    "aws:kms/grant:Grant": _grants,
    "aws:s3/bucket:Bucket": _buckets,
    "aws:s3/bucketAcl:BucketAcl": _access,
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": _replication,
    "aws:ecr/repositoryPolicy:RepositoryPolicy": _repositories,
    "aws:lb/listenerRule:ListenerRule": _rules,
}
IN_EACH_REGION: dict[str, Look] = {
    "aws:ebs/snapshot:Snapshot": _disks,
    "aws:ec2/instance:Instance": _machines,
    "aws:elasticache/snapshot:Snapshot": _caches,
    "aws:rds/snapshot:Snapshot": _snapshots,
}

_SWEEP = "tags"
_ANY = ("primary", "backup", "logs", "replicas")
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
_KEY, _SECRET = TYPES["aws:kms/key:Key"], TYPES["aws:secretsmanager/secret:Secret"]


def swept(eyes: Eyes) -> Iterator[Stranger]:
    """Whatever carries a tag in a region and holds data."""
    for item in eyes.swept():
        arn = item["ResourceARN"]
        _, _, service, region, _, name = arn.split(":", 5)
        begins, purposes = _HOLDING.get(service, ((), ()))
        if region != eyes.region or not name.startswith(begins) or _OF_A_SERVICE.match(name):
            continue
        if not _gone(eyes, service, arn):
            yield Stranger(arn.removesuffix(":*"), f"aws:{service}", "", name, region, purposes)


def _gone(eyes: Eyes, service: str, arn: str) -> bool:
    """Whether it only waits for its deletion. The tagging service goes on naming such."""
    if service == "kms":
        return _KEY.read(eyes, arn.rpartition("/")[2], {}) is None
    return service == "secretsmanager" and _SECRET.read(eyes, arn, {}) is None
