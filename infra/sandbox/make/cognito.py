"""Cognito: user pools and what belongs to them."""

from __future__ import annotations

from typing import Any

from infra.aws.cognito import BIRTH, CLIENT, SETTINGS, pool_names
from infra.aws.model import Aws, Props, one
from infra.aws.shape import pascal
from infra.sandbox.make.model import Maker, fresh, unsupported
from infra.sandbox.make.waiting import wait_for

_DOMAIN = 3600.0  # seconds: a domain of one's own is spread over the world's edges
_GONE = "ResourceNotFoundException"


def _idp(aws: Aws) -> Any:
    return aws.client("cognito-idp")


def _pool(props: Props) -> dict[str, Any]:
    """Everything but what a pool is born with: what an update leaves out falls back."""
    unsupported(props, "emailMfaConfiguration", "schemas", "webAuthnConfiguration")
    described = {
        theirs: pascal(props[ours], pool_names(theirs))
        for theirs, ours in SETTINGS.items()
        if props.get(ours) not in (None, "", [], {})
    }
    policies = {
        theirs: pascal(props[ours])
        for ours, theirs in {
            "passwordPolicy": "PasswordPolicy",
            "signInPolicy": "SignInPolicy",
        }.items()
        if props.get(ours)
    }
    return {**described, **({"Policies": policies} if policies else {})}


def _create_pool(aws: Aws, props: Props) -> str:
    settings = _pool(props)
    born = {theirs: pascal(props[ours]) for theirs, ours in BIRTH.items() if props.get(ours)}
    # AWS takes a second factor only once the pool and the factor's own settings are there.
    del settings["MfaConfiguration"]
    created = _idp(aws).create_user_pool(
        PoolName=_name(props), UserPoolTags=props.get("tags") or {}, **born, **settings
    )
    pool = str(created["UserPool"]["Id"])
    _second_factor(aws, pool, {"mfaConfiguration": "OFF"}, props)
    return pool


def _name(props: Props) -> str:
    if not props.get("name"):
        raise RuntimeError("name: must be given, the stand-in makes up no names")
    return str(props["name"])


def _second_factor(aws: Aws, pool: str, old: Props, new: Props) -> None:
    fields = ("mfaConfiguration", "softwareTokenMfaConfiguration")
    if all(old.get(field) == new.get(field) for field in fields):
        return
    token = new.get("softwareTokenMfaConfiguration")
    _idp(aws).set_user_pool_mfa_config(
        UserPoolId=pool,
        MfaConfiguration=new["mfaConfiguration"],
        **({"SoftwareTokenMfaConfiguration": pascal(token)} if token else {}),
    )


def _update_pool(aws: Aws, pool: str, old: Props, new: Props) -> None:
    _second_factor(aws, pool, old, new)
    # What an update does not send falls back to its default, tags too.
    _idp(aws).update_user_pool(
        UserPoolId=pool, PoolName=_name(new), UserPoolTags=new.get("tags") or {}, **_pool(new)
    )


def _client(props: Props) -> dict[str, Any]:
    unsupported(props, "analyticsConfiguration")
    described = {
        theirs: props[ours] for theirs, ours in CLIENT.items() if props.get(ours) is not None
    }
    for ours in ("refreshTokenRotation", "tokenValidityUnits"):
        if props.get(ours):
            described[ours[0].upper() + ours[1:]] = pascal(props[ours])
    return described


def _create_client(aws: Aws, props: Props) -> str:
    created = _idp(aws).create_user_pool_client(
        UserPoolId=props["userPoolId"],
        ClientName=props["name"],
        GenerateSecret=props.get("generateSecret", False),
        **_client(props),
    )
    return str(created["UserPoolClient"]["ClientId"])


def _update_client(aws: Aws, client: str, old: Props, new: Props) -> None:
    wanted = _client(new)
    # AWS clears what is left out; moto keeps it.
    cleared: dict[str, Any] = {
        theirs: []
        for theirs, value in _client(old).items()
        if theirs not in wanted and isinstance(value, list)
    }
    _idp(aws).update_user_pool_client(
        UserPoolId=new["userPoolId"],
        ClientId=client,
        ClientName=new["name"],
        **cleared,
        **wanted,
    )


def _domain(props: Props) -> dict[str, Any]:
    own, look = props.get("certificateArn"), props.get("managedLoginVersion")
    return {
        "Domain": props["domain"],
        "UserPoolId": props["userPoolId"],
        **({"CustomDomainConfig": {"CertificateArn": own}} if own else {}),
        **({"ManagedLoginVersion": look} if look else {}),
    }


def _create_domain(aws: Aws, props: Props) -> str:
    held = _idp(aws).describe_user_pool_domain(Domain=props["domain"]).get("DomainDescription")
    fresh(held or None, f"domain {props['domain']}")
    _idp(aws).create_user_pool_domain(**_domain(props))
    _wait_for_domain(aws, props["domain"])
    return str(props["domain"])


def _update_domain(aws: Aws, domain: str, _old: Props, new: Props) -> None:
    _idp(aws).update_user_pool_domain(**_domain(new))
    _wait_for_domain(aws, domain)


def _wait_for_domain(aws: Aws, domain: str) -> None:
    def active() -> bool | None:
        found = _idp(aws).describe_user_pool_domain(Domain=domain)["DomainDescription"]
        return found.get("Status") == "ACTIVE" or None

    wait_for(f"domain {domain}", active, _DOMAIN)


def _create_provider(aws: Aws, props: Props) -> str:
    named = {"UserPoolId": props["userPoolId"], "ProviderName": props["providerName"]}
    held = one(lambda: _idp(aws).describe_identity_provider(**named), _GONE)
    fresh(held, f"provider {props['providerName']}")
    _idp(aws).create_identity_provider(
        **named,
        ProviderType=props["providerType"],
        ProviderDetails=props["providerDetails"],
        AttributeMapping=props.get("attributeMapping") or {},
        IdpIdentifiers=props.get("idpIdentifiers") or [],
    )
    return f"{props['userPoolId']}:{props['providerName']}"


def _update_provider(aws: Aws, provider: str, _old: Props, new: Props) -> None:
    pool, name = provider.split(":", 1)
    _idp(aws).update_identity_provider(
        UserPoolId=pool,
        ProviderName=name,
        ProviderDetails=new["providerDetails"],
        AttributeMapping=new.get("attributeMapping") or {},
        IdpIdentifiers=new.get("idpIdentifiers") or [],
    )


def _delete_provider(aws: Aws, provider: str, _state: Props) -> None:
    pool, name = provider.split(":", 1)
    _idp(aws).delete_identity_provider(UserPoolId=pool, ProviderName=name)


def _server(props: Props) -> dict[str, Any]:
    return {
        "UserPoolId": props["userPoolId"],
        "Identifier": props["identifier"],
        "Name": _name(props),
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
        _update_domain,
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
