"""WAF: what a web ACL guards, and listing the logging of both scopes."""

from __future__ import annotations

import json
from typing import Any

from infra.sandbox.emulated.patch import answer

OPERATIONS = (
    "wafv2:ListLoggingConfigurations",
    "wafv2:ListResourcesForWebACL",
)

_SERVICES = {
    "API_GATEWAY": "apigateway",
    "APPLICATION_LOAD_BALANCER": "elasticloadbalancing",
    "COGNITO_USER_POOL": "cognito-idp",
}


def install() -> None:
    """Put both into moto."""
    from moto.wafv2.responses import WAFV2Response

    answer(
        WAFV2Response,
        list_logging_configurations=_list_logging,
        list_resources_for_web_acl=_list_resources,
    )


def _list_resources(self: Any) -> Any:
    body = json.loads(self.body)
    acl = self.wafv2_backend.get_web_acl(body["WebACLArn"], None, None)
    service = _SERVICES[body.get("ResourceType", "APPLICATION_LOAD_BALANCER")]
    arns = [arn for arn in acl.associated_resources if arn.split(":")[2] == service]
    return 200, {}, json.dumps({"ResourceArns": arns})


def _list_logging(self: Any) -> Any:
    """All of a scope in one answer: an ARN's sixth part says which scope it is of."""
    scope = "global/" if json.loads(self.body)["Scope"] == "CLOUDFRONT" else "regional/"
    found = [
        {key: value for key, value in configuration.to_dict().items() if value is not None}
        for arn, configuration in self.wafv2_backend.logging_configurations.items()
        if arn.split(":", 5)[5].startswith(scope)
    ]
    return 200, {}, json.dumps({"LoggingConfigurations": found})
