"""ECR: repositories of container images."""

from __future__ import annotations

from collections.abc import Iterable

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags

_GONE = ("RepositoryNotFoundException",)


def repositories(aws: Aws) -> list[str]:
    """The names of all repositories."""
    return [
        raw["repositoryName"] for raw in aws.pages("ecr", "describe_repositories", "repositories")
    ]


def _list_repositories(aws: Aws) -> Iterable[Raw]:
    for raw in aws.pages("ecr", "describe_repositories", "repositories"):
        yield _tagged(aws, raw)


def _read_repository(aws: Aws, name: str, _state: Props) -> Raw | None:
    found = one(
        lambda: aws.client("ecr").describe_repositories(repositoryNames=[name]),
        *_GONE,
        key="repositories",
        pick=True,
    )
    return found and _tagged(aws, found)


def _tagged(aws: Aws, raw: Raw) -> Raw:
    arn = raw["repositoryArn"]
    return {**raw, "tags": aws.client("ecr").list_tags_for_resource(resourceArn=arn)["tags"]}


def _repository(raw: Raw) -> Props:
    encryption = raw.get("encryptionConfiguration") or {"encryptionType": "AES256"}
    filters = raw.get("imageTagMutabilityExclusionFilters") or ()
    return {
        "arn": raw["repositoryArn"],
        "encryptionConfigurations": [
            {
                "encryptionType": encryption["encryptionType"],
                "kmsKey": encryption.get("kmsKey", ""),
            }
        ],
        "imageScanningConfiguration": raw.get("imageScanningConfiguration") or {},
        "imageTagMutability": raw["imageTagMutability"],
        "imageTagMutabilityExclusionFilters": [dict(item) for item in filters],
        "name": raw["repositoryName"],
        "registryId": raw["registryId"],
        "repositoryUrl": raw["repositoryUri"],
        "tags": tags(raw["tags"]),
    }


def _list_policies(aws: Aws) -> Iterable[Raw]:
    for name in repositories(aws):
        if policy := _read_policy(aws, name, {}):
            yield policy


def _read_policy(aws: Aws, name: str, _state: Props) -> Raw | None:
    policy: Raw | None = one(
        lambda: aws.client("ecr").get_lifecycle_policy(repositoryName=name),
        *_GONE,
        "LifecyclePolicyNotFoundException",
    )
    return policy


TYPES = (
    AwsType(
        token="aws:ecr/repository:Repository",
        service="ecr",
        cloudformation="AWS::ECR::Repository",
        list=_list_repositories,
        read=_read_repository,
        identify=lambda raw: str(raw["repositoryName"]),
        normalise=_repository,
        key=("name",),
        replace=frozenset({"encryptionConfigurations", "name"}),
        defaults={
            "imageTagMutability": "MUTABLE",
            "encryptionConfigurations.encryptionType": "AES256",
        },
        computed=frozenset(
            {
                "encryptionConfigurations",
                "encryptionConfigurations.kmsKey",
                "imageScanningConfiguration",
            }
        ),
        write_only=frozenset({"forceDelete"}),
        stateful=True,
    ),
    AwsType(
        token="aws:ecr/lifecyclePolicy:LifecyclePolicy",
        service="ecr",
        parent="repository",
        list=_list_policies,
        read=_read_policy,
        identify=lambda raw: str(raw["repositoryName"]),
        normalise=lambda raw: {
            "policy": raw["lifecyclePolicyText"],
            "registryId": raw["registryId"],
            "repository": raw["repositoryName"],
        },
        key=("repository",),
        replace=frozenset({"policy", "repository"}),
        replace_source={"policy": "Terraform; a part of the repository in CloudFormation"},
        documents=frozenset({"policy"}),
    ),
)
