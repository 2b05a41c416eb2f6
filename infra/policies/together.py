"""What only a whole stack shows: which settings a store has, and who uses an open group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from infra.policies.facts import Facts
from infra.policies.ingress import GROUP, RULE, is_open, openings
from infra.policies.model import UNKNOWN, Problem, Resource, undecided

Said = tuple[Resource, Problem]

BUCKET = "aws:s3/bucket:Bucket"
_QUEUE = "aws:sqs/queue:Queue"
_ENCRYPTED = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
_REPLICATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
_OWN_KEY = ("personal", "restricted")


@dataclass(frozen=True, slots=True)
class Setting:
    """A resource that every one of a type needs; `by` is its property that names which."""

    type: str
    by: str
    missing: str


_SETTINGS: Mapping[str, tuple[Setting, ...]] = {
    BUCKET: (
        Setting(_ENCRYPTED, "bucket", "no encryption of its own (one with this bucket in it)"),
        Setting(
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
            "bucket",
            "nothing that blocks public access",
        ),
        Setting("aws:s3/bucketPolicy:BucketPolicy", "bucket", "no policy that refuses plain HTTP"),
        Setting("aws:s3/bucketVersioning:BucketVersioning", "bucket", "no versions"),
    ),
    _QUEUE: (
        Setting("aws:sqs/queuePolicy:QueuePolicy", "queueUrl", "no policy that refuses plain HTTP"),
    ),
}
_NAMES = {BUCKET: "bucket", _QUEUE: "url"}


@dataclass(frozen=True)
class Stack:
    """All resources of a stack, and how they hang together."""

    resources: Sequence[Resource]
    by_type: dict[str, list[Resource]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for resource in self.resources:
            self.by_type.setdefault(resource.type, []).append(resource)

    def of(self, *tokens: str) -> list[Resource]:
        """The resources of some types."""
        return [item for token in tokens for item in self.by_type.get(token, ())]

    def meant(self, resource: Resource, path: str, token: str) -> list[Resource]:
        """The resources of type `token` that a property was made from, else that it names."""
        made_from = resource.depends.get(path.partition(".")[0], frozenset())
        found = [item for item in self.of(token) if item.urn in made_from]
        value = resource.get(path)
        if found or value is UNKNOWN or not value:
            return found
        return [item for item in self.of(token) if value in _names(item)]


def _names(resource: Resource) -> Iterable[object]:
    keys = ("id", "arn", _NAMES.get(resource.type, "id"))
    return [resource.props[key] for key in keys if resource.props.get(key)]


def complete_stores(stack: Stack, facts: Facts) -> Iterator[Said]:
    """Each bucket and queue has the settings that AWS keeps apart from it."""
    for token, settings in _SETTINGS.items():
        for setting in settings:
            served = {
                store.urn
                for item in stack.of(setting.type)
                for store in stack.meant(item, setting.by, token)
            }
            for store in stack.of(token):
                if store.urn not in served:
                    name = setting.type.rpartition(":")[2]
                    remedy = f"add a {name} for it"
                    yield store, Problem(name, f"it has {setting.missing}", remedy)
    yield from _own_keys(stack)


def _own_keys(stack: Stack) -> Iterator[Said]:
    """What holds personal data is encrypted with the tenancy's key, which it can take back."""
    for item in stack.of(_ENCRYPTED):
        classes = {
            store.get("tags.data-classification") for store in stack.meant(item, "bucket", BUCKET)
        }
        default = "rules.0.applyServerSideEncryptionByDefault"
        if not classes & set(_OWN_KEY):
            continue
        path = f"{default}.kmsMasterKeyId"
        key = item.get(path)
        if key is UNKNOWN:
            yield item, undecided(path)
        elif not key or item.get(f"{default}.sseAlgorithm") == "AES256":
            what = "its bucket holds personal or restricted data under a key that is AWS's"
            yield (
                item,
                Problem(path, what, "set sseAlgorithm to aws:kms, with a key of the tenancy"),
            )


def open_groups(stack: Stack, facts: Facts) -> Iterator[Said]:
    """A group that lets the world in is the balancer's, and nobody else's."""
    for item in stack.of(RULE, GROUP, "aws:ec2/securityGroupRule:SecurityGroupRule"):
        known = [
            each for each in openings(item) if UNKNOWN not in (each.sources, *_each(each.sources))
        ]
        if not any(map(is_open, known)):
            continue
        groups = [item] if item.type == GROUP else stack.meant(item, "securityGroupId", GROUP)
        users = [user for group in groups for user in _users(stack, group)]
        others = [user for user in users if user.type != _BALANCER]
        if not users or others:
            who = ", ".join(sorted(f"{user.type} {user.name}" for user in others)) or "no balancer"
            what = f"it opens a group to the world that {who} uses"
            yield item, Problem("securityGroupId", what, "open only the balancer's own group")


def _each(sources: object) -> Iterable[object]:
    return sources if isinstance(sources, list) else ()


def _users(stack: Stack, group: Resource) -> Iterator[Resource]:
    """Whatever is put into a group; rules and groups that merely name it are not."""
    naming = (RULE, GROUP, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    names = set(_names(group))
    for item in stack.resources:
        if item.type.startswith("aws:") and item.type not in naming:
            paths = (
                "securityGroups.*",
                "vpcSecurityGroupIds.*",
                "securityGroupIds.*",
                "networkConfiguration.securityGroups.*",
            )
            tops = {path.partition(".")[0] for path in paths}
            made_from = any(group.urn in item.depends.get(top, ()) for top in tops)
            if made_from or any(value in names for path in paths for _, value in item.all(path)):
                yield item


def replica_buckets(stack: Stack, facts: Facts) -> Iterator[Said]:
    """Objects are replicated only into buckets of this stack that stand where replicas may."""
    for item in stack.of(_REPLICATION):
        source = {bucket.urn for bucket in stack.meant(item, "bucket", BUCKET)}
        for path, value in item.all("rules.*.destination.bucket"):
            named = [bucket for bucket in stack.of(BUCKET) if value in _names(bucket)]
            if value is UNKNOWN:
                named = [b for b in stack.meant(item, path, BUCKET) if b.urn not in source]
            if not named:
                what = f"{path} is no bucket of this stack, so nobody sees its region here"
                yield item, Problem(path, what, "replicate into a bucket of the tenancy")
            for bucket in named:
                yield from _replica(item, path, bucket, facts)


def _replica(item: Resource, path: str, bucket: Resource, facts: Facts) -> Iterator[Said]:
    if bucket.region is UNKNOWN:
        yield item, undecided(path)
    elif bucket.region not in facts.replicas:
        places = ", ".join(sorted(facts.replicas)) or "none"
        what = f"{path} is in {bucket.region}; the contract permits for replicas: {places}"
        remedy = f"the contract stands in {facts.manifest}: residency.regions.replicas"
        yield item, Problem(path, what, remedy)
