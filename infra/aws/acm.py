"""ACM: certificates, and waiting for them to be issued."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags
from infra.aws.shape import camel

_GONE = ("ResourceNotFoundException",)
# Without saying so only RSA certificates are listed.
_KEYS = (
    "RSA_1024",
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "EC_prime256v1",
    "EC_secp384r1",
    "EC_secp521r1",
)


def _list_certificates(aws: Aws) -> Iterable[Raw]:
    found = aws.pages(
        "acm", "list_certificates", "CertificateSummaryList", Includes={"keyTypes": list(_KEYS)}
    )
    return aws.each(lambda item: _read_certificate(aws, item["CertificateArn"], {}), found)


def _read_certificate(aws: Aws, arn: str, _state: Props) -> Raw | None:
    acm = aws.client("acm")
    found = one(lambda: acm.describe_certificate(CertificateArn=arn), *_GONE, key="Certificate")
    if found is None or found["Status"] == "VALIDATION_TIMED_OUT":
        # The real provider asks for a new one then.
        return None
    return {**found, "Tags": acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]}


def _certificate(raw: Raw) -> Props:
    domains = raw.get("DomainValidationOptions") or []
    method = next(
        (domain["ValidationMethod"] for domain in domains if "ValidationMethod" in domain), "NONE"
    )
    return {
        "arn": raw["CertificateArn"],
        "certificateAuthorityArn": raw.get("CertificateAuthorityArn", ""),
        "domainName": raw["DomainName"],
        "domainValidationOptions": sorted(map(_domain, domains), key=lambda it: it["domainName"]),
        "keyAlgorithm": raw["KeyAlgorithm"].replace("-", "_"),
        "notAfter": _time(raw.get("NotAfter")),
        "notBefore": _time(raw.get("NotBefore")),
        "options": camel(raw.get("Options") or {}),
        "renewalEligibility": raw.get("RenewalEligibility", ""),
        "status": raw["Status"],
        # AWS counts the first name among the others.
        "subjectAlternativeNames": [
            name for name in raw.get("SubjectAlternativeNames", ()) if name != raw["DomainName"]
        ],
        "tags": tags(raw["Tags"]),
        "type": raw["Type"],
        "validationMethod": method,
    }


def _domain(raw: Raw) -> Props:
    record = raw.get("ResourceRecord") or {}
    return {
        "domainName": raw["DomainName"],
        "resourceRecordName": record.get("Name", ""),
        "resourceRecordType": record.get("Type", ""),
        "resourceRecordValue": record.get("Value", ""),
    }


def _time(value: datetime | None) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value else ""


def _list_validations(aws: Aws) -> Iterable[Raw]:
    return (raw for raw in _list_certificates(aws) if _validated(raw))


def _read_validation(aws: Aws, validation_id: str, state: Props) -> Raw | None:
    arn = state.get("certificateArn") or validation_id
    found = one(
        lambda: aws.client("acm").describe_certificate(CertificateArn=arn),
        *_GONE,
        key="Certificate",
    )
    return found if found and _validated(found) else None


def _validated(raw: Raw) -> bool:
    return bool(raw["Status"] == "ISSUED" and raw["Type"] == "AMAZON_ISSUED")


CERTIFICATE = AwsType(
    token="aws:acm/certificate:Certificate",
    service="acm",
    cloudformation="AWS::CertificateManager::Certificate",
    list=_list_certificates,
    read=_read_certificate,
    identify=lambda raw: str(raw["CertificateArn"]),
    normalise=_certificate,
    replace=frozenset(
        {
            "certificateAuthorityArn",
            "domainName",
            "keyAlgorithm",
            "subjectAlternativeNames",
            "validationMethod",
            "validationOptions",
        }
    ),
    computed=frozenset(
        {
            "keyAlgorithm",
            "options",
            "options.certificateTransparencyLoggingPreference",
            "options.export",
            "validationMethod",
        }
    ),
    unordered=frozenset({"subjectAlternativeNames", "validationOptions"}),
    domains=frozenset({"domainName", "subjectAlternativeNames"}),
    write_only=frozenset(
        {
            "certificateBody",
            "certificateChain",
            "earlyRenewalDuration",
            "privateKey",
            "privateKeyWo",
            "privateKeyWoVersion",
            "validationOptions",
        }
    ),
)

VALIDATION = AwsType(
    token="aws:acm/certificateValidation:CertificateValidation",
    service="acm",
    list=_list_validations,
    read=_read_validation,
    # The real provider's id is the time of issue, by which nothing can be found.
    identify=lambda raw: str(raw["CertificateArn"]),
    normalise=lambda raw: {"certificateArn": raw["CertificateArn"]},
    key=("certificateArn",),
    replace=frozenset({"certificateArn", "validationRecordFqdns"}),
    unordered=frozenset({"validationRecordFqdns"}),
    domains=frozenset({"validationRecordFqdns"}),
    # What is waited for; AWS keeps no trace of it.
    write_only=frozenset({"validationRecordFqdns"}),
)

TYPES = (CERTIFICATE, VALIDATION)
