"""ECR: repositories of container images."""

from __future__ import annotations

from infra.aws.model import Aws, Props, one
from infra.sandbox.make.model import Maker, plain, unsupported
from infra.sandbox.make.tagging import changed_tags, pairs


def _create_repository(aws: Aws, props: Props) -> str:
    unsupported(props, "imageTagMutabilityExclusionFilters")
    optional: Props = {}
    if props.get("encryptionConfigurations"):
        optional["encryptionConfiguration"] = plain(props["encryptionConfigurations"][0])
    if props.get("imageScanningConfiguration"):
        optional["imageScanningConfiguration"] = plain(props["imageScanningConfiguration"])
    created = aws.client("ecr").create_repository(
        repositoryName=props["name"],
        imageTagMutability=props["imageTagMutability"],
        tags=pairs(props),
        **optional,
    )
    return str(created["repository"]["repositoryName"])


def _update_repository(aws: Aws, name: str, old: Props, new: Props) -> None:
    unsupported(new, "imageTagMutabilityExclusionFilters")
    ecr = aws.client("ecr")
    if new["imageTagMutability"] != old.get("imageTagMutability"):
        ecr.put_image_tag_mutability(
            repositoryName=name, imageTagMutability=new["imageTagMutability"]
        )
    scanning = plain(new.get("imageScanningConfiguration") or {"scanOnPush": False})
    if scanning != plain(old.get("imageScanningConfiguration")):
        ecr.put_image_scanning_configuration(
            repositoryName=name, imageScanningConfiguration=scanning
        )
    arn = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]["repositoryArn"]
    put, gone = changed_tags(old, new)
    if put:
        ecr.tag_resource(resourceArn=arn, tags=pairs({"tags": put}))
    if gone:
        ecr.untag_resource(resourceArn=arn, tagKeys=gone)


def _delete_repository(aws: Aws, name: str, state: Props) -> None:
    force = bool(state.get("forceDelete"))
    aws.client("ecr").delete_repository(repositoryName=name, force=force)


def _create_policy(aws: Aws, props: Props) -> str:
    ecr, name = aws.client("ecr"), props["repository"]
    missing = "LifecyclePolicyNotFoundException"
    if one(lambda: ecr.get_lifecycle_policy(repositoryName=name), missing):
        raise RuntimeError(f"repository {name} has a lifecycle policy already: import it")
    ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=props["policy"])
    return str(name)


MAKERS = {
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Maker(
        _create_policy,
        None,
        lambda aws, name, _: aws.client("ecr").delete_lifecycle_policy(repositoryName=name),
    ),
    "aws:ecr/repository:Repository": Maker(
        _create_repository, _update_repository, _delete_repository
    ),
}
