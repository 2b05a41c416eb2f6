"""Who reads a country's state besides the foundation: the country's checker, from its own account.

State and checker are in two accounts, so that both must permit it. The conditions stand where the
state is: in the foundation's bucket and key, which no country can change.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from infra.components.policy import Statement, allow
from infra.live.state import STATES


def checker(code: str) -> str:
    """The name of the role that checks a country."""
    return f"wasl-{code}-drift"


def bucket_arn(name: pulumi.Input[str]) -> pulumi.Output[str]:
    """The ARN of the state's bucket."""
    return pulumi.Output.concat("arn:aws:s3:::", name)


def reading(code: str, bucket: pulumi.Input[str], key: pulumi.Input[str]) -> list[Statement]:
    """What the checker is permitted at home: to read its own state."""
    return [
        allow(["s3:ListBucket"], bucket),
        allow(["s3:GetObject"], _state(bucket, code)),
        allow(["kms:Decrypt"], pulumi.Output.from_input(key).apply(_anywhere)),
    ]


def _anywhere(key: str) -> str:
    """A key's ARN without its region: by its id it is one key all the same.

    The state lies in the foundation's region, and a tenancy names none outside its own contract.
    """
    arn, _, rest = key.partition(":kms:")
    return f"{arn}:kms:*:{rest.partition(':')[2]}"


def lent(bucket: pulumi.Input[str], accounts: Mapping[str, pulumi.Input[str]]) -> list[Statement]:
    """What the bucket permits the checkers of countries, by their `accounts`."""
    states = {"StringLike": {"s3:prefix": f"{STATES}/*"}}
    return [
        *_to("List", accounts, ["s3:ListBucket"], bucket, states),
        *(
            statement
            for code, account in accounts.items()
            for statement in _to(
                f"Read{code.upper()}", {code: account}, ["s3:GetObject"], _state(bucket, code), {}
            )
        ),
    ]


def deciphered(
    bucket: pulumi.Input[str], accounts: Mapping[str, pulumi.Input[str]]
) -> list[Statement]:
    """What the key permits them: to read what the bucket holds.

    The secrets within states have the same key, and no bucket for their context.
    """
    within = {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": bucket}}
    return _to("Read", accounts, ["kms:Decrypt"], "*", within)


def _state(bucket: pulumi.Input[str], code: str) -> pulumi.Output[str]:
    return pulumi.Output.concat(bucket, f"/{STATES}/{code}.json*")


def _to(
    sid: str,
    accounts: Mapping[str, pulumi.Input[str]],
    actions: list[str],
    resource: pulumi.Input[str],
    condition: Statement,
) -> list[Statement]:
    """A statement for checkers; none where there are no countries yet.

    A role that is not made yet cannot be named as principal, so its account is, on a condition.
    """
    if not accounts:
        return []
    arn = "arn:aws:iam::"
    roles = [
        pulumi.Output.concat(arn, account, f":role/{checker(code)}")
        for code, account in accounts.items()
    ]
    roots = [pulumi.Output.concat(arn, account, ":root") for account in accounts.values()]
    return [
        allow(
            actions,
            resource,
            Sid=sid,
            Principal={"AWS": roots},
            Condition={"ArnEquals": {"aws:PrincipalArn": roles}, **condition},
        )
    ]
