"""GuardDuty: the tags of a detector."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from infra.sandbox.emulation import answer, route

OPERATIONS = (
    "guardduty:TagResource",
    "guardduty:UntagResource",
)


def install() -> None:
    """Add the operations to moto."""
    from moto.guardduty import urls
    from moto.guardduty.responses import GuardDutyResponse

    answer(GuardDutyResponse, tag_resource=_tag, untag_resource=_untag)
    route(urls, "/tags/(?P<resource_arn>.+)$", to=GuardDutyResponse)


def _tags(response: Any) -> dict[str, str]:
    detector_id = unquote(response.path).rpartition("/")[2]
    tags: dict[str, str] = response.guardduty_backend.get_detector(detector_id).tags
    return tags


def _tag(self: Any) -> str:
    _tags(self).update(self._get_param("tags"))
    return "{}"


def _untag(self: Any) -> str:
    for key in self.querystring.get("tagKeys", []):
        _tags(self).pop(key, None)
    return "{}"
