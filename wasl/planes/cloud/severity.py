"""How much a difference in the cloud matters: what opens doors first, then what loses data."""

from __future__ import annotations

import re
from dataclasses import dataclass

from infra.aws.catalogue import TYPES
from wasl.result import Kind, Severity


@dataclass(frozen=True)
class Rule:
    """Types and properties (regular expressions over token and path) and what they weigh."""

    type: str
    property: str
    severity: Severity


_RULES = (
    Rule(r"PublicAccessBlock$", r"", Severity.CRITICAL),
    Rule(
        r"(SecurityGroup|SecurityGroupRule|SecurityGroupIngressRule)$",
        r"ingress|cidr|fromPort|toPort|protocol|^$",
        Severity.CRITICAL,
    ),
    Rule(
        r"(Policy|PolicyAttachment|BucketAcl|BucketOwnershipControls)$",
        r"policy|content|acl|^$",
        Severity.CRITICAL,
    ),
    Rule(r"iam/", r"assumeRolePolicy|policy|managedPolicyArns|^$", Severity.CRITICAL),
    Rule(
        r"(Trail|Detector|BucketVersioning|BucketObjectLockConfiguration)$", r"", Severity.CRITICAL
    ),
    Rule(r"", r"publiclyAccessible|mapPublicIpOnLaunch", Severity.CRITICAL),
    Rule(
        r"", r"encrypt|kms|sse|tls|ssl|protocol|deletionProtection|rotation|policy", Severity.HIGH
    ),
    Rule(
        r"(FlowLog|LogGroup|WebAcl|Listener|ListenerRule|BucketLogging|Vault|Plan|Selection)",
        r"",
        Severity.HIGH,
    ),
    Rule(r"", r"^tags(All)?(\.|\[|$)", Severity.LOW),
)


def severity(token: str, path: str, kind: Kind) -> Severity:
    """The weight of a finding on a resource's type and property (empty: the resource itself)."""
    if kind is Kind.UNREADABLE:
        return Severity.HIGH
    weight = next((rule.severity for rule in _RULES if _applies(rule, token, path)), None)
    if weight is None:
        weight = _gone(token) if kind is Kind.MISSING else Severity.MEDIUM
    # What was described anew and not applied yet is no intrusion.
    return Severity.LOW if kind is Kind.UNAPPLIED and weight is Severity.MEDIUM else weight


def _gone(token: str) -> Severity:
    kind = TYPES.get(token)
    return Severity.CRITICAL if kind is not None and kind.stateful else Severity.HIGH


def _applies(rule: Rule, token: str, path: str) -> bool:
    return bool(re.search(rule.type, token) and re.search(rule.property, path, re.I))
