"""Cognito."""

from typing import Any

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example

_STRONG = {
    "minimumLength": 14,
    "requireLowercase": True,
    "requireNumbers": True,
    "requireSymbols": True,
    "requireUppercase": True,
    "temporaryPasswordValidityDays": 1,
}


def _pascal(block: Props) -> Props:
    return {key[0].upper() + key[1:]: value for key, value in block.items() if value is not None}


def _update(aws: Aws, state: Props, **changes: Any) -> None:
    """Change a pool and leave the rest of the first example as it is."""
    strong = {key: state["passwordPolicy"][key] for key in _STRONG}
    aws.client("cognito-idp").update_user_pool(
        UserPoolId=state["id"],
        **{
            "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
            "DeletionProtection": state["deletionProtection"],
            "Policies": {"PasswordPolicy": _pascal(strong)},
            "UserPoolTags": state["tags"],
            **changes,
        },
    )


def _open_sign_up(aws: Aws, state: Props) -> None:
    _update(aws, state, AdminCreateUserConfig={"AllowAdminCreateUserOnly": False})


def _hook(aws: Aws, state: Props) -> None:
    """Let somebody's function decide who may sign in."""
    function = "arn:aws:lambda:eu-south-1:444455556666:function:x"
    aws.client("cognito-idp").update_user_pool(
        UserPoolId=state["id"],
        DeletionProtection="INACTIVE",
        MfaConfiguration="ON",
        UserPoolTags=state["tags"],
        AutoVerifiedAttributes=["email"],
        AccountRecoverySetting={"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]},
        UserPoolAddOns={"AdvancedSecurityMode": "ENFORCED"},
        LambdaConfig={"PreAuthentication": function},
    )


def _provider(aws: Aws, state: Props, **details: str) -> None:
    aws.client("cognito-idp").update_identity_provider(
        UserPoolId=state["userPoolId"],
        ProviderName="ministry",
        ProviderDetails={**state["providerDetails"], "client_secret": "of the ministry", **details},
        AttributeMapping=state["attributeMapping"],
        IdpIdentifiers=state["idpIdentifiers"],
    )


def _oidc(secret: str) -> Props:
    return {
        "oidc_issuer": "https://sign-in.jo.example",
        "client_id": "wasl-jo",
        "client_secret": secret,
        "authorize_scopes": "openid profile",
        "attributes_request_method": "GET",
    }


EXAMPLES = (
    Example(
        "aws:cognito/userPool:UserPool",
        lambda _: {
            "name": "wasl-jo-people",
            "deletionProtection": "ACTIVE",
            "adminCreateUserConfig": {"allowAdminCreateUserOnly": True},
            "passwordPolicy": _STRONG,
            "tags": {"wasl:urn": "test/UserPool"},
        },
        change={
            "name": "wasl-jo-learners",
            "deletionProtection": "INACTIVE",
            "tags": {"wasl:urn": "test/UserPool", "owner": "x"},
        },
        tamper=_open_sign_up,
        tampered="adminCreateUserConfig.allowAdminCreateUserOnly",
    ),
    Example(
        "aws:cognito/userPool:UserPool",
        lambda _: {
            "name": "wasl-jo-staff",
            "mfaConfiguration": "OPTIONAL",
            "softwareTokenMfaConfiguration": {"enabled": True},
            "usernameAttributes": ["email"],
            "usernameConfiguration": {"caseSensitive": False},
            "autoVerifiedAttributes": ["email"],
            "accountRecoverySetting": {
                "recoveryMechanisms": [{"name": "admin_only", "priority": 1}]
            },
            "userPoolAddOns": {"advancedSecurityMode": "ENFORCED"},
            "emailConfiguration": {"emailSendingAccount": "COGNITO_DEFAULT"},
            "tags": {"wasl:urn": "test/staff"},
        },
        name="staff",
        change={"mfaConfiguration": "ON"},
        tamper=_hook,
        tampered="lambdaConfig",
    ),
    Example(
        "aws:cognito/identityProvider:IdentityProvider",
        lambda made: {
            "userPoolId": made["UserPool"]["id"],
            "providerName": "ministry",
            "providerType": "OIDC",
            "providerDetails": _oidc("of the ministry"),
            "attributeMapping": {"username": "sub"},
            "idpIdentifiers": ["jo.example"],
        },
        change={"attributeMapping": {"username": "sub", "email": "email"}},
        tamper=lambda aws, state: _provider(aws, state, oidc_issuer="https://evil.example"),
        tampered="providerDetails.oidc_issuer",
    ),
    Example(
        "aws:cognito/identityProvider:IdentityProvider",
        lambda made: {
            "userPoolId": made["staff"]["id"],
            "providerName": "ministry",
            "providerType": "OIDC",
            "providerDetails": _oidc("first"),
            "attributeMapping": {"username": "sub"},
        },
        name="rotated",
        change={"providerDetails": _oidc("second")},
        tamper=lambda aws, state: _provider(aws, state, client_secret="somebody's"),
        tampered="providerDetails.client_secret",
    ),
    Example(
        "aws:cognito/resourceServer:ResourceServer",
        lambda made: {
            "userPoolId": made["UserPool"]["id"],
            "identifier": "wasl",
            "name": "wasl",
            "scopes": [{"scopeName": "roster.read", "scopeDescription": "Read"}],
        },
        change={"name": "wasl scopes"},
        tamper=lambda aws, state: aws.client("cognito-idp").update_resource_server(
            UserPoolId=state["userPoolId"],
            Identifier="wasl",
            Name="wasl scopes",
            Scopes=[
                {"ScopeName": "roster.read", "ScopeDescription": "Read"},
                {"ScopeName": "roster.write", "ScopeDescription": "Write"},
            ],
        ),
        tampered="scopes",
    ),
    Example(
        "aws:cognito/userPoolClient:UserPoolClient",
        lambda made: {
            "userPoolId": made["UserPool"]["id"],
            "name": "classera",
            "generateSecret": True,
            "allowedOauthFlowsUserPoolClient": True,
            "allowedOauthFlows": ["code"],
            "allowedOauthScopes": ["openid", "wasl/roster.read"],
            "callbackUrls": ["https://classera.example/callback"],
            "logoutUrls": ["https://classera.example/bye"],
            "explicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
            "supportedIdentityProviders": ["ministry"],
            "accessTokenValidity": 15,
            "tokenValidityUnits": {
                "accessToken": "minutes",
                "idToken": "hours",
                "refreshToken": "days",
            },
        },
        change={"callbackUrls": ["https://classera.example/return"], "logoutUrls": []},
        tamper=lambda aws, state: aws.client("cognito-idp").update_user_pool_client(
            UserPoolId=state["userPoolId"],
            ClientId=state["id"],
            CallbackURLs=["https://evil.example/"],
        ),
        tampered="callbackUrls",
        import_id=lambda state: f"{state['userPoolId']}/{state['id']}",
    ),
    Example(
        "aws:cognito/userPoolDomain:UserPoolDomain",
        lambda made: {"domain": "wasl-jo-1", "userPoolId": made["UserPool"]["id"]},
    ),
    Example(
        "aws:cognito/userPoolDomain:UserPoolDomain",
        lambda made: {
            "domain": "sign-in.jo.example.org",
            "userPoolId": made["staff"]["id"],
            "certificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/1",
            "managedLoginVersion": 2,
        },
        name="own-domain",
        change={"certificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/2"},
        tamper=lambda aws, state: aws.client("cognito-idp").update_user_pool_domain(
            Domain=state["domain"],
            UserPoolId=state["userPoolId"],
            CustomDomainConfig={
                "CertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/3"
            },
        ),
        tampered="certificateArn",
    ),
)
