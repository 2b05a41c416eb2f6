"""The tenancy's bucket and queue, reached as its account."""

from __future__ import annotations

from integrations.identity.feed import Feed
from wasl.planes.identity.setting import Setting
from wasl.planes.reach import account


def feed(setting: Setting, prefix: str) -> Feed:
    """The country's feed. Raises WASL-TENANCY-OUTPUTS where its stack was not brought up."""
    entered = account(
        setting.home,
        setting.country.code,
        setting.environ,
        "identity",
        read_only=setting.read_only,
    )
    outputs, clients = entered.outputs, entered.aws.client
    return Feed(clients("s3"), clients("sqs"), outputs.content_bucket, prefix, outputs.roster_queue)
