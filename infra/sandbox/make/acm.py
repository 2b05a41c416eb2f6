"""ACM: certificates, and waiting for them to be issued."""

from __future__ import annotations

from typing import Any

from infra.aws.acm import CERTIFICATE, VALIDATION
from infra.aws.model import Aws, Props, Raw
from infra.aws.shape import pascal
from infra.sandbox.make.model import Maker, nothing
from infra.sandbox.make.tagging import changed_tags, pairs
from infra.sandbox.make.waiting import wait_for

_RECORDS, _ISSUE = 300.0, 4500.0  # seconds: the real provider's patience


def _create(aws: Aws, props: Props) -> str:
    if props.get("certificateBody"):
        raise RuntimeError("the stand-in requests certificates, it imports none")
    optional: dict[str, Any] = {
        theirs: props[ours]
        for ours, theirs in {
            "certificateAuthorityArn": "CertificateAuthorityArn",
            "keyAlgorithm": "KeyAlgorithm",
            "subjectAlternativeNames": "SubjectAlternativeNames",
            "validationMethod": "ValidationMethod",
        }.items()
        if props.get(ours)
    }
    if props.get("options"):
        optional["Options"] = pascal(props["options"])
    if props.get("validationOptions"):
        optional["DomainValidationOptions"] = pascal(props["validationOptions"])
    if tags := pairs(props):
        optional["Tags"] = tags
    created = aws.client("acm").request_certificate(DomainName=props["domainName"], **optional)
    arn = str(created["CertificateArn"])
    _wait_for_records(aws, arn)
    return arn


def _wait_for_records(aws: Aws, arn: str) -> None:
    """The records that prove ownership appear some seconds after the certificate."""

    def known() -> Raw | None:
        raw = CERTIFICATE.read(aws, arn, {})
        domains = (raw or {}).get("DomainValidationOptions") or []
        by_mail = all(domain.get("ValidationMethod") == "EMAIL" for domain in domains)
        named = all("ResourceRecord" in domain for domain in domains)
        return raw if raw and domains and (by_mail or named) else None

    wait_for(f"the validation records of {arn}", known, _RECORDS)


def _update(aws: Aws, arn: str, old: Props, new: Props) -> None:
    acm = aws.client("acm")
    if new.get("options") and new["options"] != old.get("options"):
        acm.update_certificate_options(CertificateArn=arn, Options=pascal(new["options"]))
    put, gone = changed_tags(old, new)
    if put:
        acm.add_tags_to_certificate(CertificateArn=arn, Tags=pairs({"tags": put}))
    if gone:
        acm.remove_tags_from_certificate(CertificateArn=arn, Tags=[{"Key": key} for key in gone])


def _validate(aws: Aws, props: Props) -> str:
    arn = props["certificateArn"]
    wait_for(f"the issue of {arn}", lambda: VALIDATION.read(aws, arn, {}), _ISSUE)
    return str(arn)


MAKERS = {
    "aws:acm/certificate:Certificate": Maker(
        _create,
        _update,
        lambda aws, arn, _: aws.client("acm").delete_certificate(CertificateArn=arn),
    ),
    "aws:acm/certificateValidation:CertificateValidation": Maker(_validate, None, nothing),
}
