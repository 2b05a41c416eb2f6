"""WAF: listing where the web ACLs of either scope log; moto mixes the scopes up."""

from __future__ import annotations

import json
from typing import Any

from infra.sandbox.emulation import answer

OPERATIONS = ("wafv2:ListLoggingConfigurations",)


def install() -> None:
    """Put it into moto."""
    from moto.wafv2.responses import WAFV2Response

    answer(WAFV2Response, list_logging_configurations=_list_logging)


def _list_logging(self: Any) -> Any:
    """All of a scope in one answer: the sixth part of an ARN says which scope it is of."""
    scope = "global/" if json.loads(self.body)["Scope"] == "CLOUDFRONT" else "regional/"
    found = [
        {key: value for key, value in configuration.to_dict().items() if value is not None}
        for arn, configuration in self.wafv2_backend.logging_configurations.items()
        if arn.split(":", 5)[5].startswith(scope)
    ]
    return 200, {}, json.dumps({"LoggingConfigurations": found})
