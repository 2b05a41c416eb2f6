"""The tenancy's bucket and queue, reached as its account."""

from __future__ import annotations

import os
from pathlib import Path

from integrations.identity.feed import Feed
from wasl.planes.cloud.reach import account


def feed(root: Path, home: Path, country: str, prefix: str) -> Feed:
    """The country's feed. Raises WASL-TENANCY-OUTPUTS where its stack was not brought up."""
    entered = account(root, home, country, os.environ, "identity")
    outputs, clients = entered.outputs, entered.aws.client
    return Feed(clients("s3"), clients("sqs"), outputs.content_bucket, prefix, outputs.roster_queue)
