"""Cognito: resource servers that change and go, pools that are protected, domains in full."""

from __future__ import annotations

from typing import Any

from infra.sandbox.emulation import answer, empty, refusal

OPERATIONS = (
    "cognito-idp:CreateUserPoolDomain",
    "cognito-idp:DeleteResourceServer",
    "cognito-idp:DeleteUserPool",
    "cognito-idp:DescribeUserPoolDomain",
    "cognito-idp:UpdateResourceServer",
    "cognito-idp:UpdateUserPool",
    "cognito-idp:UpdateUserPoolDomain",
)

_BIRTH = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration")


def install() -> None:
    """Add the operations to moto."""
    from moto.cognitoidp.responses import CognitoIdpResponse as Responses

    answer(
        Responses,
        create_user_pool_domain=_with_look(Responses.create_user_pool_domain),
        delete_resource_server=_delete,
        delete_user_pool=_delete_pool(Responses.delete_user_pool),
        describe_user_pool_domain=_describe_domain(Responses.describe_user_pool_domain),
        update_resource_server=_update,
        update_user_pool=_update_pool(Responses.update_user_pool),
        update_user_pool_domain=_with_look(Responses.update_user_pool_domain),
    )


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


def _delete_pool(delete: Any) -> Any:
    """AWS refuses a pool that is protected or has a domain; moto deletes both."""

    def emulated(self: Any) -> Any:
        pool = self.backend.describe_user_pool(self._get_param("UserPoolId"))
        if pool.extended_config.get("DeletionProtection") == "ACTIVE":
            raise refusal(
                "InvalidParameterException",
                "The user pool cannot be deleted because deletion protection is activated. "
                "Deletion protection must be inactivated first.",
            )
        if pool.domain is not None:
            raise refusal(
                "InvalidParameterException",
                "User pool cannot be deleted. It has a domain configured that should be deleted "
                "first.",
            )
        return delete(self)

    return emulated


def _update_pool(update: Any) -> Any:
    """AWS keeps what a pool was born with and takes a new name; moto loses both."""

    def emulated(self: Any) -> Any:
        pool = self.backend.describe_user_pool(self._get_param("UserPoolId"))
        born = {key: pool.extended_config[key] for key in _BIRTH if key in pool.extended_config}
        if name := self.parameters.pop("PoolName", None):
            pool.name = name
        result = update(self)
        pool.extended_config.update(born)
        return result

    return emulated


def _with_look(operation: Any) -> Any:
    """Creating and updating a domain say how its sign-in pages look."""

    def emulated(self: Any) -> Any:
        look = self._get_param("ManagedLoginVersion")
        result = operation(self)
        domain = self.backend.describe_user_pool_domain(self._get_param("Domain"))
        if look:
            domain.wasl_look = look
        return result

    return emulated


def _describe_domain(describe: Any) -> Any:
    def emulated(self: Any) -> Any:
        answered: Any = describe(self)
        domain = self.backend.describe_user_pool_domain(self._get_param("Domain"))
        if domain is not None:
            answered.result["DomainDescription"].update(
                AWSAccountId=self.current_account,
                CustomDomainConfig=domain.custom_domain_config or None,
                ManagedLoginVersion=getattr(domain, "wasl_look", 1),
            )
        return answered

    return emulated
