"""Cognito."""

from tests.sandbox.example import Example

EXAMPLES = (
    Example(
        "aws:cognito/userPool:UserPool",
        lambda _: {
            "name": "wasl-jo-people",
            "adminCreateUserConfig": {"allowAdminCreateUserOnly": True},
            "passwordPolicy": {
                "minimumLength": 14,
                "requireLowercase": True,
                "requireNumbers": True,
                "requireSymbols": True,
                "requireUppercase": True,
                "temporaryPasswordValidityDays": 1,
            },
            "tags": {"wasl:urn": "test/UserPool"},
        },
        change={"deletionProtection": "ACTIVE"},
        tamper=lambda aws, state: aws.client("cognito-idp").update_user_pool(
            UserPoolId=state["id"],
            DeletionProtection="ACTIVE",
            AdminCreateUserConfig={"AllowAdminCreateUserOnly": False},
            UserPoolTags=state["tags"],
            Policies={
                "PasswordPolicy": {
                    key[0].upper() + key[1:]: value
                    for key, value in state["passwordPolicy"].items()
                    if key != "passwordHistorySize"
                }
            },
        ),
        tampered="adminCreateUserConfig.allowAdminCreateUserOnly",
    ),
    Example(
        "aws:cognito/identityProvider:IdentityProvider",
        lambda made: {
            "userPoolId": made["UserPool"]["id"],
            "providerName": "ministry",
            "providerType": "OIDC",
            "providerDetails": {
                "oidc_issuer": "https://sign-in.jo.example",
                "client_id": "wasl-jo",
                "authorize_scopes": "openid profile",
                "attributes_request_method": "GET",
            },
            "attributeMapping": {"username": "sub"},
        },
        change={"attributeMapping": {"username": "sub", "email": "email"}},
        tamper=lambda aws, state: aws.client("cognito-idp").update_identity_provider(
            UserPoolId=state["userPoolId"],
            ProviderName="ministry",
            ProviderDetails={**state["providerDetails"], "oidc_issuer": "https://evil.example"},
            AttributeMapping=state["attributeMapping"],
        ),
        tampered="providerDetails.oidc_issuer",
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
    ),
    Example(
        "aws:cognito/userPoolClient:UserPoolClient",
        lambda made: {
            "userPoolId": made["UserPool"]["id"],
            "name": "classera",
            "generateSecret": True,
            "allowedOauthFlows": ["code"],
            "allowedOauthScopes": ["openid", "wasl/roster.read"],
            "callbackUrls": ["https://classera.example/callback"],
            "supportedIdentityProviders": ["ministry"],
        },
        change={"callbackUrls": ["https://classera.example/return"]},
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
)
