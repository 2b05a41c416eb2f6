"""What the stand-in knows of a type's inputs."""

from __future__ import annotations

from infra.sandbox.provider.schema import schema


def test_a_nested_block_of_the_same_name_does_not_hide_the_inputs() -> None:
    # pulumi_aws.s3 calls the old bucket's block `BucketVersioningArgs`, the inputs `…InitArgs`.
    versioning = schema("aws:s3/bucketVersioning:BucketVersioning")
    assert versioning.required == {"bucket", "versioningConfiguration"}
