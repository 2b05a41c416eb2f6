"""ACM: options that can be changed, and the key algorithm that was asked for."""

from __future__ import annotations

from typing import Any

from infra.sandbox.emulation import answer

OPERATIONS = (
    "acm:RequestCertificate",
    "acm:UpdateCertificateOptions",
)


def install() -> None:
    """Put both into moto."""
    from moto.acm.models import CertBundle
    from moto.acm.responses import AWSCertificateManagerResponse

    request, describe = AWSCertificateManagerResponse.request_certificate, CertBundle.describe

    def request_certificate(self: Any) -> Any:
        answered: Any = request(self)
        certificate = self.acm_backend.get_certificate(answered.result["CertificateArn"])
        certificate.said_key = self._get_param("KeyAlgorithm")
        return answered

    def told(self: Any) -> dict[str, Any]:
        result = describe(self)
        # moto's certificates are all RSA inside; nobody looks inside.
        if said := getattr(self, "said_key", None):
            result["Certificate"]["KeyAlgorithm"] = said
        return result

    CertBundle.describe = told  # type: ignore[method-assign]
    answer(
        AWSCertificateManagerResponse,
        request_certificate=request_certificate,
        update_certificate_options=_update_options,
    )


def _update_options(self: Any) -> Any:
    from moto.core.responses import EmptyResult

    certificate = self.acm_backend.get_certificate(self._get_param("CertificateArn"))
    certificate.cert_options.update(self._get_param("Options"))
    return EmptyResult()
