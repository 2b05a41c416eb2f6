"""Cognito: user pools and what belongs to them."""

from __future__ import annotations

from collections.abc import Iterable

from infra.aws.model import Aws, AwsType, Props, Raw, lower_camel, one
from infra.aws.shape import camel

_GONE = ("ResourceNotFoundException",)
_SERVICE = "cognito-idp"


def _pools(aws: Aws) -> list[str]:
    return [pool["Id"] for pool in aws.pages(_SERVICE, "list_user_pools", "UserPools", MaxResults=60)]


def _list_pools(aws: Aws) -> Iterable[Raw]:
    for pool in _pools(aws):
        if raw := _read_pool(aws, pool, {}):
            yield raw


def _read_pool(aws: Aws, pool: str, _state: Props) -> Raw | None:
    found: Raw | None = one(
        lambda: aws.client(_SERVICE).describe_user_pool(UserPoolId=pool), *_GONE, key="UserPool"
    )
    return found


def _pool(raw: Raw) -> Props:
    admin = raw.get("AdminCreateUserConfig") or {}
    policy = (raw.get("Policies") or {}).get("PasswordPolicy") or {}
    return {
        "adminCreateUserConfig": {
            "allowAdminCreateUserOnly": admin.get("AllowAdminCreateUserOnly", False)
        },
        "arn": raw["Arn"],
        "deletionProtection": raw.get("DeletionProtection", "INACTIVE"),
        "mfaConfiguration": raw.get("MfaConfiguration", "OFF"),
        "name": raw["Name"],
        "passwordPolicy": camel(policy),
        "tags": dict(raw.get("UserPoolTags") or {}),
    }


def _list_clients(aws: Aws) -> Iterable[Raw]:
    for pool in _pools(aws):
        for client in aws.pages(
            _SERVICE, "list_user_pool_clients", "UserPoolClients", UserPoolId=pool, MaxResults=60
        ):
            if raw := _client_of(aws, pool, client["ClientId"]):
                yield raw


def _read_client(aws: Aws, client: str, state: Props) -> Raw | None:
    if "/" in client:  # as an import names it
        return _client_of(aws, *client.split("/", 1))
    if pool := state.get("userPoolId"):
        return _client_of(aws, pool, client)
    return next((raw for raw in _list_clients(aws) if raw["ClientId"] == client), None)


def _client_of(aws: Aws, pool: str, client: str) -> Raw | None:
    found: Raw | None = one(
        lambda: aws.client(_SERVICE).describe_user_pool_client(UserPoolId=pool, ClientId=client),
        *_GONE,
        key="UserPoolClient",
    )
    return found


CLIENT = {
    "AccessTokenValidity": "accessTokenValidity",
    "AllowedOAuthFlows": "allowedOauthFlows",
    "AllowedOAuthFlowsUserPoolClient": "allowedOauthFlowsUserPoolClient",
    "AllowedOAuthScopes": "allowedOauthScopes",
    "CallbackURLs": "callbackUrls",
    "EnableTokenRevocation": "enableTokenRevocation",
    "ExplicitAuthFlows": "explicitAuthFlows",
    "IdTokenValidity": "idTokenValidity",
    "LogoutURLs": "logoutUrls",
    "PreventUserExistenceErrors": "preventUserExistenceErrors",
    "RefreshTokenValidity": "refreshTokenValidity",
    "SupportedIdentityProviders": "supportedIdentityProviders",
}


def _client(raw: Raw) -> Props:
    return {
        **{ours: raw[theirs] for theirs, ours in CLIENT.items() if theirs in raw},
        "clientSecret": raw.get("ClientSecret", ""),
        "generateSecret": bool(raw.get("ClientSecret")),
        "name": raw["ClientName"],
        "tokenValidityUnits": camel(raw.get("TokenValidityUnits")),
        "userPoolId": raw["UserPoolId"],
    }


def _list_domains(aws: Aws) -> Iterable[Raw]:
    # AWS has no list of domains: each pool names its own.
    for pool in _pools(aws):
        named = (_read_pool(aws, pool, {}) or {}).get("Domain")
        if named and (raw := _read_domain(aws, named, {})):
            yield raw


def _read_domain(aws: Aws, domain: str, _state: Props) -> Raw | None:
    described = aws.client(_SERVICE).describe_user_pool_domain(Domain=domain)
    found: Raw = described.get("DomainDescription") or {}
    return found if found.get("Domain") else None


def _list_providers(aws: Aws) -> Iterable[Raw]:
    for pool in _pools(aws):
        for provider in aws.pages(
            _SERVICE, "list_identity_providers", "Providers", UserPoolId=pool, MaxResults=60
        ):
            if raw := _read_provider(aws, f"{pool}:{provider['ProviderName']}", {}):
                yield raw


