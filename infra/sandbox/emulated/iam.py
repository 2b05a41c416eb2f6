"""IAM: the client ids of an identity provider."""

from __future__ import annotations

from typing import Any

from infra.sandbox.emulation import answer, empty

OPERATIONS = (
    "iam:AddClientIDToOpenIDConnectProvider",
    "iam:RemoveClientIDFromOpenIDConnectProvider",
)


def install() -> None:
    """Add the operations to moto."""
    from moto.iam.responses import IamResponse

    answer(
        IamResponse,
        add_client_id_to_open_id_connect_provider=_add_client_id,
        remove_client_id_from_open_id_connect_provider=_remove_client_id,
    )


def _add_client_id(self: Any) -> Any:
    ids, client_id = _client_ids(self), self._get_param("ClientID")
    if client_id not in ids:
        ids.append(client_id)
    return empty()


def _remove_client_id(self: Any) -> Any:
    ids, client_id = _client_ids(self), self._get_param("ClientID")
    if client_id in ids:
        ids.remove(client_id)
    return empty()


def _client_ids(response: Any) -> list[str]:
    arn = response._get_param("OpenIDConnectProviderArn")
    ids: list[str] = response.backend.get_open_id_connect_provider(arn).client_id_list
    return ids
