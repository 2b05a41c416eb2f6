"""Cognito: changing and removing resource servers."""

from __future__ import annotations

from typing import Any

from infra.sandbox.emulation import answer, empty

OPERATIONS = ("cognito-idp:DeleteResourceServer", "cognito-idp:UpdateResourceServer")


def install() -> None:
    """Add the operations to moto."""
    from moto.cognitoidp.responses import CognitoIdpResponse

    answer(CognitoIdpResponse, delete_resource_server=_delete, update_resource_server=_update)


def _servers(response: Any) -> dict[str, Any]:
    """The servers of the pool that the request names; moto refuses an unknown one."""
    pool, identifier = response._get_param("UserPoolId"), response._get_param("Identifier")
    response.backend.describe_resource_server(pool, identifier)
    servers: dict[str, Any] = response.backend.describe_user_pool(pool).resource_servers
    return servers


def _update(response: Any) -> Any:
    from moto.core.responses import ActionResult

    server = _servers(response)[response._get_param("Identifier")]
    server.name = response._get_param("Name")
    server.scopes = response._get_param("Scopes") or []
    return ActionResult({"ResourceServer": server.to_json()})


def _delete(response: Any) -> Any:
    del _servers(response)[response._get_param("Identifier")]
    return empty()
