"""Cognito: user pools and what belongs to them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from infra.aws.model import Aws, AwsType, Props, Raw, lower_camel, one
from infra.aws.shape import camel

_GONE = ("ResourceNotFoundException",)
_SERVICE = "cognito-idp"
_DIGEST = "sha256:"

BIRTH = {
    "AliasAttributes": "aliasAttributes",
    "UsernameAttributes": "usernameAttributes",
    "UsernameConfiguration": "usernameConfiguration",
}
"""What a pool is born with; AWS takes it at no other time."""

SETTINGS = {
    "AccountRecoverySetting": "accountRecoverySetting",
    "AdminCreateUserConfig": "adminCreateUserConfig",
    "AutoVerifiedAttributes": "autoVerifiedAttributes",
    "DeletionProtection": "deletionProtection",
    "DeviceConfiguration": "deviceConfiguration",
    "EmailConfiguration": "emailConfiguration",
    "EmailVerificationMessage": "emailVerificationMessage",
    "EmailVerificationSubject": "emailVerificationSubject",
    "LambdaConfig": "lambdaConfig",
    "MfaConfiguration": "mfaConfiguration",
    "SmsAuthenticationMessage": "smsAuthenticationMessage",
    "SmsConfiguration": "smsConfiguration",
    "SmsVerificationMessage": "smsVerificationMessage",
    "UserAttributeUpdateSettings": "userAttributeUpdateSettings",
    "UserPoolAddOns": "userPoolAddOns",
    "UserPoolTier": "userPoolTier",
    "VerificationMessageTemplate": "verificationMessageTemplate",
}
_NAMES = {
    "AttributesRequireVerificationBeforeUpdate": "attributesRequireVerificationBeforeUpdates",
    "CustomSMSSender": "customSmsSender",
    "From": "fromEmailAddress",
    "KMSKeyID": "kmsKeyId",
}
_MESSAGE = {"SMSMessage": "smsMessage"}


def pool_names(setting: str) -> Mapping[str, str]:
    """How the fields of a pool's setting are spelt; two blocks spell one word differently."""
    return _NAMES | (_MESSAGE if setting == "AdminCreateUserConfig" else {})


def plain_mail(value: Any) -> Any:
    """What an e-mail setting says beyond AWS's own default, which it also answers for none."""
    return {
        key: item
        for key, item in value.items()
        if item
        and key != "__defaults"
        and (key, item) != ("emailSendingAccount", "COGNITO_DEFAULT")
    }


def digest(secret: Any) -> Any:
    """A secret as it is compared and kept in outputs: that it changed is seen, never what it is."""
    if not isinstance(secret, str) or secret.startswith(_DIGEST):
        return secret
    return _DIGEST + hashlib.sha256(secret.encode()).hexdigest()


def _pools(aws: Aws) -> list[str]:
    return [
        pool["Id"] for pool in aws.pages(_SERVICE, "list_user_pools", "UserPools", MaxResults=60)
    ]


def _list_pools(aws: Aws) -> Iterable[Raw]:
    return aws.each(lambda pool: _read_pool(aws, pool, {}), _pools(aws))


def _read_pool(aws: Aws, pool: str, _state: Props) -> Raw | None:
    client = aws.client(_SERVICE)
    found: Raw | None = one(
        lambda: client.describe_user_pool(UserPoolId=pool), *_GONE, key="UserPool"
    )
    if found is None or found.get("MfaConfiguration", "OFF") == "OFF":
        return found
    return {**found, "mfa": client.get_user_pool_mfa_config(UserPoolId=pool)}


def _pool(raw: Raw) -> Props:
    policies = raw.get("Policies") or {}
    token = (raw.get("mfa") or {}).get("SoftwareTokenMfaConfiguration")
    return {
        **{
            ours: camel(raw[theirs], pool_names(theirs))
            for theirs, ours in {**BIRTH, **SETTINGS}.items()
            if raw.get(theirs) is not None
        },
        "arn": raw["Arn"],
        "customDomain": raw.get("CustomDomain", ""),
        "domain": raw.get("Domain", ""),
        "endpoint": _endpoint(raw["Arn"]),
        "name": raw["Name"],
        "passwordPolicy": camel(policies.get("PasswordPolicy") or {}),
        "signInPolicy": camel(policies.get("SignInPolicy")),
        "softwareTokenMfaConfiguration": camel(token),
        "tags": {
            key: text
            for key, text in (raw.get("UserPoolTags") or {}).items()
            if not key.startswith("aws:")
        },
    }


def _endpoint(arn: str) -> str:
    """The issuer of the pool's tokens, without its scheme."""
    region, pool = arn.split(":")[3], arn.rpartition("/")[2]
    return f"cognito-idp.{region}.amazonaws.com/{pool}"


def _list_clients(aws: Aws) -> Iterable[Raw]:
    for pool in _pools(aws):
        clients = aws.pages(
            _SERVICE, "list_user_pool_clients", "UserPoolClients", UserPoolId=pool, MaxResults=60
        )
        named = [(pool, client["ClientId"]) for client in clients]
        yield from aws.each(lambda name: _client_of(aws, *name), named)


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
    "AuthSessionValidity": "authSessionValidity",
    "CallbackURLs": "callbackUrls",
    "DefaultRedirectURI": "defaultRedirectUri",
    "EnablePropagateAdditionalUserContextData": "enablePropagateAdditionalUserContextData",
    "EnableTokenRevocation": "enableTokenRevocation",
    "ExplicitAuthFlows": "explicitAuthFlows",
    "IdTokenValidity": "idTokenValidity",
    "LogoutURLs": "logoutUrls",
    "PreventUserExistenceErrors": "preventUserExistenceErrors",
    "ReadAttributes": "readAttributes",
    "RefreshTokenValidity": "refreshTokenValidity",
    "SupportedIdentityProviders": "supportedIdentityProviders",
    "WriteAttributes": "writeAttributes",
}


