"""ACM."""

from tests.sandbox.example import Example

EXAMPLES = (
    Example(
        "aws:acm/certificate:Certificate",
        lambda _: {
            "domainName": "jo.example.org",
            "subjectAlternativeNames": ["cdn.jo.example.org", "*.jo.example.org"],
            "validationMethod": "DNS",
            "keyAlgorithm": "EC_prime256v1",
            "options": {"certificateTransparencyLoggingPreference": "ENABLED"},
            "tags": {"wasl:urn": "test/Certificate"},
        },
        change={"tags": {"wasl:urn": "test/Certificate", "owner": "x"}},
        tamper=lambda aws, state: aws.client("acm").update_certificate_options(
            CertificateArn=state["arn"],
            Options={"CertificateTransparencyLoggingPreference": "DISABLED"},
        ),
        tampered="options.certificateTransparencyLoggingPreference",
    ),
    Example(
        "aws:acm/certificateValidation:CertificateValidation",
        lambda made: {
            "certificateArn": made["Certificate"]["arn"],
            "validationRecordFqdns": [
                domain["resourceRecordName"]
                for domain in made["Certificate"]["domainValidationOptions"]
            ],
        },
        stays=True,
    ),
)
