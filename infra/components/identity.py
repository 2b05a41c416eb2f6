"""Who signs in: the ministry's accounts, for the partner's platform."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.components.base import Component, Place
from infra.components.keys import Keys
from wasl.manifest import Partner
from wasl.manifest.tenancy import OidcSignIn

PROVIDER = "ministry"
RESOURCE_SERVER = "wasl"


class Identity(Component):
    """A Cognito user pool that knows nobody itself: users come from the ministry's provider."""

    manifest_key = "sign_in"
    classification = "personal"

    def __init__(self, place: Place, partner: Partner, keys: Keys) -> None:
        super().__init__(place)
        self.pool = self._pool()
        self.domain = aws.cognito.UserPoolDomain(
            "sign-in",
            domain=pulumi.Output.concat(place.prefix, "-", place.account),
            user_pool_id=self.pool.id,
            opts=self.child(),
        )
        provider = self._ministry(keys)
        self.server = self._server(partner)
        self.client = self._client(partner, provider)
        self.done()

    def _pool(self) -> aws.cognito.UserPool:
        return aws.cognito.UserPool(
            "people",
            name=f"{self.place.prefix}-people",
            deletion_protection="ACTIVE" if self.place.protected else "INACTIVE",
            mfa_configuration="OFF",  # the ministry's provider decides how its people prove it
            admin_create_user_config={"allow_admin_create_user_only": True},
            password_policy={
                "minimum_length": 14,
                "require_lowercase": True,
                "require_numbers": True,
                "require_symbols": True,
                "require_uppercase": True,
                "temporary_password_validity_days": 1,
            },
            opts=self.child(protect=self.place.protected),
        )

    def _ministry(self, keys: Keys) -> aws.cognito.IdentityProvider:
        sign_in = self.place.country.sign_in
        if isinstance(sign_in, OidcSignIn):
            self._secret(sign_in, keys)
            details: dict[str, pulumi.Input[str]] = {
                "oidc_issuer": sign_in.issuer,
                "client_id": sign_in.client_id,
                "authorize_scopes": "openid profile email",
                "attributes_request_method": "GET",
            }
            # The client secret is the operator's: `pulumi config set --secret wasl:signInSecret`.
            secret = pulumi.Config("wasl").get_secret("signInSecret")
            if secret is not None:
                details["client_secret"] = secret
            kind, username = "OIDC", "sub"
        else:
            details = {"MetadataURL": sign_in.metadata_url, "IDPSignout": "true"}
            kind, username = "SAML", "urn:oasis:names:tc:SAML:attribute:subject-id"
        return aws.cognito.IdentityProvider(
            "ministry",
            user_pool_id=self.pool.id,
            provider_name=PROVIDER,
            provider_type=kind,
            provider_details=details,
            attribute_mapping={"username": username},
            opts=self.child(),
        )

    def _secret(self, sign_in: OidcSignIn, keys: Keys) -> None:
        """Where the integrations find the client secret; its value is put there by hand."""
        aws.secretsmanager.Secret(
            "sign-in",
            name=sign_in.secret_name,
            description="The client secret that the ministry gave",
            kms_key_id=keys.data.arn,
            recovery_window_in_days=30 if self.place.protected else 0,
            opts=self.child(),
        )

    def _server(self, partner: Partner) -> aws.cognito.ResourceServer:
        scopes = partner.platform.scopes if partner.platform else ()
        return aws.cognito.ResourceServer(
            "wasl",
            identifier=RESOURCE_SERVER,
            name="wasl",
            user_pool_id=self.pool.id,
            scopes=[
                {"scope_name": scope.name, "scope_description": scope.description}
                for scope in scopes
            ],
            opts=self.child(),
        )

    def _client(
        self, partner: Partner, provider: aws.cognito.IdentityProvider
    ) -> aws.cognito.UserPoolClient:
        platform = partner.platform
        return aws.cognito.UserPoolClient(
            "partner",
            name=partner.name,
            user_pool_id=self.pool.id,
            generate_secret=True,
            supported_identity_providers=[provider.provider_name],
            callback_urls=list(platform.callback_urls.value) if platform else [],
            logout_urls=list(platform.logout_urls.value) if platform else [],
            allowed_oauth_flows_user_pool_client=True,
            allowed_oauth_flows=["code"],
            allowed_oauth_scopes=["openid", "profile", *_scope_names(partner)],
            explicit_auth_flows=["ALLOW_REFRESH_TOKEN_AUTH"],
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            access_token_validity=15,
            id_token_validity=15,
            refresh_token_validity=1,
            token_validity_units={
                "access_token": "minutes",
                "id_token": "minutes",
                "refresh_token": "days",
            },
            opts=self.child(depends_on=[self.server]),
        )


def _scope_names(partner: Partner) -> list[str]:
    scopes = partner.platform.scopes if partner.platform else ()
    return [f"{RESOURCE_SERVER}/{scope.name}" for scope in scopes]
