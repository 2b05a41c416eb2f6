"""Cognito: user pools and what belongs to them."""

from __future__ import annotations

from typing import Any

from infra.aws.cognito import CLIENT
from infra.aws.model import Aws, Props, one
from infra.aws.shape import pascal
from infra.sandbox.make.model import Maker, fresh

_GONE = "ResourceNotFoundException"


def _idp(aws: Aws) -> Any:
    return aws.client("cognito-idp")


def _pool(props: Props) -> dict[str, Any]:
    described: dict[str, Any] = {
        "DeletionProtection": props["deletionProtection"],
        "MfaConfiguration": props["mfaConfiguration"],
    }
    if props.get("adminCreateUserConfig"):
        described["AdminCreateUserConfig"] = pascal(props["adminCreateUserConfig"])
    if props.get("passwordPolicy"):
        described["Policies"] = {"PasswordPolicy": pascal(props["passwordPolicy"])}
    return described


def _create_pool(aws: Aws, props: Props) -> str:
    created = _idp(aws).create_user_pool(
        PoolName=props["name"], UserPoolTags=props.get("tags") or {}, **_pool(props)
    )
    return str(created["UserPool"]["Id"])


def _update_pool(aws: Aws, pool: str, _old: Props, new: Props) -> None:
    # What an update does not send falls back to its default, tags too.
    _idp(aws).update_user_pool(UserPoolId=pool, UserPoolTags=new.get("tags") or {}, **_pool(new))


def _client(props: Props) -> dict[str, Any]:
    described = {
        theirs: props[ours] for theirs, ours in CLIENT.items() if props.get(ours) is not None
    }
    if props.get("tokenValidityUnits"):
        described["TokenValidityUnits"] = pascal(props["tokenValidityUnits"])
    return described


def _create_client(aws: Aws, props: Props) -> str:
    created = _idp(aws).create_user_pool_client(
        UserPoolId=props["userPoolId"],
        ClientName=props["name"],
        GenerateSecret=props.get("generateSecret", False),
        **_client(props),
    )
    return str(created["UserPoolClient"]["ClientId"])


def _update_client(aws: Aws, client: str, _old: Props, new: Props) -> None:
    _idp(aws).update_user_pool_client(
        UserPoolId=new["userPoolId"], ClientId=client, ClientName=new["name"], **_client(new)
    )


def _create_domain(aws: Aws, props: Props) -> str:
    held = _idp(aws).describe_user_pool_domain(Domain=props["domain"]).get("DomainDescription")
    fresh(held or None, f"domain {props['domain']}")
    _idp(aws).create_user_pool_domain(Domain=props["domain"], UserPoolId=props["userPoolId"])
    return str(props["domain"])


def _create_provider(aws: Aws, props: Props) -> str:
    named = {"UserPoolId": props["userPoolId"], "ProviderName": props["providerName"]}
    held = one(lambda: _idp(aws).describe_identity_provider(**named), _GONE)
    fresh(held, f"provider {props['providerName']}")
    _idp(aws).create_identity_provider(
        **named,
        ProviderType=props["providerType"],
        ProviderDetails=props["providerDetails"],
        AttributeMapping=props.get("attributeMapping") or {},
    )
    return f"{props['userPoolId']}:{props['providerName']}"


def _update_provider(aws: Aws, provider: str, _old: Props, new: Props) -> None:
    pool, name = provider.split(":", 1)
    _idp(aws).update_identity_provider(
        UserPoolId=pool,
        ProviderName=name,
        ProviderDetails=new["providerDetails"],
        AttributeMapping=new.get("attributeMapping") or {},
    )


def _delete_provider(aws: Aws, provider: str, _state: Props) -> None:
    pool, name = provider.split(":", 1)
    _idp(aws).delete_identity_provider(UserPoolId=pool, ProviderName=name)


def _server(props: Props) -> dict[str, Any]:
    return {
        "UserPoolId": props["userPoolId"],
        "Identifier": props["identifier"],
        "Name": props["name"],
        "Scopes": pascal(props.get("scopes") or []),
    }


def _create_server(aws: Aws, props: Props) -> str:
    _idp(aws).create_resource_server(**_server(props))
    return f"{props['userPoolId']}|{props['identifier']}"


def _delete_server(aws: Aws, server: str, _state: Props) -> None:
    pool, identifier = server.split("|", 1)
    _idp(aws).delete_resource_server(UserPoolId=pool, Identifier=identifier)


MAKERS = {
    "aws:cognito/userPool:UserPool": Maker(
        _create_pool, _update_pool, lambda aws, pool, _: _idp(aws).delete_user_pool(UserPoolId=pool)
    ),
    "aws:cognito/userPoolClient:UserPoolClient": Maker(
        _create_client,
        _update_client,
        lambda aws, client, state: _idp(aws).delete_user_pool_client(
            UserPoolId=state["userPoolId"], ClientId=client
        ),
    ),
    "aws:cognito/userPoolDomain:UserPoolDomain": Maker(
        _create_domain,
        None,
        lambda aws, domain, state: _idp(aws).delete_user_pool_domain(
            Domain=domain, UserPoolId=state["userPoolId"]
        ),
    ),
    "aws:cognito/identityProvider:IdentityProvider": Maker(
        _create_provider, _update_provider, _delete_provider
    ),
    "aws:cognito/resourceServer:ResourceServer": Maker(
        _create_server,
        lambda aws, _id, _old, new: _idp(aws).update_resource_server(**_server(new)),
        _delete_server,
    ),
}