def _read_provider(aws: Aws, provider: str, _state: Props) -> Raw | None:
    pool, name = provider.split(":", 1)
    found: Raw | None = one(
        lambda: aws.client(_SERVICE).describe_identity_provider(UserPoolId=pool, ProviderName=name),
        *_GONE,
        key="IdentityProvider",
    )
    return found


def _provider(raw: Raw) -> Props:
    details = raw.get("ProviderDetails") or {}
    return {
        "attributeMapping": dict(raw.get("AttributeMapping") or {}),
        # The ministry's client secret is compared nowhere and shown nowhere.
        "providerDetails": {key: text for key, text in details.items() if key != "client_secret"},
        "providerName": raw["ProviderName"],
        "providerType": raw["ProviderType"],
        "userPoolId": raw["UserPoolId"],
    }


def _list_servers(aws: Aws) -> Iterable[Raw]:
    for pool in _pools(aws):
        yield from aws.pages(
            _SERVICE, "list_resource_servers", "ResourceServers", UserPoolId=pool, MaxResults=50
        )


def _read_server(aws: Aws, server: str, _state: Props) -> Raw | None:
    pool, identifier = server.split("|", 1)
    found: Raw | None = one(
        lambda: aws.client(_SERVICE).describe_resource_server(
            UserPoolId=pool, Identifier=identifier
        ),
        *_GONE,
        key="ResourceServer",
    )
    return found


def _server(raw: Raw) -> Props:
    return {
        "identifier": raw["Identifier"],
        "name": raw["Name"],
        "scopes": [
            {lower_camel(key): text for key, text in scope.items()}
            for scope in raw.get("Scopes") or ()
        ],
        "userPoolId": raw["UserPoolId"],
    }


TYPES = (
    AwsType(
        token="aws:cognito/userPool:UserPool",
        service=_SERVICE,
        cloudformation="AWS::Cognito::UserPool",
        list=_list_pools,
        read=_read_pool,
        identify=lambda raw: str(raw["Id"]),
        normalise=_pool,
        replace=frozenset({"aliasAttributes"}),
        computed=frozenset({"passwordPolicy", "adminCreateUserConfig"}),
        defaults={"mfaConfiguration": "OFF", "deletionProtection": "INACTIVE"},
        stateful=True,
    ),
    AwsType(
        token="aws:cognito/userPoolClient:UserPoolClient",
        service=_SERVICE,
        cloudformation="AWS::Cognito::UserPoolClient",
        list=_list_clients,
        read=_read_client,
        identify=lambda raw: str(raw["ClientId"]),
        normalise=_client,
        key=("userPoolId", "name"),
        replace=frozenset({"userPoolId", "generateSecret"}),
        computed=frozenset(
            {
                "accessTokenValidity",
                "enableTokenRevocation",
                "explicitAuthFlows",
                "idTokenValidity",
                "preventUserExistenceErrors",
                "refreshTokenValidity",
                "tokenValidityUnits",
            }
        ),
        unordered=frozenset(
            {
                "allowedOauthFlows",
                "allowedOauthScopes",
                "callbackUrls",
                "explicitAuthFlows",
                "logoutUrls",
                "supportedIdentityProviders",
            }
        ),
        secrets=frozenset({"clientSecret"}),
    ),
    AwsType(
        token="aws:cognito/userPoolDomain:UserPoolDomain",
        service=_SERVICE,
        cloudformation="AWS::Cognito::UserPoolDomain",
        list=_list_domains,
        read=_read_domain,
        identify=lambda raw: str(raw["Domain"]),
        normalise=lambda raw: {"domain": raw["Domain"], "userPoolId": raw["UserPoolId"]},
        key=("domain",),
        replace=frozenset({"domain", "userPoolId"}),
    ),
    AwsType(
        token="aws:cognito/identityProvider:IdentityProvider",
        service=_SERVICE,
        cloudformation="AWS::Cognito::UserPoolIdentityProvider",
        list=_list_providers,
        read=_read_provider,
        identify=lambda raw: f"{raw['UserPoolId']}:{raw['ProviderName']}",
        normalise=_provider,
        key=("userPoolId", "providerName"),
        replace=frozenset({"userPoolId", "providerName", "providerType"}),
        computed=frozenset(
            {
                f"providerDetails.{name}"
                for name in (
                    "attributes_url",
                    "attributes_url_add_attributes",
                    "authorize_url",
                    "jwks_uri",
                    "token_url",
                )
            }
        ),
    ),
    AwsType(
        token="aws:cognito/resourceServer:ResourceServer",
        service=_SERVICE,
        cloudformation="AWS::Cognito::UserPoolResourceServer",
        list=_list_servers,
        read=_read_server,
        identify=lambda raw: f"{raw['UserPoolId']}|{raw['Identifier']}",
        normalise=_server,
        key=("userPoolId", "identifier"),
        replace=frozenset({"userPoolId", "identifier"}),
        unordered=frozenset({"scopes"}),
    ),
)
