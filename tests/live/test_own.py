"""What no state holds and is nobody's intrusion."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.live.own import own

MANAGEMENT = "111122223333"
ATTACHED = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
DOOR = "OrganizationAccountAccessRole"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("/wasl/jo/fleet/devices/aws5-890a-58", True),
        ("/wasl/jo/fleet/activation", False),
        ("/wasl/jo/fleet/devices/a/b", False),
        ("/elsewhere/jo/fleet/devices/a", False),
    ],
)
def test_a_device_taken_in_is_no_stranger_and_all_else_below_the_path_is(
    name: str, expected: bool
) -> None:
    assert own("aws:ssm/parameter:Parameter", name, {}, MANAGEMENT) is expected


def lets_in(*principals: Any) -> dict[str, Any]:
    said = [{"Effect": "Allow", "Principal": one, "Action": "sts:AssumeRole"} for one in principals]
    return {"name": DOOR, "assumeRolePolicy": json.dumps({"Statement": said})}


OURS = {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"}


@pytest.mark.parametrize(
    ("live", "management", "expected"),
    [
        (lets_in(OURS), MANAGEMENT, True),
        (lets_in({"AWS": [OURS["AWS"]]}), MANAGEMENT, True),
        (lets_in("*"), MANAGEMENT, False),
        (lets_in({"AWS": "*"}), MANAGEMENT, False),
        (lets_in({"AWS": "arn:aws:iam::999999999999:root"}), MANAGEMENT, False),
        (lets_in({"AWS": [OURS["AWS"], "arn:aws:iam::999999999999:root"]}), MANAGEMENT, False),
        (lets_in({**OURS, "Service": "ec2.amazonaws.com"}), MANAGEMENT, False),
        (lets_in(OURS, {"AWS": "*"}), MANAGEMENT, False),
        (lets_in(OURS), "", False),
    ],
)
def test_the_organisations_role_is_its_own_where_it_lets_in_the_management_account_alone(
    live: dict[str, Any], management: str, expected: bool
) -> None:
    assert own("aws:iam/role:Role", DOOR, live, management) is expected


@pytest.mark.parametrize(
    ("token", "name", "expected"),
    [
        ("aws:iam/rolePolicy:RolePolicy", f"{DOOR}:AdministratorAccess", True),
        ("aws:iam/rolePolicy:RolePolicy", f"{DOOR}:somebodys", False),
        (ATTACHED, f"{DOOR}/arn:aws:iam::aws:policy/AdministratorAccess", True),
        (ATTACHED, f"{DOOR}/arn:aws:iam::999999999999:policy/AdministratorAccess", False),
    ],
)
def test_the_organisations_role_has_the_rights_that_aws_gives_it_and_no_others(
    token: str, name: str, expected: bool
) -> None:
    assert own(token, name, {}, MANAGEMENT) is expected
