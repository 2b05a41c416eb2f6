"""What a feed lists no more is withdrawn, unless it is so much that the list may be cut off."""

from __future__ import annotations

from integrations.content.catalogue import Catalogue
from integrations.content.faults import Refused
from wasl.manifest.content import FolderFeed, OaiFeed

_LARGEST_SHARE = 0.5
_FEW = 20


def withdraw_unlisted(catalogue: Catalogue, feed: OaiFeed | FolderFeed) -> None:
    """Withdraw what was not listed. Raises `Refused` (WASL-CONTENT-SWEEP) for most of a feed.

    `may_withdraw` of the manifest says that so many are meant.
    """
    held, missing = catalogue.count(feed.name), catalogue.unlisted(feed.name)
    if missing > max(_FEW, held * _LARGEST_SHARE, feed.may_withdraw):
        raise Refused("WASL-CONTENT-SWEEP", feed=feed.name, missing=missing, held=held)
    catalogue.withdraw_unlisted(feed.name)
