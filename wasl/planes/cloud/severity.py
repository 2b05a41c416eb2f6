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


# The first that applies counts. What weighs critical or high no pattern of a waiver may hide
# (`wasl.waivers.guarded`).
_RULES = (
    Rule(r"", r"^tags(All)?(\.|\[|$)", Severity.LOW),
    # Called policies, and no one's rights.
    Rule(
        r"(appautoscaling/policy:Policy|ecr/lifecyclePolicy:LifecyclePolicy)$", r"", Severity.MEDIUM
    ),
    # Who may act, and who may read.
    Rule(r"", r"^(policy|assumeRolePolicy)$", Severity.CRITICAL),
    Rule(r"(Policy|PolicyAttachment|BucketOwnershipControls)$", r"", Severity.CRITICAL),
    Rule(r"iam/", r"policy|managedPolicyArns|^$", Severity.CRITICAL),
    Rule(
        r"(Grant|BucketAcl|BucketReplicationConfig|PublicAccessBlock|/snapshot:Snapshot)$",
        r"",
        Severity.CRITICAL,
    ),
    # Who may sign in, as whom, and where they are sent then.
    Rule(r"(IdentityProvider|OpenIdConnectProvider|UserPoolClient)$", r"", Severity.CRITICAL),
    Rule(r"UserPool$", r"adminCreateUser|password|mfa|lambda", Severity.CRITICAL),
    # What can be reached from where, and who answers under a name.
    Rule(
        r"(SecurityGroup|SecurityGroupIngressRule)$",
        r"ingress|cidr|port|protocol|^$",
        Severity.CRITICAL,
    ),
    Rule(r"", r"publiclyAccessible|mapPublicIpOnLaunch", Severity.CRITICAL),
    Rule(r"(ListenerRule|Route|RouteTableAssociation|SubnetGroup|Record)$", r"", Severity.HIGH),
    Rule(r"(ec2/instance:Instance|TopicSubscription)$", r"^$", Severity.HIGH),
    Rule(r"", r"enableExecuteCommand|dropInvalidHeaderFields|signingBehavior", Severity.HIGH),
    # Where devices are told to go, and how long somebody who took a role on may act.
    Rule(r"ssm/parameter:Parameter$", r"version|value", Severity.HIGH),
    Rule(r"iam/", r"maxSessionDuration", Severity.HIGH),
    # What runs.
    Rule(r"ecr/repository:Repository$", r"imageTagMutability|scanOnPush", Severity.HIGH),
    Rule(r"ecs/taskDefinition:TaskDefinition$", r"^$", Severity.HIGH),
    # Who would tell.
    Rule(
        r"(Trail|Detector|BucketVersioning|BucketObjectLockConfiguration)$", r"", Severity.CRITICAL
    ),
    Rule(r"(FlowLog|LogGroup|WebAcl|Listener|BucketLogging|backup/.*)$", r"", Severity.HIGH),
    Rule(r"", r"accessLogs|actionsEnabled", Severity.HIGH),
    # What keeps data unreadable, and what keeps it.
    Rule(
        r"(EncryptionConfiguration|kms/alias:Alias|rds/parameterGroup:ParameterGroup)$",
        r"",
        Severity.HIGH,
    ),
    Rule(r"kms/key:Key$", r"isEnabled", Severity.HIGH),
    Rule(r"", r"encrypt|kms|sse|tls|ssl|protocol|deletionProtection|rotation", Severity.HIGH),
    Rule(r"BucketLifecycleConfiguration$", r"", Severity.HIGH),
    Rule(r"", r"retention", Severity.HIGH),
)


def severity(token: str, path: str, kind: Kind) -> Severity:
    """The weight of a finding on a resource's type and property (empty: the resource itself)."""
    if kind is Kind.RESIDENCY:
        return Severity.CRITICAL
    if kind is Kind.UNREADABLE:
        return Severity.HIGH
    weight = next((rule.severity for rule in _RULES if _applies(rule, token, path)), None)
    if weight is None:
        weight = _whole(token, kind) if not path else Severity.MEDIUM
    # What was described anew and not applied yet is no intrusion.
    return Severity.LOW if kind is Kind.UNAPPLIED and weight is Severity.MEDIUM else weight


def _whole(token: str, kind: Kind) -> Severity:
    """What is gone is missed; a store that nobody described holds what nobody protects."""
    known = TYPES.get(token)
    stateful = known is not None and known.stateful
    if kind is Kind.MISSING:
        return Severity.CRITICAL if stateful else Severity.HIGH
    return Severity.HIGH if kind is Kind.UNMANAGED and stateful else Severity.MEDIUM


def _applies(rule: Rule, token: str, path: str) -> bool:
    return bool(re.search(rule.type, token) and re.search(rule.property, path, re.I))