def _client(raw: Raw) -> Props:
    return {
        **{ours: raw[theirs] for theirs, ours in CLIENT.items() if theirs in raw},
        "clientSecret": raw.get("ClientSecret", ""),
        "generateSecret": bool(raw.get("ClientSecret")),
        "name": raw["ClientName"],
        "refreshTokenRotation": camel(raw.get("RefreshTokenRotation")),
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


def _domain(raw: Raw) -> Props:
    distribution = raw.get("CloudFrontDistribution", "")
    return {
        "awsAccountId": raw.get("AWSAccountId", ""),
        "certificateArn": (raw.get("CustomDomainConfig") or {}).get("CertificateArn", ""),
        "cloudfrontDistribution": distribution,
        "cloudfrontDistributionArn": distribution,
        "cloudfrontDistributionZoneId": "Z2FDTNDATAQYW2",
        "domain": raw["Domain"],
        "managedLoginVersion": raw.get("ManagedLoginVersion"),
        "s3Bucket": raw.get("S3Bucket", ""),
        "userPoolId": raw["UserPoolId"],
        "version": raw.get("Version", ""),
    }


def _list_providers(aws: Aws) -> Iterable[Raw]:
    for pool in _pools(aws):
        providers = aws.pages(
            _SERVICE, "list_identity_providers", "Providers", UserPoolId=pool, MaxResults=60
        )
        ids = [f"{pool}:{provider['ProviderName']}" for provider in providers]
        yield from aws.each(lambda provider: _read_provider(aws, provider, {}), ids)


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
        "idpIdentifiers": list(raw.get("IdpIdentifiers") or ()),
        "providerDetails": {
            key: digest(text) if key == "client_secret" else text for key, text in details.items()
        },
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
        "scopeIdentifiers": [
            f"{raw['Identifier']}/{scope['ScopeName']}" for scope in raw.get("Scopes") or ()
        ],
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
        replace=frozenset(BIRTH.values()),
        replace_source=dict.fromkeys(
            BIRTH.values(), "UpdateUserPool has no such member: it is given at birth alone"
        ),
        computed=frozenset(
            {
                "adminCreateUserConfig",
                "adminCreateUserConfig.inviteMessageTemplate",
                # Answered beside the policy that has the limit in force.
                "adminCreateUserConfig.unusedAccountValidityDays",
                "emailVerificationMessage",
                "emailVerificationSubject",
                "passwordPolicy",
                "passwordPolicy.passwordHistorySize",
                "passwordPolicy.temporaryPasswordValidityDays",
                "signInPolicy",
                "smsVerificationMessage",
                "userPoolTier",
                "usernameConfiguration",
                "verificationMessageTemplate",
            }
        ),
        defaults={"mfaConfiguration": "OFF", "deletionProtection": "INACTIVE"},
        unordered=frozenset(
            {
                "accountRecoverySetting.recoveryMechanisms",
                "aliasAttributes",
                "autoVerifiedAttributes",
                "usernameAttributes",
            }
        ),
        meanings={"emailConfiguration": plain_mail},
        stateful=True,
    ),
    AwsType(
        token="aws:cognito/userPoolClient:UserPoolClient",
        service=_SERVICE,
        parent="userPoolId",
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
                "authSessionValidity",
                "enablePropagateAdditionalUserContextData",
                "enableTokenRevocation",
                "explicitAuthFlows",
                "idTokenValidity",
                "preventUserExistenceErrors",
                "readAttributes",
                "refreshTokenValidity",
                "tokenValidityUnits",
                "writeAttributes",
            }
        ),
        unordered=frozenset(
            {
                "allowedOauthFlows",
                "allowedOauthScopes",
                "callbackUrls",
                "explicitAuthFlows",
                "logoutUrls",
                "readAttributes",
                "supportedIdentityProviders",
                "writeAttributes",
            }
        ),
        secrets=frozenset({"clientSecret"}),
    ),
    AwsType(
        token="aws:cognito/userPoolDomain:UserPoolDomain",
        service=_SERVICE,
        parent="userPoolId",
        cloudformation="AWS::Cognito::UserPoolDomain",
        list=_list_domains,
        read=_read_domain,
        identify=lambda raw: str(raw["Domain"]),
        normalise=_domain,
        key=("domain",),
        replace=frozenset({"domain", "userPoolId"}),
        computed=frozenset({"managedLoginVersion"}),
    ),
    AwsType(
        token="aws:cognito/identityProvider:IdentityProvider",
        service=_SERVICE,
        parent="userPoolId",
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
                    # What AWS reads from a SAML provider's metadata.
                    "ActiveEncryptionCertificate",
                    "MetadataFile",
                    "SLORedirectBindingURI",
                    "SSORedirectBindingURI",
                )
            }
            | {"attributeMapping", "attributeMapping.username"}
        ),
        # Whoever answers there signs anybody in; AWS reads them from the issuer.
        watched=frozenset(
            f"providerDetails.{name}"
            for name in ("attributes_url", "authorize_url", "jwks_uri", "token_url")
        ),
        unordered=frozenset({"idpIdentifiers"}),
        meanings={"providerDetails.client_secret": digest},
    ),
    AwsType(
        token="aws:cognito/resourceServer:ResourceServer",
        service=_SERVICE,
        parent="userPoolId",
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
