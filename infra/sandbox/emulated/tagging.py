"""The tagging service: kinds of things that moto leaves out of a region's list, and full pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

OPERATIONS = ("resourcegroupstaggingapi:GetResources",)

_BY_ARN = {
    "backup": ("tagger", ":backup-plan:"),
    "cloudtrail": ("tagging_service", ":trail/"),
    "ecr": ("tagger", ":repository/"),
    "elbv2": ("tagging_service", ":listener/"),
    "wafv2": ("tagging_service", "/webacl/"),
}
"""Where moto's services hold tags by ARN, and what the ARNs of the kinds left out have in them."""
_GLOBALS_HOME = "us-east-1"


def install() -> None:
    """Put it into moto."""
    from moto.core.resource_tagging import TaggedResource, make_tag_matcher, match_resource_type
    from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend as Backend

    listed, page = Backend._get_resources_generator, Backend.get_resources

    def everything(
        self: Any,
        tag_filters: Any = None,
        resource_type_filters: Any = None,
        resource_arn_list: Any = None,
    ) -> Iterator[Any]:
        yield from listed(self, tag_filters, resource_type_filters, resource_arn_list)
        wanted = make_tag_matcher(tag_filters)
        for arn, tags in _left_out(self.account_id, self.region_name):
            kind = ":".join((arn.split(":")[2], arn.split(":", 5)[5].partition("/")[0]))
            asked = not resource_arn_list or arn in resource_arn_list
            if tags and asked and wanted(tags) and match_resource_type(kind, resource_type_filters):
                yield TaggedResource(arn, dict(tags), kind)

    def full(self: Any, **asked: Any) -> Any:
        # AWS ends a page by its tags only where that is asked for, moto after a hundred of them.
        plain = asked.get("tags_per_page", 100) == 100
        return page(self, **{**asked, **({"tags_per_page": 10_000} if plain else {})})

    Backend._get_resources_generator = everything  # type: ignore[method-assign]
    Backend.get_resources = full  # type: ignore[method-assign]


def _left_out(account: str, region: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """ARNs and tags."""
    for service, (tagger, part) in _BY_ARN.items():
        for backend in _backends(service, account, region):
            for arn, tags in getattr(backend, tagger).tags.items():
                if part in arn:
                    yield arn, tags
    for backend in _backends("rds", account, region):
        groups = (*backend.subnet_groups.values(), *backend.db_parameter_groups.values())
        for group in groups:
            yield group.arn, {tag["Key"]: tag["Value"] for tag in group.get_tags()}
    for backend in _backends("ssm", account, region):
        for name, tags in backend._resource_tags["PatchBaseline"].items():
            yield f"arn:aws:ssm:{region}:{account}:patchbaseline/{name}", tags
    for backend in _backends("route53", account, region):
        for zone in backend.zones:
            yield f"arn:aws:route53:::hostedzone/{zone}", backend.resource_tags[zone]


def _backends(service: str, account: str, region: str) -> Iterator[Any]:
    """What a service holds in a region; global things are listed in one."""
    from moto.backends import get_backend

    places = get_backend(service)[account]  # type: ignore[call-overload]
    if service != "route53":
        yield places[region]
    if region == _GLOBALS_HOME and service in ("route53", "wafv2"):
        yield places["aws" if service == "route53" else "global"]
