"""What may be reached from outside the tenancy's own network: port 443 of the balancer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from infra.policies.facts import Facts
from infra.policies.model import UNKNOWN, Problem, Resource, shown, undecided

RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
_DEFAULT = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
HTTPS = 443
_OWN = tuple(
    ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


@dataclass(frozen=True, slots=True)
class Opening:
    """A rule that lets something in: where it stands, from where, by which protocol and ports."""

    path: str
    sources: Any
    lists: Any
    protocol: Any
    first: Any
    last: Any

    @property
    def https(self) -> bool:
        """Whether it is HTTPS and nothing beside it."""
        return str(self.protocol).lower() in ("tcp", "6") and self.first == self.last == HTTPS


def ingress(resource: Resource, facts: Facts) -> Iterator[Problem]:
    """Nothing but HTTPS is open to addresses outside private networks, and only once delegated."""
    if resource.type == _DEFAULT:
        yield from _empty(resource)
    for opening in openings(resource):
        if any(item is UNKNOWN for item in _parts(opening)):
            yield undecided(opening.path)
        elif opening.lists:
            what = f"{opening.path} lets in a prefix list, whose addresses nobody sees here"
            yield Problem(opening.path, what, "write the addresses out")
        elif is_open(opening) and not (opening.https and facts.delegated):
            yield _too_open(opening, facts)


def openings(resource: Resource) -> Iterator[Opening]:
    """What a resource lets in, in whichever of AWS's forms."""
    get = resource.props.get
    if resource.type == RULE:
        sources = [get("cidrIpv4"), get("cidrIpv6")]
        ports = (get("ipProtocol"), get("fromPort"), get("toPort"))
        yield Opening(
            "cidrIpv4" if sources[0] else "cidrIpv6", sources, get("prefixListId"), *ports
        )
    elif resource.type == _OLD_RULE and get("type") in ("ingress", UNKNOWN):
        sources = _both(get("cidrBlocks"), get("ipv6CidrBlocks"))
        ports = (get("protocol"), get("fromPort"), get("toPort"))
        yield Opening("cidrBlocks", sources, get("prefixListIds"), *ports)
    elif resource.type == GROUP:
        for path, rule in resource.all("ingress.*"):
            yield _inline(path, rule)


def is_open(opening: Opening) -> bool:
    """Whether it lets in an address that is not of a private network."""
    return any(_public(source) for source in opening.sources if source)


def _inline(path: str, rule: Any) -> Opening:
    if rule is UNKNOWN:
        return Opening(path, UNKNOWN, None, None, None, None)
    sources = _both(rule.get("cidrBlocks"), rule.get("ipv6CidrBlocks"))
    ports = (rule.get("protocol"), rule.get("fromPort"), rule.get("toPort"))
    return Opening(path, sources, rule.get("prefixListIds"), *ports)


def _both(one: Any, other: Any) -> Any:
    return UNKNOWN if UNKNOWN in (one, other) else [*(one or ()), *(other or ())]


def _parts(opening: Opening) -> list[Any]:
    sources = [UNKNOWN] if opening.sources is UNKNOWN else opening.sources
    return [*sources, opening.lists, opening.protocol, opening.first, opening.last]


def _public(source: str) -> bool:
    try:
        net = ip_network(source, strict=False)
    except ValueError:
        return True  # no range that we can read: AWS may read it as the world
    own = [each for each in _OWN if each.version == net.version]
    first, last = int(net.network_address), int(net.broadcast_address)
    return not any(
        int(each.network_address) <= first and last <= int(each.broadcast_address) for each in own
    )


def _too_open(opening: Opening, facts: Facts) -> Problem:
    sources = [source for source in opening.sources if source]
    ports = f"{opening.protocol} {shown(opening.first)}–{shown(opening.last)}"
    if opening.https:
        what = f"{opening.path} opens HTTPS to {', '.join(sources)} before the zone is delegated"
        return Problem(
            opening.path, what, f"leave it out until {facts.manifest}: delegated is true"
        )
    what = f"{opening.path} opens {ports} to {', '.join(sources)}"
    return Problem(
        opening.path, what, "only tcp 443 of the balancer may be open; name a group here"
    )


def _empty(resource: Resource) -> Iterator[Problem]:
    for path in ("ingress", "egress"):
        if resource.get(path):
            what = (
                f"the default security group has {path} rules, and whatever names no group gets it"
            )
            yield Problem(path, what, f"leave {path} out")
