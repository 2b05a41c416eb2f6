"""Whether the program runs against the sandbox or against AWS, and what it refuses there."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import date
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.sandbox.account import SANDBOX_ACCOUNT, SANDBOX_KEY
from wasl.errors import WaslError
from wasl.loopback import on_loopback
from wasl.manifest import Country
from wasl.manifest.catalogue import Catalogue
from wasl.manifest.checks import contract, expiry
from wasl.manifest.problems import ManifestError
from wasl.result import Kind

# The services of the types that wasl uses, as the provider's `endpoints` argument names them.
SERVICES = (
    "account",
    "acm",
    "appautoscaling",
    "backup",
    "budgets",
    "cloudfront",
    "cloudtrail",
    "cloudwatch",
    "cognitoidp",
    "ec2",
    "ecr",
    "ecs",
    "elasticache",
    "elbv2",
    "events",
    "guardduty",
    "iam",
    "kms",
    "logs",
    "organizations",
    "rds",
    "route53",
    "s3",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "sts",
    "wafv2",
)


@dataclass(frozen=True)
class Target:
    """AWS itself (`endpoint` is None) or the sandbox at a loopback endpoint."""

    endpoint: str | None

    @property
    def sandbox(self) -> bool:
        return self.endpoint is not None

    def provider(
        self,
        name: str,
        region: str,
        *,
        role: pulumi.Input[str] | None = None,
        account: pulumi.Input[str] | None = None,
    ) -> aws.Provider:
        """An explicit provider: its region and account follow from the description alone."""
        sandbox: dict[str, Any] = {}
        if self.endpoint is not None:
            services = dict.fromkeys(SERVICES, self.endpoint)
            sandbox = {
                "access_key": SANDBOX_KEY,
                "secret_key": SANDBOX_KEY,
                "endpoints": [aws.ProviderEndpointArgs(**services)],
                "s3_use_path_style": True,
                "skip_credentials_validation": True,
                "skip_metadata_api_check": True,
                "skip_region_validation": True,
            }
        return aws.Provider(
            name,
            region=region,
            assume_roles=[aws.ProviderAssumeRoleArgs(role_arn=role, session_name="wasl")]
            if role is not None
            else None,
            allowed_account_ids=[account] if account is not None else None,
            **sandbox,
        )


def target() -> Target:
    """The target that the stack's configuration names (`wasl:endpoint`, or AWS without it).

    The sandbox is told by what it is: an endpoint on loopback where the sandbox's own account
    answers. Anything else that calls itself an endpoint is refused.
    """
    endpoint = pulumi.Config("wasl").get("endpoint")
    if endpoint is None:
        return Target(None)
    if not on_loopback(endpoint):
        raise WaslError(
            "WASL-ENDPOINT",
            "wasl:endpoint is not on loopback, and only the sandbox has an endpoint",
            where=endpoint,
            hint="pulumi config rm wasl:endpoint, or wasl sandbox start",
        )
    if _account(endpoint) != SANDBOX_ACCOUNT:
        raise WaslError(
            "WASL-ENDPOINT",
            "what answers at wasl:endpoint is not the sandbox",
            where=endpoint,
            hint="wasl sandbox status",
        )
    return Target(endpoint)


def refuse_unsettled(country: Country, where: Target) -> None:
    """Refuse a country whose residency contract is not signed off, but in the sandbox."""
    if where.sandbox or country.residency.signed_off:
        return
    raise WaslError(
        "WASL-RESIDENCY-STATUS",
        f"the residency contract of {country.names.en} is {country.residency.status}: "
        "its data may not leave the sandbox",
        where=f"countries/{country.code}.yaml: residency.status",
        hint="let counsel answer residency.note, then set residency.status to signed-off; "
        "to try it meanwhile: wasl sandbox start",
    )


def refuse_forbidden(catalogue: Catalogue, code: str) -> None:
    """Refuse a country whose region its own contract does not permit, in the sandbox too."""
    found = list(contract(catalogue, code))
    if found:
        raise ManifestError(found)


def refuse_expired(catalogue: Catalogue, code: str, where: Target, today: date) -> None:
    """Refuse a country whose regulator's authorisation has run out, but in the sandbox."""
    found = [one for one in expiry(catalogue, code, today) if one.kind is Kind.RESIDENCY]
    if found and not where.sandbox:
        raise ManifestError(found)


def _account(endpoint: str) -> str:
    """Whose account the sandbox's key is there; empty where nobody answers as AWS would."""
    request = urllib.request.Request(  # noqa: S310 - loopback, checked above
        endpoint,
        data=b"Action=GetCallerIdentity&Version=2011-06-15",
        headers={
            "Authorization": "AWS4-HMAC-SHA256 "
            f"Credential={SANDBOX_KEY}/20000101/us-east-1/sts/aws4_request, "
            "SignedHeaders=host, Signature=0",
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            text: str = answer.read(65536).decode(errors="replace")
    except (urllib.error.URLError, OSError):
        return ""
    return text.partition("<Account>")[2].partition("</Account>")[0]
