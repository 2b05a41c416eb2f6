"""SSM: activations, and reading and changing patch baselines."""

from __future__ import annotations

from typing import Any

from infra.sandbox.emulation import answer, empty, refusal

OPERATIONS = (
    "ssm:CreateActivation",
    "ssm:DeleteActivation",
    "ssm:DescribeActivations",
    "ssm:GetPatchBaseline",
    "ssm:UpdatePatchBaseline",
)

_DAY = 86_400.0
_FIXED = ("Id", "OperatingSystem", "DefaultBaseline")


def install() -> None:
    """Add the operations to moto, and let it tag baselines."""
    from moto.ssm.models import SimpleSystemManagerBackend
    from moto.ssm.responses import SimpleSystemManagerResponse

    answer(
        SimpleSystemManagerResponse,
        create_activation=_create_activation,
        delete_activation=_delete_activation,
        describe_activations=_describe_activations,
        get_patch_baseline=_get_patch_baseline,
        update_patch_baseline=_update_patch_baseline,
    )
    known = SimpleSystemManagerBackend._validate_resource_type_and_id

    def validate(self: Any, resource_type: str, resource_id: str) -> str:
        # moto answers InvalidResourceId for every baseline, after it has made it.
        if resource_type == "PatchBaseline" and resource_id in self.baselines:
            return resource_id
        return known(self, resource_type, resource_id)

    answer(SimpleSystemManagerBackend, _validate_resource_type_and_id=validate)


def _kept(response: Any) -> dict[str, dict[str, Any]]:
    activations: dict[str, dict[str, Any]] = response.ssm_backend.__dict__.setdefault(
        "activations", {}
    )
    return activations


def _create_activation(self: Any) -> Any:
    from moto.core.responses import ActionResult
    from moto.core.utils import unix_time
    from moto.moto_api._internal import mock_random

    activation_id, code = str(mock_random.uuid4()), mock_random.get_random_string(length=20)
    now = unix_time()
    _kept(self)[activation_id] = {
        "ActivationId": activation_id,
        "CreatedDate": now,
        "DefaultInstanceName": self._get_param("DefaultInstanceName"),
        "Description": self._get_param("Description"),
        "ExpirationDate": self._get_param("ExpirationDate", now + _DAY),
        "Expired": False,
        "IamRole": self._get_param("IamRole"),
        "RegistrationLimit": self._get_param("RegistrationLimit", 1),
        "RegistrationsCount": 0,
        "Tags": self._get_param("Tags", []),
    }
    return ActionResult({"ActivationId": activation_id, "ActivationCode": code})


def _describe_activations(self: Any) -> Any:
    from moto.core.responses import ActionResult

    found = list(_kept(self).values())
    for item in self._get_param("Filters", []):
        if item["FilterKey"] == "ActivationIds":
            found = [one for one in found if one["ActivationId"] in item["FilterValues"]]
    return ActionResult({"ActivationList": found})


def _delete_activation(self: Any) -> Any:
    activation_id = self._get_param("ActivationId")
    if _kept(self).pop(activation_id, None) is None:
        raise refusal("InvalidActivation", f"{activation_id} is not there")
    return empty()


def _baseline(response: Any) -> Any:
    baseline_id = response._get_param("BaselineId")
    baseline = response.ssm_backend.baselines.get(baseline_id)
    if baseline is None:
        raise refusal("DoesNotExistException", f"{baseline_id} does not exist")
    return baseline


def _get_patch_baseline(self: Any) -> Any:
    from moto.core.responses import ActionResult

    told = _baseline(self).to_json()
    named = {"Name": told.pop("BaselineName"), "Description": told.pop("BaselineDescription")}
    return ActionResult({**told, **named})


def _update_patch_baseline(self: Any) -> Any:
    from moto.core.utils import camelcase_to_underscores

    baseline, replaces = _baseline(self), self._get_param("Replace", False)
    for told in baseline.to_json():
        name = told.removeprefix("Baseline")
        value = self._get_param(name)
        if name not in _FIXED and (value is not None or replaces):
            setattr(baseline, camelcase_to_underscores(name), value)
    return _get_patch_baseline(self)
