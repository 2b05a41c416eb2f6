"""The plan as a file: a signed head that anyone may read, and the changes sealed behind it.

The head holds counts and digests only. The changes are encrypted with age to the plan key; nothing
here reads them again, they are for an audit. An approval is a second signature over the plan's
hash, by someone whom the manifest names.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, ValidationError
from pyrage import encrypt_file, x25519

from integrations.identity.keys import public_hex
from integrations.identity.plan import Plan
from wasl.errors import WaslError
from wasl.files import replacing
from wasl.manifest.identity import Approver, Keys
from wasl.messages import say
from wasl.result import digest

HEAD_LIMIT = 64 << 20
_PARTS = ("roster", "snapshot", "contract")


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Head(_Wire):
    """What a plan file says in the clear."""

    bound: dict[str, Any]
    hash: str
    made: str
    stopped: tuple[str, ...]
    planner: str
    signature: str

    def signed(self) -> bytes:
        """The bytes that the planner signed."""
        return _bytes(self.model_dump(mode="json", exclude={"signature"}))


class Approval(_Wire):
    """A signature over a plan's hash."""

    hash: str
    name: str
    reason: str
    expires: date
    public_key: str
    signature: str

    def signed(self) -> bytes:
        """The bytes that the approver signed."""
        return _bytes(self.model_dump(mode="json", exclude={"signature"}))


def write(plan: Plan, path: Path, key: Ed25519PrivateKey, seal: x25519.Identity) -> Head:
    """Write `plan` to `path`, mode 0600, whole or not at all; of its changes a piece at a time."""
    head = _head(plan, key)
    sealed = plan.store.file("changes.age")
    encrypt_file(str(plan.store.file("changes.json")), str(sealed), [seal.to_public()])
    line = json.dumps(head.model_dump(mode="json"), ensure_ascii=False, sort_keys=True).encode()
    with replacing(path, mode=0o600) as whole, sealed.open("rb") as body:
        whole.write(line + b"\n")
        shutil.copyfileobj(body, whole)
    return head


def _head(plan: Plan, key: Ed25519PrivateKey) -> Head:
    unsigned = Head(
        bound=plan.bound,
        hash=plan.hash,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        stopped=tuple(say(stop.words) for stop in plan.stops),
        planner=public_hex(key),
        signature="",
    )
    return unsigned.model_copy(update={"signature": key.sign(unsigned.signed()).hex()})


def read_head(path: Path) -> Head:
    """The head of a plan file, its hash and signature checked. Raises WASL-IDENTITY-PLAN-FILE."""
    try:
        with path.open("rb") as stream:
            head = Head.model_validate_json(stream.readline(HEAD_LIMIT))
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.planner))
        key.verify(bytes.fromhex(head.signature), head.signed())
    except (OSError, ValidationError, ValueError, InvalidSignature) as error:
        raise _bad(path, "is no plan, or was altered") from error
    if digest(head.bound) != head.hash:
        raise _bad(path, "does not hold the hash of what it says")
    return head


def approve(head: Head, key: Ed25519PrivateKey, keys: Keys, reason: str, expires: date) -> Approval:
    """Sign the plan's hash, by what the manifest says of `keys`.

    Raises `WaslError` where the key is the planner's or nobody's, or the plan is not the planner's.
    """
    public = public_hex(key)
    if keys.planner_key not in (None, head.planner):
        what = "the plan is signed by another key than the planner's"
        raise _refused(what, "ask the planner for it again; identity.keys.planner_key says whose")
    if public == head.planner:
        raise _refused("the planner may not approve their own plan", "ask someone else to approve")
    name = next(
        (approver.name for approver in keys.approvers if approver.public_key == public), None
    )
    if name is None:
        what = "the manifest names no approver with this key"
        raise _refused(what, f"identity.keys.approvers; its public half is {public}")
    unsigned = Approval(
        hash=head.hash, name=name, reason=reason, expires=expires, public_key=public, signature=""
    )
    return unsigned.model_copy(update={"signature": key.sign(unsigned.signed()).hex()})


def approved(
    plan: Plan, planner: str, approvals: Sequence[Approval], approvers: Sequence[Approver], on: date
) -> Approval | None:
    """The approval that holds for this very plan on that day, if there is one."""
    known = {approver.public_key for approver in approvers} - {planner}
    for approval in approvals:
        valid = approval.public_key in known and approval.expires >= on and _genuine(approval)
        if valid and approval.hash == plan.hash:
            return approval
    return None


def _genuine(approval: Approval) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(approval.public_key))
        key.verify(bytes.fromhex(approval.signature), approval.signed())
    except (InvalidSignature, ValueError):
        return False
    return True


def read_approvals(folder: Path) -> list[Approval]:
    """Every approval in `folder`; files that are none are passed over."""
    found = []
    for path in sorted(folder.glob("*.approval.json")):
        try:
            found.append(Approval.model_validate_json(path.read_text("utf-8")))
        except (OSError, ValidationError):
            continue
    return found


def moved(head: Head, plan: Plan) -> list[str]:
    """Which counts differ between a plan file and a plan made now, in words."""
    before = _totals(head.bound["counts"])
    after = {f"{kind} {action}": count for (kind, action), count in plan.totals().items()}
    lines = [
        f"{key}: {before.get(key, 0)} then, {after.get(key, 0)} now"
        for key in sorted({*before, *after})
        if before.get(key, 0) != after.get(key, 0)
    ]
    others = [part for part in _PARTS if head.bound[part] != plan.bound[part]]
    return [*lines, *(f"the {part} is another one" for part in others)]


def _totals(counts: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for count in counts:
        key = f"{count['kind']} {count['action']}"
        totals[key] = totals.get(key, 0) + int(count["count"])
    return totals


def _bytes(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _bad(path: Path, what: str) -> WaslError:
    hint = "make the plan again: wasl identity plan <cc> -o FILE"
    return WaslError("WASL-IDENTITY-PLAN-FILE", what, where=str(path), hint=hint)


def _refused(what: str, hint: str) -> WaslError:
    return WaslError("WASL-IDENTITY-APPROVAL", what, hint=hint)
